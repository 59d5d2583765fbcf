//! What an author declares becomes other, step by step, and each step a migration of `tenon plugin diff`.

use std::fs;

use rand::rngs::StdRng;
use rand::seq::{IndexedMutRandom, IndexedRandom};
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tenon_host::heal::HealOutcome;
use tenon_tests::World;
use tenon_tests::author::{Author, ID, column, not_null};

/// One random step of what an author declares.
fn step(dice: &mut StdRng, number: usize, declared: &mut Value) {
    let tables = declared["tables"].as_array_mut().unwrap();
    let what = dice.random_range(0..8);
    if what == 0 && tables.len() < 4 {
        let to_first =
            json!({ "columns": ["of"], "references": "brings_00.t", "referenced_columns": ["id"] });
        return tables.push(json!({
            "name": format!("brings_00.t{number}"),
            "columns": [not_null("id", "bigint"), column("of", "bigint")],
            "constraints": [
                { "rule": { "primary_key": { "columns": ["id"] } } },
                { "rule": { "foreign_key": to_first } },
            ],
        }));
    }
    if what == 1 && tables.len() > 1 {
        return drop(tables.pop());
    }
    let table = tables.choose_mut(dice).unwrap();
    let columns = table["columns"].as_array_mut().unwrap();
    let data_type = *["integer", "bigint", "text", "numeric(9,2)"].choose(dice).unwrap();
    let name = format!("c{number}");
    match what {
        2 => columns.push(not_null(&name, data_type)),
        3 => columns.push(json!({ "name": name, "data_type": "text", "not_null": true, "default": "'d'" })),
        4 if columns.len() > 2 => {
            let gone = columns.pop().unwrap()["name"].clone();
            let indexes = table["indexes"].as_array_mut().into_iter();
            indexes.for_each(|all| all.retain(|index| index["keys"][0] != gone));
        }
        5 => {
            let index = json!({ "name": format!("i{number}"), "keys": [columns.last().unwrap()["name"]] });
            match table["indexes"].as_array_mut() {
                Some(indexes) => indexes.push(index),
                None => table["indexes"] = json!([index]),
            }
        }
        6 if columns.len() > 2 => columns.last_mut().unwrap()["data_type"] = json!("text"),
        _ => columns.push(column(&name, data_type)),
    }
}

/// The columns of the first table that want a value.
fn required(declared: &Value) -> Vec<String> {
    let columns = declared["tables"][0]["columns"].as_array().unwrap().iter();
    let required = columns.filter(|column| column["not_null"] == true && column["default"].is_null());
    required.map(|column| column["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn step_by_step_and_from_empty_a_plugin_comes_to_the_same() {
    let mut dice = StdRng::seed_from_u64(7);
    let mut declared = json!({
        "format": 1,
        "tables": [{
            "name": "brings_00.t",
            "columns": [not_null("id", "bigint"), column("a", "text")],
            "constraints": [{ "rule": { "primary_key": { "columns": ["id"] } } }],
        }],
    });
    let mut author = Author::new(&[], declared.clone());
    author.write(&["--write", "first"]);
    author.prove_and_heal();
    for number in 0..10 {
        let required = required(&declared);
        let (names, values) = (required.join(", "), vec![format!("'{number}'"); required.len()].join(", "));
        author.world.sql(&format!("INSERT INTO brings_00.t ({names}) VALUES ({values})"));
        step(&mut dice, number, &mut declared);
        author.declare(declared.clone());
        if author.try_write(&["--write", "step"]).is_none() {
            continue;
        }
        let (_, sql) = author.files.last_mut().unwrap();
        *sql = sql.replace("-- UPDATE ", "UPDATE ").replace("= …", "= '1'");
        let (name, sql) = author.files.last().unwrap();
        fs::write(author.file(name), sql).unwrap();
        author.build();
        author.heal();
    }
    let empty = World::with(&[]);
    let files: Vec<_> = author.files.iter().map(|(name, sql)| (name.as_str(), sql.as_str())).collect();
    empty.bring(ID, &files, &author.descriptors);
    assert!(matches!(empty.host().heal_consenting(), HealOutcome::Succeeded { .. }));
    assert_eq!(empty.database.schema(), author.world.database.schema());
    assert!(author.files.len() > 5, "{:#?}", author.files);
}
