//! The entries of the audit log as a table for other programs: CSV (RFC 4180) or a line of JSON each.

use std::str::FromStr;

use crate::audit::LogEntry;
use crate::audit::history::HistoryEntry;

/// The columns of the CSV.
const COLUMNS: [&str; 12] = [
    "seq",
    "chain",
    "at",
    "finished_at",
    "kind",
    "admin",
    "source",
    "result",
    "what",
    "plugins",
    "id",
    "plan_hash",
];

/// A form in which entries go to other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinesFormat {
    Csv,
    JsonLines,
}

/// A word that is no such form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no format: there are csv, jsonl")]
pub struct UnknownLinesFormat(String);

impl FromStr for LinesFormat {
    type Err = UnknownLinesFormat;

    fn from_str(text: &str) -> Result<Self, UnknownLinesFormat> {
        match text {
            "csv" => Ok(Self::Csv),
            "jsonl" => Ok(Self::JsonLines),
            other => Err(UnknownLinesFormat(other.to_owned())),
        }
    }
}

impl LinesFormat {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::JsonLines => "application/jsonl; charset=utf-8",
        }
    }

    /// The name of a file that holds it.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Csv => "tenon-audit.csv",
            Self::JsonLines => "tenon-audit.jsonl",
        }
    }

    /// What stands before the first entry.
    pub fn head(self) -> String {
        match self {
            Self::Csv => record(&COLUMNS.map(str::to_owned)),
            Self::JsonLines => String::new(),
        }
    }

    /// The lines of these entries.
    pub fn lines(self, entries: &[HistoryEntry]) -> String {
        entries.iter().map(|entry| self.line(entry)).collect()
    }

    fn line(self, entry: &HistoryEntry) -> String {
        match self {
            Self::Csv => record(&cells(entry)),
            Self::JsonLines => serde_json::to_string(entry).map(|line| line + "\n").unwrap_or_default(),
        }
    }
}

fn cells(HistoryEntry { seq, chain, entry }: &HistoryEntry) -> [String; COLUMNS.len()] {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let chain = word(serde_json::to_value(chain).unwrap_or_default());
    let (kind, source, finished, what, hash) = match entry {
        LogEntry::Heal(heal) => (
            word(serde_json::to_value(heal.kind).unwrap_or_default()),
            heal.source,
            heal.finished_at,
            heal.files
                .iter()
                .cloned()
                .chain(heal.repairs.iter().map(|repair| repair.object.clone()))
                .collect(),
            heal.plan_hash.clone(),
        ),
        LogEntry::Action(action) => (
            action.performed.action.name(),
            action.performed.by.source,
            None,
            vec![action.what.clone()],
            String::new(),
        ),
    };
    let what: Vec<String> = what;
    [
        seq.map(|seq| seq.to_string()).unwrap_or_default(),
        chain,
        entry.at().to_string(),
        finished.map(|finished| finished.to_string()).unwrap_or_default(),
        kind,
        entry.admin().to_owned(),
        word(serde_json::to_value(source).unwrap_or_default()),
        entry.result().word().to_owned(),
        what.join("; "),
        entry.plugins().join(" "),
        entry.id().to_string(),
        hash,
    ]
}

/// One record, quoted where it has to be.
fn record<const N: usize>(cells: &[String; N]) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Into memory, which takes everything.
    let written = writer.write_record(cells.iter().map(|text| inert(text)));
    let bytes = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// A text that no spreadsheet takes for a formula: before one that it would stands an apostrophe.
fn inert(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_has_to_be_and_is_never_a_formula() {
        let cells = ["plain text", "a, \"b\"", "=1+1", "b\nc"].map(str::to_owned);
        assert_eq!(record(&cells), "plain text,\"a, \"\"b\"\"\",'=1+1,\"b\nc\"\r\n");
    }
}
