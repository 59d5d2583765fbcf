use tenon_plugin_api::prelude::*;

#[derive(Clone, Copy, EnumType)]
#[pg_enum(name = "a.state")]
enum State {
    New,
    Sold(i32),
}

fn main() {}
