//! The session that README shows is what somebody gets who types it.

use std::fs;

use regex_lite::Regex;
use tenon_tests::artifacts::root;
use tenon_tests::{Run, World};

use super::carried_out::run_in_shell;

/// What README stands for with "…".
const LEFT_OUT: &str = "…";

/// A line without what differs from day to day, server to server and user to user.
fn timeless(line: &str) -> String {
    let differs = [
        (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?Z", "TIME"),
        (r"\b\d+(\.\d+)? m?s\b", "DURATION"),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID"),
        (r"of \d+ that are free", "of SOME that are free"),
        (r"acknowledged by \S+", "acknowledged by SOMEBODY"),
        (r"\s+", " "),
    ];
    differs.iter().fold(line.to_owned(), |line, (pattern, stands)| {
        Regex::new(pattern).unwrap().replace_all(&line, *stands).trim().to_owned()
    })
}

/// The commands, each with what is shown of its output. The shell's prompt begins a command.
fn session() -> Vec<(String, Vec<String>)> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, section) = readme.split_once("\n## The command line\n").unwrap();
    let (section, _) = section.split_once("\n| command |").unwrap();
    let mut session: Vec<(String, Vec<String>)> = Vec::new();
    for line in section.lines().filter_map(|line| line.strip_prefix("    ")) {
        match (line.strip_prefix("$ "), session.last_mut()) {
            (Some(command), _) => session.push((command.to_owned(), Vec::new())),
            (None, Some((_, output))) => output.push(timeless(line)),
            (None, None) => {}
        }
    }
    session
}

/// Whether these lines follow each other like that, with anything where some are left out.
fn is_shown(shown: &[String], said: &[String]) -> bool {
    match shown.split_first() {
        None => said.is_empty(),
        Some((line, rest)) if line == LEFT_OUT => (0..=said.len()).any(|from| is_shown(rest, &said[from..])),
        Some((line, rest)) => {
            said.split_first().is_some_and(|(first, said)| first == line && is_shown(rest, said))
        }
    }
}

/// What a terminal shows: what is told on the way comes before what is reported at the end.
fn said(run: &Run) -> Vec<String> {
    let lines = run.err.lines().chain(run.out.lines()).map(timeless);
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn the_session_that_readme_shows_is_what_one_gets() {
    let world = World::with(&["identity", "inventory", "orders", "reporting"]);
    let session = session();
    assert_eq!(session.len(), 7, "{session:#?}");
    for (command, shown) in &session {
        let shown: Vec<_> = shown.iter().filter(|line| !line.is_empty()).cloned().collect();
        if let Some(sql) = command.strip_prefix("psql -c ") {
            world.sql(sql.trim_matches('\''));
            continue;
        }
        let run = run_in_shell(&world, command.strip_prefix("tenon ").unwrap());
        let said = said(&run);
        assert!(
            is_shown(&shown, &said),
            "{command}\nREADME shows {shown:#?}\nand it said {said:#?}\n{run:?}"
        );
    }
}
