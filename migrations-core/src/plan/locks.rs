//! Locks: a transaction holds one for each relation that it makes or changes, and the server's table of them
//! has room for so many (manual, "Lock Management").

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Plan, PlanRule, Refusal};
use crate::migration::PluginMigration;
use crate::statements;

const RULE: PlanRule = PlanRule::LockBudget;

/// The server's room for locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LockRoom {
    pub max_locks_per_transaction: u64,
    pub max_connections: u64,
    pub max_prepared_transactions: u64,
    /// Locks that others hold now.
    pub in_use: u64,
}

/// What a heal needs of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Locks {
    /// The locks that the heal will hold when it commits: measured in a rehearsal, else at least.
    pub needed: u64,
    pub measured: bool,
    /// Absent where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<LockRoom>,
}

impl LockRoom {
    /// How many locks there is room for: at least, since the server adds some for its own processes.
    pub fn capacity(&self) -> u64 {
        self.max_locks_per_transaction.saturating_mul(self.sessions())
    }

    fn sessions(&self) -> u64 {
        self.max_connections.saturating_add(self.max_prepared_transactions).max(1)
    }

    /// The setting under which that many fit beside those in use, with a tenth to spare.
    fn setting_for(&self, needed: u64) -> u64 {
        let wanted = needed.saturating_add(self.in_use);
        wanted.saturating_add(wanted / 10).div_ceil(self.sessions()).max(self.max_locks_per_transaction + 1)
    }
}

impl Plan {
    /// Takes what a rehearsal has measured in place of the estimate, and holds that against the room there
    /// is.
    pub fn measured(&mut self, locks: u64) {
        self.locks = Locks { needed: locks, measured: true, ..self.locks };
        self.refusals.retain(|refusal| refusal.rule != RULE);
        if let Some(room) = self.locks.room {
            self.budget(room);
        }
    }

    /// Holds the locks that are needed against the room there is.
    pub fn budget(&mut self, room: LockRoom) {
        self.locks.room = Some(room);
        let Locks { needed, measured, .. } = self.locks;
        if needed <= room.capacity().saturating_sub(room.in_use) {
            return;
        }
        let LockRoom { max_locks_per_transaction, max_connections, max_prepared_transactions, in_use } = room;
        let at_least = if measured { "" } else { "at least " };
        self.refusals.push(Refusal {
            plugin: None,
            rule: RULE,
            place: "the whole plan".to_owned(),
            excerpt: String::new(),
            reason: format!(
                "it needs {at_least}{needed} locks, and the server has room for {}: max_locks_per_transaction \
                 {max_locks_per_transaction} x (max_connections {max_connections} + max_prepared_transactions \
                 {max_prepared_transactions}), of which {in_use} are in use",
                room.capacity()
            ),
            remedy: format!(
                "set max_locks_per_transaction to {} on the server (ALTER SYSTEM SET, or postgresql.conf) and \
                 restart it; or heal some plugins at a time with --without",
                room.setting_for(needed)
            ),
            allow: None,
        });
    }
}

/// Whether a plan is refused since the server has no room for its locks.
pub fn is_about_room(refusal: &Refusal) -> bool {
    refusal.rule == RULE
}

/// At least how many locks the migrations leave the transaction with.
pub(super) fn at_least(pending: &[&PluginMigration]) -> Locks {
    let mut made = BTreeSet::new();
    let mut needed = 0;
    for migration in pending {
        for statement in statements::parse(&migration.sql).iter().flatten() {
            needed += statement.makes_at_least();
            made.extend(statement.makes_table());
            // What stands already is locked once, whatever is done to it.
            if statement.begins(&["alter", "table"])
                && let Some(table) = statement.dotted_names().into_iter().next()
                && made.insert(table)
            {
                needed += 1;
            }
        }
    }
    Locks { needed: u64::try_from(needed).unwrap_or(u64::MAX), ..Locks::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(needed: u64, in_use: u64) -> Option<(String, String)> {
        let migration = PluginMigration::new("a/1.sql".parse().unwrap(), "SELECT 1", Vec::new());
        let mut plan = super::super::tests::plan_of(&[migration], &[], &[]);
        plan.locks.needed = needed;
        let room = LockRoom {
            max_locks_per_transaction: 64,
            max_connections: 100,
            max_prepared_transactions: 0,
            in_use,
        };
        plan.budget(room);
        plan.refusals.pop().map(|refusal| (refusal.reason, refusal.remedy))
    }

    #[test]
    fn a_plan_that_needs_more_locks_than_there_is_room_for_is_refused_with_the_setting_that_would_do() {
        assert_eq!(refused(6_400, 0), None);
        assert_eq!(refused(6_300, 100), None);
        let (reason, remedy) = refused(6_400, 100).unwrap();
        assert!(reason.contains("at least 6400 locks") && reason.contains("room for 6400"), "{reason}");
        assert!(remedy.contains("max_locks_per_transaction to 72 "), "{remedy}");
        assert!(refused(1, 6_400).unwrap().1.contains("to 71 "));
    }

    #[test]
    fn what_was_measured_takes_the_place_of_the_estimate() {
        let migration = PluginMigration::new("a/1.sql".parse().unwrap(), "SELECT 1", Vec::new());
        let mut plan = super::super::tests::plan_of(&[migration], &[], &[]);
        let room = LockRoom {
            max_locks_per_transaction: 64,
            max_connections: 100,
            max_prepared_transactions: 0,
            in_use: 100,
        };
        plan.budget(room);
        plan.measured(7_000);
        let [refusal] = plan.refusals.as_slice() else { panic!("{:#?}", plan.refusals) };
        assert!(refusal.reason.starts_with("it needs 7000 locks, and"), "{}", refusal.reason);
        assert!(refusal.remedy.contains("max_locks_per_transaction to 79 "), "{}", refusal.remedy);
        plan.measured(6_300);
        assert_eq!((plan.refusals.len(), plan.locks.measured), (0, true));
    }

    #[test]
    fn locks_are_counted_once_for_each_relation() {
        let sql = "CREATE TABLE a.b (c int PRIMARY KEY); ALTER TABLE a.b ADD d int; ALTER TABLE a.old ADD d int; \
                   ALTER TABLE a.old ADD e int; CREATE INDEX ON a.b (d)";
        let migration = PluginMigration::new("a/1.sql".parse().unwrap(), sql, Vec::new());
        assert_eq!(at_least(&[&migration]).needed, 4);
    }
}
