//! A plugin that cannot do without services of the host, and so has generation 2 of the contract alone.

use tenon_plugin_api::prelude::*;

struct NeedsServices;

impl Plugin for NeedsServices {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Ok(Response::empty(204))
    }
}

export_plugin! {
    NeedsServices,
    id: "needs_services",
    name: "Plugin That Needs Services",
    version: "1.0.0",
    access: public,
    needs: [fetch, files],
    routes: ["GET /"],
}
