//! What the roles' deviations mean: steps of a plan, findings of a check.

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::{Plan, RoleStep};
use tenon_schema::Ident;

use super::{Deviation, DeviationKind, Logins, NoLogin, NoSecret, Roles, create, create_owner};

/// What stands for a password wherever a statement is shown.
pub(crate) const HIDDEN: &str = "…";

/// How many rights a finding names.
const NAMED: usize = 8;

const HEAL: &str =
    "press Fix Configuration, or run `tenon heal`: it makes the plugins' login roles what they are to be";

/// What becomes of the roles, by plugin. Of those that are left out nothing.
pub fn steps(
    roles: &Roles,
    deviations: &[Deviation],
    wrong: &BTreeSet<PluginId>,
    plan: &Plan,
) -> Vec<RoleStep> {
    let is_kept =
        |role: &Ident| deviations.iter().any(|one| one.role == *role && one.what == DeviationKind::Kept);
    let taking_part = roles.all().filter(|(plugin, role)| !plan.without.contains(*plugin) && !is_kept(role));
    let steps = taking_part.map(|(plugin, role)| {
        let of = deviations.iter().filter(|one| one.role == *role);
        let absent = of.clone().any(|one| one.what == DeviationKind::Absent);
        let owns = roles.owners.get(plugin) == Some(role);
        let make = || if owns { create_owner(role) } else { create(role, HIDDEN) };
        let mut sql: Vec<_> = absent.then(make).into_iter().collect();
        if !absent && !owns && wrong.contains(plugin) {
            sql.push(format!("ALTER ROLE {} PASSWORD '{HIDDEN}'", role.quoted()));
        }
        sql.extend(of.filter_map(|one| one.sql.clone()));
        let follows = !plan.steps.is_empty();
        RoleStep { plugin: plugin.clone(), role: role.clone(), sql, follows }
    });
    steps.filter(|step| !step.sql.is_empty() || step.follows).collect()
}

/// What a check says of the roles, by plugin.
pub fn findings(
    roles: &Roles,
    deviations: &[Deviation],
    logins: &Logins,
) -> BTreeMap<PluginId, Vec<Finding>> {
    let mut told: BTreeMap<(&PluginId, &Ident, DeviationKind), Vec<&str>> = BTreeMap::new();
    let absent: BTreeSet<_> =
        deviations.iter().filter(|one| one.what == DeviationKind::Absent).map(|one| &one.role).collect();
    // What is not there lacks every right.
    let worth = |one: &&Deviation| {
        one.what == DeviationKind::Absent || one.what != DeviationKind::Kept && !absent.contains(&one.role)
    };
    for one in deviations.iter().filter(worth) {
        if let Some(plugin) = roles.plugin(&one.role) {
            told.entry((plugin, &one.role, one.what)).or_default().push(&one.told);
        }
    }
    let mut findings: BTreeMap<PluginId, Vec<Finding>> = BTreeMap::new();
    for ((plugin, role, what), told) in told {
        let noun = if roles.owners.get(plugin) == Some(role) { "owner role" } else { "login role" };
        findings.entry(plugin.clone()).or_default().push(finding(plugin, role, noun, what, &told));
    }
    for (plugin, why) in logins {
        let Some(role) = roles.name(plugin) else { continue };
        findings.entry(plugin.clone()).or_default().push(no_login(plugin, role, why));
    }
    findings
}

fn finding(plugin: &PluginId, role: &Ident, noun: &str, what: DeviationKind, told: &[&str]) -> Finding {
    let role = role.as_str();
    let mut told = told.to_vec();
    // Several may have granted one membership.
    told.dedup();
    let named = told.iter().take(NAMED).copied().collect::<Vec<_>>().join("; ");
    let more = told.len().saturating_sub(NAMED);
    let named = if more == 0 { named } else { format!("{named}; and {more} more") };
    let by_hand = "take it from the role by hand: a heal does not guess who is to have it";
    let (severity, word, remedy) = match what {
        DeviationKind::Absent => (Severity::Breaking, "", HEAL),
        DeviationKind::Held | DeviationKind::Kept | DeviationKind::Joins | DeviationKind::Acts => {
            (Severity::Breaking, "", HEAL)
        }
        DeviationKind::Lacks => (Severity::Breaking, "lacks ", HEAL),
        DeviationKind::Beyond => (Severity::Security, "has, beyond what its plugin may use, ", HEAL),
        DeviationKind::Attribute | DeviationKind::Member => (Severity::Security, "", HEAL),
        DeviationKind::Owner => (Severity::Security, "does not own, so that they act as their owner, ", HEAL),
        DeviationKind::Owns | DeviationKind::Left => (Severity::Security, "", by_hand),
    };
    let about = match what {
        DeviationKind::Absent => format!("role {role}"),
        DeviationKind::Lacks => format!("rights that role {role} lacks"),
        DeviationKind::Beyond => format!("rights of role {role} beyond its plugin's"),
        DeviationKind::Attribute => format!("attributes of role {role}"),
        DeviationKind::Member | DeviationKind::Joins => format!("memberships of role {role}"),
        DeviationKind::Held | DeviationKind::Kept => format!("use of role {role}"),
        DeviationKind::Acts => format!("as whom role {role} acts"),
        DeviationKind::Owner => format!("what role {role} is to own"),
        DeviationKind::Owns | DeviationKind::Left => format!("what role {role} has besides"),
    };
    let message = format!("the plugin's {noun} {role} {word}{named}");
    Finding::new(plugin, Cause::Rights, severity, about, message).remedy(remedy)
}

fn no_login(plugin: &PluginId, role: &Ident, why: &NoLogin) -> Finding {
    let role = role.as_str();
    let (cause, remedy) = match why {
        NoLogin::NoSecret(_) => (Cause::Rights, NoSecret::REMEDY.to_owned()),
        NoLogin::WrongPassword => (Cause::Rights, HEAL.to_owned()),
        NoLogin::NotByPooler(_) => (
            Cause::Rights,
            format!(
                "let the pooler ask the server for passwords (PgBouncer: auth_query); if it does, {HEAL}"
            ),
        ),
        NoLogin::NotLetIn(_) => (
            Cause::Rights,
            format!(
                "let the role in by scram-sha-256 in the server's pg_hba.conf, as the role that serves: {role}"
            ),
        ),
        NoLogin::Unknown(_) => (Cause::Unknown, "see whether the server lets more connections in".to_owned()),
    };
    let message = format!("the host cannot log in as the plugin's login role {role}: {why}");
    Finding::new(plugin, cause, Severity::Breaking, format!("login of role {role}"), message).remedy(remedy)
}

/// The views and functions, in words, that act as the role that heals and that it cannot hand to an owner
/// role.
pub fn kept(deviations: &[Deviation]) -> Vec<String> {
    let kept = deviations.iter().filter(|one| one.what == DeviationKind::Kept && !one.told.is_empty());
    let told = kept.map(|one| {
        format!(
            "what the role {} is to own acts as the role that heals, which may not hand it over: run, as a superuser, {}; \
             then heal",
            one.role.as_str(),
            one.told
        )
    });
    told.collect()
}

/// Roles that are of no plugin any more, in words. Those of plugins that are merely out are not told.
pub fn left_behind(deviations: &[Deviation], out: &BTreeSet<Ident>) -> Vec<String> {
    let left = deviations.iter().filter(|one| one.what == DeviationKind::Left && !out.contains(&one.role));
    let told = left.map(|one| {
        let role = one.role.quoted();
        format!(
            "the login role {role} is of no plugin any more: DROP OWNED BY {role}; DROP ROLE {role}, if its plugin \
             is not to come back"
        )
    });
    told.collect()
}
