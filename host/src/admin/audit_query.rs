//! What a request looks for in the audit log, by page or API.

use std::str::FromStr;

use crate::audit::history::AuditFilter;
use crate::report::LinesFormat;
use crate::support::term;

/// The fields that such a request may have.
const FIELDS: [&str; 8] = ["admin", "plugin", "result", "since", "until", "before", "limit", "format"];

/// The most entries that one answer holds.
const MOST: usize = 1000;

/// A page of the log that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditQuery {
    pub filter: AuditFilter,
    pub before: Option<i64>,
    pub limit: usize,
    /// All that is looked for, for another program, instead of a page.
    pub format: Option<LinesFormat>,
}

/// Why a request asks for nothing that there could be: the field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub(crate) struct BadAuditQuery {
    pub field: String,
    pub reason: String,
}

impl AuditQuery {
    /// Reads the fields. One that is empty asks for nothing, as a form sends those that nobody filled in.
    pub(crate) fn of(fields: &[(String, String)], usual: usize) -> Result<Self, BadAuditQuery> {
        if let Some((field, _)) = fields.iter().find(|(field, _)| !FIELDS.contains(&field.as_str())) {
            let reason = format!("there is no such parameter; there are {}", FIELDS.join(", "));
            return Err(BadAuditQuery { field: field.clone(), reason });
        }
        let text = |field: &str| {
            let value = fields.iter().find(|(name, value)| name == field && !value.trim().is_empty());
            value.map(|(_, value)| value.trim().to_owned())
        };
        let limit = read(text("limit"), "limit", usize::from_str)?.unwrap_or(usual);
        if !(1..=MOST).contains(&limit) {
            let reason = format!("it is {limit}, and has to be from 1 to {MOST}");
            return Err(BadAuditQuery { field: "limit".to_owned(), reason });
        }
        Ok(Self {
            filter: AuditFilter {
                admin: text("admin"),
                plugin: text("plugin"),
                result: read(text("result"), "result", str::parse)?,
                since: read(text("since"), "since", term::since)?,
                until: read(text("until"), "until", term::until)?,
            },
            before: read(text("before"), "before", i64::from_str)?,
            limit,
            format: read(text("format").filter(|format| format != "json"), "format", str::parse)?,
        })
    }
}

fn read<T, E: std::fmt::Display>(
    text: Option<String>,
    field: &str,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, BadAuditQuery> {
    let bad = |error: E| BadAuditQuery { field: field.to_owned(), reason: error.to_string() };
    text.map(|text| read(&text).map_err(bad)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[(&str, &str)]) -> Result<AuditQuery, BadAuditQuery> {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        AuditQuery::of(&fields, 50)
    }

    #[test]
    fn an_empty_field_asks_for_nothing_and_a_wrong_one_is_named() {
        let empty = of(&[("admin", ""), ("since", " "), ("result", "")]).unwrap();
        assert_eq!((empty.filter, empty.limit, empty.before), (AuditFilter::default(), 50, None));
        for (field, value, told) in [
            ("result", "fine", "there are succeeded, failed"),
            ("since", "yesterday", "is not a date"),
            ("limit", "0", "from 1 to 1000"),
            ("before", "x", "invalid digit"),
            ("format", "xml", "there are csv, jsonl"),
            ("colour", "red", "there is no such parameter"),
        ] {
            let error = of(&[(field, value)]).unwrap_err();
            assert!(error.field == field && error.reason.contains(told), "{error}");
        }
    }

    #[test]
    fn a_day_is_meant_from_its_beginning_to_its_end() {
        let day = of(&[("since", "2026-12-01"), ("until", "2026-12-01")]).unwrap().filter;
        assert_eq!(day.since.unwrap().to_string(), "2026-12-01T00:00:00Z");
        assert_eq!(day.until.unwrap().to_string(), "2026-12-02T00:00:00Z");
    }
}
