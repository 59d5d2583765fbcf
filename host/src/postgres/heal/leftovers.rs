//! What a migration may leave in the session besides what is set anew before each: settings, temporary tables,
//! cursors. It is taken away when the migration is over, so that the next begins as in a session of its own.

const SETTINGS: [&str; 2] = ["local", "set_config"];
const THINGS: [&str; 2] = ["temp", "declare"];

/// What is to be run after this migration: nothing where it cannot have left anything, as far as its text tells.
pub(in crate::postgres) fn after(sql: &str) -> String {
    let any = |words: &[&str]| words.iter().any(|word| has(sql, word));
    let mut after = String::new();
    if any(&THINGS) {
        after += "CLOSE ALL; DISCARD TEMP; ";
    }
    if any(&SETTINGS) {
        after += include_str!("sql/forget_settings.sql");
    }
    after
}

/// Whether it has this in it, wherever that stands.
pub(super) fn has(sql: &str, word: &str) -> bool {
    sql.as_bytes().windows(word.len()).any(|found| found.eq_ignore_ascii_case(word.as_bytes()))
}
