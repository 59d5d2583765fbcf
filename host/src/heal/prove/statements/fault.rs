//! What is wrong with a statement, and where.

use tenon_schema::DeclaredStatement;

use crate::support::codes::codes;

/// How many characters of a statement are shown, and how many of them stand before the place at fault.
const LONGEST: usize = 80;
const BEFORE: usize = 30;

codes! {
    /// Why a statement is not as it has to be. The names are part of reports.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    StatementRule:
    /// PostgreSQL does not take it.
    Sql = "statement",
    /// A parameter has another type.
    ParamType = "parameter-type",
    /// There is no column for a field.
    MissingColumn = "missing-column",
    /// There are more or fewer columns than are read by position.
    ColumnCount = "column-count",
    /// A field cannot be read from its column's type.
    ColumnType = "column-type",
    /// No Rust type of the SDK is read from a column's type.
    UnreadableType = "unreadable-type",
    /// No route may send it.
    Refused = "refused-statement",
    /// Something that it touches is the host's, or of a plugin that is not required.
    ForeignObject = "foreign-object",
}

/// One thing that is wrong with a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFault {
    pub rule: StatementRule,
    /// The source file, the line and the column of its `sql!`.
    pub place: String,
    /// The statement on one line, or the part of it that is at fault.
    pub excerpt: String,
    /// Where in the excerpt, in characters from 0.
    pub mark: usize,
    pub reason: String,
    pub remedy: String,
}

impl StatementFault {
    pub(super) fn of(one: &DeclaredStatement, rule: StatementRule, reason: String, remedy: String) -> Self {
        let (excerpt, mark) = excerpt(&one.sql, 1);
        Self { rule, place: place(one), excerpt, mark, reason, remedy }
    }

    /// The fault at a position that PostgreSQL reported: a count of characters beginning at 1.
    pub(super) fn at(mut self, one: &DeclaredStatement, position: u32) -> Self {
        (self.excerpt, self.mark) = excerpt(&one.sql, usize::try_from(position).unwrap_or(1));
        self
    }
}

/// The place of a statement's `sql!`.
pub(super) fn place(one: &DeclaredStatement) -> String {
    format!("{}:{}:{}", one.file, one.line, one.column)
}

/// The statement on one line, cut around a position, and where that is in it.
fn excerpt(sql: &str, position: usize) -> (String, usize) {
    let (mut line, mut mark): (Vec<char>, usize) = (Vec::new(), 0);
    for (index, c) in sql.chars().enumerate() {
        let is_blank = c.is_whitespace();
        if !is_blank || line.last().is_some_and(|last| *last != ' ') {
            line.push(if is_blank { ' ' } else { c });
        }
        if index + 1 == position {
            mark = line.len().saturating_sub(1);
        }
    }
    while line.last() == Some(&' ') {
        line.pop();
    }
    let from = if line.len() > LONGEST { mark.saturating_sub(BEFORE) } else { 0 };
    let to = line.len().min(from + LONGEST);
    let mut text = String::new();
    if from > 0 {
        text.push('…');
    }
    text.extend(&line[from..to]);
    if to < line.len() {
        text.push('…');
    }
    let mark = mark.min(line.len().saturating_sub(1)) - from + usize::from(from > 0);
    (text, mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_excerpt_is_one_line_around_the_place_at_fault() {
        assert_eq!(excerpt("SELECT  a\n  FROM b ", 13), ("SELECT a FROM b".to_owned(), 9));
        assert_eq!(excerpt("", 1), (String::new(), 0));
        let long = format!("SELECT {} FROM b", "a, ".repeat(60));
        let at = long.find("FROM").unwrap() + 1;
        let (text, mark) = excerpt(&long, at);
        assert_eq!(text.chars().skip(mark).collect::<String>(), "FROM b", "{text}");
        assert!(text.starts_with('…'));
        assert_eq!(excerpt(&long, 1).1, 0);
    }
}
