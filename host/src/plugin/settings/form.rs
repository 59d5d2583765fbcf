//! A form for a plugin's settings: its fields, and the lines of the configuration that come of what is
//! entered.
//!
//! The configuration stays the one place where settings are. The form writes nothing: it says what to put
//! there, once that is of the plugin's type. A secret is never shown, and cannot be entered: of it the form
//! takes the file in which it stands.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{PluginSetting, SettingsSchema, keys};
use crate::config::{PluginSettings, SettingOrigin};

/// What stands for a secret while the others are looked at.
const SOME_SECRET: &str = "secret";

/// One field of the form.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingField {
    pub setting: PluginSetting,
    pub input: FieldInput,
    pub is_set: bool,
    /// What it holds; of a secret nothing.
    pub text: String,
    /// Where its value comes from, if that is no file, so that a file changes nothing.
    pub fixed_by: Option<String>,
}

/// How something is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldInput {
    Text,
    Number {
        least: Option<String>,
        most: Option<String>,
        /// The step between values: `1` or `any`.
        step: &'static str,
    },
    Choice(Vec<String>),
    /// The file in which it stands.
    Secret,
    /// Anything else, as JSON.
    Json,
}

impl SettingField {
    /// The name: the keys down to it.
    pub fn name(&self) -> String {
        self.setting.path.join(".")
    }
}

impl SettingsSchema {
    /// The fields of a form, with what is set. Tables have none: those within them do.
    pub fn fields(&self, set: &PluginSettings) -> Vec<SettingField> {
        let all = set.to_json();
        let field = |setting: PluginSetting| {
            let of = node(self.as_json(), &setting.path)?;
            if of.get("properties").is_some() {
                return None;
            }
            let value = setting.path.iter().try_fold(&all, |value, key| value.get(key));
            let input = FieldInput::of(of, setting.secret);
            let text = match value {
                Some(_) if setting.secret => String::new(),
                Some(Value::String(text)) if input != FieldInput::Json => text.clone(),
                Some(value) => value.to_string(),
                None => String::new(),
            };
            let fixed_by = match set.origin(&setting.path) {
                // A credential is named by a line of the file.
                Some(SettingOrigin::File(_) | SettingOrigin::Credential(_)) | None => None,
                Some(other) => Some(other.to_string()),
            };
            let fixed_by = fixed_by.filter(|_| value.is_some());
            Some(SettingField { is_set: value.is_some(), setting, input, text, fixed_by })
        };
        self.settings().into_iter().filter_map(field).collect()
    }

    /// The lines of the configuration for what is entered, by the names of the fields; what is left empty
    /// goes by its default. All that is wrong with it otherwise.
    pub fn lines(
        &self,
        plugin: &str,
        set: &PluginSettings,
        entered: &BTreeMap<String, String>,
    ) -> Result<String, Vec<String>> {
        let (mut lines, mut wrong) = (vec![format!("[plugin.{plugin}]")], Vec::new());
        let (mut whole, all) = (Value::Object(Map::new()), set.to_json());
        for field in self.fields(set) {
            let (path, name) = (&field.setting.path, field.name());
            let text = entered.get(&name).map(|text| text.trim()).unwrap_or_default();
            let key = path.iter().map(|key| bare(key)).collect::<Vec<_>>().join(".");
            if let Some(origin) = &field.fixed_by {
                lines.push(format!("# {key}: {origin}"));
                let value = path.iter().try_fold(&all, |value, key| value.get(key));
                put(&mut whole, path, value.cloned().unwrap_or_default());
                continue;
            }
            if field.input == FieldInput::Secret {
                if !text.is_empty() {
                    lines.push(format!("{key} = {{ file = {} }}", Value::from(text)));
                } else if field.is_set {
                    lines.push(format!("# {key}: as it is"));
                }
                if field.is_set || !text.is_empty() {
                    put(&mut whole, path, SOME_SECRET.into());
                }
                continue;
            }
            if text.is_empty() {
                continue;
            }
            match field.input.value(text) {
                Ok(value) => {
                    lines.push(format!("{key} = {}", as_toml(&value)));
                    put(&mut whole, path, value);
                }
                Err(fault) => wrong.push(format!("{name}: {fault}")),
            }
        }
        keys(self.as_json(), &whole, &mut Vec::new(), &mut wrong);
        match jsonschema::validator_for(self.as_json()) {
            Ok(validator) => wrong.extend(validator.iter_errors(&whole).filter_map(|error| {
                let place = error.instance_path().to_string().trim_start_matches('/').replace('/', ".");
                // What is missing, or not known, was said above.
                (!place.is_empty()).then(|| format!("{place}: {error}"))
            })),
            Err(error) => wrong.push(format!("the schema of its settings cannot be used: {error}")),
        }
        if wrong.is_empty() { Ok(lines.join("\n") + "\n") } else { Err(wrong) }
    }
}

impl FieldInput {
    fn of(schema: &Value, secret: bool) -> Self {
        if secret {
            return Self::Secret;
        }
        if let Some(choices) = choices(schema) {
            return Self::Choice(choices);
        }
        let bound = |name: &str| schema.get(name).map(ToString::to_string);
        match kind_of(schema) {
            Some("boolean") => Self::Choice(vec!["true".to_owned(), "false".to_owned()]),
            Some("integer") => Self::Number { least: bound("minimum"), most: bound("maximum"), step: "1" },
            Some("number") => Self::Number { least: bound("minimum"), most: bound("maximum"), step: "any" },
            Some("string") => Self::Text,
            _ => Self::Json,
        }
    }

    fn value(&self, text: &str) -> Result<Value, String> {
        let parsed = || serde_json::from_str::<Value>(text);
        match self {
            Self::Choice(choices) if !choices.iter().any(|choice| choice == text) => {
                Err(format!("it is one of {}", choices.join(", ")))
            }
            Self::Choice(choices) if choices.iter().all(|choice| choice == "true" || choice == "false") => {
                Ok((text == "true").into())
            }
            Self::Number { .. } => match parsed() {
                Ok(value) if value.is_number() => Ok(value),
                _ => Err("it is a number".to_owned()),
            },
            Self::Json => parsed().map_err(|error| format!("it is JSON, such as [\"a\", \"b\"]: {error}")),
            Self::Text | Self::Secret | Self::Choice(_) => Ok(text.into()),
        }
    }
}

/// The schema of the setting at these keys.
fn node<'v>(schema: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(schema, |schema, key| schema.get("properties")?.get(key))
}

/// The one type besides null.
fn kind_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => {
            let mut names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            names.next().filter(|_| names.next().is_none())
        }
        _ => None,
    }
}

/// The texts of which it is one.
fn choices(schema: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(list) = schema.get("enum").and_then(Value::as_array) {
        return list.iter().filter(|value| !value.is_null()).map(text).collect();
    }
    let list = schema.get("oneOf").and_then(Value::as_array)?;
    list.iter().map(|one| one.get("const").and_then(text)).collect()
}

/// A key as TOML has it.
fn bare(key: &str) -> String {
    let is_bare =
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_bare { key.to_owned() } else { Value::from(key).to_string() }
}

/// A value as TOML has it: what JSON has, but for tables and what is absent.
fn as_toml(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let pairs = table.iter().map(|(key, value)| format!("{} = {}", bare(key), as_toml(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(as_toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn put(whole: &mut Value, path: &[String], value: Value) {
    let Some((last, above)) = path.split_last() else { return };
    let mut table = whole;
    for key in above {
        let Value::Object(members) = table else { return };
        table = members.entry(key).or_insert_with(|| Value::Object(Map::new()));
    }
    if let Value::Object(members) = table {
        members.insert(last.clone(), value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> SettingsSchema {
        SettingsSchema::of(json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["token"],
            "properties": {
                "page_size": { "type": "integer", "minimum": 1, "default": 50 },
                "token": { "type": "string", "x-tenon-secret": true },
                "mode": { "enum": ["fast", "safe"] },
                "loud": { "type": ["boolean", "null"] },
                "mail": { "type": "object", "properties": {
                    "from": { "type": "string" }, "to": { "type": "array", "items": { "type": "string" } } } }
            }
        }))
        .unwrap()
    }

    fn lines(entered: &[(&str, &str)]) -> Result<String, Vec<String>> {
        let entered = entered.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        schema().lines("notes", &PluginSettings::default(), &entered)
    }

    #[test]
    fn what_is_entered_comes_as_lines_of_the_configuration() {
        let names: Vec<_> =
            schema().fields(&PluginSettings::default()).iter().map(SettingField::name).collect();
        assert_eq!(names, ["loud", "mail.from", "mail.to", "mode", "page_size", "token"]);
        let written = lines(&[
            ("page_size", "20"),
            ("mode", "fast"),
            ("loud", "true"),
            ("mail.from", "a \"b\""),
            ("mail.to", "[\"x\"]"),
            ("token", "/etc/tenon/token"),
        ]);
        assert_eq!(
            written.unwrap(),
            "[plugin.notes]\nloud = true\nmail.from = \"a \\\"b\\\"\"\nmail.to = [\"x\"]\nmode = \"fast\"\n\
             page_size = 20\ntoken = { file = \"/etc/tenon/token\" }\n"
        );
    }

    #[test]
    fn all_that_is_wrong_with_what_is_entered_is_told_at_once() {
        let wrong = lines(&[("page_size", "0"), ("mode", "slow"), ("mail.to", "x")]).unwrap_err();
        let told = |text: &str| wrong.iter().any(|one| one.contains(text));
        assert!(told("token is missing") && told("mode: it is one of fast, safe"), "{wrong:?}");
        assert!(told("page_size: 0 is less than") && told("mail.to: it is JSON"), "{wrong:?}");
    }
}
