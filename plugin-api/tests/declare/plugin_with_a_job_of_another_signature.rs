use tenon_plugin_api::prelude::*;

struct Sample;

impl Plugin for Sample {
    fn handle(&self, _: &Request<'_>, _: &Connection<'_>) -> Result<Response, PluginError> {
        Ok(Response::empty(204))
    }
}

fn tidy(_: &Connection<'_>, _: &Job<'_>) -> Result<(), PluginError> {
    Ok(())
}

fn wrong(_: &Connection<'_>) -> Result<(), PluginError> {
    Ok(())
}

export_plugin! { Sample, id: "sample", name: "Sample Plugin", jobs: [every("1h", wrong)] }

fn main() {}
