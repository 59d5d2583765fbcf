//! `COPY … FROM STDIN`: a heal has no rows to send.

use super::super::{Statement, StatementKind};
use super::Objection;

pub(super) fn check(statement: &Statement<'_>) -> Option<Objection> {
    (statement.kind == StatementKind::CopyStdin).then(|| Objection {
        reason: "COPY with STDIN or STDOUT needs a client that sends or takes the rows, and a heal is none"
            .to_owned(),
        remedy: "write the rows as INSERT INTO … VALUES",
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::refused;

    #[test]
    fn the_rows_after_a_copy_are_not_refused_one_by_one() {
        assert_eq!(refused("COPY a.t FROM STDIN;\nCOMMIT;\n'\n\\.\nSELECT 1;"), ["1:1 copy-stdin"]);
    }
}
