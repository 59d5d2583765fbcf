use tenon_plugin_api::prelude::*;

struct Sample;

impl Plugin for Sample {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Ok(Response::empty(204))
    }
}

export_plugin! { Sample, id: "sample", name: "Sample Plugin", descriptors: "nowhere.json" }

fn main() {}
