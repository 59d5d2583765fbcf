//! The order in which the statements of repairs that run together can run.
//!
//! The statements of one repair keep their order. Between repairs it is what they say that decides: what is
//! made comes before what names it, a key before the foreign keys to it, a column's new type before what is
//! made over it. Where nothing does, it is the place of the repair. So tables whose foreign keys lead in a
//! cycle are all made before the keys. A cycle that no order resolves is left for the server to refuse.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tenon_schema::ObjectName;

use super::Repair;
use super::says::Says;
use crate::snapshot::{Kind, ObjectId};

/// Statements of one repair that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The repair, by its place among the chosen ones.
    pub repair: usize,
    /// All repairs that want these statements or others of this part, that one among them.
    pub of: BTreeSet<usize>,
    pub sql: Vec<String>,
}

/// The chosen repairs as they can run together: statement by statement, those of several only once, and what
/// one of them takes down for a moment only once.
pub fn in_order<'a>(chosen: impl IntoIterator<Item = &'a Repair>) -> Vec<Part> {
    let repairs: Vec<_> = chosen.into_iter().collect();
    let statements = Statements::of(&repairs);
    let sorted = statements.sorted();
    statements.parts(&repairs, &sorted)
}

/// The repairs that each one needs, so that it can run at all or leads to what is expected: those that make
/// what its statements name and do not make themselves, and those that convert a column over which it makes
/// something.
pub fn needs(repairs: &[&Repair]) -> Vec<BTreeSet<usize>> {
    let said: Vec<Vec<Says>> = repairs.iter().map(|repair| repair.own().map(Says::of).collect()).collect();
    // What is made anew is there already: that matters to what is made over it, and to nothing else.
    let (mut makers, mut remakers) = (Makers::default(), Makers::default());
    for (repair, said) in said.iter().enumerate() {
        let removed: BTreeSet<_> =
            said.iter().filter_map(|says| says.removes.as_ref()).map(name_of).collect();
        for says in said {
            let is_new = says.makes.as_ref().is_some_and(|made| !removed.contains(&name_of(made)));
            let makers = if is_new && !says.replaces { &mut makers } else { &mut remakers };
            makers.add(repair, says);
            if let Some(column) = &says.converts {
                let columns = remakers.converters.entry(column.owner()).or_default();
                columns.push((column.name.as_str().to_owned(), repair));
            }
        }
    }
    let each = said.iter().enumerate();
    each.map(|(repair, said)| {
        let makes: BTreeSet<_> = said.iter().filter_map(|says| says.makes.as_ref()).map(name_of).collect();
        let mut needed = BTreeSet::new();
        for says in said.iter().filter(|says| says.removes.is_none()) {
            for name in says.names.iter().filter(|name| !makes.contains(name)) {
                needed.extend(makers.of.get(name).into_iter().flatten());
            }
            needed.extend(makers.of_columns(says));
            if says.makes.as_ref().is_some_and(|made| made.kind != Kind::Column) {
                needed.extend(remakers.converting(says));
                let others = says.names.iter().filter(|name| !makes.contains(name));
                needed.extend(others.filter_map(|name| remakers.of.get(name)).flatten());
            }
            if let Some(table) = &says.refers_to {
                needed.extend(makers.keys.get(table).into_iter().flatten());
            }
        }
        for waited in repairs.get(repair).into_iter().flat_map(|repair| &repair.waits) {
            let is_column = |(column, _): &&(String, usize)| column == waited.name.as_str();
            let of_table = remakers.converters.get(&waited.owner()).into_iter().flatten();
            needed.extend(of_table.filter(is_column).map(|(_, repair)| *repair));
            needed.extend(remakers.of.get(&name_of(waited)).into_iter().flatten());
        }
        needed.remove(&repair);
        needed
    })
    .collect()
}

/// The name under which something stands: its own, or of a part that of what it belongs to with its own.
fn name_of(id: &ObjectId) -> ObjectName {
    match &id.relation {
        Some(_) => ObjectName::new(id.owner().to_string(), id.name.clone()),
        None => ObjectName::new(id.schema.clone(), id.name.clone()),
    }
}

/// The makers of objects, by what others may name.
#[derive(Debug, Default)]
struct Makers {
    of: HashMap<ObjectName, Vec<usize>>,
    columns: HashMap<ObjectName, Vec<(String, usize)>>,
    converters: HashMap<ObjectName, Vec<(String, usize)>>,
    keys: HashMap<ObjectName, Vec<usize>>,
}

impl Makers {
    fn add(&mut self, maker: usize, says: &Says) {
        match &says.makes {
            Some(made) if made.kind == Kind::Column => {
                let columns = self.columns.entry(made.owner()).or_default();
                columns.push((made.name.as_str().to_owned(), maker));
            }
            Some(made) if made.relation.is_none() => {
                self.of
                    .entry(ObjectName::new(made.schema.clone(), made.name.clone()))
                    .or_default()
                    .push(maker);
            }
            _ => {}
        }
        if let Some(table) = &says.makes_key_of {
            self.keys.entry(table.clone()).or_default().push(maker);
        }
    }

    /// The makers of the columns that a statement names.
    fn of_columns(&self, says: &Says) -> impl Iterator<Item = usize> {
        named(&self.columns, says)
    }

    /// The repairs that convert a column that a statement names.
    fn converting(&self, says: &Says) -> impl Iterator<Item = usize> {
        named(&self.converters, says)
    }
}

fn named(columns: &HashMap<ObjectName, Vec<(String, usize)>>, says: &Says) -> impl Iterator<Item = usize> {
    let of_table = says.names.iter().filter_map(|table| Some((table, columns.get(table)?)));
    let named = of_table.flat_map(|(table, columns)| {
        columns.iter().filter(|(column, _)| says.names_column(table, column)).map(|(_, node)| *node)
    });
    named.collect::<Vec<_>>().into_iter()
}

/// One statement, of one or more repairs.
#[derive(Debug)]
struct Statement<'a> {
    sql: &'a str,
    says: Says,
    /// The repairs it is of, and its place in each.
    of: BTreeMap<usize, usize>,
    /// What has to run before it.
    after: BTreeSet<usize>,
    /// What of that its own repairs say.
    in_chain: BTreeSet<usize>,
}

struct Statements<'a> {
    all: Vec<Statement<'a>>,
    /// The rank of each repair, and its place among the others.
    places: Vec<(i16, usize)>,
}

impl<'a> Statements<'a> {
    fn of(repairs: &[&'a Repair]) -> Self {
        let places = repairs.iter().enumerate().map(|(at, repair)| (repair.order, at)).collect();
        let mut statements = Self { all: Vec::new(), places };
        let mut known: HashMap<(&str, usize), usize> = HashMap::new();
        let removed: BTreeSet<&str> =
            repairs.iter().flat_map(|repair| repair.own()).filter(|sql| sql.contains("DROP")).collect();
        for (number, repair) in repairs.iter().enumerate() {
            let decided_elsewhere = |taken: &&super::Taken| removed.contains(taken.down.as_str());
            let left_out: BTreeSet<&str> = repair
                .taken
                .iter()
                .filter(decided_elsewhere)
                .flat_map(|taken| &taken.up)
                .map(String::as_str)
                .collect();
            let mut times: HashMap<&str, usize> = HashMap::new();
            let mut former = None;
            for (place, sql) in repair.sql.iter().enumerate() {
                if left_out.contains(sql.as_str()) {
                    continue;
                }
                let time = times.entry(sql).or_default();
                let at = *known.entry((sql, *time)).or_insert_with(|| {
                    statements.all.push(Statement {
                        sql,
                        says: Says::of(sql),
                        of: BTreeMap::new(),
                        after: BTreeSet::new(),
                        in_chain: BTreeSet::new(),
                    });
                    statements.all.len() - 1
                });
                *time += 1;
                statements.all[at].of.insert(number, place);
                if let Some(former) = former.replace(at).filter(|former| *former != at) {
                    statements.all[at].in_chain.insert(former);
                }
            }
        }
        statements.depend();
        statements.follow_what_is_taken_down(repairs);
        statements
    }

    /// What comes before what by what the statements say.
    fn depend(&mut self) {
        let mut makers = Makers::default();
        let mut dropped: HashMap<ObjectName, Vec<usize>> = HashMap::new();
        for (at, statement) in self.all.iter().enumerate() {
            if !statement.says.replaces {
                makers.add(at, &statement.says);
            }
            if let Some(column) = &statement.says.converts {
                let columns = makers.converters.entry(column.owner()).or_default();
                columns.push((column.name.as_str().to_owned(), at));
            }
            if let Some(constraint) = statement.says.removes.as_ref().filter(|id| id.kind == Kind::Constraint)
            {
                dropped.entry(constraint.owner()).or_default().push(at);
            }
        }
        let mut replacing: HashMap<ObjectName, Vec<usize>> = HashMap::new();
        for (at, statement) in self.all.iter().enumerate().filter(|(_, one)| one.says.replaces) {
            if let Some(made) = &statement.says.makes {
                let name = ObjectName::new(made.schema.clone(), made.name.clone());
                replacing.entry(name).or_default().push(at);
            }
        }
        for at in 0..self.all.len() {
            let says = &self.all[at].says;
            let mut after = BTreeSet::new();
            if says.removes.is_none() {
                let own = says.makes.as_ref().map(name_of);
                for name in &says.names {
                    let is_own = Some(name) == own.as_ref();
                    if !is_own || says.replaces {
                        after.extend(makers.of.get(name).into_iter().flatten());
                    }
                    if !is_own {
                        after.extend(replacing.get(name).into_iter().flatten());
                    }
                }
                after.extend(makers.of_columns(says));
                if says.converts.is_none() {
                    after.extend(makers.converting(says));
                }
            }
            if let Some(table) = &says.refers_to {
                after.extend(makers.keys.get(table).into_iter().flatten());
            }
            if let Some(table) = &says.drops_not_null_of {
                after.extend(dropped.get(table).into_iter().flatten());
            }
            // Those of one repair are in its order.
            let apart = |other: &usize| {
                let of = &self.all[*other].of;
                *other != at && !self.all[at].of.keys().any(|repair| of.contains_key(repair))
            };
            self.all[at].after = after.into_iter().filter(apart).collect();
        }
    }

    /// Where one repair decides what becomes of something that another takes down, it makes it after that
    /// other is done.
    fn follow_what_is_taken_down(&mut self, repairs: &[&Repair]) {
        for (number, repair) in repairs.iter().enumerate() {
            for taken in &repair.taken {
                let of_repair = |statement: &Statement<'_>| statement.of.get(&number).copied();
                let runs = self
                    .all
                    .iter()
                    .any(|one| of_repair(one).is_some() && taken.up.iter().any(|up| up == one.sql));
                if runs {
                    continue;
                }
                let up: BTreeSet<_> = taken.up.iter().filter_map(|sql| Says::of(sql).makes).collect();
                let is_own = |one: &Statement<'_>| repair.own().any(|sql| sql == one.sql);
                let last =
                    self.all.iter().enumerate().filter(|(_, one)| of_repair(one).is_some() && is_own(one));
                let Some(last) = last.max_by_key(|(_, one)| of_repair(one)).map(|(at, _)| at) else {
                    continue;
                };
                for (_, statement) in self.all.iter_mut().enumerate().filter(|(at, _)| *at != last) {
                    if statement.says.makes.as_ref().is_some_and(|made| up.contains(made)) {
                        statement.after.insert(last);
                    }
                }
            }
        }
    }

    /// The statements in an order in which each runs after all that it has to.
    fn sorted(&self) -> Vec<usize> {
        let place = |at: usize| {
            let of = self.all[at].of.iter().map(|(repair, place)| (self.places[*repair], *place));
            (of.min(), at)
        };
        let mut waits: Vec<usize> =
            self.all.iter().map(|one| one.after.union(&one.in_chain).count()).collect();
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.all.len()];
        for (at, statement) in self.all.iter().enumerate() {
            for former in statement.after.union(&statement.in_chain) {
                before[*former].push(at);
            }
        }
        let all = 0..self.all.len();
        let mut ready: BTreeSet<_> = all.clone().filter(|at| waits[*at] == 0).map(place).collect();
        let mut left: BTreeSet<_> = all.map(place).collect();
        let mut done = BTreeSet::new();
        let mut sorted = Vec::new();
        while let Some(next) = ready.pop_first().or_else(|| self.of_circle(&left, &done)) {
            let (_, at) = next;
            left.remove(&next);
            if !done.insert(at) {
                continue;
            }
            sorted.push(at);
            for &later in &before[at] {
                waits[later] = waits[later].saturating_sub(1);
                if waits[later] == 0 && !done.contains(&later) {
                    ready.insert(place(later));
                }
            }
        }
        sorted
    }

    /// The first of what is left whose own repairs have come to it.
    fn of_circle<P: Ord + Copy>(
        &self,
        left: &BTreeSet<(P, usize)>,
        done: &BTreeSet<usize>,
    ) -> Option<(P, usize)> {
        let may = |(_, at): &&(P, usize)| self.all[*at].in_chain.is_subset(done);
        left.iter().find(may).or_else(|| left.first()).copied()
    }

    /// What follows each other and is of one repair. What more than one wants is the smallest one's.
    fn parts(&self, repairs: &[&Repair], sorted: &[usize]) -> Vec<Part> {
        let owner = |at: usize| {
            let of = self.all[at].of.keys();
            of.copied().min_by_key(|repair| (repairs[*repair].sql.len(), self.places[*repair]))
        };
        let mut parts: Vec<Part> = Vec::new();
        for &at in sorted {
            let Some(repair) = owner(at) else { continue };
            let (sql, of) = (self.all[at].sql.to_owned(), self.all[at].of.keys().copied());
            match parts.last_mut() {
                Some(part) if part.repair == repair => {
                    part.sql.push(sql);
                    part.of.extend(of);
                }
                _ => parts.push(Part { repair, of: of.collect(), sql: vec![sql] }),
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::super::Taken;
    use super::*;

    fn repair(order: i16, sql: &[&str]) -> Repair {
        Repair::new(order, sql.iter().map(|sql| (*sql).to_owned()))
    }

    fn ran(repairs: &[Repair]) -> Vec<String> {
        in_order(repairs).into_iter().flat_map(|part| part.sql).collect()
    }

    const MAKE_A: &str = "CREATE TABLE \"inv\".\"a\" (\"id\" bigint, \"b\" bigint)";
    const MAKE_B: &str = "CREATE TABLE \"inv\".\"b\" (\"id\" bigint, \"a\" bigint)";
    const KEY_A: &str = "ALTER TABLE \"inv\".\"a\" ADD CONSTRAINT \"k\" PRIMARY KEY (\"id\")";
    const KEY_B: &str = "ALTER TABLE \"inv\".\"b\" ADD CONSTRAINT \"k\" PRIMARY KEY (\"id\")";
    const A_TO_B: &str =
        "ALTER TABLE \"inv\".\"a\" ADD CONSTRAINT \"f\" FOREIGN KEY (\"b\") REFERENCES inv.b (\"id\")";
    const B_TO_A: &str =
        "ALTER TABLE \"inv\".\"b\" ADD CONSTRAINT \"f\" FOREIGN KEY (\"a\") REFERENCES inv.a (\"id\")";

    #[test]
    fn tables_whose_foreign_keys_lead_in_a_circle_are_made_before_them() {
        let repairs = [repair(300, &[MAKE_A, KEY_A, A_TO_B]), repair(300, &[MAKE_B, KEY_B, B_TO_A])];
        assert_eq!(ran(&repairs), [MAKE_A, KEY_A, MAKE_B, KEY_B, A_TO_B, B_TO_A]);
        let parts: Vec<_> =
            in_order(&repairs).into_iter().map(|part| (part.repair, part.sql.len())).collect();
        assert_eq!(parts, [(0, 2), (1, 2), (0, 1), (1, 1)]);
    }

    #[test]
    fn what_names_something_comes_after_it_whatever_its_place() {
        let view = "CREATE VIEW \"inv\".\"a_view\" AS\n SELECT z.id FROM inv.z_view z";
        let on = "CREATE VIEW \"inv\".\"z_view\" AS\n SELECT inv.g(b.id) AS id FROM inv.b";
        let function = "CREATE FUNCTION \"inv\".\"g\"(n bigint)\nRETURNS bigint\nBEGIN ATOMIC\n SELECT a.id FROM inv.a;\nEND";
        let policy =
            "CREATE POLICY \"p\" ON \"inv\".\"a\" AS PERMISSIVE FOR ALL TO PUBLIC USING (inv.g(id) > 0)";
        let repairs = [
            repair(550, &[view]),
            repair(550, &[on]),
            repair(190, &[function]),
            repair(300, &[MAKE_A, policy]),
            repair(300, &[MAKE_B]),
        ];
        assert_eq!(ran(&repairs), [MAKE_A, function, policy, MAKE_B, on, view]);
    }

    #[test]
    fn what_several_want_runs_once_and_what_a_circle_leaves_runs_all_the_same() {
        let (one, other) = (repair(1, &["A", "B", "C"]), repair(2, &["B", "C", "D"]));
        assert_eq!(ran(&[one.clone(), other]), ["A", "B", "C", "D"]);
        assert_eq!(ran(&[one, repair(2, &["C", "A"])]), ["A", "B", "C"]);
        let f = |name: &str, other: &str| format!("CREATE VIEW \"inv\".\"{name}\" AS SELECT inv.{other}()");
        assert_eq!(ran(&[repair(1, &[&f("a", "b")]), repair(1, &[&f("b", "a")])]).len(), 2);
    }

    #[test]
    fn what_is_taken_down_by_two_comes_back_after_both_and_not_where_one_wants_it_gone() {
        let retype = |column: &str| format!("ALTER TABLE \"inv\".\"a\" ALTER COLUMN \"{column}\" TYPE text");
        let (down, up) =
            ("DROP VIEW \"inv\".\"v\"", "CREATE VIEW \"inv\".\"v\" AS SELECT a.id, a.b FROM inv.a");
        let around = |column: &str| Repair {
            taken: vec![Taken { down: down.to_owned(), up: vec![up.to_owned()] }],
            ..repair(350, &[down, &retype(column), up])
        };
        let both = [around("id"), around("b")];
        assert_eq!(ran(&both), [down, &retype("id"), &retype("b"), up]);
        assert_eq!(ran(&[around("id"), repair(-550, &[down])]), [down, &retype("id")]);
        let other = "CREATE VIEW \"inv\".\"v\" AS SELECT 1 AS one";
        assert_eq!(ran(&[around("id"), repair(550, &[down, other])]), [down, &retype("id"), other]);
        let granted = "GRANT SELECT ON TABLE \"inv\".\"v\" TO x";
        assert_eq!(ran(&[around("id"), repair(1, &[granted])]), [down, &retype("id"), up, granted]);
        let replaced = "CREATE OR REPLACE VIEW \"inv\".\"v\" AS SELECT 1";
        assert_eq!(ran(&[around("id"), repair(1, &[replaced])]), [down, &retype("id"), up, replaced]);
    }

    #[test]
    fn a_key_goes_before_its_columns_may_be_null() {
        let may = "ALTER TABLE \"inv\".\"a\" ALTER COLUMN \"id\" DROP NOT NULL";
        let drop = "ALTER TABLE \"inv\".\"a\" DROP CONSTRAINT IF EXISTS \"k\"";
        assert_eq!(ran(&[repair(350, &[may]), repair(400, &[drop, KEY_A])]), [drop, may, KEY_A]);
    }

    #[test]
    fn a_mend_needs_those_that_make_what_it_names() {
        let view = "CREATE VIEW \"inv\".\"v\" AS SELECT a.id FROM inv.a";
        let repairs = [
            repair(550, &[view]),
            repair(300, &[MAKE_A, KEY_A]),
            repair(300, &[MAKE_B, B_TO_A]),
            repair(1, &["GRANT SELECT ON TABLE \"inv\".\"c\" TO x"]),
        ];
        let needed: Vec<Vec<_>> = needs(&repairs.iter().collect::<Vec<_>>())
            .into_iter()
            .map(|set| set.into_iter().collect())
            .collect();
        assert_eq!(needed, [vec![1], vec![], vec![1], vec![]]);
    }

    proptest::proptest! {
        #[test]
        fn every_statement_runs_once_in_the_order_of_its_mend(
            chosen in proptest::collection::vec((0..3_i16, proptest::sample::subsequence(vec![MAKE_A, KEY_A, A_TO_B, MAKE_B, KEY_B, B_TO_A], 1..=4)), 0..6)
        ) {
            let repairs: Vec<_> = chosen.iter().map(|(order, sql)| repair(*order, sql)).collect();
            let ran = ran(&repairs);
            let all: BTreeSet<_> = chosen.iter().flat_map(|(_, sql)| sql.iter().copied()).collect();
            assert_eq!(ran.iter().map(String::as_str).collect::<BTreeSet<_>>(), all);
            assert_eq!(ran.len(), all.len());
            assert_eq!(ran, super::tests::ran(&repairs));
        }
    }
}
