//! A plugin that cannot do without services of the host, and so has generation 2 of the contract alone.

use tenon_plugin_api::prelude::*;

struct NeedsServices;

impl Plugin for NeedsServices {
    routes! {
        "GET /files" => files(request),
        "POST /files" => write(request),
    }
}

fn files(_: &Connection<'_>, request: &Request<'_>) -> Result<Json<Vec<String>>, PluginError> {
    let files = request.host().files().list()?;
    Ok(Json(files.into_iter().map(|file| file.name).collect()))
}

fn write(_: &Connection<'_>, request: &Request<'_>) -> Result<Response, PluginError> {
    request.host().files().write("own", b"own").map(|()| Response::empty(204))
}

export_plugin! {
    NeedsServices,
    id: "needs_services",
    name: "Plugin That Needs Services",
    version: "1.0.0",
    access: public,
    needs: [fetch, files],
}
