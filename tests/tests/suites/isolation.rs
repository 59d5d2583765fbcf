//! Plugins that cannot misbehave: what a bad plugin tries, and what the host says of it.

mod connection;
mod faults;
mod kernel;
mod newcomer;
mod output;
mod role_default;
mod role_logins;
mod role_makers;
mod role_owners;
mod roles;
mod standing;

use std::fmt::Write;

use serde_json::{Value, json};
use tenon_tests::{ServeProcess, World};

pub(crate) const SAMPLES: [&str; 4] = ["identity", "inventory", "orders", "reporting"];

/// A `SECURITY DEFINER` function of schema `peeks`: the SQL that makes it, and how it is declared.
pub(crate) fn definer(name: &str, returns: &str, body: &str) -> (String, Value) {
    let sql = format!(
        "CREATE OR REPLACE FUNCTION peeks.{name}() RETURNS {returns} LANGUAGE plpgsql SECURITY DEFINER AS $${body}$$;\n"
    );
    let declared = json!({ "name": format!("peeks.{name}"), "returns": returns, "language": "plpgsql",
                           "security_definer": true, "body": { "text": body } });
    (sql, declared)
}

/// A healed database and a plugin that does whatever it is told, beside one that has done nothing.
fn world() -> World {
    let world = World::with(&["inventory", "rogue"]);
    drop(world.heal_and_prove(&["inventory"]));
    world
}

/// A healed world with a plugin that does whatever it is told, and its server.
fn rogue() -> (World, ServeProcess) {
    let world = world();
    let serving = world.serve();
    (world, serving)
}

/// What it says after it did that, or the problem that is told instead.
fn act(serving: &ServeProcess, act: &str) -> Value {
    serving.post(&format!("/plugins/rogue/{act}"), &json!({})).json()
}

/// What the API tells of it.
fn plugin(serving: &ServeProcess) -> Value {
    let plugins = serving.get_as_admin("/api/v1/plugins").expect_status(200).json();
    plugins["plugins"].as_array().unwrap().iter().find(|plugin| plugin["id"] == "rogue").unwrap().clone()
}

/// What was refused to it so far: `socket 2, connect 1`.
fn refused(serving: &ServeProcess) -> String {
    let plugin = plugin(serving);
    let told = plugin["refused"].as_array().unwrap().iter();
    told.map(|one| format!("{} {}", one["system_call"].as_str().unwrap(), one["times"]))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Why plugins are out, with the remedies, as `plugin list` prints them.
fn why_out(world: &World) -> String {
    let told = world.tenon(&["plugin", "list"]).out;
    world.redact(told.split_once("\n\n").map(|(_, problems)| problems).unwrap_or_default())
}

/// Each attempt with what came of it, one a line.
pub(crate) fn gallery<'a>(attempts: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut told = String::new();
    for (attempt, outcome) in attempts {
        writeln!(told, "{attempt}\n    {}", outcome.trim().replace('\n', "\n    ")).unwrap();
    }
    told
}
