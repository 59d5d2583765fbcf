//! What the migrations of a plan may cost: told by their statements and by the size of what stands already.

mod composed;
mod reach;
mod reaching_out;
mod retype;

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::{Ident, ObjectName};

use self::retype::{Retype, retype};
use super::planned_hazard::{Consent, LockedRelation, PlannedHazard};
use crate::migration::PluginMigration;
use crate::repair::{Hazard, HazardRule};
use crate::snapshot::{CatalogSnapshot, Kind, ObjectId, Property, Value};
use crate::statements::{self, Effect, EffectKind, LockMode, Statement, Waiting};

/// What a migration may cost where all this stands before it, with rows in every table.
pub fn costs_of(migration: &PluginMigration, live: &CatalogSnapshot) -> Vec<PlannedHazard> {
    scan(&[migration], live).0
}

/// What the pending migrations, in their order, do to what stands before them, and which locks they take on
/// it.
pub(super) fn scan(
    pending: &[&PluginMigration],
    live: &CatalogSnapshot,
) -> (Vec<PlannedHazard>, Vec<LockedRelation>) {
    let mut scanner = HazardScanner {
        live,
        made: BTreeSet::new(),
        former: BTreeMap::new(),
        composing: composed::standing(live),
        locked: BTreeMap::new(),
        found: Vec::new(),
    };
    for migration in pending {
        for statement in statements::parse(&migration.sql).iter().flatten() {
            scanner.look_at(migration, statement);
        }
    }
    let locked = scanner.locked.into_iter();
    let locked = locked.map(|(relation, (mode, place))| LockedRelation { relation, mode, place, size: None });
    (scanner.found, locked.filter(|locked| locked.mode > LockMode::RowExclusive).collect())
}

struct HazardScanner<'a> {
    live: &'a CatalogSnapshot,
    /// Relations that the pending migrations make: there is nothing in them to be lost.
    made: BTreeSet<ObjectName>,
    /// What relations that they rename were called before.
    former: BTreeMap<ObjectName, ObjectName>,
    /// Routines that run SQL which they put together.
    composing: BTreeSet<ObjectName>,
    /// The strongest lock so far on what stands already, and where it is taken.
    locked: BTreeMap<ObjectName, (LockMode, String)>,
    found: Vec<PlannedHazard>,
}

impl HazardScanner<'_> {
    fn look_at(&mut self, migration: &PluginMigration, statement: &Statement<'_>) {
        self.made.extend(statement.makes_table());
        // Reading a statement takes longer than seeing that it names nothing that stands already.
        let names = statement.dotted_names();
        self.look_for_composed(migration, statement, &names);
        self.look_for_reaching_out(migration, statement);
        let renames = || statement.mentions(|word| matches!(word.as_str(), "rename" | "schema"));
        if !names.is_empty() && names.iter().all(|name| self.made.contains(name)) && !renames() {
            return;
        }
        let position = statement.position;
        let place = format!("{}:{}:{}", migration.id, position.line, position.column);
        let effects: Vec<_> = statement.effects().iter().flat_map(|effect| self.in_full(effect)).collect();
        // All locks of a statement are there before it does anything.
        for Effect { of, lock, .. } in &effects {
            let Some(mode) = *lock else { continue };
            let held = self.locked.entry(of.clone()).or_insert_with(|| (mode, place.clone()));
            if held.0 < mode {
                *held = (mode, place.clone());
            }
        }
        for effect in &effects {
            for draft in self.drafts(effect) {
                self.add(migration, statement, &place, draft);
            }
        }
    }

    /// An effect under the name that its relation has now, with what it does to others that stand already.
    /// None of what the migrations make.
    fn in_full(&mut self, effect: &Effect) -> Vec<Effect> {
        if self.made.contains(&effect.of) {
            if let EffectKind::Renamed(new) = &effect.what {
                self.made.insert(new.clone());
            }
            return Vec::new();
        }
        let of = self.former.get(&effect.of).unwrap_or(&effect.of).clone();
        if let EffectKind::Renamed(new) = &effect.what {
            self.former.insert(new.clone(), of.clone());
        }
        let effect = Effect { of, ..effect.clone() };
        let mut effects = reach::reached(&effect, self.live);
        effects.retain(|reached| !self.made.contains(&reached.of));
        effects
    }

    fn add(
        &mut self,
        migration: &PluginMigration,
        statement: &Statement<'_>,
        place: &str,
        draft: HazardDraft,
    ) {
        let HazardDraft { rule, object, table, reason, lock } = draft;
        let hazard = Hazard { rule, object };
        let weaker = |found: &PlannedHazard| {
            found.table == table && found.lock <= lock && found.hazard.rule == HazardRule::LockTable
        };
        let told_already = |found: &PlannedHazard| {
            let same = found.hazard == hazard || rule == HazardRule::LockTable;
            same && found.table == table && found.lock >= lock
        };
        if self.found.iter().any(told_already) {
            return;
        }
        self.found.retain(|found| found.hazard != hazard && (table.is_none() || !weaker(found)));
        self.found.push(PlannedHazard {
            hazard,
            plugin: migration.id.plugin.clone(),
            table,
            place: place.to_owned(),
            excerpt: statement.excerpt(),
            reason,
            lock,
            size: None,
            consent: Consent::NotNeeded,
        });
    }

    /// What an effect on something that stands already may cost.
    fn drafts(&self, effect: &Effect) -> Vec<HazardDraft> {
        let Effect { of, what, lock } = effect;
        // What an earlier statement holds keeps others waiting meanwhile too.
        let lock = lock.map(|mode| self.locked.get(of).map_or(mode, |(held, _)| mode.max(*held)));
        let waiting = waiting(lock);
        let one = |rule, reason: &str| vec![HazardDraft::of_table(rule, of, lock, reason)];
        match what {
            EffectKind::Dropped(Kind::Schema) => self.of_schema(&of.name),
            EffectKind::Dropped(Kind::Enum | Kind::Domain) => self.of_type(of),
            EffectKind::Dropped(Kind::Extension) => self.of_extension(&of.name),
            EffectKind::Dropped(Kind::Table) => {
                one(HazardRule::Drop(Kind::Table), "the table goes with its rows")
            }
            EffectKind::Dropped(kind) => one(HazardRule::Drop(*kind), "it goes with what it holds"),
            EffectKind::ColumnDropped(column) => {
                let column = ObjectId::of_relation(Kind::Column, of, column.clone());
                vec![HazardDraft::of_column(
                    &column,
                    "the column goes with its values in every row".to_owned(),
                )]
            }
            EffectKind::ColumnRetyped { column, to, using } => vec![self.retyped(of, column, to, *using)],
            EffectKind::Rewritten => one(HazardRule::RewriteTable, &format!("{REWRITE}{waiting}")),
            EffectKind::Emptied { .. } => one(HazardRule::TruncateTable, "all its rows go"),
            EffectKind::RowsDeleted => one(HazardRule::DeleteRows, "all its rows are deleted"),
            EffectKind::RowsUpdated if lock.is_none_or(|mode| mode.waiting() == Waiting::Nobody) => one(
                HazardRule::UpdateRows,
                "all its rows are written anew, and nobody else can change them until the heal ends",
            ),
            EffectKind::RowsUpdated => {
                one(HazardRule::UpdateRows, &format!("all its rows are written anew, and {waiting}"))
            }
            EffectKind::IndexBuilt => {
                one(HazardRule::BuildIndex, &format!("an index is built over all its rows, and {waiting}"))
            }
            EffectKind::Reindexed => one(
                HazardRule::BuildIndex,
                "its indexes are built anew over all its rows: nobody can write to it until the heal ends, and nobody \
                 can read it either, since every query is planned with them",
            ),
            EffectKind::Scanned => {
                one(HazardRule::ScanTable, &format!("all its rows are read to check them, and {waiting}"))
            }
            EffectKind::Detached => {
                one(HazardRule::Detach, "the rows of a partition are no longer seen through it")
            }
            EffectKind::IndexLocked => one(
                HazardRule::LockTable,
                "nobody can read or write it until the heal ends, since every query is planned with its index",
            ),
            EffectKind::PartitionAdded
            | EffectKind::Locked
            | EffectKind::ConstraintDropped { .. }
            | EffectKind::Renamed(_)
                if lock.is_some_and(|mode| mode.waiting() > Waiting::Nobody) =>
            {
                one(HazardRule::LockTable, waiting)
            }
            // What is left of these is told of the relations that they reach.
            _ => Vec::new(),
        }
    }

    fn retyped(&self, table: &ObjectName, column: &Ident, to: &str, using: bool) -> HazardDraft {
        let id = ObjectId::of_relation(Kind::Column, table, column.clone());
        let from = self.live.objects.get(&id).and_then(|object| match object.get(&Property::DataType) {
            Some(Value::Text(from)) => Some(from.as_str()),
            _ => None,
        });
        match from.filter(|_| !using).map(|from| retype(from, to)) {
            Some(Retype::Free) => HazardDraft::of_table(HazardRule::LockTable, table, LOCK, waiting(LOCK)),
            Some(Retype::Widening) => {
                let reason = format!("{REWRITE}{}", waiting(LOCK));
                HazardDraft::of_table(HazardRule::RewriteTable, table, LOCK, &reason)
            }
            Some(Retype::Lossy) | None => {
                let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
                let reason = format!(
                    "the column's values are converted{from} to {to}, which may fail or keep less of them; \
                     {REWRITE}{}",
                    waiting(LOCK)
                );
                HazardDraft { rule: HazardRule::RewriteColumn, ..HazardDraft::of_column(&id, reason) }
            }
        }
    }

    fn of_schema(&self, schema: &Ident) -> Vec<HazardDraft> {
        let tables = self.live.objects.keys().filter(|id| id.kind == Kind::Table && id.schema == *schema);
        let tables = tables.map(ObjectId::owner).filter(|table| !self.made.contains(table));
        let reason = format!("the table goes with its rows, since its schema {schema} is dropped");
        tables
            .map(|table| HazardDraft::of_table(HazardRule::Drop(Kind::Table), &table, LOCK, &reason))
            .collect()
    }

    fn of_type(&self, name: &ObjectName) -> Vec<HazardDraft> {
        let spelled = name.to_string();
        let reason =
            format!("the column goes with its values in every row, since its type {spelled} is dropped");
        let columns = self.columns(|text| text.trim_end_matches("[]") == spelled);
        columns.map(|column| HazardDraft::of_column(column, reason.clone())).collect()
    }

    fn of_extension(&self, name: &Ident) -> Vec<HazardDraft> {
        let id = ObjectId::global(Kind::Extension, name);
        let reason = "whatever uses it goes with it".to_owned();
        let rule = HazardRule::Drop(Kind::Extension);
        let there = self.live.objects.contains_key(&id);
        there
            .then(|| HazardDraft { rule, object: id.path(), table: None, reason, lock: None })
            .into_iter()
            .collect()
    }

    /// The standing columns of such types.
    fn columns(&self, such: impl Fn(&str) -> bool) -> impl Iterator<Item = &ObjectId> {
        let columns = self.live.objects.iter().filter(|(id, _)| id.kind == Kind::Column);
        let typed = columns.filter(move |(_, object)| {
            matches!(object.get(&Property::DataType), Some(Value::Text(text)) if such(text))
        });
        typed.map(|(id, _)| id)
    }
}

/// A hazard as a statement tells it, before its place and its consent are known: what may be lost, or held
/// up.
struct HazardDraft {
    rule: HazardRule,
    object: String,
    table: Option<ObjectName>,
    reason: String,
    lock: Option<LockMode>,
}

impl HazardDraft {
    fn of_table(rule: HazardRule, table: &ObjectName, lock: Option<LockMode>, reason: &str) -> Self {
        let (object, table) = (table.to_string(), Some(table.clone()));
        Self { rule, object, table, reason: reason.to_owned(), lock }
    }

    /// The column goes.
    fn of_column(column: &ObjectId, reason: String) -> Self {
        let rule = HazardRule::Drop(Kind::Column);
        Self { rule, object: column.path(), table: Some(column.owner()), reason, lock: LOCK }
    }
}

/// What most changes of a table take.
const LOCK: Option<LockMode> = Some(LockMode::AccessExclusive);
const REWRITE: &str = "the table is written anew, and ";

/// A clause about a relation: who has to wait for its lock.
fn waiting(lock: Option<LockMode>) -> &'static str {
    match lock.map_or(Waiting::Everybody, LockMode::waiting) {
        Waiting::Nobody => "others can read and write it meanwhile",
        Waiting::Writers => "nobody can write to it until the heal ends",
        Waiting::Everybody => "nobody can read or write it until the heal ends",
    }
}

#[cfg(test)]
mod tests;
