//! The audit log as somebody looks through it: by who, what, how it ended and when, page by page, and as CSV
//! and JSON lines.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tenon_tests::{HttpAnswer, ServeProcess, World};

fn list(world: &World, more: &[&str]) -> Value {
    world.tenon(&[&["audit", "list", "--json"], more].concat()).expect_code(0).json()
}

fn whats(log: &Value) -> Vec<String> {
    let what = |entry: &Value| match entry["what"].as_str() {
        Some(what) => what.to_owned(),
        None => format!("{} {}", entry["result"].as_str().unwrap(), entry["files"]),
    };
    log["entries"].as_array().unwrap().iter().map(what).collect()
}

/// A log with a heal that failed, one that succeeded, and what two administrators did besides.
fn with_a_past() -> World {
    let world = World::with(&["inventory", "identity"]);
    world.sql("CREATE SCHEMA inventory");
    world.tenon(&["heal", "--yes", "--as", "ada"]).expect_code(1);
    world.sql("DROP SCHEMA inventory");
    world.tenon(&["heal", "--yes", "--as", "bo"]).expect_code(0);
    world.tenon(&["plugin", "quarantine", "identity", "--reason", "a test", "--as", "bo"]).expect_code(0);
    world.tenon(&["plugin", "quarantine", "inventory", "--reason", "a test", "--as", "ada"]).expect_code(0);
    world
}

#[test]
fn the_log_is_searched_by_who_what_how_it_ended_and_when() {
    let world = with_a_past();
    let all = list(&world, &[]);
    assert_eq!(all["entries"].as_array().unwrap().len(), 4, "{all:#}");
    assert!(all["entries"].as_array().unwrap().iter().all(|entry| entry["chain"] == "holds"), "{all:#}");
    let of = |more: &[&str]| whats(&list(&world, more));
    let quarantine = "put plugin inventory into quarantine".to_owned();
    let other = "put plugin identity into quarantine".to_owned();
    assert_eq!(of(&["--result", "action"]), [quarantine.clone(), other.clone()]);
    assert_eq!(of(&["--admin", "ada", "--result", "action"]), std::slice::from_ref(&quarantine));
    assert_eq!(of(&["--admin", "ad"]), Vec::<String>::new());
    assert!(of(&["--result", "failed"])[0].starts_with("failed"));
    assert_eq!(of(&["--plugin", "inventory"]).len(), 3);
    assert_eq!(of(&["--plugin", "identity"]).len(), 3);
    assert_eq!(of(&["--plugin", "ada"]), Vec::<String>::new(), "who did it is no plugin");
    assert_eq!(of(&["--since", "2020-01-01"]).len(), 4);
    assert_eq!(of(&["--until", "2020-01-01"]), Vec::<String>::new());
    let second = all["entries"][1]["at"].as_str().unwrap();
    assert_eq!(of(&["--since", second]), [quarantine, other]);
    for (arguments, told) in [
        (["--result", "fine"], "there are succeeded, failed, turned_away"),
        (["--since", "yesterday"], "is not a date such as"),
        (["--format", "xml"], "there are csv, jsonl"),
    ] {
        let run = world.tenon(&[&["audit", "list"][..], &arguments].concat()).expect_code(64);
        assert!(run.err.contains(told), "{run:#?}");
    }
    let nothing = world.tenon(&["audit", "list", "--admin", "nobody"]).expect_code(0);
    assert_eq!(nothing.out, "Nothing matches\n");
}

/// The entries of the API from this page on, page by page.
fn pages(serving: &ServeProcess, query: &str, limit: usize) -> Vec<Value> {
    let (mut entries, mut before) = (Vec::new(), String::new());
    loop {
        let page = serving.get_as_admin(&format!("/api/v1/audit?limit={limit}{query}{before}"));
        let page = page.expect_status(200).json();
        entries.extend(page["entries"].as_array().unwrap().iter().cloned());
        match page["next"].as_i64() {
            Some(next) => before = format!("&before={next}"),
            None => return entries,
        }
    }
}

#[test]
fn api_and_page_search_as_the_command_line_does_and_what_cannot_be_is_told() {
    let world = with_a_past();
    let serving = world.serve();
    let api = |query: &str| serving.get_as_admin(&format!("/api/v1/audit?{query}"));
    for (query, arguments) in [
        ("admin=ada", &["--admin", "ada"][..]),
        ("plugin=identity", &["--plugin", "identity"]),
        ("result=action&admin=bo", &["--result", "action", "--admin", "bo"]),
    ] {
        let entries = api(query).expect_status(200).json()["entries"].clone();
        assert_eq!(entries, list(&world, arguments)["entries"], "{query}");
    }
    for (query, code) in [
        ("result=fine", "bad_query"),
        ("colour=red", "bad_query"),
        ("limit=0", "bad_limit"),
        ("limit=x", "bad_query"),
    ] {
        assert_eq!(api(query).expect_status(400).json()["code"], code, "{query}");
    }
    let ids = |entries: &[Value]| {
        let id = |entry: &Value| entry["seq"].as_i64().unwrap();
        entries.iter().map(id).collect::<Vec<_>>()
    };
    let whole = pages(&serving, "", 100);
    for limit in 1..=3 {
        assert_eq!(ids(&pages(&serving, "", limit)), ids(&whole), "{limit} a page");
    }
    serving.log_in().expect_status(200);
    let page = serving.get("/audit?admin=ada&result=action").expect_status(200).text;
    assert!(
        page.contains("put plugin inventory into quarantine") && !page.contains("plugin identity into"),
        "{page}"
    );
    assert!(page.contains("its rows are what was sealed"), "{page}");
    let page = serving.get("/audit?limit=1").expect_status(200).text;
    assert!(page.contains("Older entries"), "{page}");
    let wrong = serving.get("/audit?since=yesterday").expect_status(400).text;
    assert!(wrong.contains("is not a date") && wrong.contains("aria-invalid"), "{wrong}");
}

#[test]
fn an_entry_whose_rows_were_changed_says_so_and_the_others_do_not() {
    let world = with_a_past();
    world.sql(
        "ALTER TABLE tenon.audit DISABLE TRIGGER append_only;
         UPDATE tenon.audit SET body = replace(body, 'ada', 'eve') WHERE event = 'action' AND body LIKE '%quarantine%';
         ALTER TABLE tenon.audit ENABLE TRIGGER append_only",
    );
    let log = list(&world, &[]);
    let states: Vec<_> = log["entries"].as_array().unwrap().iter().map(|entry| &entry["chain"]).collect();
    assert_eq!(states, ["broken", "holds", "holds", "holds"]);
}

#[test]
fn what_waits_in_the_spool_is_on_the_first_page_and_not_sealed_yet() {
    let world = with_a_past();
    world.set_url("postgres:///nowhere?host=/nowhere");
    world
        .tenon(&["admin", "add", "cy", "--role", "administrator", "--generate", "--as", "ada"])
        .expect_code(0);
    let run = world.tenon(&["audit", "list", "--json", "--admin", "ada"]).expect_code(3).json();
    assert_eq!((&run["entries"][0]["chain"], &run["entries"][0]["seq"]), (&json!("not_yet"), &Value::Null));
    let none = world.tenon(&["audit", "list", "--json", "--admin", "bo"]).expect_code(3).json();
    assert_eq!(none["entries"], json!([]));
}

/// The records of a CSV in which no cell has a line break.
fn records(csv: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        for character in line.chars() {
            match character {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().unwrap().push(other),
            }
        }
        cells
    };
    csv.split_terminator("\r\n").map(cells).collect()
}

#[test]
fn the_log_goes_to_other_programs_as_csv_and_as_json_lines() {
    let world = with_a_past();
    // Whoever opens it in a spreadsheet runs nothing.
    world.tenon(&["plugin", "release", "inventory", "--as", "=cmd()"]).expect_code(0);
    let serving = world.serve();
    let header = |answer: &HttpAnswer, name: &str| answer.headers[name].to_str().unwrap().to_owned();
    let csv = serving.get_as_admin("/api/v1/audit?format=csv").expect_status(200);
    assert!(header(&csv, "content-type").starts_with("text/csv"));
    assert!(header(&csv, "content-disposition").contains("tenon-audit.csv"));
    let rows = records(&csv.text);
    assert_eq!(rows.len(), 6, "{}", csv.text);
    assert_eq!(rows[0][..3], ["seq", "chain", "at"]);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{rows:#?}");
    assert_eq!((&*rows[1][5], &*rows[1][8]), ("'=cmd()", "released plugin inventory from quarantine"));
    assert_eq!(world.tenon(&["audit", "list", "--format", "csv"]).expect_code(0).out, csv.text);
    let lines = serving.get_as_admin("/api/v1/audit?format=jsonl&result=action").expect_status(200);
    let lines: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json!(lines), list(&world, &["--result", "action"])["entries"]);
    let accepted =
        serving.ask_from("127.0.0.1", "GET /api/v1/audit", &[("Accept", "text/csv")], &Value::Null);
    assert_eq!(accepted.status, 401);
    serving.log_in().expect_status(200);
    let page = serving.get("/audit?format=csv&result=failed").expect_status(200);
    assert_eq!(records(&page.text).len(), 2, "{}", page.text);
}

#[test]
fn ten_thousand_entries_are_read_page_by_page_each_once() {
    const MANY: usize = 10_000;
    let world = with_a_past();
    // As rows of the table alone, so that the test is about reading: their seals do not hold.
    world.sql(&format!(
        "INSERT INTO tenon.audit (seq, heal, event, attempt, at, body, previous, hash)
         SELECT 1000 + n, gen_random_uuid(), 'action', 1, now(),
                json_build_object('admin', 'admin' || n % 7, 'source', 'api', 'host', 'a:1',
                                  'action', 'change_password', 'account', 'a' || n)::text, 'p' || n, 'h' || n
         FROM generate_series(1, {MANY}) AS n"
    ));
    let serving = world.serve();
    serving.log_in().expect_status(200);
    let mut longest = Duration::ZERO;
    let mut timed = |path: &str| {
        let began = Instant::now();
        let answer = serving.get(path).expect_status(200);
        longest = longest.max(began.elapsed());
        answer
    };
    let (mut seen, mut before, mut pages) = (BTreeSet::new(), String::new(), 0);
    loop {
        let page = timed(&format!("/api/v1/audit?limit=500{before}")).json();
        let entries = page["entries"].as_array().unwrap();
        assert!(entries.iter().all(|entry| seen.insert(entry["seq"].as_i64().unwrap())), "one came twice");
        pages += 1;
        match page["next"].as_i64() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), MANY + 4);
    let found = timed("/api/v1/audit?admin=admin3&plugin=inventory").json();
    assert_eq!(found["entries"], json!([]));
    timed("/audit?admin=admin3");
    timed("/audit?before=5000");
    println!("{pages} pages of 500 of {MANY} entries, and the page of 50: the slowest took {longest:?}");
    let all = serving.get("/api/v1/audit?format=csv").expect_status(200);
    assert_eq!(records(&all.text).len(), MANY + 5);
}
