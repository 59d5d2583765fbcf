//! Holding everything a check has gathered against what the plugins say.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tenon_schema::Descriptors;

use crate::ahead;
use crate::claims::{self, Claim, Unmanaged};
use crate::compare::{Change, Difference, compare};
use crate::everybody;
use crate::extension;
use crate::finding::{Cause, Finding, Severity};
use crate::history::History;
use crate::migration::{Checksum, PluginId, PluginInfo};
use crate::probable::{self, Builds};
use crate::repair::{self, Disturbed, Repair, Sides, Standing};
use crate::snapshot::{CatalogSnapshot, ObjectId, Objects, Property, SnapshotPart, SnapshotSource};
use crate::surroundings::{self, granted_by_default};
use crate::tolerance::{Tolerance, Tolerances, Tolerated};

/// What one plugin says of itself.
#[derive(Debug)]
pub struct Declared<'a> {
    pub info: &'a PluginInfo,
    pub descriptors: &'a Descriptors,
    /// The sha256 of its descriptors.
    pub descriptors_hash: Checksum,
    pub claims: &'a BTreeSet<Claim>,
    /// Whether the ledger knows a migration of it.
    pub applied: bool,
    /// What its lock file says, if that speaks for the plugin and this printer.
    pub locked: Option<&'a CatalogSnapshot>,
}

/// A plugin's part of the database as a heal verified it.
#[derive(Debug)]
pub struct Verified<'a> {
    pub printer: SnapshotSource,
    /// The sha256 of the descriptors that were verified.
    pub descriptors: Checksum,
    pub snapshot: &'a CatalogSnapshot,
}

/// Everything a check has gathered.
#[derive(Debug)]
pub struct CheckInput<'a> {
    pub plugins: &'a [Declared<'a>],
    pub history: &'a History,
    pub verified: &'a BTreeMap<PluginId, Verified<'a>>,
    /// What the server says now.
    pub live: &'a CatalogSnapshot,
    /// The indexes in the live snapshot that are not finished yet.
    pub builds: &'a Builds,
    /// What could not be read.
    pub unprinted: &'a [Unreadable],
    /// The printer of the live snapshot.
    pub printer: SnapshotSource,
    /// What may stand beside what plugins declare.
    pub tolerances: &'a [Tolerance],
}

/// An object that the server could not print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Unreadable {
    /// The object's id; a name that is no text has escapes in it.
    pub id: ObjectId,
    pub why: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Assessment {
    /// Each plugin's findings; a plugin that is in step has none.
    pub findings: BTreeMap<PluginId, Vec<Finding>>,
    /// Plugins with nothing pending whose stored snapshot is missing or no longer speaks for them.
    pub unverified: BTreeSet<PluginId>,
    /// Objects that nobody claims.
    pub unmanaged: Vec<Unmanaged>,
    /// What stands beside the plugins' objects and is tolerated.
    pub tolerated: Vec<Tolerated>,
}

/// Compares the ledger with the migrations, and the database with what was last verified.
///
/// What pending migrations will change is not drift: the database is held against the state that the last
/// heal left, not against the one that the next will make.
pub fn assess(gathered: &CheckInput<'_>) -> Assessment {
    let all: BTreeSet<_> = gathered.plugins.iter().flat_map(|plugin| plugin.claims).cloned().collect();
    let verified: Vec<_> = gathered.verified.values().map(|verified| verified.snapshot).collect();
    let unmanaged = claims::unmanaged(gathered.live, &all, &verified);
    let mut assessment = Assessment::default();
    let histories = gathered.history.by_plugin();
    let none = History::default();
    let history = |plugin: &Declared<'_>| histories.get(&plugin.info.id).unwrap_or(&none);
    let states = gathered.plugins.iter().map(|plugin| stored_state(plugin, gathered, history(plugin)));
    let states: Vec<_> = states.collect();
    let nothing = CatalogSnapshot::default();
    let theirs: Vec<_> = std::iter::zip(gathered.plugins, &states)
        .map(|(plugin, state)| (plugin.claims, state.comparable().unwrap_or(&nothing)))
        .collect();
    let parts = claims::parts(gathered.live, &theirs);
    let owners = owners(gathered, &theirs);
    let expected = || theirs.iter().flat_map(|(_, snapshot)| snapshot.objects.keys());
    let tolerances = Tolerances::among(gathered.tolerances, expected);
    let wide = tolerances.too_wide.iter().map(|(tolerance, id)| too_wide(tolerance, id));
    let mut wide: Vec<_> = wide.collect();
    for ((plugin, state), found) in gathered.plugins.iter().zip(states).zip(&parts) {
        let history = history(plugin);
        let mut findings = history.findings();
        if plugin.info.id.is_core() {
            findings.append(&mut wide);
        }
        let unprinted = gathered.unprinted.iter().zip(&owners);
        let unprinted = unprinted.filter(|(_, owners)| owners.contains(&&plugin.info.id));
        findings.extend(unprinted.map(|(unprinted, _)| unknown(&plugin.info.id, unprinted)));
        if history.pending.is_empty() && !matches!(state, Stored::Speaks(_)) {
            assessment.unverified.insert(plugin.info.id.clone());
        }
        if let Some(snapshot) = state.comparable() {
            let snapshot = &*extension::follow(snapshot, gathered.live);
            let live = gathered.live;
            let final_state = history.pending.is_empty() && matches!(state, Stored::Speaks(_));
            let more = if final_state { Claimed::IsDrift } else { Claimed::MayBePending };
            let is_tolerated = |difference: &Difference| {
                let by = tolerances.tolerating(difference, found.object(&difference.object));
                let record = by.map(|by| by.record(&plugin.info.id, &difference.object));
                assessment.tolerated.extend(record);
                by.is_some()
            };
            let differences = differences(snapshot, found, gathered, is_tolerated);
            findings.extend(drift(plugin, snapshot, differences, gathered, &unmanaged, more));
            findings.extend(everybody::findings(&plugin.info.id, plugin.claims, snapshot, found, live));
        }
        if history.pending.is_empty() {
            findings.extend(stale(plugin, &state, gathered.printer));
            if let Stored::Former(_) | Stored::Missing = state {
                let drifted: BTreeSet<_> = findings.iter().map(|finding| finding.object.clone()).collect();
                let ahead = ahead::findings(plugin.info, plugin.descriptors, gathered.live);
                findings.extend(ahead.into_iter().filter(|finding| !drifted.contains(&finding.object)));
            }
        }
        if !findings.is_empty() {
            assessment.findings.insert(plugin.info.id.clone(), findings);
        }
    }
    tell_what_repairs_need(&mut assessment);
    // What its plugin leaves undeclared on purpose is not nobody's.
    let undeclared = gathered.plugins.iter().flat_map(|plugin| &plugin.descriptors.undeclared);
    let undeclared: BTreeSet<_> = undeclared.map(|one| one.object.as_str()).collect();
    assessment.unmanaged =
        unmanaged.into_iter().filter(|one| !undeclared.contains(one.object.to_string().as_str())).collect();
    assessment
}

/// Says of each finding which others have to be repaired with it: what it needs may be another plugin's.
fn tell_what_repairs_need(assessment: &mut Assessment) {
    let mut findings: Vec<_> = assessment.findings.values_mut().flatten().collect();
    findings.retain(|finding| finding.repair.is_some());
    let ids: Vec<_> = findings.iter().map(|finding| finding.id.clone()).collect();
    let repairs: Vec<_> = findings.iter().filter_map(|finding| finding.repair.as_ref()).collect();
    let needs = repair::needs(&repairs);
    for (finding, needed) in findings.into_iter().zip(needs) {
        if let Some(repair) = &mut finding.repair {
            repair.needs = needed.into_iter().filter_map(|at| ids.get(at).cloned()).collect();
        }
    }
}

/// To whom the objects belong that could not be read: who claims them or had them; else, who has something in
/// their schema, whose it may have been under another name; else, the host.
fn owners<'a>(
    gathered: &'a CheckInput<'_>,
    theirs: &[(&BTreeSet<Claim>, &CatalogSnapshot)],
) -> Vec<Vec<&'a PluginId>> {
    let of_one = |unprinted: &Unreadable| {
        let id = &unprinted.id;
        let of = |owns: &dyn Fn(&BTreeSet<Claim>, &CatalogSnapshot) -> bool| {
            let plugins = std::iter::zip(gathered.plugins, theirs);
            let own = plugins.filter(|(_, (claims, snapshot))| owns(claims, snapshot));
            own.map(|(plugin, _)| &plugin.info.id).collect::<Vec<_>>()
        };
        let claim = Claim::to(id);
        let mut owners = of(&|claims, snapshot| claims.contains(&claim) || snapshot.objects.contains_key(id));
        if owners.is_empty() {
            owners = of(&|claims, _| claims::schemas(claims).contains(&id.schema));
        }
        if owners.is_empty() {
            owners =
                gathered.plugins.iter().map(|plugin| &plugin.info.id).filter(|id| id.is_core()).collect();
        }
        owners
    };
    gathered.unprinted.iter().map(of_one).collect()
}

/// The finding that nobody knows how an object is.
fn unknown(plugin: &PluginId, unprinted: &Unreadable) -> Finding {
    let Unreadable { id, why } = unprinted;
    let message = format!("{id} could not be read: {why}");
    Finding::new(plugin, Cause::Unknown, Severity::Warning, id.to_string(), message)
        .remedy("mend what the server cannot print, and check again; all other objects were compared")
}

/// What the stored snapshot of a plugin is good for.
enum Stored<'a> {
    /// A snapshot of the plugin's present descriptors.
    Speaks(&'a CatalogSnapshot),
    /// A snapshot of other descriptors: good for finding drift.
    Former(&'a CatalogSnapshot),
    /// A snapshot by another printer: not comparable.
    OtherSource(SnapshotSource),
    Missing,
}

impl<'a> Stored<'a> {
    /// What the database can be held against.
    fn comparable(&self) -> Option<&'a CatalogSnapshot> {
        match self {
            Self::Speaks(snapshot) | Self::Former(snapshot) => Some(snapshot),
            Self::OtherSource(_) | Self::Missing => None,
        }
    }
}

fn stored_state<'a>(plugin: &Declared<'a>, gathered: &CheckInput<'a>, history: &History) -> Stored<'a> {
    // A lock file says what there is once all migrations have been applied.
    let locked = plugin.locked.filter(|_| history.pending.is_empty());
    match (gathered.verified.get(&plugin.info.id), locked) {
        (None, Some(locked)) => Stored::Speaks(locked),
        (None, None) => Stored::Missing,
        (Some(verified), Some(locked)) if verified.printer != gathered.printer => Stored::Speaks(locked),
        (Some(verified), None) if verified.printer != gathered.printer => {
            Stored::OtherSource(verified.printer)
        }
        (Some(verified), _) if verified.descriptors != plugin.descriptors_hash => {
            Stored::Former(verified.snapshot)
        }
        (Some(verified), _) => Stored::Speaks(verified.snapshot),
    }
}

/// What a claimed standing object is that the expected snapshot does not know, such as one more overload of a
/// plugin's function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claimed {
    IsDrift,
    /// The object may belong to a migration that is still pending, or to descriptors that no heal has
    /// verified yet.
    MayBePending,
}

/// A tolerance that matches what a plugin declares, which is no tool's.
fn too_wide(tolerance: &Tolerance, id: &ObjectId) -> Finding {
    let message =
        format!("the tolerance of {tolerance} is not used, since it matches {id}, which a plugin declares");
    let object = format!("tolerance of {tolerance}");
    Finding::new(&PluginId::core(), Cause::Conflict, Severity::Warning, object, message)
        .remedy("write a pattern in [[tolerate]] of the configuration that matches the tool's objects alone")
}

/// What differs and is not tolerated.
fn differences(
    expected: &CatalogSnapshot,
    found: &SnapshotPart<'_>,
    gathered: &CheckInput<'_>,
    mut is_tolerated: impl FnMut(&Difference) -> bool,
) -> Vec<Difference> {
    // Of what could not be read nothing is told here, and of what stands on it all.
    let unread = gathered.unprinted.iter().filter_map(|one| expected.objects.get_key_value(&one.id));
    let mut differences = compare(expected, &found.objects().chain(unread).collect::<SnapshotPart<'_>>());
    differences.retain(|difference| !is_tolerated(difference));
    differences
}

fn drift(
    plugin: &Declared<'_>,
    expected: &CatalogSnapshot,
    mut differences: Vec<Difference>,
    gathered: &CheckInput<'_>,
    unmanaged: &[Unmanaged],
    more: Claimed,
) -> Vec<Finding> {
    let live = gathered.live;
    for difference in &mut differences {
        // Nobody did that to this object: whoever administers the database decides about it once.
        if granted_by_default(difference, live) {
            difference.severity = Severity::Warning;
        }
    }
    differences.retain(|difference| {
        more == Claimed::IsDrift
            || difference.object.relation.is_some()
            || expected.objects.contains_key(&difference.object)
    });
    let causes = probable::causes(&differences, live, gathered.builds);
    if differences.is_empty() {
        return Vec::new();
    }
    let expected = &*expected.spelled_as_in(live);
    let server_major = gathered.printer.server_major;
    let sides = Sides { expected, live, descriptors: plugin.descriptors, unmanaged, server_major };
    let offers = repair::offers(&differences, &sides);
    differences
        .iter()
        .zip(causes)
        .zip(offers)
        .map(|((difference, cause), offer)| Finding {
            remedy: Some(remedy(difference, offer.in_the_way.as_deref())),
            repair: offer.repair,
            rename: offer.rename,
            probable_cause: Some(match granted_by_default(difference, live) {
                true => surroundings::told_as(&difference.object),
                false => repair::rename::probable(difference, &sides).unwrap_or_else(|| cause.to_owned()),
            }),
            ..Finding::from_difference(&plugin.info.id, Cause::Drifted, difference)
        })
        .collect()
}

fn remedy(difference: &Difference, in_the_way: Option<&str>) -> String {
    let by_hand = match difference.change {
        Change::Changed { property: Property::PreparedTransactions, .. } => {
            "end each with `COMMIT PREPARED 'NAME'` or `ROLLBACK PREPARED 'NAME'`, as whoever manages it has decided"
        }
        _ => "undo the change by hand, or put it into a migration of the plugin",
    };
    match in_the_way {
        None => by_hand.to_owned(),
        Some(why) => format!("{by_hand}; it cannot be repaired as long as this is so: {why}"),
    }
}

impl Assessment {
    /// What the repairs of its findings remove or convert.
    pub fn disturbs(&self) -> BTreeSet<Disturbed> {
        let findings = self.findings.values().flatten();
        repair::disturbed(findings.filter_map(|one| one.repair.as_ref()).flat_map(Repair::statements))
    }

    /// Says of each finding what stands in the way of its repair that no snapshot has: it is in a schema of
    /// no plugin.
    pub fn tell_in_the_way(&mut self, standing: &[Standing]) {
        for findings in self.findings.values_mut() {
            let repairs: BTreeMap<_, _> =
                findings.iter().filter_map(|one| Some((one.id.clone(), one.repair.clone()?))).collect();
            for finding in findings {
                let Some(repair) = &finding.repair else { continue };
                // What it needs runs with it.
                let with = repair.needs.iter().filter_map(|id| repairs.get(id));
                let sql: Vec<_> = std::iter::once(repair).chain(with).flat_map(Repair::statements).collect();
                let told = repair::in_the_way(sql.iter().copied(), standing);
                if !told.is_empty() {
                    let told = told.into_iter().collect::<Vec<_>>().join(" and ");
                    let remedy = finding.remedy.take().unwrap_or_default();
                    finding.remedy = Some(format!(
                        "{remedy}; {told} stands in the way of the repair, in a schema of no plugin: drop it, have the \
                         repair made, and make it again"
                    ));
                }
            }
        }
    }
}

/// Why the plugin's stored snapshot does not speak for it, when nothing is pending that would renew it.
fn stale(plugin: &Declared<'_>, state: &Stored<'_>, printer: SnapshotSource) -> Option<Finding> {
    let PluginInfo { id, name, version, .. } = plugin.info;
    let heal = "press Fix Configuration, or run `tenon heal`: it verifies the plugin's objects";
    let finding = |cause, message| {
        Some(Finding::new(id, cause, Severity::Warning, format!("plugin {id}"), message).remedy(heal))
    };
    match state {
        Stored::Speaks(_) => None,
        Stored::Former(_) => finding(
            Cause::DescriptorMismatch,
            format!("the descriptors of {name} {version} are not those that the last heal verified"),
        ),
        Stored::OtherSource(former) => {
            let (was, is) = (former.server_major, printer.server_major);
            let snapshot = format!("the reading of {name} was stored by");
            let told = if was == is {
                format!("{snapshot} another version of Tenon, which read other things")
            } else {
                format!("{snapshot} PostgreSQL {was} and this is PostgreSQL {is}")
            };
            finding(Cause::Unknown, told)
        }
        Stored::Missing => {
            let missing = finding(Cause::Unknown, format!("no heal has verified the objects of {name} yet"));
            // A heal that records a migration stores the snapshot with it.
            missing.map(
                |one| if plugin.applied { one.probable_cause(probable::PART_OF_THE_LEDGER) } else { one },
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applied::Applied;
    use crate::migration::PluginMigration;
    use crate::snapshot::{Kind, Object, ObjectId, Property, Value};

    fn table(name: &str, kind: &str) -> (ObjectId, Object) {
        let id = ObjectId::standalone(Kind::Table, &format!("inventory.{name}").parse().unwrap());
        (id, Object::from([(Property::Persistence, Value::Text(kind.to_owned()))]))
    }

    fn snapshot(tables: &[(&str, &str)]) -> CatalogSnapshot {
        CatalogSnapshot { objects: tables.iter().map(|(name, kind)| table(name, kind)).collect() }
    }

    /// Assesses a plugin that claims `item` and `stock`, with one migration.
    fn assessed(
        applied: bool,
        verified: Option<(i32, &str, &CatalogSnapshot)>,
        live: &CatalogSnapshot,
    ) -> Assessment {
        assessed_with(None, applied, verified, live)
    }

    /// Assesses a plugin with a lock file.
    fn assessed_with(
        locked: Option<&CatalogSnapshot>,
        applied: bool,
        verified: Option<(i32, &str, &CatalogSnapshot)>,
        live: &CatalogSnapshot,
    ) -> Assessment {
        assessed_but_for(&[], locked, applied, verified, live)
    }

    /// Assesses a plugin with a lock file where something could not be read.
    fn assessed_but_for(
        unprinted: &[Unreadable],
        locked: Option<&CatalogSnapshot>,
        applied: bool,
        verified: Option<(i32, &str, &CatalogSnapshot)>,
        live: &CatalogSnapshot,
    ) -> Assessment {
        let info = PluginInfo {
            id: "inventory".parse().unwrap(),
            name: "Inventory Plugin".to_owned(),
            version: semver::Version::new(1, 2, 0),
            requires: BTreeMap::new(),
        };
        let claims =
            ["inventory.item", "inventory.stock"].map(|name| Claim::new(Kind::Table, &name.parse().unwrap()));
        let claims = BTreeSet::from(claims);
        let migration = PluginMigration::new("inventory/0001_x.sql".parse().unwrap(), "", Vec::new());
        let ledger = Applied { id: migration.id.clone(), checksum: migration.checksum, tokens: None };
        let ledger = if applied { vec![ledger] } else { Vec::new() };
        let history = History::of([&migration], &ledger);
        let descriptors_hash = Checksum::of("now");
        let printer = |server_major| SnapshotSource { server_major, queries: Checksum::of("queries") };
        let verified = verified.map(|(server_major, descriptors, snapshot)| {
            let (printer, descriptors) = (printer(server_major), Checksum::of(descriptors));
            (info.id.clone(), Verified { printer, descriptors, snapshot })
        });
        assess(&CheckInput {
            plugins: &[Declared {
                info: &info,
                descriptors: &Descriptors::default(),
                descriptors_hash,
                claims: &claims,
                applied,
                locked,
            }],
            history: &history,
            verified: &verified.into_iter().collect(),
            live,
            builds: &Builds::new(),
            unprinted,
            printer: printer(15),
            tolerances: &[],
        })
    }

    fn told(assessment: &Assessment) -> Vec<(Cause, String)> {
        let findings = assessment.findings.values().flatten();
        findings.map(|finding| (finding.cause, finding.message.clone())).collect()
    }

    #[test]
    fn what_is_as_verified_is_in_step() {
        let item = snapshot(&[("item", "permanent")]);
        let assessment = assessed(true, Some((15, "now", &item)), &item);
        assert_eq!(told(&assessment), []);
        assert!(assessment.unverified.is_empty());
    }

    #[test]
    fn drift_is_found_beside_a_pending_migration_and_what_that_will_make_is_not_drift() {
        let (was, live) = (snapshot(&[("item", "permanent")]), snapshot(&[("item", "unlogged")]));
        assert_eq!(
            told(&assessed(false, Some((15, "before", &was)), &live)),
            [
                (Cause::Pending, "migration inventory/0001_x.sql is pending".to_owned()),
                (
                    Cause::Drifted,
                    "table inventory.item: persistence expected permanent, found unlogged".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn what_is_claimed_and_unknown_is_drift_unless_a_migration_may_still_make_it() {
        let was = snapshot(&[("item", "permanent")]);
        let live = snapshot(&[("item", "permanent"), ("stock", "permanent")]);
        let drifted = |applied, descriptors| {
            let assessment = assessed(applied, Some((15, descriptors, &was)), &live);
            let told = told(&assessment).into_iter().filter(|(cause, _)| *cause == Cause::Drifted);
            told.map(|(_, told)| told).collect::<Vec<_>>()
        };
        let (applied, pending) = (true, false);
        assert_eq!(drifted(applied, "now"), ["table inventory.stock is not expected"]);
        assert_eq!(drifted(pending, "now"), [""; 0]);
        assert_eq!(drifted(applied, "before"), [""; 0]);
    }

    #[test]
    fn what_could_not_be_read_is_unknown_by_name_and_all_else_is_compared() {
        let was = snapshot(&[("item", "permanent"), ("stock", "permanent")]);
        let live = snapshot(&[("stock", "unlogged")]);
        let item = table("item", "permanent").0;
        for id in [item.clone(), ObjectId { name: "it\\xe9m".into(), ..item.clone() }] {
            let unprinted = [Unreadable { id: id.clone(), why: "its comment is no text".to_owned() }];
            let told = told(&assessed_but_for(&unprinted, None, true, Some((15, "now", &was)), &live));
            assert_eq!(told[0], (Cause::Unknown, format!("{id} could not be read: its comment is no text")));
            let missing = (Cause::Drifted, "table inventory.item is missing".to_owned());
            assert_eq!(told.contains(&missing), id != item);
            assert_eq!(
                told.last().unwrap().1,
                "table inventory.stock: persistence expected permanent, found unlogged"
            );
        }
    }

    #[test]
    fn a_reading_of_another_server_major_is_unknown_and_never_drift() {
        let (was, live) = (snapshot(&[("item", "permanent")]), snapshot(&[("item", "unlogged")]));
        let assessment = assessed(true, Some((14, "now", &was)), &live);
        assert_eq!(
            told(&assessment).into_iter().map(|(cause, _)| cause).collect::<Vec<_>>(),
            [Cause::Unknown]
        );
        assert_eq!(assessment.unverified.len(), 1);
    }

    #[test]
    fn where_no_heal_has_stored_a_reading_the_lock_file_speaks() {
        let (was, live) = (snapshot(&[("item", "permanent")]), snapshot(&[("item", "unlogged")]));
        let causes = |assessment: &Assessment| {
            told(assessment).into_iter().map(|(cause, _)| cause).collect::<Vec<_>>()
        };
        assert_eq!(causes(&assessed_with(Some(&was), true, None, &was)), []);
        assert_eq!(causes(&assessed_with(Some(&was), true, None, &live)), [Cause::Drifted]);
        assert_eq!(
            causes(&assessed_with(Some(&was), true, Some((14, "now", &live)), &live)),
            [Cause::Drifted],
            "what another server printed is not compared where the lock file speaks"
        );
        let pending = false;
        assert_eq!(
            causes(&assessed_with(Some(&was), pending, None, &CatalogSnapshot::default())),
            [Cause::Pending]
        );
    }

    #[test]
    fn what_nobody_claims_is_told_and_held_against_nobody() {
        let was = snapshot(&[("item", "permanent")]);
        let live = snapshot(&[("item", "permanent"), ("scratch", "permanent")]);
        let assessment = assessed(true, Some((15, "now", &was)), &live);
        assert_eq!(told(&assessment), []);
        assert_eq!(
            assessment.unmanaged.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["table inventory.scratch"]
        );
    }
}
