use tenon_plugin_api::prelude::*;

use std::sync::Mutex;

#[derive(Default)]
struct Thief<'a> {
    kept: Mutex<Option<&'a Connection<'a>>>,
}

impl Plugin for Thief<'static> {
    fn handle(&self, _: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        *self.kept.lock().unwrap() = Some(db);
        Ok(Response::empty(204))
    }
}

fn main() {}
