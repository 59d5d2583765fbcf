//! A plugin's events: those that it emits, and those that it hears, read from its manifest with all that is
//! wrong with them.
//!
//! What hears an event is a call like any other, of a route that no request can name: `EVENT orders.placed`.

use std::collections::BTreeSet;

use tenon_plugin_api::Manifest;
use tenon_plugin_api::contract::EVENT_METHOD;
use tenon_schema::names::event_plugin;

use crate::plugin::emitted::EmittedEvents;
use crate::plugin::problem::{Problem, ProblemCode};
use crate::plugin::routes::Route;

/// The events of one plugin.
#[derive(Debug, Clone, Default)]
pub struct PluginEvents {
    emitted: Vec<String>,
    heard: Vec<HeardEvent>,
}

/// An event that a plugin hears.
#[derive(Debug, Clone)]
pub struct HeardEvent {
    pub name: String,
    /// What its calls are like.
    pub route: Route,
}

impl PluginEvents {
    /// The events of a manifest, or all that is wrong with them.
    pub fn of(manifest: &Manifest) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        for name in &manifest.emits {
            if event_plugin(name) != Some(&manifest.id) {
                let fault = format!("it emits {name:?}, which is no event's name that begins with its id");
                problems.push(malformed(fault));
            }
        }
        let first = u32::try_from(manifest.routes.len() + manifest.jobs.len()).unwrap_or(u32::MAX);
        let mut heard = Vec::<HeardEvent>::new();
        for (number, name) in (first..).zip(&manifest.events) {
            let fault = match event_plugin(name) {
                None => Some("which is no event's name"),
                Some(_) if heard.iter().any(|one| one.name == *name) => Some("and does so twice"),
                Some(plugin) if plugin == manifest.id && !manifest.emits.contains(name) => {
                    Some("which would be its own, and does not emit it")
                }
                Some(plugin) if plugin == manifest.id || manifest.requires.contains_key(plugin) => None,
                Some(_) => Some("and does not require the plugin that emits it"),
            };
            match fault {
                Some(fault) => problems.push(malformed(format!("it hears {name:?}, {fault}"))),
                None => heard.push(HeardEvent {
                    name: name.clone(),
                    route: Route::without_path(EVENT_METHOD, name, number),
                }),
            }
        }
        if problems.is_empty() { Ok(Self { emitted: manifest.emits.clone(), heard }) } else { Err(problems) }
    }

    /// Holds the names of the manifest against those of which the plugin's code gives schemas.
    pub fn match_schemas(&self, schemas: &EmittedEvents) -> Result<(), Problem> {
        let emitted: BTreeSet<_> = self.emitted.iter().map(String::as_str).collect();
        if emitted == schemas.names() {
            return Ok(());
        }
        let given: Vec<_> = schemas.names().into_iter().collect();
        let (emitted, given) = (self.emitted.join(", "), given.join(", "));
        Err(malformed(format!("it emits {emitted:?}, and its code describes {given:?}")))
    }

    /// The names of the events that it emits.
    pub fn emitted(&self) -> &[String] {
        &self.emitted
    }

    /// The events that it hears.
    pub fn heard(&self) -> &[HeardEvent] {
        &self.heard
    }

    /// The event of this name that it hears.
    pub fn find(&self, name: &str) -> Option<&HeardEvent> {
        self.heard.iter().find(|heard| heard.name == name)
    }
}

fn malformed(fault: String) -> Problem {
    let remedy = "report it to the plugin's author: export_plugin! builds no such plugin";
    Problem::new(ProblemCode::BadEvent, fault, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_its_plugins_and_heard_by_who_requires_that() {
        let of = |emits: &[&str], events: &[&str]| {
            let manifest = serde_json::json!({
                "id": "shop", "name": "Shop", "version": "1.0.0", "contract": [1], "requires": { "bank": "^1" },
                "emits": emits, "events": events,
            });
            let manifest = serde_json::from_value(manifest).unwrap();
            PluginEvents::of(&manifest).map_err(|all| all.len())
        };
        let events = of(&["shop.sold"], &["shop.sold", "bank.paid"]).unwrap();
        assert_eq!(&*events.find("bank.paid").unwrap().route.text, "EVENT bank.paid");
        let wrong = of(&["bank.paid", "sold", "shop.", "shop.Sold"], &["post.sent", "x", "shop.a"]);
        assert_eq!(wrong.unwrap_err(), 7);
    }
}
