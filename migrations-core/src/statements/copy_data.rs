//! The rows that follow `COPY … FROM STDIN;` in a dump: they are not SQL.

/// Where the data that begins on the line after `from` end: after the line `\.`. `None` if there are none.
pub(super) fn end_of_copy_data(sql: &str, from: usize) -> Option<usize> {
    let mut at = from + sql.get(from..)?.find('\n')? + 1;
    loop {
        let rest = sql.get(at..).filter(|rest| !rest.is_empty())?;
        let line = rest.lines().next().unwrap_or_default();
        if line == "\\." {
            return Some(at + line.len());
        }
        at += rest.find('\n')? + 1;
    }
}

#[cfg(test)]
mod tests {
    use crate::statements::{StatementKind, parse};

    #[test]
    fn rows_belong_to_their_copy_whatever_quotes_they_hold() {
        let statements = parse("COPY t FROM stdin;\nO'Brien\t$$\n\\.\n\nSELECT 1;\n").unwrap();
        let kinds: Vec<_> = statements.iter().map(|s| s.kind).collect();
        assert_eq!(kinds, [StatementKind::CopyStdin, StatementKind::Query]);
        assert_eq!(statements[0].text(), "COPY t FROM stdin;\nO'Brien\t$$\n\\.");
    }

    #[test]
    fn without_an_end_of_data_what_follows_is_sql() {
        let statements = parse("COPY t FROM stdin; COMMIT;").unwrap();
        assert_eq!(statements[1].kind, StatementKind::TransactionControl);
    }
}
