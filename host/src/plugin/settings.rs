//! What a plugin says of its settings, and whether the operator's are of that kind.
//!
//! The SDK hands over the JSON Schema (draft 2020-12) of the plugin's own type. Keys that are not known and
//! keys that are missing are found here, all at once; whether each value fits, the plugin's type decides when
//! the plugin is loaded.

pub mod edit;
pub mod form;
pub mod saved;

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::config::{PluginSettings, SettingOrigin};

/// The word by which a schema says that a setting is a secret.
const SECRET: &str = "x-tenon-secret";

/// How deep tables within tables are looked into.
const DEPTH: usize = 8;

/// The JSON Schema of a plugin's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingsSchema(Value);

/// One setting, as it is documented.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct PluginSetting {
    /// The keys from the plugin's table to the value.
    pub path: Vec<String>,
    /// What it is about: the comment of the field.
    pub about: String,
    /// The kind of value, in words.
    pub kind: String,
    pub required: bool,
    pub secret: bool,
    /// The value where nothing is set, if the type says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SettingProblem {
    /// The setting's name, such as `mail.from`.
    pub setting: String,
    /// What is wrong, with the name.
    pub message: String,
}

impl SettingProblem {
    fn new(setting: impl Into<String>, message: impl Into<String>) -> Self {
        Self { setting: setting.into(), message: message.into() }
    }
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl PluginSetting {
    /// The name: the keys down to it.
    pub fn name(&self) -> String {
        self.path.join(".")
    }
}

impl SettingsSchema {
    /// The schema that a plugin handed over, if it is an object's.
    pub fn of(schema: Value) -> Result<Self, String> {
        match schema.get("properties") {
            Some(Value::Object(_)) => Ok(Self(schema)),
            None if schema.get("type") == Some(&Value::from("object")) => Ok(Self(schema)),
            _ => Err("the schema of its settings is not that of a struct with fields".to_owned()),
        }
    }

    /// The schema as the plugin gave it.
    pub fn as_json(&self) -> &Value {
        &self.0
    }

    /// Every setting, in the order of the schema; those of a table within stand behind it.
    pub fn settings(&self) -> Vec<PluginSetting> {
        let mut all = Vec::new();
        gather(&self.0, &mut Vec::new(), &mut all);
        all
    }

    /// The settings with the secrets in place of what refers to them, or all that is wrong with them.
    pub(crate) fn settle(&self, settings: &PluginSettings) -> Result<Value, Vec<SettingProblem>> {
        let mut wrong = Vec::new();
        keys(&self.0, &settings.to_json(), &mut Vec::new(), &mut wrong);
        let mut value = self.as_meant(settings);
        for setting in self.settings().iter().filter(|setting| setting.secret) {
            let name = setting.name();
            match (settings.referenced(&setting.path), at(&mut value, &setting.path)) {
                (Some(Ok(secret)), Some(place)) => *place = Value::from(secret),
                (Some(Err(error)), _) => {
                    let message = format!("{name}: {error}");
                    wrong.push(SettingProblem::new(name, message));
                }
                _ if matches!(settings.origin(&setting.path), Some(SettingOrigin::Saved(_))) => {
                    let message = format!("{name} is a secret, and no secret is taken from what is saved");
                    wrong.push(SettingProblem::new(name, message));
                }
                _ => {}
            }
        }
        if wrong.is_empty() { Ok(value) } else { Err(wrong) }
    }

    /// The settings, with texts of the environment as what is meant.
    fn as_meant(&self, settings: &PluginSettings) -> Value {
        let mut value = settings.to_json();
        for setting in &self.settings() {
            if let Some(place) = at(&mut value, &setting.path) {
                *place = as_meant(place, &setting.kind);
            }
        }
        value
    }
}

fn at<'v>(value: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, key| value.get_mut(key))
}

/// A variable of the environment is a text: where a number or a truth value is meant, it is read as one.
fn as_meant(value: &Value, kind: &str) -> Value {
    let word = kind.split(" of ").next().unwrap_or_default();
    let parsed = match (value, word) {
        (Value::String(text), "whole number" | "number" | "true or false") => serde_json::from_str(text).ok(),
        _ => None,
    };
    parsed.filter(|parsed: &Value| parsed.is_number() || parsed.is_boolean()).unwrap_or_else(|| value.clone())
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn is_required(schema: &Value, key: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|one| one == key))
}

fn gather(schema: &Value, path: &mut Vec<String>, all: &mut Vec<PluginSetting>) {
    for (key, of) in properties(schema) {
        path.push(key.clone());
        all.push(PluginSetting {
            path: path.clone(),
            about: of.get("description").and_then(Value::as_str).unwrap_or_default().trim().to_owned(),
            kind: kind(of),
            required: is_required(schema, key),
            secret: of.get(SECRET) == Some(&Value::Bool(true)),
            default: of.get("default").cloned(),
        });
        if path.len() < DEPTH {
            gather(of, path, all);
        }
        path.pop();
    }
}

/// The keys that are not known, and those that are missing.
fn keys(schema: &Value, value: &Value, path: &mut Vec<String>, wrong: &mut Vec<SettingProblem>) {
    let Some(table) = value.as_object() else { return };
    let named = |path: &[String], key: &str| {
        path.iter().map(String::as_str).chain([key]).collect::<Vec<_>>().join(".")
    };
    let known: Vec<&str> = properties(schema).map(|(key, _)| key.as_str()).collect();
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let name = named(path, key);
            let message = format!("{name} is not known; known are: {known}");
            wrong.push(SettingProblem::new(name, message));
        }
    }
    for (key, of) in properties(schema) {
        match table.get(key) {
            None if is_required(schema, key) => {
                let name = named(path, key);
                let message = format!("{name} is missing");
                wrong.push(SettingProblem::new(name, message));
            }
            Some(value) if path.len() < DEPTH => {
                path.push(key.clone());
                keys(of, value, path, wrong);
                path.pop();
            }
            _ => {}
        }
    }
}

/// The kind of value in words: `text`, `whole number of at least 1`, `"fast" or "safe"`.
fn kind(schema: &Value) -> String {
    if schema.get(SECRET) == Some(&Value::Bool(true)) {
        return "secret".to_owned();
    }
    let choices = |list: &[Value]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    if let Some(list) = schema.get("enum").and_then(Value::as_array) {
        return choices(list);
    }
    if let Some(one) = schema.get("const") {
        return one.to_string();
    }
    for word in ["anyOf", "oneOf"] {
        if let Some(list) = schema.get(word).and_then(Value::as_array) {
            let kinds: Vec<_> = list.iter().map(kind).filter(|kind| !kind.is_empty()).collect();
            return kinds.join(" or ");
        }
    }
    let names: Vec<&str> = match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let words = names.into_iter().filter(|name| *name != "null").map(|name| match name {
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => match schema.get("items").map(kind).filter(|kind| !kind.is_empty()) {
            Some(items) => format!("list of {items}"),
            None => "list".to_owned(),
        },
        "object" => "table".to_owned(),
        other => other.to_owned(),
    });
    let mut text = words.collect::<Vec<_>>().join(" or ");
    if let Some(least) = schema.get("minimum").filter(|least| least.as_f64() != Some(0.0)) {
        text += &format!(" of at least {least}");
    }
    if let Some(most) = schema.get("maximum").filter(|most| most.as_f64().is_some_and(|most| most < 65_536.0))
    {
        text += &format!(" of at most {most}");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> SettingsSchema {
        SettingsSchema::of(json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["token", "mail"],
            "properties": {
                "page_size": { "type": "integer", "minimum": 1, "default": 50, "description": "Notes on a page." },
                "token": { "type": "string", "x-tenon-secret": true },
                "mode": { "enum": ["fast", "safe"] },
                "mail": {
                    "type": "object",
                    "required": ["from"],
                    "properties": { "from": { "type": "string" }, "to": { "type": ["array", "null"],
                        "items": { "type": "string" } } }
                }
            }
        }))
        .unwrap()
    }

    #[test]
    fn every_setting_is_documented_those_of_tables_too() {
        let all = schema().settings();
        let told: Vec<_> = all.iter().map(|one| format!("{}: {}", one.path.join("."), one.kind)).collect();
        assert_eq!(
            told,
            [
                "mail: table",
                "mail.from: text",
                "mail.to: list of text",
                "mode: \"fast\" or \"safe\"",
                "page_size: whole number of at least 1",
                "token: secret",
            ]
        );
    }

    #[test]
    fn all_keys_that_are_wrong_are_told_at_once() {
        let mut wrong = Vec::new();
        let value = json!({ "pagesize": 3, "mail": { "to": [] } });
        keys(schema().as_json(), &value, &mut Vec::new(), &mut wrong);
        let mut wrong: Vec<_> = wrong.iter().map(ToString::to_string).collect();
        wrong.sort();
        assert_eq!(
            wrong,
            [
                "mail.from is missing",
                "pagesize is not known; known are: mail, mode, page_size, token",
                "token is missing",
            ]
        );
    }

    #[test]
    fn what_is_no_struct_has_no_settings() {
        assert!(SettingsSchema::of(json!({ "type": "string" })).is_err());
        assert!(SettingsSchema::of(json!({ "type": "object" })).is_ok());
    }
}
