//! What the migrations of a plan may cost: told by their statements and by the size of what stands already.

mod composed;
mod retype;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tenon_schema::{Ident, ObjectName};

use self::retype::{Retype, retype};
use super::{Plan, Refusal};
use crate::mend::{Hazard, HazardRule};
use crate::migration::{Checksum, Migration, PluginId};
use crate::reading::{Kind, ObjectId, Property, Reading, Value};
use crate::statements::{self, Effect, Statement, What};

/// One thing that a migration may cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedHazard {
    /// What is done, and to what: the consent that allows it.
    pub hazard: Hazard,
    pub plugin: PluginId,
    /// The relation whose rows it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<ObjectName>,
    /// Where: `inventory/0002_x.sql:3:1`.
    pub place: String,
    /// The statement on one line, its literals left out.
    pub excerpt: String,
    /// What happens, as a clause about the table.
    pub reason: String,
    /// How large the relation is. Absent where that could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    pub consent: Consent,
}

/// How large a relation is, with all that inherits from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Size {
    /// As the server's statistics estimate it.
    pub rows: u64,
    /// What is on disk, without indexes.
    pub bytes: u64,
    pub index_bytes: u64,
}

/// Whether somebody has to say yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    NotNeeded,
    Needed,
    Given,
}

impl Plan {
    /// The relations whose size decides over hazards.
    pub fn to_weigh(&self) -> BTreeSet<ObjectName> {
        self.hazards.iter().filter_map(|hazard| hazard.table.clone()).collect()
    }

    /// Puts the sizes to the hazards: what has no rows is in no danger; what destroys rows, and what keeps
    /// others from a table of more than `large` rows, needs consent by name. Without sizes everything counts
    /// as large.
    pub fn weigh(
        &mut self,
        sizes: Option<&BTreeMap<ObjectName, Size>>,
        allowed: &BTreeSet<Hazard>,
        large: Option<u64>,
    ) {
        if let Some(sizes) = sizes {
            self.hazards.retain_mut(|hazard| {
                let Some(table) = &hazard.table else { return true };
                hazard.size = sizes.get(table).copied().filter(|size| size.bytes > 0);
                hazard.size.is_some()
            });
        }
        let mut consents = String::new();
        for hazard in &mut self.hazards {
            let is_large = || {
                let of_table = large.filter(|_| hazard.table.is_some());
                of_table.is_some_and(|large| hazard.size.is_none_or(|size| size.rows > large))
            };
            if !hazard.hazard.rule.is_destructive() && !is_large() {
                continue;
            }
            hazard.consent = Consent::Given;
            if !allowed.contains(&hazard.hazard) {
                hazard.consent = Consent::Needed;
                self.refusals.push(hazard.refusal());
            }
            consents.push_str(&format!("consent {}\n", hazard.hazard));
        }
        if !consents.is_empty() {
            self.hash = Checksum::of(format!("{}\n{consents}", self.hash));
        }
    }
}

/// What has a database be only read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    pub database: String,
    /// What is set so: the database, a role, the server.
    pub set_for: String,
    /// What lifts it.
    pub undo: String,
}

impl Plan {
    /// Puts to the plan that somebody wants nothing written: only who consents to that by name writes all the same.
    /// A plan that does nothing is none the worse.
    pub fn freeze(&mut self, freeze: &Freeze, allowed: &BTreeSet<Hazard>) {
        if self.is_empty() {
            return;
        }
        let Freeze { database, set_for, undo } = freeze;
        let hazard = Hazard { rule: HazardRule::ReadOnly, object: database.clone() };
        self.hash = Checksum::of(format!("{}\nconsent {hazard}\n", self.hash));
        let frozen = PlannedHazard {
            consent: if allowed.contains(&hazard) { Consent::Given } else { Consent::Needed },
            hazard,
            plugin: PluginId::core(),
            table: None,
            place: format!("database {database}"),
            excerpt: String::new(),
            reason: format!(
                "default_transaction_read_only is on for {set_for}: whoever set it wants nothing written, and a heal writes"
            ),
            size: None,
        };
        if frozen.consent == Consent::Needed {
            let remedy = format!(
                "ask whoever set it; `{undo}` lifts it, and `--allow '{}'` heals all the same",
                frozen.hazard
            );
            self.refusals.push(Refusal { plugin: None, remedy, ..frozen.refusal() });
        }
        self.hazards.push(frozen);
    }

    /// The hazards to which somebody has consented by name.
    pub fn consents(&self) -> Vec<Hazard> {
        let given = self.hazards.iter().filter(|hazard| hazard.consent == Consent::Given);
        given.map(|hazard| hazard.hazard.clone()).collect()
    }
}

impl PlannedHazard {
    fn refusal(&self) -> Refusal {
        let hazard = &self.hazard;
        Refusal {
            plugin: Some(self.plugin.clone()),
            rule: "hazard".to_owned(),
            place: self.place.clone(),
            excerpt: self.excerpt.clone(),
            reason: format!("{self}, and nobody has consented to it"),
            remedy: format!("consent to it by name: `--allow {hazard}`"),
            allow: Some(hazard.clone()),
        }
    }
}

impl std::fmt::Display for PlannedHazard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hazard, table, reason, size, .. } = self;
        write!(f, "{hazard}: {reason}")?;
        match (table, size) {
            (None, _) => Ok(()),
            (Some(table), None) => write!(f, " ({table}, whose size could not be asked)"),
            (Some(table), Some(size)) => write!(f, " ({table}, {size})"),
        }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "about {} rows, {}", self.rows, bytes(self.bytes))?;
        if self.index_bytes > 0 { write!(f, " and {} of indexes", bytes(self.index_bytes)) } else { Ok(()) }
    }
}

/// In the unit that leaves one to four digits.
fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let fits = |unit: &usize| bytes >> (10 * unit) < 10_000;
    let unit = (0..UNITS.len()).find(fits).unwrap_or(UNITS.len() - 1);
    format!("{} {}", bytes >> (10 * unit), UNITS[unit])
}

/// What the pending migrations, in their order, do to what stands before them.
pub(super) fn foresee(pending: &[&Migration], live: &Reading) -> Vec<PlannedHazard> {
    let mut foresight = Foresight {
        live,
        made: BTreeSet::new(),
        former: BTreeMap::new(),
        composing: composed::standing(live),
        found: Vec::new(),
    };
    for migration in pending {
        for statement in statements::parse(&migration.sql).iter().flatten() {
            foresight.look_at(migration, statement);
        }
    }
    foresight.found
}

struct Foresight<'a> {
    live: &'a Reading,
    /// Relations that the pending migrations make: there is nothing in them to be lost.
    made: BTreeSet<ObjectName>,
    /// What relations that they rename were called before.
    former: BTreeMap<ObjectName, ObjectName>,
    /// Routines that run SQL which they put together.
    composing: BTreeSet<ObjectName>,
    found: Vec<PlannedHazard>,
}

impl Foresight<'_> {
    fn look_at(&mut self, migration: &Migration, statement: &Statement<'_>) {
        self.made.extend(statement.makes_table());
        // Reading a statement takes longer than seeing that it names nothing that stands already.
        let names = statement.dotted_names();
        self.look_for_composed(migration, statement, &names);
        let renames = || statement.mentions(|word| matches!(word.as_str(), "rename" | "schema"));
        if !names.is_empty() && names.iter().all(|name| self.made.contains(name)) && !renames() {
            return;
        }
        for effect in statement.effects() {
            self.add(migration, statement, &effect);
        }
    }

    fn add(&mut self, migration: &Migration, statement: &Statement<'_>, effect: &Effect) {
        if self.made.contains(&effect.of) {
            if let What::Renamed(new) = &effect.what {
                self.made.insert(new.clone());
            }
            return;
        }
        let table = self.former.get(&effect.of).unwrap_or(&effect.of).clone();
        if let What::Renamed(new) = &effect.what {
            self.former.insert(new.clone(), table.clone());
        }
        for Told { rule, object, table, reason } in self.told(&table, &effect.what) {
            let hazard = Hazard { rule, object };
            let weaker = |found: &PlannedHazard, by: HazardRule| {
                found.hazard.rule == HazardRule::LockTable && found.table == table && by.locks()
            };
            let stronger = |found: &PlannedHazard| {
                rule == HazardRule::LockTable && found.table == table && found.hazard.rule.locks()
            };
            if self.found.iter().any(|found| found.hazard == hazard || stronger(found)) {
                continue;
            }
            self.found.retain(|found| !weaker(found, rule));
            let position = statement.position;
            self.found.push(PlannedHazard {
                hazard,
                plugin: migration.id.plugin.clone(),
                table,
                place: format!("{}:{}:{}", migration.id, position.line, position.column),
                excerpt: statement.excerpt(),
                reason,
                size: None,
                consent: Consent::NotNeeded,
            });
        }
    }

    /// What a statement may cost that does this to a relation that stands already.
    fn told(&self, table: &ObjectName, what: &What) -> Vec<Told> {
        let one = |rule, reason: &str| vec![Told::of_table(rule, table, reason)];
        match what {
            What::Dropped(Kind::Schema) => self.of_schema(&table.name),
            What::Dropped(Kind::Enum | Kind::Domain) => self.of_type(table),
            What::Dropped(Kind::Extension) => self.of_extension(&table.name),
            What::Dropped(Kind::Table) => one(HazardRule::Drop(Kind::Table), "the table goes with its rows"),
            What::Dropped(kind) => one(HazardRule::Drop(*kind), "it goes with what it holds"),
            What::ColumnDropped(column) => {
                let column = ObjectId::of_relation(Kind::Column, table, column.clone());
                vec![Told::of_column(&column, "the column goes with its values in every row".to_owned())]
            }
            What::ColumnRetyped { column, to, using } => vec![self.retyped(table, column, to, *using)],
            What::Rewritten => one(HazardRule::RewriteTable, REWRITE),
            What::Emptied => one(HazardRule::TruncateTable, "all its rows go"),
            What::RowsDeleted => one(HazardRule::DeleteRows, "all its rows are deleted"),
            What::RowsUpdated => one(
                HazardRule::UpdateRows,
                "all its rows are written anew, and nobody else can change them until the heal ends",
            ),
            What::IndexBuilt => one(
                HazardRule::BuildIndex,
                "an index is built over all its rows, and nobody can write to it until the heal ends",
            ),
            What::Scanned => one(
                HazardRule::ScanTable,
                "all its rows are read to check them, and nobody can write to it until the heal ends",
            ),
            What::Detached => {
                one(HazardRule::Detach, "the rows of a partition are no longer seen through it")
            }
            What::Locked | What::Renamed(_) => one(HazardRule::LockTable, LOCK),
            What::ValueAdded(_) => Vec::new(),
        }
    }

    fn retyped(&self, table: &ObjectName, column: &Ident, to: &str, using: bool) -> Told {
        let id = ObjectId::of_relation(Kind::Column, table, column.clone());
        let from = self.live.objects.get(&id).and_then(|object| match object.get(&Property::DataType) {
            Some(Value::Text(from)) => Some(from.as_str()),
            _ => None,
        });
        match from.filter(|_| !using).map(|from| retype(from, to)) {
            Some(Retype::Free) => Told::of_table(HazardRule::LockTable, table, LOCK),
            Some(Retype::Widening) => Told::of_table(HazardRule::RewriteTable, table, REWRITE),
            Some(Retype::Lossy) | None => {
                let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
                let reason = format!(
                    "the column's values are converted{from} to {to}, which may fail or keep less of them; {REWRITE}"
                );
                Told { rule: HazardRule::RewriteColumn, ..Told::of_column(&id, reason) }
            }
        }
    }

    fn of_schema(&self, schema: &Ident) -> Vec<Told> {
        let tables = self.live.objects.keys().filter(|id| id.kind == Kind::Table && id.schema == *schema);
        let tables = tables.map(ObjectId::owner).filter(|table| !self.made.contains(table));
        let reason = format!("the table goes with its rows, since its schema {schema} is dropped");
        tables.map(|table| Told::of_table(HazardRule::Drop(Kind::Table), &table, &reason)).collect()
    }

    fn of_type(&self, name: &ObjectName) -> Vec<Told> {
        let spelled = name.to_string();
        let reason =
            format!("the column goes with its values in every row, since its type {spelled} is dropped");
        let columns = self.columns(|text| text.trim_end_matches("[]") == spelled);
        columns.map(|column| Told::of_column(column, reason.clone())).collect()
    }

    fn of_extension(&self, name: &Ident) -> Vec<Told> {
        let id = ObjectId::global(Kind::Extension, name);
        let reason = "whatever uses it goes with it".to_owned();
        let rule = HazardRule::Drop(Kind::Extension);
        let there = self.live.objects.contains_key(&id);
        there.then(|| Told { rule, object: id.path(), table: None, reason }).into_iter().collect()
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

/// What may be lost, or held up, and where.
struct Told {
    rule: HazardRule,
    object: String,
    table: Option<ObjectName>,
    reason: String,
}

impl Told {
    fn of_table(rule: HazardRule, table: &ObjectName, reason: &str) -> Self {
        Self { rule, object: table.to_string(), table: Some(table.clone()), reason: reason.to_owned() }
    }

    /// The column goes.
    fn of_column(column: &ObjectId, reason: String) -> Self {
        let rule = HazardRule::Drop(Kind::Column);
        Self { rule, object: column.path(), table: Some(column.owner()), reason }
    }
}

const LOCK: &str = "nobody can read or write it until the heal ends";
const REWRITE: &str = "the table is written anew, and nobody can read or write it until the heal ends";

impl HazardRule {
    /// Whether nobody can use the table meanwhile, which it says itself.
    fn locks(self) -> bool {
        !matches!(self, Self::DeleteRows | Self::UpdateRows | Self::LockTable)
    }
}

#[cfg(test)]
mod tests;
