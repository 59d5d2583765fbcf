//! `SET CONSTRAINTS ALL`: it holds for the whole transaction, which is the heal's, also for constraints that
//! later migrations make, and no statement takes it back.

use super::super::words::Words;
use super::super::{Statement, StatementKind, scan, tree};
use super::Objection;

const ALL: [&str; 3] = ["set", "constraints", "all"];

pub(super) fn check(statement: &Statement<'_>) -> Option<Objection> {
    let bodies = || tree::bodies(statement).into_iter().flatten();
    let said = match statement.kind {
        StatementKind::LocalSetting => statement.begins(&ALL),
        StatementKind::Do => {
            bodies().any(|body| Words::new(&body, &scan::tokens(&body)).begins_anywhere(&ALL))
        }
        _ => false,
    };
    said.then(|| Objection {
        reason: "SET CONSTRAINTS ALL would hold until the heal ends, also for constraints that later migrations make, \
                 and nothing takes it back"
            .to_owned(),
        remedy: "name the constraints, as in SET CONSTRAINTS shop.line_item_fkey DEFERRED; after the file they are \
                 checked and again as they were made",
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::refused;

    #[test]
    fn all_constraints_are_refused_and_named_ones_are_not() {
        for sql in [
            "SET CONSTRAINTS ALL DEFERRED",
            "set constraints /* which? */ all immediate",
            "DO $$ BEGIN SET CONSTRAINTS ALL DEFERRED; END $$",
        ] {
            assert_eq!(refused(sql), ["1:1 all-constraints"], "{sql}");
        }
        for sql in [
            "SET CONSTRAINTS a.b, a.c DEFERRED",
            "SET CONSTRAINTS \"all\" DEFERRED",
            "SELECT 'SET CONSTRAINTS ALL DEFERRED'",
            // It runs in a transaction of the plugin's.
            "CREATE FUNCTION a.f() RETURNS void LANGUAGE plpgsql AS 'BEGIN SET CONSTRAINTS ALL DEFERRED; END'",
        ] {
            assert_eq!(refused(sql), Vec::<String>::new(), "{sql}");
        }
    }
}
