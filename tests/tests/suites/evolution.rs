//! What an author declares becomes other, step by step, and each step a migration of `tenon plugin diff`:
//! with rows in the tables, whose values stay where something is only renamed.
//!
//! Four steps; two hundred with `TENON_LONG`.

use std::fs;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tenon_host::heal::HealOutcome;
use tenon_tests::author::{Author, ID, column, not_null};
use tenon_tests::{World, is_long};

/// Types of columns that hold numbers, and what a number becomes.
const TYPES: [&str; 5] = ["integer", "bigint", "text", "numeric(9,2)", "varchar(40)"];

/// One step, and what has to be said of it.
#[derive(Default)]
struct Step {
    rename: Option<String>,
    /// What is to be the same before and after it: two queries.
    kept: Option<(String, String)>,
}

/// An author who changes his mind.
struct Evolution {
    dice: StdRng,
    declared: Value,
    /// How many steps there were, by which new things are named.
    number: usize,
}

fn table_name(table: &Value) -> &str {
    table["name"].as_str().unwrap()
}

fn name_of(column: &Value) -> String {
    column["name"].as_str().unwrap().to_owned()
}

fn list<'a>(of: &'a mut Value, key: &str) -> &'a mut Vec<Value> {
    if of[key].is_null() {
        of[key] = json!([]);
    }
    of[key].as_array_mut().unwrap()
}

/// Whether a constraint is a check of this name.
fn is_check(constraint: &Value) -> bool {
    !constraint["rule"]["check"].is_null()
}

fn is_foreign_key(constraint: &Value) -> bool {
    !constraint["rule"]["foreign_key"].is_null()
}

/// Whether something of a table names the column.
fn names(part: &Value, column: &str) -> bool {
    part.to_string().contains(&format!("\"{column}\"")) || part.to_string().contains(&format!("({column})"))
}

impl Evolution {
    fn new(seed: u64) -> Self {
        let declared = json!({
            "format": 1,
            "tables": [{
                "name": "brings_00.t",
                "columns": [not_null("id", "bigint"), column("a", "text")],
                "constraints": [{ "rule": { "primary_key": { "columns": ["id"] } } }],
            }],
        });
        Self { dice: StdRng::seed_from_u64(seed), declared, number: 0 }
    }

    fn tables(&mut self) -> &mut Vec<Value> {
        list(&mut self.declared, "tables")
    }

    /// One of the tables.
    fn some_table(&mut self) -> usize {
        let count = self.tables().len();
        self.dice.random_range(0..count)
    }

    /// A column of a table that is nobody's key.
    fn some_column(&mut self, table: usize) -> Option<usize> {
        let columns = self.declared["tables"][table]["columns"].as_array().unwrap();
        let free: Vec<_> = (0..columns.len())
            .filter(|at| !["id", "of"].contains(&columns[*at]["name"].as_str().unwrap()))
            .collect();
        free.choose(&mut self.dice).copied()
    }

    fn step(&mut self) -> Step {
        self.number += 1;
        let (number, what) = (self.number, self.dice.random_range(0..18));
        let name = format!("c{number}");
        let data_type = *TYPES.choose(&mut self.dice).unwrap();
        let table = self.some_table();
        match what {
            0 if self.tables().len() < 4 => self.add_table(),
            1 if self.tables().len() > 1 => drop(self.tables().pop()),
            2 => self.add(table, not_null(&name, data_type)),
            3 => self
                .add(table, json!({ "name": name, "data_type": "text", "not_null": true, "default": "'d'" })),
            4 => self.remove_column(table),
            5 => self.add_index(table),
            6 => drop(list(&mut self.tables()[table], "indexes").pop()),
            7 => self.retype(table),
            8 => self.change_default(table),
            9 => self.add_check(table),
            10 => {
                let constraints = list(&mut self.tables()[table], "constraints");
                if let Some(at) = constraints.iter().position(is_check) {
                    constraints.remove(at);
                }
            }
            11 => self.add_enum(table),
            12 => self.add_label(),
            13 => return self.rename_column(table),
            14 => return self.rename_table(table),
            15 => self.change_null(table),
            16 => {
                let constraints = list(&mut self.tables()[table], "constraints");
                constraints.retain(|one| !is_foreign_key(one));
            }
            _ => self.add(table, column(&name, data_type)),
        }
        Step::default()
    }

    fn add(&mut self, table: usize, column: Value) {
        list(&mut self.tables()[table], "columns").push(column);
    }

    fn add_table(&mut self) {
        let (name, first) = (format!("brings_00.t{}", self.number), self.tables()[0]["name"].clone());
        let to_first = json!({ "columns": ["of"], "references": first, "referenced_columns": ["id"] });
        self.tables().push(json!({
            "name": name,
            "columns": [not_null("id", "bigint"), column("of", "bigint")],
            "constraints": [
                { "rule": { "primary_key": { "columns": ["id"] } } },
                { "rule": { "foreign_key": to_first } },
            ],
        }));
    }

    fn remove_column(&mut self, table: usize) {
        let Some(at) = self.some_column(table) else { return };
        let table = &mut self.tables()[table];
        let gone = name_of(&list(table, "columns").remove(at));
        list(table, "indexes").retain(|one| !names(one, &gone));
        list(table, "constraints").retain(|one| !names(one, &gone));
    }

    fn add_index(&mut self, table: usize) {
        let Some(at) = self.some_column(table) else { return };
        let number = self.number;
        let table = &mut self.tables()[table];
        let key = name_of(&table["columns"][at]);
        list(table, "indexes").push(json!({ "name": format!("i{number}"), "keys": [key, "id"] }));
    }

    fn retype(&mut self, table: usize) {
        let Some(at) = self.some_column(table) else { return };
        let column = &mut self.tables()[table]["columns"][at];
        // What a number becomes, and no label.
        if column["data_type"].as_str().is_some_and(|of| TYPES.contains(&of)) {
            column["data_type"] = json!("text");
        }
    }

    fn change_default(&mut self, table: usize) {
        let Some(at) = self.some_column(table) else { return };
        let number = self.number;
        let column = &mut self.tables()[table]["columns"][at];
        if !TYPES.contains(&column["data_type"].as_str().unwrap()) {
            return;
        }
        if column["default"].is_null() {
            column["default"] = json!(format!("'{number}'"));
        } else {
            column.as_object_mut().unwrap().remove("default");
        }
    }

    fn add_check(&mut self, table: usize) {
        let Some(at) = self.some_column(table) else { return };
        let number = self.number;
        let table = &mut self.tables()[table];
        // Whatever type it has by then.
        let expression = format!("concat({}) <> 'never'", name_of(&table["columns"][at]));
        let rule = json!({ "check": { "expression": expression } });
        list(table, "constraints").push(json!({ "name": format!("k{number}"), "rule": rule }));
    }

    fn add_enum(&mut self, table: usize) {
        let name = format!("brings_00.e{}", self.number);
        list(&mut self.declared, "enums").push(json!({ "name": name, "labels": ["one", "two"] }));
        let column = json!({
            "name": format!("c{}", self.number), "data_type": name, "not_null": true, "default": "'one'",
        });
        self.add(table, column);
    }

    fn add_label(&mut self) {
        let number = self.number;
        let enums = list(&mut self.declared, "enums");
        if let Some(last) = enums.last_mut() {
            list(last, "labels").insert(1, json!(format!("l{number}")));
        }
    }

    fn change_null(&mut self, table: usize) {
        let Some(at) = self.some_column(table) else { return };
        let column = &mut self.tables()[table]["columns"][at];
        column["not_null"] = json!(column["not_null"] != true);
    }

    fn rename_column(&mut self, table: usize) -> Step {
        let Some(at) = self.some_column(table) else { return Step::default() };
        let new = format!("r{}", self.number);
        let table = &mut self.tables()[table];
        let (of, old) = (table_name(table).to_owned(), name_of(&table["columns"][at]));
        table["columns"][at]["name"] = json!(new);
        let text = table.to_string();
        let text = text.replace(&format!("({old})"), &format!("({new})"));
        *table = serde_json::from_str(&text.replace(&format!("\"{old}\""), &format!("\"{new}\""))).unwrap();
        let values = |name: &str| format!("SELECT id, {name} FROM {of} ORDER BY id");
        Step { rename: Some(format!("{of}.{old}={new}")), kept: Some((values(&old), values(&new))) }
    }

    fn rename_table(&mut self, table: usize) -> Step {
        let new = format!("u{}", self.number);
        let old = table_name(&self.tables()[table]).to_owned();
        let full = format!("brings_00.{new}");
        let text = self.declared.to_string().replace(&format!("\"{old}\""), &format!("\"{full}\""));
        self.declared = serde_json::from_str(&text).unwrap();
        let rows = |name: &str| format!("SELECT * FROM {name} ORDER BY id");
        Step { rename: Some(format!("{old}={new}")), kept: Some((rows(&old), rows(&full))) }
    }

    /// A row of the first table.
    fn row(&self) -> String {
        let table = &self.declared["tables"][0];
        let columns = table["columns"].as_array().unwrap().iter();
        let wants = columns.filter(|column| column["not_null"] == true && column["default"].is_null());
        let (names, values): (Vec<_>, Vec<_>) = wants
            .map(|column| {
                let is_enum = column["data_type"].as_str().unwrap().starts_with("brings_00.");
                let value = if is_enum { "one".to_owned() } else { self.number.to_string() };
                (name_of(column), format!("'{value}'"))
            })
            .unzip();
        format!("INSERT INTO {} ({}) VALUES ({})", table_name(table), names.join(", "), values.join(", "))
    }
}

#[test]
fn step_by_step_and_from_empty_a_plugin_comes_to_the_same_and_what_is_renamed_keeps_its_values() {
    let long = is_long();
    let steps = if long { 200 } else { 4 };
    let mut evolution = Evolution::new(7);
    let mut author = Author::new(&[], evolution.declared.clone());
    author.write(&["--write", "first"]);
    author.prove_and_heal();
    let (mut written, mut renamed) = (0, 0);
    for number in 0..steps {
        author.world.sql(&evolution.row());
        let Step { rename, kept } = evolution.step();
        author.declare(evolution.declared.clone());
        let before = kept.as_ref().map(|(before, _)| author.world.sql(before));
        let options: Vec<_> = rename.iter().flat_map(|rename| ["--rename", rename]).collect();
        if author.try_write(&[&["--write", "step"], &options[..]].concat()).is_none() {
            continue;
        }
        written += 1;
        let (_, sql) = author.files.last_mut().unwrap();
        *sql = sql.replace("-- UPDATE ", "UPDATE ").replace("= …", "= '1'");
        let (name, sql) = author.files.last().unwrap();
        fs::write(author.file(name), sql).unwrap();
        author.build();
        author.heal();
        if let (Some(before), Some((_, after))) = (before, &kept) {
            renamed += 1;
            assert_eq!(before, author.world.sql(after), "step {number}: {:#?}", author.files.last());
        }
    }
    let empty = World::with(&[]);
    let files: Vec<_> = author.files.iter().map(|(name, sql)| (name.as_str(), sql.as_str())).collect();
    empty.bring(ID, &files, &author.descriptors);
    assert!(matches!(empty.host().heal_consenting(), HealOutcome::Succeeded { .. }));
    assert_eq!(empty.database.schema(), author.world.database.schema());
    assert!(written > steps / 2 && (renamed > 0 || !long), "{written} written, {renamed} renamed");
}
