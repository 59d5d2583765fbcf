//! What of the findings somebody wants to see: a search in words, and a choice by severity, plugin and cause.

use actix_web::http::StatusCode;
use tenon_migrations_core::acknowledgement::obstacle;
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::health::PluginHealth;

use super::{PageError, words};
use crate::admin::api::values;
use crate::admin::strings::{Text, t};

/// The longest search, in characters.
const LONGEST: usize = 200;

const SEVERITIES: [Severity; 4] =
    [Severity::Security, Severity::Breaking, Severity::Warning, Severity::Cosmetic];

const CAUSES: [Cause; 11] = [
    Cause::Pending,
    Cause::Edited,
    Cause::Missing,
    Cause::Ledger,
    Cause::Drifted,
    Cause::DescriptorMismatch,
    Cause::Conflict,
    Cause::Unloadable,
    Cause::Rights,
    Cause::Quarantined,
    Cause::Unknown,
];

/// What of the findings is wanted; all where nothing is set.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// What stands somewhere in it, whatever the case.
    pub q: String,
    pub severity: Option<Severity>,
    /// A plugin's id.
    pub plugin: String,
    pub cause: Option<Cause>,
}

/// One choice of a field of a form.
pub(super) struct Choice {
    /// As the field's value.
    pub value: String,
    pub noun: &'static str,
    pub is_chosen: bool,
}

impl Filter {
    /// The filter that these fields of a form or of an address set.
    pub(super) fn of(fields: &[(String, String)]) -> Result<Self, PageError> {
        let field = |name| values(fields, name).next().unwrap_or_default().trim();
        if field("q").chars().count() > LONGEST {
            return Err(nothing(t!("filter-too-long").number("count", LONGEST)));
        }
        let severity = match field("severity") {
            "" => None,
            word => {
                let unknown = || nothing(t!("filter-no-severity").arg("word", format_args!("{word:?}")));
                Some(known(&SEVERITIES, word).ok_or_else(unknown)?)
            }
        };
        let cause = match field("cause") {
            "" => None,
            word => {
                let unknown = || nothing(t!("filter-no-cause").arg("word", format_args!("{word:?}")));
                Some(known(&CAUSES, word).ok_or_else(unknown)?)
            }
        };
        Ok(Self { q: field("q").to_owned(), severity, plugin: field("plugin").to_owned(), cause })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.q.is_empty() && self.plugin.is_empty() && self.severity.is_none() && self.cause.is_none()
    }

    /// Whether this finding is wanted.
    pub(super) fn wants(&self, plugin: &PluginHealth, finding: &Finding) -> bool {
        self.severity.is_none_or(|severity| finding.severity == severity)
            && self.cause.is_none_or(|cause| finding.cause == cause)
            && self.is_of(plugin)
            && (self.finds(&[plugin.id.as_str(), &plugin.name])
                || self.finds(&[&finding.id, &finding.object, &finding.message]))
    }

    /// Whether this plugin is wanted, of which there are no findings.
    pub(super) fn wants_plugin(&self, plugin: &PluginHealth) -> bool {
        self.severity.is_none()
            && self.cause.is_none()
            && self.is_of(plugin)
            && self.finds(&[plugin.id.as_str(), &plugin.name])
    }

    fn is_of(&self, plugin: &PluginHealth) -> bool {
        self.plugin.is_empty() || plugin.id.as_str() == self.plugin
    }

    fn finds(&self, texts: &[&str]) -> bool {
        let q = self.q.to_lowercase();
        q.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&q))
    }

    /// The address of one of its pages.
    pub(super) fn address(&self, page: usize) -> String {
        let page = page.to_string();
        let mut fields = self.fields();
        if page != "1" {
            fields.push(("page", page));
        }
        let query = words::query(fields.iter().map(|(name, value)| (*name, value.as_str())));
        if query.is_empty() { "/".to_owned() } else { format!("/?{query}") }
    }

    /// The fields that are set.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let severity = self.severity.map(|severity| key(&severity)).unwrap_or_default();
        let cause = self.cause.map(|cause| key(&cause)).unwrap_or_default();
        let all = [
            ("q", self.q.clone()),
            ("severity", severity),
            ("plugin", self.plugin.clone()),
            ("cause", cause),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    pub(super) fn severities(&self) -> Vec<Choice> {
        let choice = |one: Severity| Choice {
            value: key(&one),
            noun: one.noun(),
            is_chosen: self.severity == Some(one),
        };
        SEVERITIES.into_iter().map(choice).collect()
    }

    pub(super) fn causes(&self) -> Vec<Choice> {
        let choice =
            |one: Cause| Choice { value: key(&one), noun: one.noun(), is_chosen: self.cause == Some(one) };
        CAUSES.into_iter().map(choice).collect()
    }
}

/// Whether somebody may acknowledge it.
pub(super) fn can_be_acknowledged(finding: &Finding) -> bool {
    finding.acknowledged.is_none() && obstacle(finding.cause, finding.severity).is_none()
}

/// The word by which forms and JSON name it.
fn key(one: &impl serde::Serialize) -> String {
    serde_json::to_value(one).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn known<T: Copy + serde::Serialize>(all: &[T], word: &str) -> Option<T> {
    all.iter().find(|one| key(one) == word).copied()
}

fn nothing(detail: Text) -> PageError {
    let remedy = t!("nothing-done-open-health");
    PageError::new(StatusCode::BAD_REQUEST, t!("filter-nothing"), detail, remedy)
}

#[cfg(test)]
mod tests {
    use tenon_migrations_core::health::Serving;

    use super::*;

    fn filter(fields: &[(&str, &str)]) -> Result<Filter, PageError> {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Filter::of(&fields)
    }

    #[test]
    fn a_finding_is_found_by_its_words_and_by_what_it_is() {
        let id = "inventory".parse().unwrap();
        let finding =
            Finding::new(&id, Cause::Drifted, Severity::Warning, "column inventory.item.qty", "Qty differs");
        let plugin = PluginHealth::new(id, "Inventory Plugin", "", "", Serving::Yes, vec![finding.clone()]);
        for (wanted, fields) in [
            (true, &[][..]),
            (true, &[("q", "QTY")]),
            (true, &[("q", "inventory plugin"), ("severity", "warning"), ("cause", "drifted")]),
            (true, &[("q", finding.id.as_str()), ("plugin", "inventory")]),
            (false, &[("q", "elsewhere")]),
            (false, &[("severity", "breaking")]),
            (false, &[("plugin", "invent")]),
            (false, &[("cause", "descriptor_mismatch")]),
        ] {
            assert_eq!(filter(fields).unwrap().wants(&plugin, &finding), wanted, "{fields:?}");
        }
    }

    #[test]
    fn what_is_set_comes_again_in_the_address() {
        let set = filter(&[("q", "a b"), ("severity", "breaking"), ("cause", ""), ("page", "7")]).unwrap();
        assert_eq!(set.address(1), "/?q=a%20b&severity=breaking");
        assert_eq!(set.address(2), "/?q=a%20b&severity=breaking&page=2");
        assert_eq!(filter(&[]).unwrap().address(1), "/");
    }

    #[test]
    fn what_nothing_is_called_is_refused() {
        for field in ["severity", "cause"] {
            assert!(filter(&[(field, "terrible")]).is_err(), "{field}");
        }
        assert!(filter(&[("q", &"x".repeat(201))]).is_err());
    }
}
