//! The functions that a plugin offers to those that require it, read from its manifest.
//!
//! What has one called is a call like any other, of a route that no request can name: `FUNCTION reserve`.

use tenon_plugin_api::Manifest;
use tenon_plugin_api::contract::FUNCTION_METHOD;
use tenon_schema::jobs::is_job_name;

use crate::plugin::problem::{Problem, ProblemCode};
use crate::plugin::routes::Route;

/// The functions of one plugin.
#[derive(Debug, Clone, Default)]
pub struct PluginFunctions {
    all: Vec<OfferedFunction>,
}

/// A function that others may call.
#[derive(Debug, Clone)]
pub struct OfferedFunction {
    pub name: String,
    /// What its calls are like.
    pub route: Route,
}

impl PluginFunctions {
    /// The functions of a manifest, or all that is wrong with them.
    pub fn of(manifest: &Manifest) -> Result<Self, Vec<Problem>> {
        let before = manifest.routes.len() + manifest.jobs.len() + manifest.events.len();
        let first = u32::try_from(before).unwrap_or(u32::MAX);
        let (mut problems, mut all) = (Vec::new(), Vec::<OfferedFunction>::new());
        for (number, name) in (first..).zip(&manifest.offers) {
            if !is_job_name(name) || all.iter().any(|one| one.name == *name) {
                let fault = format!("it offers {name:?}, which is no function's name, or does so twice");
                let remedy = "report it to the plugin's author: export_plugin! builds no such plugin";
                problems.push(Problem::new(ProblemCode::BadRoute, fault, remedy));
                continue;
            }
            let route = Route::without_path(FUNCTION_METHOD, name, number);
            all.push(OfferedFunction { name: name.clone(), route });
        }
        if problems.is_empty() { Ok(Self { all }) } else { Err(problems) }
    }

    /// Every function, in the order of the manifest.
    pub fn all(&self) -> &[OfferedFunction] {
        &self.all
    }

    /// The function of this name.
    pub fn find(&self, name: &str) -> Option<&OfferedFunction> {
        self.all.iter().find(|one| one.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_names_of_their_own_and_numbers_behind_the_routes() {
        let of = |offers: &[&str]| {
            let manifest = serde_json::json!({
                "id": "shop", "name": "Shop", "version": "1.0.0", "contract": [1], "routes": ["GET /a"],
                "offers": offers,
            });
            let manifest = serde_json::from_value(manifest).unwrap();
            PluginFunctions::of(&manifest).map_err(|all| all.len())
        };
        let functions = of(&["reserve", "price"]).unwrap();
        let price = functions.find("price").unwrap();
        assert_eq!((&*price.route.text, price.route.number), ("FUNCTION price", 2));
        assert_eq!(of(&["Reserve", "a", "a", ""]).unwrap_err(), 3);
    }
}
