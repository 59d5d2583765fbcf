use tenon_plugin_api::prelude::*;

use std::cell::RefCell;

thread_local! {
    static KEPT: RefCell<Option<&'static Connection<'static>>> = const { RefCell::new(None) };
}

struct Thief;

impl Plugin for Thief {
    fn handle(&self, _: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        KEPT.set(Some(db));
        Ok(Response::empty(204))
    }
}

fn main() {}
