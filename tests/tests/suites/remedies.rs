//! What remedies, hints and guides say to do: every command in them is one, and every rule of the author's
//! guide that a plugin breaks is told by `tenon plugin lock`.

mod carried_out;
mod readme;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tenon_tests::artifacts::{self, root};
use tenon_tests::{Run, World};

/// The places in which somebody is told to run something.
fn texts() -> Vec<PathBuf> {
    let mut texts: Vec<_> =
        ["README.md", "dist/README.md", "dist/tenon.toml", "plugin-api/README.md", "SECURITY.md"]
            .map(|file| root().join(file))
            .into();
    let mut folders = ["host/src", "host/templates", "migrations-core/src", "plugin-api/macros/src"]
        .map(|folder| root().join(folder))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let told = path.extension().is_some_and(|end| ["rs", "md", "html"].iter().any(|one| *one == end));
            if path.is_dir() {
                folders.push(path);
            } else if told {
                texts.push(path);
            }
        }
    }
    texts
}

/// The command lines of a text: in backticks, and where they stand in a line of their own.
fn commands(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let is_document = path.extension().is_some_and(|end| end == "md");
    let mut commands = Vec::new();
    // Those that tests write are told to nobody.
    let text = text.split_once("#[cfg(test)]\nmod tests {").map_or(text.as_str(), |(told, _)| told);
    for line in text.lines() {
        let comment = line.trim_start().starts_with("//");
        for (number, part) in line.split('`').enumerate() {
            if number % 2 == 1 && !comment {
                commands.extend(part.strip_prefix("tenon ").map(str::to_owned));
            }
        }
        let block = line.trim_start_matches("    ").trim_start_matches("sudo -u tenon ");
        if is_document && line.starts_with("    ") {
            commands.extend(block.strip_prefix("tenon ").map(str::to_owned));
        }
    }
    commands
}

/// The subcommand that a command line names, and its flags.
fn taken_apart(command: &str) -> (Vec<&str>, Vec<&str>) {
    let words = || command.split_whitespace().take_while(|word| !matches!(*word, "|" | ">" | "&&" | "#"));
    let is_name =
        |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-');
    let names = words().take_while(is_name).collect();
    let flags = words().filter(|word| word.starts_with("--")).map(|word| {
        let end = word.find(|c: char| !(c.is_ascii_lowercase() || c == '-')).unwrap_or(word.len());
        &word[..end]
    });
    (names, flags.filter(|flag| flag.len() > 2).collect())
}

#[test]
fn every_command_that_somebody_is_told_to_run_exists_with_its_flags() {
    let world = World::with(&[]);
    let mut known: BTreeMap<Vec<String>, Run> = BTreeMap::new();
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for path in texts() {
        for command in commands(&path) {
            let (names, flags) = taken_apart(&command);
            // What follows a subcommand in lower case may be a plugin's id.
            let mut fits = None;
            for length in (0..=names.len()).rev() {
                let names: Vec<_> = names[..length].iter().map(ToString::to_string).collect();
                let run = known.entry(names.clone()).or_insert_with(|| {
                    let arguments: Vec<_> = names.iter().map(String::as_str).chain(["--help"]).collect();
                    world.tenon(&arguments)
                });
                if run.code == 0 {
                    fits = Some((length, run.out.clone()));
                    break;
                }
            }
            let told = format!("{}: tenon {command}", path.strip_prefix(root()).unwrap().display());
            match fits {
                Some((length, help)) if length > 0 || names.is_empty() => {
                    let lacks: Vec<_> = flags.iter().filter(|flag| !help.contains(**flag)).collect();
                    if !lacks.is_empty() {
                        wrong.push(format!("{told}: no {lacks:?}"));
                    }
                    seen.insert(names[..length].join(" "));
                }
                _ => wrong.push(format!("{told}: no such command")),
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "{wrong:#?}");
    assert!(seen.len() > 15, "commands were found: {seen:?}");
}

/// A plugin that brings these files.
fn bring(world: &World, files: &[&str]) {
    let file = |(at, sql): (usize, &&str)| (format!("{:04}_a.sql", at + 1), (*sql).to_owned());
    let files: Vec<_> = files.iter().enumerate().map(file).collect();
    world.write_library("libbrings_10.so", &artifacts::bringing("brings_10", &files));
}

#[test]
fn every_rule_of_the_guide_that_is_broken_is_told_with_its_place_and_what_to_do() {
    let long = format!("CREATE SCHEMA ten;\nCREATE TABLE ten.{} (a int);", "n".repeat(64));
    let kind = "CREATE SCHEMA ten;\nCREATE TYPE ten.kind AS ENUM ('a');\nCREATE TABLE ten.t (kind ten.kind);";
    let cases: [(&[&str], &str, &str); 12] = [
        (
            &["SELECT 1;\nCOMMIT;"],
            "0001_a.sql:2:1",
            "remove the statement; the heal begins and ends the transaction",
        ),
        (
            &["CREATE SCHEMA ten;\nCREATE INDEX CONCURRENTLY i ON ten.t (a);"],
            "0001_a.sql:2:1",
            "leave out CONCURRENTLY",
        ),
        (
            &["CREATE SCHEMA ten;\nREINDEX INDEX CONCURRENTLY ten.i;"],
            "0001_a.sql:2:1",
            "let an administrator run it by hand",
        ),
        (&["SELECT 1;\nSET CONSTRAINTS ALL DEFERRED;"], "0001_a.sql:2:1", "name the constraints"),
        (&["SELECT 1;\nSET work_mem = '1MB';"], "0001_a.sql:2:1", "write SET LOCAL"),
        (
            &["SELECT 1;\nSET LOCAL standard_conforming_strings = off;"],
            "0001_a.sql:2:1",
            "write E'…' where backslashes",
        ),
        (&["SELECT 1;\nCOPY ten.t FROM STDIN;\n\\.\n"], "0001_a.sql:2:1", "write the rows as INSERT INTO"),
        (&["SELECT 1;\n\\connect x"], "0001_a.sql:2:1", "remove the line"),
        (&[&long], "0001_a.sql:2:1", "write a name of at most 63 bytes"),
        (&["SELECT 1;\nSELECT 'a"], "0001_a.sql:2:8", "correct the file"),
        (
            &["SELECT 1;\nDELETE FROM tenon.migration;"],
            "0001_a.sql:2:1",
            "leave the host's tables to the host",
        ),
        (
            &[kind, "ALTER TYPE ten.kind ADD VALUE 'b';", "SELECT 1;\nINSERT INTO ten.t VALUES ('b');"],
            "0003_a.sql:2:1",
            "make",
        ),
    ];
    let world = World::with(&[]);
    for (files, place, remedy) in cases {
        bring(&world, files);
        let run = world.tenon(&["plugin", "lock", "brings_10"]);
        assert_ne!(run.code, 0, "{files:?}: {run:#?}");
        let told = run.all();
        assert!(told.contains(&format!("brings_10/{place}")), "{place}, {files:?}: {run:#?}");
        assert!(told.contains(remedy), "{remedy}: {run:#?}");
        assert!(!world.path().join("tenon.lock").exists(), "nothing was proved");
    }
}

/// Writes a plugin of these files, with a table `ten.t` that has these indexes.
fn bring_table(world: &World, files: &[&str], indexes: &serde_json::Value) {
    let file = |(at, sql): (usize, &&str)| (format!("{:04}_a.sql", at + 1), (*sql).to_owned());
    let files: Vec<_> = files.iter().enumerate().map(file).collect();
    let table =
        json!({ "name": "ten.t", "columns": [{ "name": "a", "data_type": "integer" }], "indexes": indexes });
    let descriptors = json!({ "format": 1, "schemas": [{ "name": "ten" }], "tables": [table] });
    let descriptors = serde_json::from_value(descriptors).unwrap();
    world.write_library("libbrings_10.so", &artifacts::declaring("brings_10", &files, &descriptors));
}

#[test]
fn an_index_that_is_built_by_hand_as_advised_is_no_drift_and_the_migration_takes_it_up() {
    let world = World::with(&[]);
    let table = "CREATE SCHEMA ten; CREATE TABLE ten.t (a int);";
    let (none, one) = (json!([]), json!([{ "name": "t_a", "keys": ["a"] }]));
    bring_table(&world, &[table], &none);
    assert_eq!(world.host().heal().word(), "succeeded");
    bring_table(&world, &[table, "CREATE INDEX CONCURRENTLY t_a ON ten.t (a);"], &one);
    let plan = world.host().plan();
    let remedy = &plan.refusals[0].remedy;
    assert!(remedy.contains("write CREATE INDEX IF NOT EXISTS with a name"), "{remedy}");
    assert!(remedy.contains("[[tolerate]]"), "{remedy}");
    // What it says to do, with the former version still at work.
    bring_table(&world, &[table], &none);
    world.sql("CREATE INDEX CONCURRENTLY t_a ON ten.t (a)");
    world.tenon(&["check"]).expect_code(2);
    world.set("[[tolerate]]\nkind = \"index\"\nobject = \"ten.t.t_a\"\nreason = \"built by hand for the next version\"");
    world.tenon(&["check"]).expect_code(0);
    bring_table(&world, &[table, "CREATE INDEX IF NOT EXISTS t_a ON ten.t (a);"], &one);
    assert_eq!(world.host().heal().word(), "succeeded");
    world.tenon(&["check"]).expect_code(0);
}

#[test]
fn a_pending_migration_that_a_heal_would_refuse_is_not_told_to_be_healed() {
    let world = World::with(&[]);
    bring(&world, &["CREATE SCHEMA ten;"]);
    assert_eq!(world.host().heal().word(), "succeeded");
    bring(&world, &["CREATE SCHEMA ten; SELECT 1;", "SELECT 1;"]);
    let run = world.tenon(&["check", "--json"]).expect_code(2).json().to_string();
    assert!(run.contains("first put right what else is told of this plugin's migrations"), "{run}");
    assert!(world.tenon(&["plan"]).expect_code(5).err.contains("edited-history"));
}
