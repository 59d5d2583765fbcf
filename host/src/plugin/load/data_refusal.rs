//! A statement that the database refused for the values it was sent, as callers of a route are told of it.

use crate::database::unavailable::DbFailure;

/// What a caller may know: which rule it was, and nothing of the server's text, which can quote rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataRefusal {
    /// PostgreSQL's code (its manual, appendix A): of class 22, "data exception", or 23, "integrity
    /// constraint violation".
    pub sqlstate: String,
    /// The constraint that was violated.
    pub constraint: Option<String>,
    /// The column, where the server names one.
    pub field: Option<String>,
}

/// The status that such a refusal has over HTTP; 500 for a code of another class.
pub(super) fn status_of(sqlstate: &str) -> u16 {
    match sqlstate.get(..2) {
        Some("22") => 422,
        Some("23") => 409,
        _ => 500,
    }
}

impl DataRefusal {
    /// The refusal, if the values were at fault.
    pub(super) fn of(failure: DbFailure) -> Option<Self> {
        let DbFailure { sqlstate, constraint, column: field, .. } = failure;
        (status_of(&sqlstate) != 500).then_some(Self { sqlstate, constraint, field })
    }

    /// The refusal in words of our own.
    pub fn in_words(&self) -> String {
        let what = match self.sqlstate.as_str() {
            "23502" => "a value is missing",
            "23503" => "it refers to what is not there, or is itself referred to",
            "23505" => "there is such a one already",
            "23514" => "a value is not allowed",
            "23P01" => "it overlaps what is there",
            "22001" => "a text is too long",
            "22003" => "a number is out of range",
            other if other.starts_with("23") => "it contradicts what is there",
            _ => "a value cannot be taken",
        };
        let of = |word: &str, name: &Option<String>| name.as_ref().map(|name| format!("{word} {name}"));
        let of = [of("constraint", &self.constraint), of("field", &self.field)];
        let of: Vec<_> = of.into_iter().flatten().collect();
        if of.is_empty() { what.to_owned() } else { format!("{what} ({})", of.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_values_are_at_fault_for_has_a_status_of_its_own() {
        let statuses = ["22003", "23505", "23P01", "42P01", "40001", "", "ä"].map(status_of);
        assert_eq!(statuses, [422, 409, 409, 500, 500, 500, 500]);
    }

    #[test]
    fn a_caller_reads_the_rule_and_not_the_rows() {
        let refusal = DataRefusal {
            sqlstate: "23505".to_owned(),
            constraint: Some("note_title_key".to_owned()),
            field: None,
        };
        assert_eq!(refusal.in_words(), "there is such a one already (constraint note_title_key)");
        let plain = DataRefusal { sqlstate: "22P02".to_owned(), constraint: None, field: None };
        assert_eq!(plain.in_words(), "a value cannot be taken");
    }
}
