//! A plugin that opens a connection of its own, as one does: by the standard library.

use tenon_plugin_api::prelude::*;

struct Dials;

impl Plugin for Dials {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        let open = std::net::TcpStream::connect("127.0.0.1:5432").is_ok();
        let ran = std::process::Command::new("psql").arg("-l").status().is_ok();
        Response::json(&[open, ran])
    }
}

export_plugin! { Dials, id: "dials", name: "Plugin That Dials", access: public, routes: ["GET /"] }
