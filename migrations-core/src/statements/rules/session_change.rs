//! What would outlast the heal in a session that is used again afterwards.

use super::super::{Statement, StatementKind};
use super::{Objection, verb};

pub(super) fn check(statement: &Statement<'_>) -> Option<Objection> {
    let remedy = match statement.kind {
        StatementKind::SessionChange if verb(statement, 1).eq_ignore_ascii_case("set") => {
            "write SET LOCAL, which ends with the transaction; it holds to the end of this file"
        }
        StatementKind::SessionChange | StatementKind::Listen => {
            "remove the statement; each file begins with the settings of the host, and SET LOCAL changes one for this \
             file alone"
        }
        _ => return None,
    };
    Some(Objection {
        reason: format!("{} would change the session beyond the heal", verb(statement, 2)),
        remedy,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::refused;

    #[test]
    fn a_setting_of_the_session_is_refused_and_one_of_the_transaction_is_not() {
        assert_eq!(refused("SET work_mem = '1MB'"), ["1:1 session-change"]);
        assert_eq!(refused("LISTEN c"), ["1:1 session-change"]);
        assert_eq!(refused("SET LOCAL work_mem = '1MB'"), Vec::<String>::new());
    }
}
