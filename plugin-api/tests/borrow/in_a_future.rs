use tenon_plugin_api::prelude::*;

struct Thief;

impl Plugin for Thief {
    fn handle(&self, _: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        let later: Box<dyn Future<Output = ()> + Send> = Box::new(async move {
            let _ = db.execute("SELECT 1", &[]);
        });
        drop(later);
        Ok(Response::empty(204))
    }
}

fn main() {}
