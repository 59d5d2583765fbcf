//! Verification inside the heal's transaction, by the comparer that also checks.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::carry_over::{self, BeforeAfter, carry_over, carry_over_settings};
use tenon_migrations_core::claims;
use tenon_migrations_core::compare::{Change, Difference, compare};
use tenon_migrations_core::finding::{Cause, Finding, Severity};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::plan::Plan;
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, ObjectId, Objects, Property, SnapshotSource};
use tenon_migrations_core::surroundings::{added_grants, granted_by_default};
use tenon_migrations_core::tolerance::Tolerances;
use tenon_migrations_core::upkeep::LedgerStep;
use tokio_postgres::Client;

use super::HealFailure;
use super::Stage;
use super::rehearsal::{During, LockObserver};
use crate::audit::failed_in;
use crate::database::search_path;
use crate::database::unavailable::Unavailable;
use crate::plugin::registry::{Registered, Registry};
use crate::schema::elaborate::{ElaborateError, elaborate_all};
use crate::schema::ledger::StoredSnapshot;
use crate::schema::spelling;
use crate::schema::state::{self, CachedState, Scope, State};

/// Compares every touched plugin's part of the database with its descriptors, and everybody else's with
/// the snapshot it had. Gives the snapshots to store, and what it saw.
///
/// A difference that stood before the heal is not held against it; a new one is, and one that was to be
/// repaired.
pub(super) async fn verify(
    client: &Client,
    registry: &Registry,
    scope: &Scope,
    plan: &Plan,
    before: &State,
    lock_observer: Option<&LockObserver>,
) -> Result<(BTreeMap<PluginId, StoredSnapshot>, CachedState), HealFailure> {
    let mut snapshots = expected(client, registry, plan, before.ledger.printer(), lock_observer).await?;
    client.batch_execute(search_path::OWN).await.map_err(|error| failed_in(Stage::Verify, &error))?;
    let seen = state::cached_within(client, scope).await;
    let seen = seen.map_err(|error| failed_in(Stage::Verify, &error))?;
    let after = &seen.state;
    unapplied(registry, plan, after)?;
    let chosen: BTreeSet<_> = plan.repairs.iter().flat_map(|repair| &repair.findings).collect();
    let mut differences = Vec::new();
    let mut bystanders = BTreeSet::new();
    let sides: Vec<_> =
        registry.plugins.values().filter_map(|plugin| Side::of(plugin, before, &snapshots)).collect();
    let was = sides.iter().map(|side| (&side.plugin.claims, side.stored.unwrap_or(&NOTHING)));
    let is = sides.iter().map(|side| (&side.plugin.claims, side.expected));
    let stood = claims::parts(&before.live, &was.collect::<Vec<_>>());
    let stands = claims::parts(&after.live, &is.collect::<Vec<_>>());
    let declared = || sides.iter().flat_map(|side| side.expected.objects.keys());
    let tolerances = Tolerances::among(&registry.tolerances, declared);
    for ((side, stood), stands) in sides.iter().zip(&stood).zip(&stands) {
        let (id, name) = (&side.plugin.info.id, &side.plugin.info.name);
        let was = side.stored.map(|stored| compare(stored, stood)).unwrap_or_default();
        let known: BTreeSet<_> = was.iter().map(told_by).collect();
        // What is cosmetic leaves a plugin healthy, and so is no reason to stop the heal of another.
        let touched = side.new.is_some();
        let held = |difference: &&Difference| touched || difference.severity > Severity::Cosmetic;
        let new = compare(side.expected, stands);
        let new = new.iter().filter(|difference| {
            let finding = Finding::from_difference(id, Cause::Drifted, difference);
            chosen.contains(&finding.id) || !known.contains(&told_by(difference))
        });
        // What the database adds by itself the check tells, whoever heals.
        let by_itself = |difference: &&Difference| adds_by_itself(difference, &after.live);
        // What migrations of others make of the database as a whole the host keeps in mind, and does not
        // mind.
        let carry_over = |difference: &&Difference| !touched && carry_over::is_of_database(difference);
        // Of what cannot be printed nobody knows how it is, and a check says so.
        let unknown =
            |difference: &&Difference| after.unprinted.iter().any(|one| one.id == difference.object);
        // What a tool adds, also to what this heal makes, an operator has said.
        let tolerated = |difference: &&Difference| {
            tolerances.tolerating(difference, stands.object(&difference.object)).is_some()
        };
        let excused = |difference: &&Difference| {
            carry_over(difference) || by_itself(difference) || unknown(difference) || tolerated(difference)
        };
        let new = new.filter(held).filter(|difference| !excused(difference));
        let before = differences.len();
        differences.extend(new.map(|difference| format!("{name}: {difference}")));
        if differences.len() > before && !touched {
            bystanders.insert(id);
        }
    }
    if !differences.is_empty() {
        let failure = not_as_declared(differences);
        let Some(remedy) = bystanders.first().map(|id| of_two_minds(registry, plan, id)) else {
            return Err(failure);
        };
        return Err(HealFailure { remedy: Some(remedy), ..failure });
    }
    let after =
        starred(client, &snapshots, &after.live).await.map_err(|error| failed_in(Stage::Verify, &error))?;
    let core = before
        .ledger
        .snapshots
        .iter()
        .find(|(id, stored)| id.is_core() && stored.printer == before.ledger.printer());
    if let Some((id, stored)) = core
        && carry_over::is_changed(&before.live, &after)
    {
        snapshots.entry(id.clone()).or_insert_with(|| stored.clone());
    }
    for (id, stored) in &mut snapshots {
        let former = before.ledger.snapshots.get(id);
        let stood = BeforeAfter {
            former: former.map(|former| &former.snapshot),
            former_is_comparable: former.is_some_and(|former| former.printer == stored.printer),
            before: &before.live,
            after: &after,
        };
        carry_over(&mut stored.snapshot, stood);
        if id.is_core() {
            carry_over_settings(&mut stored.snapshot, stood);
        }
    }
    Ok((snapshots, seen))
}

/// Whether it was this database that added to what a plugin's migrations made: by default privileges, or by
/// an event trigger, which may grant too.
fn adds_by_itself(difference: &Difference, live: &CatalogSnapshot) -> bool {
    let has_event_triggers = || live.objects.keys().any(|id| id.kind == Kind::EventTrigger);
    granted_by_default(difference, live) || added_grants(difference).is_some() && has_event_triggers()
}

/// What stands there, and of the views that are declared with a star all spellings that restores give them:
/// what they select is what they were made with, and so is not elaborated.
pub(super) async fn starred<'a>(
    client: &Client,
    snapshots: &BTreeMap<PluginId, StoredSnapshot>,
    live: &'a CatalogSnapshot,
) -> Result<Cow<'a, CatalogSnapshot>, tokio_postgres::Error> {
    let objects = snapshots.values().flat_map(|stored| &stored.snapshot.objects);
    let starred: BTreeSet<_> =
        objects.filter(|(_, object)| object.contains_key(&Property::Star)).map(|(id, _)| id).collect();
    if starred.is_empty() {
        return Ok(Cow::Borrowed(live));
    }
    let mut views = live.only(|id| starred.contains(id));
    spelling::complete(client, &mut views).await?;
    let mut live = live.clone();
    live.objects.extend(views.objects);
    Ok(Cow::Owned(live))
}

/// What the plugins to verify are to be: by their lock files, or by their descriptors, elaborated at once.
async fn expected(
    client: &Client,
    registry: &Registry,
    plan: &Plan,
    printer: SnapshotSource,
    lock_observer: Option<&LockObserver>,
) -> Result<BTreeMap<PluginId, StoredSnapshot>, HealFailure> {
    let plugins: Vec<_> = plan.verify.iter().filter_map(|id| registry.plugins.get(id)).collect();
    let (locked, unlocked): (Vec<&Registered>, Vec<&Registered>) =
        plugins.into_iter().partition(|plugin| plugin.locked(printer).is_some());
    let descriptors: Vec<_> = unlocked.iter().map(|plugin| &plugin.descriptors).collect();
    let look = async {
        match lock_observer {
            Some(lock_observer) => lock_observer.observe_after(client, ran()).await,
            None => Ok(()),
        }
    };
    let elaborated = elaborate_all(client, &descriptors, look).await;
    let elaborated = elaborated.map_err(|error| not_built(registry, plan, &unlocked, &error))?;
    let locked = locked.into_iter().filter_map(|plugin| Some((plugin, plugin.locked(printer)?.clone())));
    let stored = locked.chain(unlocked.iter().copied().zip(elaborated)).map(|(plugin, snapshot)| {
        let stored = StoredSnapshot { printer, descriptors: plugin.descriptors_hash, snapshot };
        (plugin.info.id.clone(), stored)
    });
    Ok(stored.collect())
}

/// What a lock was taken by that is taken here.
pub(super) fn ran() -> During {
    ("the verification".to_owned(), None)
}

/// What a plugin's part of the database is held against.
struct Side<'a> {
    plugin: &'a Registered,
    /// What a former heal verified.
    stored: Option<&'a CatalogSnapshot>,
    /// What this heal is to verify.
    new: Option<&'a CatalogSnapshot>,
    expected: &'a CatalogSnapshot,
}

static NOTHING: CatalogSnapshot = CatalogSnapshot { objects: BTreeMap::new() };

impl<'a> Side<'a> {
    /// Nothing is known of a plugin that is not verified now and was not before.
    fn of(
        plugin: &'a Registered,
        before: &'a State,
        snapshots: &'a BTreeMap<PluginId, StoredSnapshot>,
    ) -> Option<Self> {
        let stored = before.ledger.snapshots.get(&plugin.info.id);
        let stored = stored.filter(|stored| stored.printer == before.ledger.printer());
        let (stored, new) =
            (stored.map(|stored| &stored.snapshot), snapshots.get(&plugin.info.id).map(|new| &new.snapshot));
        Some(Self { plugin, stored, new, expected: new.or(stored)? })
    }
}

/// What cannot be built any more is most likely built on what another plugin's migrations have changed.
fn not_built(
    registry: &Registry,
    plan: &Plan,
    plugins: &[&Registered],
    error: &ElaborateError,
) -> HealFailure {
    let failure = failed_in(Stage::Verify, error);
    // A connection that broke and a statement that took too long say nothing of what is declared.
    if Unavailable::of(error) != Unavailable::Other {
        return failure;
    }
    let ElaborateError::Build { whose, object, .. } = error else { return failure };
    let Some(plugin) = plugins.get(*whose) else { return failure };
    let name = &plugin.info.name;
    let message = format!("{object} of {name} cannot be built as it is declared: {}", failure.message);
    let requires_changed =
        plan.steps.iter().any(|step| plugin.info.requires.contains_key(&step.migration.plugin));
    let remedy = if requires_changed {
        of_two_minds(registry, plan, &plugin.info.id)
    } else {
        format!("the descriptors of {name} are not what its migrations make")
    };
    HealFailure { message, remedy: Some(remedy), ..failure }
}

/// What to do where the migrations of some plugins changed what another rests on.
fn of_two_minds(registry: &Registry, plan: &Plan, plugin: &PluginId) -> String {
    let others: BTreeSet<_> =
        plan.steps.iter().map(|step| &step.migration.plugin).filter(|id| *id != plugin).collect();
    let required = registry.plugins.get(plugin).map(|plugin| &plugin.info.requires);
    let nearer: Vec<_> =
        others.iter().filter(|id| required.is_some_and(|required| required.contains_key(**id))).collect();
    let told = if nearer.is_empty() { others.iter().collect() } else { nearer };
    let told: Vec<_> = told.into_iter().map(|id| registry.name_of(id)).collect();
    format!(
        "the migrations of {} changed what {} rests on: install versions of them that fit together",
        told.join(" and "),
        registry.name_of(plugin)
    )
}

/// What makes two differences the same: the object, and what is found there.
fn told_by(difference: &Difference) -> (ObjectId, String) {
    let told = match &difference.change {
        Change::Missing => "missing".to_owned(),
        Change::Unexpected => "unexpected".to_owned(),
        Change::Changed { property, found, .. } => format!("{} {found:?}", property.name()),
    };
    (difference.object.clone(), told)
}

/// Every file of the plan has to be in the ledger now, as it is in the plan.
fn unapplied(registry: &Registry, plan: &Plan, after: &State) -> Result<(), HealFailure> {
    let applied: BTreeMap<_, _> = after.ledger.applied.iter().map(|row| (&row.id, row.checksum)).collect();
    let steps = plan.steps.iter().map(|step| (&step.migration, step.checksum));
    let recorded = steps.chain(plan.ledger.iter().filter_map(LedgerStep::recorded));
    let lacking: Vec<_> = recorded
        .filter(|(id, checksum)| applied.get(id) != Some(checksum))
        .map(|(id, _)| format!("{}: {id} is not in the ledger", registry.name_of(&id.plugin)))
        .collect();
    if lacking.is_empty() { Ok(()) } else { Err(not_as_declared(lacking)) }
}

fn not_as_declared(differences: Vec<String>) -> HealFailure {
    HealFailure {
        stage: Stage::Verify,
        message: "after the heal the database would not be what the plugins declare".to_owned(),
        remedy: Some(
            "correct the plugin's migrations or its descriptors: they have to say the same".to_owned(),
        ),
        differences,
        ..HealFailure::default()
    }
}
