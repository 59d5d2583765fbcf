//! Reports as JSON: the same values the API answers with. Each that a command prints says the version of its
//! form.

use serde::Serialize;

/// The version of what [`document`] and [`line`] print.
pub const FORMAT: u32 = 1;

/// A value with the version of its form.
#[derive(Serialize)]
struct Formatted<'a, T> {
    format: u32,
    #[serde(flatten)]
    value: &'a T,
}

/// One document on several lines, ending in a newline: an object, to which its `format` is added.
pub fn document(value: &impl Serialize) -> String {
    whole(&Formatted { format: FORMAT, value })
}

/// One document on a line of its own, for a stream of them: an object, to which its `format` is added.
pub fn line(value: &impl Serialize) -> String {
    whole_line(&Formatted { format: FORMAT, value })
}

/// A document as [`document`] writes it, of a value that has all that is to be said.
pub fn whole(value: &impl Serialize) -> String {
    ended(serde_json::to_string_pretty(value))
}

/// A document as [`line`] writes it, of a value that has all that is to be said.
pub fn whole_line(value: &impl Serialize) -> String {
    ended(serde_json::to_string(value))
}

fn ended(json: serde_json::Result<String>) -> String {
    // Only a map with keys that are not text, or a type that refuses, could fail; reports have neither.
    let mut json = json.unwrap_or_else(|error| {
        let message = format!("cannot write this as JSON: {error}");
        serde_json::json!({ "format": FORMAT, "error": { "message": message } }).to_string()
    });
    json.push('\n');
    json
}
