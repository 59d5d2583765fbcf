//! What somebody changes of the settings that are saved: in a form, by a program or at the command line.

use std::collections::{BTreeMap, BTreeSet};

use super::form::{FieldInput, SettingField};
use super::saved::SavedValues;
use super::{SettingProblem, SettingsSchema};
use crate::config::PluginSettings;

/// A change of what is saved.
#[derive(Debug, Clone)]
pub enum SettingsEdit {
    /// All values anew.
    Whole(SavedValues),
    /// What was entered in the fields of a form, by their names. What is left empty goes by its default.
    Form(BTreeMap<String, String>),
    /// Some anew, as texts, and some no longer. The others stay, whatever is wrong with them.
    Some { set: Vec<(String, String)>, unset: Vec<String> },
}

impl SettingsEdit {
    /// Whether it takes away alone, which needs no word of the plugin.
    pub fn only_unsets(&self) -> bool {
        matches!(self, Self::Some { set, .. } if set.is_empty())
    }
}

impl SettingsSchema {
    /// What is saved after a change, or all that is wrong with it.
    pub fn edited(
        &self,
        configured: &PluginSettings,
        saved: &SavedValues,
        edit: &SettingsEdit,
    ) -> Result<SavedValues, Vec<SettingProblem>> {
        let fields = self.fields(configured, saved);
        let mut wrong = Vec::new();
        let next = match edit {
            SettingsEdit::Whole(values) => {
                for (name, value) in values.iter().filter(|(name, value)| saved.get(*name) != Some(value)) {
                    wrong.extend(takes(&fields, name).err());
                    if value.is_null() {
                        let message = format!("{name}: it has no value; leave it out to have its default");
                        wrong.push(SettingProblem::new(name, message));
                    }
                }
                values.clone()
            }
            SettingsEdit::Form(texts) => entered(&fields, saved, texts, &mut wrong),
            SettingsEdit::Some { set, unset } => {
                let mut next = unset_in(saved, unset, &mut wrong);
                for (name, text) in set {
                    let value = takes(&fields, name).and_then(|field| {
                        let told = |fault| SettingProblem::new(name, format!("{name}: {fault}"));
                        field.input.value(text).map_err(told)
                    });
                    match value {
                        Ok(value) => {
                            next.insert(name.clone(), value);
                        }
                        Err(problem) => wrong.push(problem),
                    }
                }
                next
            }
        };
        let told: BTreeSet<_> = wrong.iter().map(|problem| problem.setting.clone()).collect();
        let found = self.wrong(configured, &next).into_iter();
        let mut found: Vec<_> = found.filter(|problem| !told.contains(&problem.setting)).collect();
        if let SettingsEdit::Some { set, unset } = edit {
            // One thing at a time can be mended.
            let former = self.wrong(configured, saved);
            found.retain(|problem| {
                let names = |name: &String| *name == problem.setting;
                let is_new = !former.contains(problem) && !unset.iter().any(names);
                is_new || set.iter().any(|(name, _)| names(name))
            });
        }
        wrong.extend(found);
        if wrong.is_empty() { Ok(next) } else { Err(wrong) }
    }
}

/// What is saved without these.
pub(crate) fn unset_in(
    saved: &SavedValues,
    unset: &[String],
    wrong: &mut Vec<SettingProblem>,
) -> SavedValues {
    let mut next = saved.clone();
    for name in unset {
        if next.remove(name).is_none() {
            wrong.push(SettingProblem::new(name, format!("{name} is not saved")));
        }
    }
    next
}

/// The field of this name, if a value can be saved for it.
fn takes<'f>(fields: &'f [SettingField], name: &str) -> Result<&'f SettingField, SettingProblem> {
    let Some(field) = fields.iter().find(|field| field.name() == name) else {
        let known = fields.iter().filter(|field| field.input != FieldInput::Secret);
        let known: Vec<_> = known.map(SettingField::name).collect();
        let message = format!("{name} is not known; known are: {}", known.join(", "));
        return Err(SettingProblem::new(name, message));
    };
    if field.input == FieldInput::Secret {
        let message =
            format!("{name} is a secret, and none is saved: the configuration says where it stands");
        return Err(SettingProblem::new(name, message));
    }
    match &field.fixed_by {
        Some(origin) => {
            let message = format!("{name} is set by {origin}, which goes before what is saved");
            Err(SettingProblem::new(name, message))
        }
        None => Ok(field),
    }
}

/// What a form has entered. What was not changed stays to the letter, and what is configured stays saved.
fn entered(
    fields: &[SettingField],
    saved: &SavedValues,
    texts: &BTreeMap<String, String>,
    wrong: &mut Vec<SettingProblem>,
) -> SavedValues {
    let mut next = SavedValues::new();
    for field in fields.iter().filter(|field| field.input != FieldInput::Secret) {
        let name = field.name();
        let text = texts.get(&name).map(|text| text.replace("\r\n", "\n")).unwrap_or_default();
        let former = saved.get(&name);
        if field.fixed_by.is_some() || (former.is_some() && text == field.text) {
            next.extend(former.map(|value| (name, value.clone())));
        } else if !text.trim().is_empty() {
            match field.input.value(text.trim()) {
                Ok(value) => {
                    next.insert(name, value);
                }
                Err(fault) => wrong.push(SettingProblem::new(&name, format!("{name}: {fault}"))),
            }
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn schema() -> SettingsSchema {
        SettingsSchema::of(json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["mail", "token"],
            "properties": {
                "page_size": { "type": "integer", "minimum": 1, "default": 50 },
                "token": { "type": "string", "x-tenon-secret": true },
                "mode": { "enum": ["fast", "safe"] },
                "mail": { "type": "object", "required": ["from"], "properties": {
                    "from": { "type": "string" }, "to": { "type": "array", "items": { "type": "string" } } } }
            }
        }))
        .unwrap()
    }

    fn values(json: Value) -> SavedValues {
        serde_json::from_value(json).unwrap()
    }

    fn edited(saved: Value, edit: &SettingsEdit) -> Result<Value, String> {
        let edited = schema().edited(&PluginSettings::default(), &values(saved), edit);
        let told =
            |wrong: Vec<SettingProblem>| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        edited.map(|values| serde_json::to_value(values).unwrap()).map_err(told)
    }

    fn form(texts: &[(&str, &str)]) -> SettingsEdit {
        let pair = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        SettingsEdit::Form(texts.iter().map(pair).collect())
    }

    fn some(set: &[(&str, &str)], unset: &[&str]) -> SettingsEdit {
        let pair = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let unset = unset.iter().map(|name| (*name).to_owned()).collect();
        SettingsEdit::Some { set: set.iter().map(pair).collect(), unset }
    }

    #[test]
    fn a_form_gives_values_of_the_types_and_leaves_what_was_not_changed() {
        let saved = json!({ "mail.from": " a ", "mode": "fast", "gone": 1 });
        let form = form(&[("page_size", "20"), ("mode", ""), ("mail.from", " a "), ("mail.to", "[\"x\"]")]);
        let expected = json!({ "page_size": 20, "mail.from": " a ", "mail.to": ["x"] });
        assert_eq!(edited(saved, &form).unwrap(), expected);
    }

    #[test]
    fn a_form_is_told_all_that_is_wrong() {
        let form = form(&[("page_size", "0"), ("mode", "slow"), ("mail.to", "x"), ("token", "hush")]);
        let told = edited(json!({}), &form).unwrap_err();
        for one in [
            "page_size: 0 is less",
            "mode: it is one of fast, safe",
            "mail.to: it is JSON",
            "mail.from is missing",
        ] {
            assert!(told.contains(one), "{one}: {told}");
        }
        assert!(!told.contains("token"), "{told}");
    }

    #[test]
    fn one_setting_can_be_mended_while_others_are_wrong() {
        let saved = json!({ "gone": 1, "page_size": 0, "mode": "fast" });
        assert_eq!(
            edited(saved.clone(), &some(&[], &["gone"])).unwrap(),
            json!({ "page_size": 0, "mode": "fast" })
        );
        assert!(edited(saved.clone(), &some(&[("page_size", "5")], &[])).is_ok());
        let still = edited(saved.clone(), &some(&[("page_size", "0")], &[])).unwrap_err();
        assert!(still.contains("page_size: 0 is less"), "{still}");
        let wrong = edited(saved, &some(&[("pages", "1"), ("token", "hush"), ("mode", "x")], &["mail.to"]));
        let wrong = wrong.unwrap_err();
        for one in [
            "pages is not known",
            "token is a secret, and none is saved",
            "mode: it is one of",
            "mail.to is not saved",
        ] {
            assert!(wrong.contains(one), "{one}: {wrong}");
        }
    }

    #[test]
    fn a_program_gives_all_values_and_none_that_has_no_value() {
        let whole = |json| SettingsEdit::Whole(values(json));
        let good = json!({ "mail.from": "a", "page_size": 3 });
        assert_eq!(edited(json!({ "mode": "fast" }), &whole(good.clone())).unwrap(), good);
        let wrong = edited(json!({}), &whole(json!({ "mail.from": null, "token": "x" }))).unwrap_err();
        assert!(
            wrong.contains("mail.from: it has no value") && wrong.contains("token is a secret"),
            "{wrong}"
        );
    }
}
