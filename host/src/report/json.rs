//! Reports as JSON: the same values the API answers with.

use serde::Serialize;

/// One document on several lines, ending in a newline.
pub fn document(value: &impl Serialize) -> String {
    ended(serde_json::to_string_pretty(value))
}

/// One document on a line of its own, for a stream of them.
pub fn line(value: &impl Serialize) -> String {
    ended(serde_json::to_string(value))
}

fn ended(json: serde_json::Result<String>) -> String {
    // Only a map with keys that are not text, or a type that refuses, could fail; reports have neither.
    let mut json = json.unwrap_or_else(|error| {
        serde_json::json!({ "error": { "message": format!("cannot write this as JSON: {error}") } })
            .to_string()
    });
    json.push('\n');
    json
}
