//! What it takes to record migrations as applied that a database already has, decided before anything is
//! done.

use std::collections::BTreeSet;

use crate::migration::{Checksum, MigrationId, PluginMigration};
use crate::plan::{Plan, PlanRule, Refusal};

/// Makes of the plan to run everything the one to record these migrations instead: the host's own pending
/// ones are run, since the ledger is among what they make, and nothing else is.
///
/// Whether the database is what they make is not decided here.
pub fn baseline(whole: Plan, migrations: &[&PluginMigration], adopt: &BTreeSet<MigrationId>) -> Plan {
    let pending: BTreeSet<_> = whole.steps.iter().map(|step| step.migration.clone()).collect();
    let plugins: BTreeSet<_> = adopt.iter().map(|id| id.plugin.clone()).collect();
    let mut steps = whole.steps;
    steps.retain(|step| step.migration.plugin.is_core() || adopt.contains(&step.migration));
    let left: BTreeSet<_> = pending.iter().filter(|id| !adopt.contains(id) && !id.plugin.is_core()).collect();
    let mut verify = whole.verify;
    verify.retain(|id| {
        id.is_core() || plugins.contains(id) && !left.iter().any(|pending| pending.plugin == *id)
    });
    // How they are written says nothing any more; that a history was edited does, and that a newer host has
    // changed the ledger.
    let history = |refusal: &Refusal| {
        [PlanRule::EditedHistory, PlanRule::MissingHistory, PlanRule::ReplacedInPart].contains(&refusal.rule)
    };
    let mut refusals = whole.refusals;
    refusals.retain(|refusal| {
        let Some(plugin) = &refusal.plugin else { return false };
        history(refusal)
            && (plugins.contains(plugin) || plugin.is_core() && refusal.rule == PlanRule::MissingHistory)
    });
    refusals.extend(adopt.iter().filter(|id| !pending.contains(id) || id.plugin.is_core()).map(|id| {
        let reason = if id.plugin.is_core() {
            "the host's own migrations are run and not adopted"
        } else {
            "it is not pending: it was applied already, or there is no such migration"
        };
        refused(
            id,
            PlanRule::NotPending,
            reason.to_owned(),
            "choose among the migrations that `tenon plan` shows",
        )
    }));
    for migration in migrations.iter().filter(|migration| adopt.contains(&migration.id)) {
        let (id, plugin) = (&migration.id, &migration.id.plugin);
        let before = left.iter().filter(|before| before.plugin == *plugin && before.filename < id.filename);
        let lacking = before.copied().chain(migration.requires.iter().filter(|id| left.contains(id)));
        refusals.extend(lacking.map(|lacking| {
            let reason = format!("it comes after {lacking}, which is pending and not chosen");
            refused(id, PlanRule::Gap, reason, "choose that one too")
        }));
    }
    let mut text = String::from("tenon baseline 1\n");
    for step in &steps {
        let what = if adopt.contains(&step.migration) { "record" } else { "run" };
        text.push_str(&format!("{what} {} {}\n", step.migration, step.checksum));
    }
    let hash = Checksum::of(text);
    Plan {
        ledger: Vec::new(),
        steps,
        repairs: Vec::new(),
        hazards: Vec::new(),
        locked: Vec::new(),
        verify,
        refusals,
        hash,
        ..whole
    }
}

fn refused(id: &MigrationId, rule: PlanRule, reason: String, remedy: &str) -> Refusal {
    Refusal {
        plugin: Some(id.plugin.clone()),
        rule,
        place: id.to_string(),
        excerpt: String::new(),
        reason,
        remedy: remedy.to_owned(),
        allow: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::PluginId;
    use crate::plan::tests::plan_of;

    fn adopted(adopt: &[&str]) -> Plan {
        let file = |id: &str, requires: &[&str]| {
            let requires = requires.iter().map(|id| id.parse().unwrap()).collect();
            PluginMigration::new(id.parse().unwrap(), "SELECT 1; COMMIT", requires)
        };
        let files = [
            file("core/1.sql", &[]),
            file("a/1.sql", &[]),
            file("a/2.sql", &[]),
            file("b/1.sql", &["a/1.sql"]),
        ];
        let migrations: Vec<_> = files.iter().collect();
        let whole = plan_of(&files, &[], &[]);
        baseline(whole, &migrations, &adopt.iter().map(|id| id.parse().unwrap()).collect())
    }

    fn refusals(adopt: &[&str]) -> Vec<String> {
        let told = |refusal: Refusal| format!("{} {}", refusal.rule, refusal.place);
        adopted(adopt).refusals.into_iter().map(told).collect()
    }

    #[test]
    fn what_is_chosen_is_recorded_and_the_hosts_own_is_run() {
        let plan = adopted(&["a/1.sql", "a/2.sql"]);
        assert_eq!(plan.files(), ["core/1.sql", "a/1.sql", "a/2.sql"]);
        assert_eq!(plan.verify.iter().map(PluginId::as_str).collect::<Vec<_>>(), ["a", "core"]);
        assert_eq!(plan.refusals, [], "how they are written says nothing any more");
        assert_ne!(plan.hash, adopted(&["a/1.sql"]).hash);
    }

    #[test]
    fn a_plugin_with_something_left_is_not_verified() {
        let plan = adopted(&["a/1.sql"]);
        assert_eq!(plan.verify.iter().map(PluginId::as_str).collect::<Vec<_>>(), ["core"]);
    }

    #[test]
    fn a_gap_and_what_is_not_pending_are_refused() {
        assert_eq!(refusals(&["a/2.sql"]), ["gap a/2.sql"]);
        assert_eq!(refusals(&["b/1.sql"]), ["gap b/1.sql"]);
        assert_eq!(refusals(&["a/1.sql", "b/1.sql"]), Vec::<String>::new());
        assert_eq!(refusals(&["a/9.sql", "core/1.sql"]), ["not-pending a/9.sql", "not-pending core/1.sql"]);
    }
}
