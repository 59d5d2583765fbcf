//! A form for a plugin's settings: its fields, with what is set, and what is wrong with that.
//!
//! What the configuration sets it sets for good: such a field shows it, and takes nothing. A secret is never
//! shown, and cannot be entered: the configuration says where it stands.

use serde_json::{Map, Value};

use super::saved::SavedValues;
use super::{PluginSetting, SettingProblem, SettingsSchema, keys};
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
    /// Where the configuration sets it, which goes before what is saved.
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
    /// Nothing is entered: it stands in the configuration.
    Secret,
    /// Anything else, as JSON.
    Json,
}

impl SettingField {
    /// The name: the keys down to it.
    pub fn name(&self) -> String {
        self.setting.name()
    }
}

impl SettingsSchema {
    /// The fields of a form, with what is configured or saved. Tables have none: those within them do.
    pub fn fields(&self, configured: &PluginSettings, saved: &SavedValues) -> Vec<SettingField> {
        let all = configured.to_json();
        let field = |setting: PluginSetting| {
            let of = node(self.as_json(), &setting.path)?;
            if of.get("properties").is_some() {
                return None;
            }
            let value = setting.path.iter().try_fold(&all, |value, key| value.get(key));
            let fixed_by = configured.origin(&setting.path).filter(|_| value.is_some());
            let fixed_by = fixed_by.map(ToString::to_string);
            let name = setting.name();
            let value = value.or_else(|| saved.get(&name).filter(|_| !setting.secret));
            let input = FieldInput::of(of, setting.secret);
            let text = value.filter(|_| !setting.secret).map(|value| input.text(value)).unwrap_or_default();
            let is_set = value.is_some();
            Some(SettingField { is_set, setting, input, text, fixed_by })
        };
        self.settings().into_iter().filter_map(field).collect()
    }

    /// All that is wrong with what would be saved, beside what is configured. What the configuration says is
    /// not looked at, and neither is whether secrets are there.
    pub fn wrong(&self, configured: &PluginSettings, saved: &SavedValues) -> Vec<SettingProblem> {
        let mut all = configured.clone();
        self.fill_in(&mut all, saved, &SettingOrigin::Saved(String::new()));
        let mut whole = self.as_meant(&all);
        for setting in self.settings() {
            let is_table =
                node(self.as_json(), &setting.path).is_some_and(|of| of.get("properties").is_some());
            if setting.secret && setting.required {
                put(&mut whole, &setting.path, SOME_SECRET.into());
            } else if is_table && setting.required {
                put_if_absent(&mut whole, &setting.path);
            }
        }
        let mut wrong = Vec::new();
        keys(self.as_json(), &whole, &mut Vec::new(), &mut wrong);
        let fields = self.fields(configured, saved);
        match jsonschema::validator_for(self.as_json()) {
            Ok(validator) => wrong.extend(validator.iter_errors(&whole).filter_map(|error| {
                let place = error.instance_path().to_string().trim_start_matches('/').replace('/', ".");
                // What is missing in a table, or not known, was said above.
                let field = field_at(&fields, &place)?;
                Some(SettingProblem::new(field.name(), format!("{place}: {error}")))
            })),
            Err(error) => {
                let message = format!("the schema of its settings cannot be used: {error}");
                wrong.push(SettingProblem::new("", message));
            }
        }
        for (name, value) in saved {
            if holds_nul(value) {
                wrong.push(SettingProblem::new(name, format!("{name}: a NUL cannot be kept")));
            }
        }
        let is_configured = |problem: &SettingProblem| {
            let path = field_at(&fields, &problem.setting).map(|field| field.setting.path.clone());
            let path = path.unwrap_or_else(|| problem.setting.split('.').map(str::to_owned).collect());
            configured.origin(&path).is_some() && !saved.contains_key(&problem.setting)
        };
        wrong.retain(|problem| problem.setting.is_empty() || !is_configured(problem));
        wrong
    }
}

/// The field that something in its value is of.
fn field_at<'f>(fields: &'f [SettingField], place: &str) -> Option<&'f SettingField> {
    fields.iter().find(|field| {
        let rest = place.strip_prefix(&field.name());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(holds_nul),
        Value::Object(table) => table.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
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

    /// What is entered for a value.
    fn text(&self, value: &Value) -> String {
        match value {
            Value::String(text) if *self != Self::Json => text.clone(),
            value => value.to_string(),
        }
    }

    /// The value of what is entered.
    pub(super) fn value(&self, text: &str) -> Result<Value, String> {
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

/// Has an empty table there, if there is nothing and what is around it is there.
fn put_if_absent(whole: &mut Value, path: &[String]) {
    let Some((last, above)) = path.split_last() else { return };
    let around = above.iter().try_fold(whole, |value, key| value.get_mut(key));
    if let Some(Value::Object(members)) = around {
        members.entry(last).or_insert_with(|| Value::Object(Map::new()));
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

    fn saved(values: Value) -> SavedValues {
        serde_json::from_value(values).unwrap()
    }

    fn wrong(values: Value) -> Vec<String> {
        let wrong = schema().wrong(&PluginSettings::default(), &saved(values));
        wrong.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_field_shows_what_is_saved_and_never_a_secret() {
        let values = saved(json!({
            "page_size": 20, "mode": "fast", "loud": true, "mail.to": ["x"], "mail.from": "a \"b\"", "token": "hush"
        }));
        let fields = schema().fields(&PluginSettings::default(), &values);
        let told: Vec<_> = fields.iter().map(|field| format!("{}={}", field.name(), field.text)).collect();
        assert_eq!(
            told,
            ["loud=true", "mail.from=a \"b\"", "mail.to=[\"x\"]", "mode=fast", "page_size=20", "token="]
        );
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_with_its_field() {
        assert_eq!(wrong(json!({ "page_size": 20, "mail.to": ["x"] })), [""; 0]);
        let wrong =
            wrong(json!({ "page_size": 0, "mode": "slow", "mail.to": [1], "mail.from": "a\0", "x": 1 }));
        let told = |text: &str| wrong.iter().any(|one| one.contains(text));
        assert!(told("x is not known; known are: ") && told("mail.to.0: 1 is not of type"), "{wrong:?}");
        assert!(told("page_size: 0 is less than") && told("mode: \"slow\" is not"), "{wrong:?}");
        assert!(told("mail.from: a NUL"), "{wrong:?}");
    }
}
