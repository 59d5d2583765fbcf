use tenon_plugin_api::prelude::*;

struct Thief;

impl Plugin for Thief {
    fn handle(&self, _: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        std::thread::spawn(move || db.execute("SELECT 1", &[]));
        Ok(Response::empty(204))
    }
}

fn main() {}
