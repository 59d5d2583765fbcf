use tenon_plugin_api::prelude::*;

use std::sync::Mutex;

static KEPT: Mutex<Option<Connection<'static>>> = Mutex::new(None);

fn main() {}
