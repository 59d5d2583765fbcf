//! The order of files of different plugins that touch the same objects: where one needs what comes later
//! only, and where nothing but the alphabet decides.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::ObjectName;

use super::{Note, PlanRule, Refusal};
use crate::migration::{MigrationId, PluginMigration};
use crate::ownership::Ownership;
use crate::snapshot::{CatalogSnapshot, ObjectId};
use crate::statements::{self, Statement};

/// How many objects a note names.
const NAMED: usize = 3;

/// What was found of the order.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) refusals: Vec<Refusal>,
    pub(super) notes: Vec<Note>,
}

/// Looks at pending migrations, in the order in which they run.
pub(super) fn look(
    pending: &[&PluginMigration],
    applied: &BTreeSet<&MigrationId>,
    live: &CatalogSnapshot,
    ownership: &Ownership,
) -> Found {
    let order = Order::of(pending);
    let mut found = Found { notes: too_late(pending, applied), ..Found::default() };
    let files: Vec<_> = pending.iter().map(|migration| File::of(migration)).collect();
    let mut shared: BTreeMap<(usize, usize), BTreeSet<&ObjectName>> = BTreeMap::new();
    let mut lacking = BTreeSet::new();
    for (name, touching) in objects(&files) {
        for (at, &(second, does)) in touching.iter().enumerate() {
            for &(first, did) in &touching[..at] {
                let [one, other] = [first, second].map(|file| &pending[file].id.plugin);
                if one == other || did.max(does) < Does::Changes || order.comes_after(second, first) {
                    continue;
                }
                let made_before = touching[..at].iter().any(|(_, does)| *does == Does::Makes);
                let stands = made_before || live.objects.keys().any(|id| is(id, name));
                if does == Does::Makes && !stands {
                    let refusal =
                        lacks(pending[first], name, pending[second], &order, (first, second), ownership);
                    if let Some(refusal) = refusal {
                        lacking.insert((first, second));
                        found.refusals.push(refusal);
                        continue;
                    }
                }
                shared.entry((first, second)).or_default().insert(name);
            }
        }
    }
    shared.retain(|pair, _| !lacking.contains(pair));
    found.notes.extend(
        shared
            .into_iter()
            .map(|((first, second), names)| by_alphabet(&pending[first].id, &pending[second].id, &names)),
    );
    found
}

/// What a failed migration lacks, if that is what a later one makes: a remedy. `said` is what PostgreSQL
/// said.
pub fn lacking(pending: &[&PluginMigration], failed: &MigrationId, said: &str) -> Option<String> {
    let at = pending.iter().position(|migration| migration.id == *failed)?;
    let order = Order::of(pending);
    let later = pending.iter().enumerate().skip(at + 1);
    let mut others = later.filter(|(_, migration)| migration.id.plugin != failed.plugin);
    others.find_map(|(number, migration)| {
        let made = made(&migration.sql);
        let (name, _) = made.iter().find(|(_, words)| words.iter().any(|words| said.contains(words)))?;
        Some(format!(
            "{name} is made by {}, which comes later: {}",
            migration.id,
            remedy(&order, pending, (at, number))
        ))
    })
}

/// Everything that a file makes, by the words in which PostgreSQL says that it is not there.
fn made(sql: &str) -> Vec<(String, Vec<String>)> {
    let mut made = Vec::new();
    for statement in statements::parse(sql).iter().flatten() {
        if let Some(schema) = statement.makes_schema() {
            made.push((format!("schema {schema}"), vec![format!("schema \"{}\"", schema.as_str())]));
        }
        if let Some((name, Does::Makes)) = subject(statement) {
            let plain = format!("{}.{}", name.schema.as_str(), name.name.as_str());
            made.push((name.to_string(), vec![format!("\"{plain}\""), format!("function {plain}(")]));
        }
    }
    made
}

/// What a file does to an object, in the order of how much it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Does {
    Names,
    Changes,
    Makes,
}

struct File {
    touches: BTreeMap<ObjectName, Does>,
}

impl File {
    fn of(migration: &PluginMigration) -> Self {
        let mut touches: BTreeMap<ObjectName, Does> = BTreeMap::new();
        let mut touch = |name, does: Does| {
            let known = touches.entry(name).or_insert(does);
            *known = does.max(*known);
        };
        for statement in statements::parse(&migration.sql).iter().flatten() {
            if let Some((name, does)) = subject(statement) {
                touch(name, does);
            }
            for name in statement.dotted_names() {
                let does = if statement.begins(&["drop"]) { Does::Changes } else { Does::Names };
                touch(name, does);
            }
        }
        Self { touches }
    }
}

/// The object that a statement makes or changes.
fn subject(statement: &Statement<'_>) -> Option<(ObjectName, Does)> {
    const MAKES: [&[&str]; 16] = [
        &["create", "table"],
        &["create", "unlogged", "table"],
        &["create", "foreign", "table"],
        &["create", "view"],
        &["create", "recursive", "view"],
        &["create", "or", "replace", "view"],
        &["create", "materialized", "view"],
        &["create", "sequence"],
        &["create", "type"],
        &["create", "domain"],
        &["create", "function"],
        &["create", "or", "replace", "function"],
        &["create", "procedure"],
        &["create", "or", "replace", "procedure"],
        &["create", "aggregate"],
        &["create", "collation"],
    ];
    let name = statement.dotted_names().into_iter().next()?;
    let makes = MAKES.iter().any(|words| statement.begins(words)) && !statement.has(&["if", "not", "exists"]);
    let changes = ["create", "alter", "drop"].iter().any(|word| statement.begins(&[word]));
    match (makes, changes) {
        (true, _) => Some((name, Does::Makes)),
        (false, true) => Some((name, Does::Changes)),
        (false, false) => None,
    }
}

/// The files that touch each object that more than one touches, in order.
fn objects(files: &[File]) -> BTreeMap<&ObjectName, Vec<(usize, Does)>> {
    let mut objects: BTreeMap<&ObjectName, Vec<(usize, Does)>> = BTreeMap::new();
    for (number, file) in files.iter().enumerate() {
        for (name, does) in &file.touches {
            objects.entry(name).or_default().push((number, *does));
        }
    }
    objects.retain(|_, touching| touching.len() > 1);
    objects
}

/// Whether an object that stands has this name.
fn is(id: &ObjectId, name: &ObjectName) -> bool {
    let plain = id.name.as_str().split('(').next().unwrap_or_default();
    id.relation.is_none() && id.schema == name.schema && (id.name == name.name || plain == name.name.as_str())
}

/// The refusal of a file that needs what a later one makes; `None` where that is not certain.
fn lacks(
    migration: &PluginMigration,
    name: &ObjectName,
    maker: &PluginMigration,
    order: &Order,
    pair: (usize, usize),
    ownership: &Ownership,
) -> Option<Refusal> {
    let statements = statements::parse(&migration.sql).ok()?;
    let needs = |statement: &&Statement<'_>| {
        statement.dotted_names().contains(name)
            && !statement.has(&["exists"])
            && statement.names().is_some_and(|names| names.iter().any(|named| named.full() == *name))
    };
    let statement = statements.iter().find(needs)?;
    let position = statement.position;
    let (own, others) = (&migration.id.plugin, &maker.id.plugin);
    let mut remedy = self::remedy_of(order, &migration.id, &maker.id, pair);
    if !ownership.required(own).any(|id| id == others) {
        remedy.push_str(&format!(", and have {own} require {others} in its manifest"));
    }
    Some(Refusal {
        plugin: Some(own.clone()),
        rule: PlanRule::RequiresMissing,
        place: format!("{}:{}:{}", migration.id, position.line, position.column),
        excerpt: statement.excerpt(),
        reason: format!(
            "it needs {name}, which {} makes, and nothing says that this file comes after that",
            maker.id
        ),
        remedy,
        allow: None,
    })
}

fn remedy(order: &Order, pending: &[&PluginMigration], pair: (usize, usize)) -> String {
    remedy_of(order, &pending[pair.0].id, &pending[pair.1].id, pair)
}

fn remedy_of(order: &Order, needs: &MigrationId, maker: &MigrationId, pair: (usize, usize)) -> String {
    if order.comes_after(pair.1, pair.0) {
        return format!(
            "move what needs it into a file of {} that requires {maker}, since {maker} itself comes after {needs}",
            needs.plugin
        );
    }
    format!("write `-- tenon:requires {maker}` at the top of {}", needs.filename)
}

fn by_alphabet(first: &MigrationId, second: &MigrationId, names: &BTreeSet<&ObjectName>) -> Note {
    let mut told: Vec<_> = names.iter().take(NAMED).map(ToString::to_string).collect();
    if names.len() > NAMED {
        told.push(format!("{} more", names.len() - NAMED));
    }
    Note {
        plugin: second.plugin.clone(),
        rule: PlanRule::OrderByAlphabet,
        place: second.to_string(),
        reason: format!(
            "{first} and {second} both touch {}, and only the alphabet says which comes first",
            told.join(", ")
        ),
        remedy: format!(
            "if it matters, write `-- tenon:requires {first}` at the top of {}, or `-- tenon:before {first}`",
            second.filename
        ),
    }
}

/// What wanted to come before something that was applied long ago.
fn too_late(pending: &[&PluginMigration], applied: &BTreeSet<&MigrationId>) -> Vec<Note> {
    let before = pending
        .iter()
        .flat_map(|migration| migration.before().flatten().map(move |other| (migration, other)));
    let late = before.filter(|(_, other)| applied.contains(other));
    let note = |(migration, other): (&&PluginMigration, MigrationId)| Note {
        plugin: migration.id.plugin.clone(),
        rule: PlanRule::BeforeApplied,
        place: migration.id.to_string(),
        reason: format!("it says that it comes before {other}, which has been applied already"),
        remedy: "see whether it does the same after that file".to_owned(),
    };
    late.map(note).collect()
}

/// What each of the files requires, by number.
struct Order {
    requires: Vec<Vec<usize>>,
}

impl Order {
    fn of(pending: &[&PluginMigration]) -> Self {
        let numbers: BTreeMap<_, _> =
            pending.iter().enumerate().map(|(number, migration)| (&migration.id, number)).collect();
        let mut requires: Vec<Vec<usize>> = vec![Vec::new(); pending.len()];
        let mut last = BTreeMap::new();
        for (number, migration) in pending.iter().enumerate() {
            requires[number].extend(last.insert(&migration.id.plugin, number));
            requires[number].extend(migration.requires.iter().filter_map(|id| numbers.get(id)));
            for later in migration.before().flatten() {
                if let Some(&later) = numbers.get(&later) {
                    requires[later].push(number);
                }
            }
        }
        Self { requires }
    }

    /// Whether something says that the one comes after the other, however indirectly.
    fn comes_after(&self, one: usize, other: usize) -> bool {
        let mut seen = BTreeSet::new();
        let mut next = vec![one];
        while let Some(number) = next.pop() {
            if number == other {
                return true;
            }
            // What comes before the other in the order requires nothing that comes after it.
            let required = self.requires.get(number).into_iter().flatten();
            next.extend(required.filter(|number| **number >= other && seen.insert(**number)));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str, sql: &str, requires: &[&str]) -> PluginMigration {
        PluginMigration::new(
            id.parse().unwrap(),
            sql,
            requires.iter().map(|id| id.parse().unwrap()).collect(),
        )
    }

    fn told(files: &[PluginMigration]) -> (Vec<String>, Vec<String>) {
        let pending: Vec<_> = files.iter().collect();
        let found = look(&pending, &BTreeSet::new(), &CatalogSnapshot::default(), &Ownership::default());
        let refusals =
            found.refusals.into_iter().map(|refusal| format!("{} {}", refusal.place, refusal.remedy));
        let notes = found.notes.into_iter().map(|note| format!("{} {}", note.rule, note.reason));
        (refusals.collect(), notes.collect())
    }

    #[test]
    fn what_a_later_file_of_another_plugin_makes_is_named_with_the_line_that_helps() {
        let (refusals, notes) = told(&[
            file("a/0001.sql", "CREATE SCHEMA a;\nCREATE TABLE a.x (y int REFERENCES base.item)", &[]),
            file("base/0001.sql", "CREATE TABLE base.item (id int PRIMARY KEY)", &[]),
        ]);
        assert_eq!(
            refusals,
            [
                "a/0001.sql:2:1 write `-- tenon:requires base/0001.sql` at the top of 0001.sql, and have a require base in its manifest"
            ]
        );
        assert_eq!(notes, Vec::<String>::new());
        for harmless in [
            "DROP TABLE IF EXISTS base.item",
            "CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT id FROM base.item'",
            "SELECT 'base.item'",
        ] {
            let base = file("base/1.sql", "CREATE TABLE base.item (id int)", &[]);
            assert_eq!(told(&[file("a/1.sql", harmless, &[]), base]).0, Vec::<String>::new(), "{harmless}");
        }
    }

    #[test]
    fn where_the_alphabet_alone_decides_that_is_told_and_where_something_is_said_it_is_not() {
        let base = "CREATE TABLE base.item (id int)";
        let [alter, read] = ["ALTER TABLE base.item ADD x int", "CREATE VIEW z.v AS SELECT * FROM base.item"];
        let note = "order-by-alphabet base/2.sql and z/1.sql both touch base.item, and only the alphabet says which comes first";
        let of = |requires: &[&str], second: &str| {
            told(&[
                file("base/1.sql", base, &[]),
                file("base/2.sql", second, &[]),
                file("z/1.sql", read, requires),
            ])
        };
        assert_eq!(of(&["base/1.sql"], alter), (vec![], vec![note.to_owned()]));
        assert_eq!(of(&["base/2.sql"], alter), (vec![], vec![]));
        assert_eq!(
            of(&["base/1.sql"], "-- tenon:before z/1.sql\nALTER TABLE base.item ADD x int"),
            (vec![], vec![])
        );
        assert_eq!(
            of(&["base/1.sql"], "INSERT INTO base.item VALUES (1)"),
            (vec![], vec![]),
            "both only use it"
        );
    }

    #[test]
    fn what_wanted_to_come_before_an_applied_file_is_told() {
        let files =
            [file("a/1.sql", "-- tenon:before b/1.sql\nSELECT 1", &[]), file("b/1.sql", "SELECT 1", &[])];
        let applied = BTreeSet::from([&files[1].id]);
        let notes = look(&[&files[0]], &applied, &CatalogSnapshot::default(), &Ownership::default()).notes;
        assert_eq!(notes.into_iter().map(|note| note.rule).collect::<Vec<_>>(), ["before-applied"]);
    }

    #[test]
    fn what_postgresql_misses_is_found_in_what_comes_later() {
        let files = [
            file("a/1.sql", "SELECT 1", &[]),
            file(
                "base/1.sql",
                "CREATE SCHEMA base; CREATE TABLE base.item (id int); CREATE FUNCTION base.f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
                &[],
            ),
        ];
        let pending: Vec<_> = files.iter().collect();
        for (said, name) in [
            ("relation \"base.item\" does not exist", Some("base.item is made by base/1.sql")),
            ("schema \"base\" does not exist", Some("schema base is made by base/1.sql")),
            ("function base.f(integer) does not exist", Some("base.f is made by base/1.sql")),
            ("relation \"base.items\" does not exist", None),
        ] {
            let told = lacking(&pending, &files[0].id, said);
            assert_eq!(told.is_some(), name.is_some(), "{said}: {told:?}");
            let helps =
                |told: &String| told.contains("write `-- tenon:requires base/1.sql` at the top of 1.sql");
            assert!(told.iter().all(|told| told.contains(name.unwrap()) && helps(told)), "{told:?}");
        }
    }
}
