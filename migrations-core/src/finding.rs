//! One thing that is wrong, said so that a person can act on it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::acknowledgement::Acknowledgement;
use crate::checksum::Checksum;
use crate::compare::{Change, Difference};
use crate::migration::PluginId;
use crate::repair::Repair;

pub use crate::cause::Cause;
pub use crate::severity::Severity;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Finding {
    /// The finding's id, alike for one thing at every check: 12 hexadecimal digits.
    pub id: String,
    /// The plugin that the finding is about.
    pub plugin: PluginId,
    pub cause: Cause,
    pub severity: Severity,
    /// What it is about: a migration's id, an object's path with its kind, or a file.
    pub object: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// What the plugin says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What the database says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The whole of it in one sentence, without a full stop.
    pub message: String,
    /// What has probably happened, as far as there is evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probable_cause: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The SQL that would repair it, where there is an honest one. It runs only by an administrator's choice.
    #[serde(rename = "mend", default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<Repair>,
    /// The SQL that would repair it by giving something its name back that was probably renamed: a repair of
    /// its own, where nothing but the name is other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rename: Option<Repair>,
    /// When a check first saw it, as far as this host remembers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Timestamp>,
    /// The word of an administrator that the finding may stay for now. It is shown all the same, and does not
    /// count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledgement>,
}

impl Finding {
    /// A finding about `object`, with its stable id.
    pub fn new(
        plugin: &PluginId,
        cause: Cause,
        severity: Severity,
        object: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let object = object.into();
        Self {
            id: stable_id(plugin, cause, &object, None),
            plugin: plugin.clone(),
            cause,
            severity,
            object,
            property: None,
            expected: None,
            found: None,
            message: message.into(),
            probable_cause: None,
            remedy: None,
            repair: None,
            rename: None,
            first_seen: None,
            acknowledged: None,
        }
    }

    /// Adds what has probably happened.
    pub fn probable_cause(mut self, cause: &str) -> Self {
        self.probable_cause = Some(cause.to_owned());
        self
    }

    /// Adds what to do about it.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Adds what the plugin says and what the database says.
    pub fn values(mut self, expected: Option<String>, found: Option<String>) -> Self {
        self.expected = expected;
        self.found = found;
        self
    }

    /// What the plugin says and what the database says, for people: absent where there are no two values,
    /// and "none" where only one side has one.
    pub fn sides(&self) -> Option<(&str, &str)> {
        let told = self.property.is_some() || self.expected.is_some() || self.found.is_some();
        told.then(|| (self.expected.as_deref().unwrap_or("none"), self.found.as_deref().unwrap_or("none")))
    }

    /// A difference of the database, as a finding of the plugin that owns the object.
    pub fn from_difference(plugin: &PluginId, cause: Cause, difference: &Difference) -> Self {
        let finding = Self::new(
            plugin,
            cause,
            difference.severity,
            difference.object.to_string(),
            difference.to_string(),
        );
        let present = || Some("present".to_owned());
        let absent = || Some("absent".to_owned());
        match &difference.change {
            Change::Missing => finding.values(present(), absent()),
            Change::Unexpected => finding.values(absent(), present()),
            Change::Changed { property, expected, found } => Self {
                id: stable_id(plugin, cause, &finding.object, Some(property.name())),
                property: Some(property.noun().to_owned()),
                ..finding.values(
                    expected.as_ref().map(ToString::to_string),
                    found.as_ref().map(ToString::to_string),
                )
            },
        }
    }
}

/// Gives findings that are about the same thing ids of their own: the first keeps it, the others have it of
/// what they say.
pub fn told_apart<'a>(findings: impl IntoIterator<Item = &'a mut Finding>) {
    let mut seen = BTreeSet::new();
    for finding in findings {
        while !seen.insert(finding.id.clone()) {
            finding.id = short_id(&[&finding.id, &finding.message]);
        }
    }
}

/// Made of what the finding is about, not of what was found, so that it stays while values move.
fn stable_id(plugin: &PluginId, cause: Cause, object: &str, property: Option<&str>) -> String {
    short_id(&[plugin.as_str(), cause.noun(), object, property.unwrap_or_default()])
}

fn short_id(about: &[&str]) -> String {
    Checksum::of(about.join("\0")).to_string().chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_about_one_file_have_ids_of_their_own_which_stay() {
        let of = |messages: &[&str]| {
            let id = "inventory".parse().unwrap();
            let finding = |message: &&str| {
                Finding::new(&id, Cause::Unloadable, Severity::Breaking, "file a.so", *message)
            };
            let mut findings: Vec<_> = messages.iter().map(finding).collect();
            told_apart(&mut findings);
            findings.into_iter().map(|finding| finding.id).collect::<Vec<_>>()
        };
        let ids = of(&["one", "two", "three", "two"]);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 4, "{ids:?}");
        assert_eq!(of(&["one", "three"]), [ids[0].clone(), ids[2].clone()]);
        assert!(ids.iter().all(|id| id.len() == 12), "{ids:?}");
    }
}
