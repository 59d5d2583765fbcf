//! Random descriptors over a good part of the vocabulary: the same seed gives the same.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use tenon_schema::{
    Attribute, Column, CompositeType, Constraint, ConstraintRule, Deferrability, Descriptors, Domain,
    DomainCheck, EnumType, FORMAT, Ident, Identity, Index, MaterializedView, ObjectName, PartitionOf,
    ReferentialAction, Sequence, Table, View,
};

/// The schema that everything stands in.
pub const SCHEMA: &str = "Rnd s";

/// Types with defaults that they can have.
const TYPES: &[(&str, &[&str])] = &[
    ("int", &["0", "-5", "1 + 2"]),
    ("bigint", &["7", "'8'"]),
    ("smallint", &["1"]),
    ("text", &["'a''b'", "'x' || 'y'", "E'a\\\\b'"]),
    ("varchar(10)", &["'abc'"]),
    ("char(3)", &["'abc'"]),
    ("numeric(12,2)", &["1.50", "1e3"]),
    ("decimal", &["-1"]),
    ("boolean", &["true", "'f'"]),
    ("timestamptz", &["now()", "CURRENT_TIMESTAMP"]),
    ("timestamp(3)", &["'2020-01-01'"]),
    ("date", &["CURRENT_DATE"]),
    ("time", &[]),
    ("interval", &["'90 days'"]),
    ("jsonb", &["'{}'", "'{\"a\":1, \"b\":2}'"]),
    ("uuid", &["gen_random_uuid()"]),
    ("bytea", &["'\\x00'"]),
    ("int[3]", &["'{}'", "ARRAY[1, 2]"]),
    ("text[][]", &[]),
    ("float(24)", &["1e3"]),
    ("inet", &[]),
    ("int4range", &["'[1,5)'"]),
    ("bit varying(5)", &["B'101'"]),
];

/// Types that can be keys and be ordered.
const SORTABLE: &[&str] =
    &["int", "bigint", "smallint", "text", "varchar(10)", "numeric(12,2)", "date", "uuid"];

/// Makes descriptors.
pub fn descriptors(seed: u64) -> Descriptors {
    let mut maker = Maker { dice: StdRng::seed_from_u64(seed), number: 0 };
    let mut made = Descriptors { format: FORMAT, ..Descriptors::default() };
    made.enums = maker.some(0..3, |maker| EnumType {
        name: maker.object(),
        labels: maker.some(1..4, |maker| maker.name().as_str().to_owned()),
        ..EnumType::default()
    });
    made.domains = maker.some(0..3, Maker::domain);
    made.sequences = maker.some(0..3, Maker::sequence);
    let types: Vec<_> = made
        .enums
        .iter()
        .map(|item| &item.name)
        .chain(made.domains.iter().map(|item| &item.name))
        .map(ObjectName::quoted)
        .collect();
    for _ in 0..maker.dice.random_range(1..5) {
        let table = maker.table(&types, &made.tables);
        made.tables.push(table);
    }
    if maker.chance(0.5) {
        let (composite, table) = maker.typed_table();
        made.composites.push(composite);
        made.tables.push(table);
    }
    if maker.chance(0.5) {
        let tables = maker.partitioned_table();
        made.tables.extend(tables);
    }
    for table in made.tables.iter().filter(|table| !table.columns.is_empty() && table.of_type.is_none()) {
        if maker.chance(0.4) {
            made.views.push(View { name: maker.object(), query: maker.query(table), ..View::default() });
        }
        if maker.chance(0.2) {
            let query = maker.query(table);
            made.materialized_views.push(MaterializedView {
                name: maker.object(),
                query,
                ..MaterializedView::default()
            });
        }
    }
    made
}

struct Maker {
    dice: StdRng,
    number: usize,
}

impl Maker {
    fn chance(&mut self, probability: f64) -> bool {
        self.dice.random_bool(probability)
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        of.choose(&mut self.dice).expect("there is something to choose from")
    }

    fn some<T>(&mut self, count: std::ops::Range<usize>, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.dice.random_range(count)).map(|_| make(self)).collect()
    }

    /// A name of its own, often one that needs quotes.
    fn name(&mut self) -> Ident {
        self.number += 1;
        let words = [
            "item",
            "Order",
            "select",
            "a b",
            "quo\"te",
            "it's",
            "größe",
            "a_name_that_is_nearly_as_long_as_names_can_be",
        ];
        Ident::new(format!("{}{}", self.one(&words), self.number))
    }

    fn object(&mut self) -> ObjectName {
        ObjectName::new(SCHEMA, self.name())
    }

    fn domain(&mut self) -> Domain {
        let (data_type, expression) = *self.one(&[
            ("int", "VALUE BETWEEN 1 AND 9"),
            ("text", "VALUE IN ('a', 'b')"),
            ("varchar(5)", "VALUE <> ALL (ARRAY['x', 'y'])"),
        ]);
        let checks = self.some(0..2, |_| DomainCheck { name: None, expression: expression.to_owned() });
        Domain {
            name: self.object(),
            data_type: data_type.to_owned(),
            checks,
            not_null: self.chance(0.3),
            ..Domain::default()
        }
    }

    fn sequence(&mut self) -> Sequence {
        Sequence {
            name: self.object(),
            data_type: self.chance(0.5).then(|| "integer".to_owned()),
            increment: self.chance(0.5).then_some(5),
            min: self.chance(0.3).then_some(-10),
            cache: self.chance(0.3).then_some(20),
            cycle: self.chance(0.3),
            ..Sequence::default()
        }
    }

    fn column(&mut self, types: &[String]) -> Column {
        let mut column = Column { name: self.name(), not_null: self.chance(0.4), ..Column::default() };
        if !types.is_empty() && self.chance(0.2) {
            self.one(types).clone_into(&mut column.data_type);
            return column;
        }
        let (data_type, defaults) = *self.one(TYPES);
        data_type.clone_into(&mut column.data_type);
        if !defaults.is_empty() && self.chance(0.4) {
            column.default = Some((*self.one(defaults)).to_owned());
        }
        if data_type == "text" && self.chance(0.3) {
            column.collation = Some("\"C\"".to_owned());
        }
        column
    }

    fn table(&mut self, types: &[String], others: &[Table]) -> Table {
        let mut table = Table { name: self.object(), unlogged: false, ..Table::default() };
        if self.chance(0.8) {
            let identity = self.chance(0.5).then(|| *self.one_identity());
            let id = Column {
                name: self.name(),
                data_type: "bigint".to_owned(),
                not_null: true,
                identity,
                ..Column::default()
            };
            let columns = vec![id.name.clone()];
            table
                .constraints
                .push(Constraint::new(ConstraintRule::PrimaryKey { columns, include: Vec::new() }));
            table.columns.push(id);
        }
        table.columns.extend(self.some(1..8, |maker| maker.column(types)));
        if let Some(first) =
            table.columns.iter().find(|column| column.data_type == "int").map(|column| column.name.quoted())
            && self.chance(0.3)
        {
            let generated = Some(format!("{first} * 2 + 1"));
            table.columns.push(Column {
                name: self.name(),
                data_type: "int".to_owned(),
                generated,
                ..Column::default()
            });
        }
        if let Some(other) = others.iter().find(|other| {
            matches!(
                other.constraints.first(),
                Some(Constraint { rule: ConstraintRule::PrimaryKey { .. }, .. })
            )
        }) && self.chance(0.7)
        {
            let column = Column { name: self.name(), data_type: "bigint".to_owned(), ..Column::default() };
            let on_delete = *self.one(&[
                ReferentialAction::NoAction,
                ReferentialAction::Cascade,
                ReferentialAction::SetNull,
                ReferentialAction::SetDefault,
            ]);
            let sets = matches!(on_delete, ReferentialAction::SetNull | ReferentialAction::SetDefault);
            let on_delete_columns =
                if sets && self.chance(0.5) { vec![column.name.clone()] } else { Vec::new() };
            let rule = ConstraintRule::ForeignKey {
                columns: vec![column.name.clone()],
                references: other.name.clone(),
                referenced_columns: Vec::new(),
                on_delete,
                on_delete_columns,
                on_update: ReferentialAction::NoAction,
                match_full: false,
            };
            let deferrability = *self.one(&[Deferrability::default(), Deferrability::InitiallyDeferred]);
            table.constraints.push(Constraint { deferrability, ..Constraint::new(rule) });
            table.columns.push(column);
        }
        self.rules(&mut table);
        table
    }

    /// A composite type, and a table of it.
    fn typed_table(&mut self) -> (CompositeType, Table) {
        let attributes = self.some(1..5, |maker| {
            let (data_type, _) = *maker.one(TYPES);
            Attribute { name: maker.name(), data_type: data_type.to_owned(), collation: None }
        });
        let composite = CompositeType { name: self.object(), attributes, ..CompositeType::default() };
        let mut table = Table {
            name: self.object(),
            of_type: Some(composite.name.quoted()),
            unlogged: self.chance(0.2),
            ..Table::default()
        };
        if let Some(first) = composite.attributes.first()
            && self.chance(0.6)
        {
            table.columns.push(Column {
                name: first.name.clone(),
                data_type: first.data_type.clone(),
                not_null: true,
                ..Column::default()
            });
        }
        (composite, table)
    }

    /// A partitioned table with what it hands on, and its parts.
    fn partitioned_table(&mut self) -> Vec<Table> {
        let (key, text) = (self.name(), self.name());
        let column = |name: &Ident, data_type: &str| Column {
            name: name.clone(),
            data_type: data_type.to_owned(),
            not_null: data_type == "int",
            ..Column::default()
        };
        let columns = vec![column(&key, "int"), column(&text, "text")];
        let mut whole = Table {
            name: self.object(),
            columns: columns.clone(),
            partition_by: Some(format!("RANGE ({})", key.quoted())),
            ..Table::default()
        };
        if self.chance(0.5) {
            let rule = ConstraintRule::PrimaryKey { columns: vec![key.clone()], include: Vec::new() };
            whole.constraints.push(Constraint::new(rule));
        }
        if self.chance(0.5) {
            let keys = vec![format!("lower({})", text.quoted())];
            whole.indexes.push(Index { name: Some(self.name()), keys, ..Index::default() });
        }
        let part = |maker: &mut Self, bound: &str| Table {
            name: maker.object(),
            // Repeated, it is made by itself and attached.
            columns: if maker.chance(0.5) { columns.clone() } else { Vec::new() },
            partition_of: Some(PartitionOf { parent: whole.name.clone(), bound: bound.to_owned() }),
            ..Table::default()
        };
        let parts = ["FOR VALUES FROM (1) TO (10)", "FOR VALUES FROM (10) TO (MAXVALUE)", "DEFAULT"]
            .map(|bound| part(self, bound));
        [whole].into_iter().chain(parts).collect()
    }

    fn one_identity(&mut self) -> &'static Identity {
        self.one(&[Identity::Always, Identity::ByDefault])
    }

    /// Checks, unique constraints and indexes.
    fn rules(&mut self, table: &mut Table) {
        let mut unique = BTreeSet::new();
        for column in table.columns.clone() {
            let quoted = column.name.quoted();
            let expressions: &[&str] = match column.data_type.as_str() {
                "int" | "bigint" => &["@ BETWEEN 1 AND 100", "@ <> 5", "@ > 0 OR @ < -10 AND @ <> -20"],
                "text" | "varchar(10)" => {
                    &["@ IN ('a', 'b')", "@ LIKE 'a%'", "length(@) > 0", "@ NOT IN ('x', 'y')"]
                }
                _ => &[],
            };
            if !expressions.is_empty() && self.chance(0.4) {
                let expression = self.one(expressions).replace('@', &quoted);
                let rule = ConstraintRule::Check { expression, no_inherit: false };
                let name = self.chance(0.5).then(|| self.name());
                table.constraints.push(Constraint { name, ..Constraint::new(rule) });
            }
            if !SORTABLE.contains(&column.data_type.as_str()) {
                continue;
            }
            if self.chance(0.2) && unique.insert(column.name.clone()) {
                let columns = vec![column.name.clone()];
                let nulls_not_distinct = self.chance(0.3);
                let rule = ConstraintRule::Unique { columns, include: Vec::new(), nulls_not_distinct };
                table.constraints.push(Constraint::new(rule));
            }
            if self.chance(0.3) {
                let more = if column.data_type == "text" {
                    vec!["lower(@)", "@ text_pattern_ops"]
                } else {
                    vec!["@ DESC NULLS LAST"]
                };
                let more: Vec<_> = more.into_iter().chain(["@", "@ NULLS FIRST"]).collect();
                let key = self.one(&more).replace('@', &quoted);
                let predicate = self.chance(0.3).then(|| format!("{quoted} IS NOT NULL"));
                let name = Some(self.name());
                table.indexes.push(Index {
                    name,
                    keys: vec![key],
                    predicate,
                    unique: self.chance(0.2),
                    ..Index::default()
                });
            }
        }
    }

    fn query(&mut self, table: &Table) -> String {
        let columns: Vec<_> = table.columns.iter().map(|column| column.name.quoted()).collect();
        let kept = self.dice.random_range(1..=columns.len());
        let first = &columns[0];
        let end =
            *self.one(&["", " WHERE @ IS NOT NULL", " ORDER BY 1 LIMIT 5", " WHERE @::text IN ('a', 'b')"]);
        format!(
            "SELECT {}, 1 + 1 AS two FROM {}{}",
            columns[..kept].join(", "),
            table.name.quoted(),
            end.replace('@', first)
        )
    }
}
