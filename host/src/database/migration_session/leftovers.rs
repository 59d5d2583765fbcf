//! What a migration may leave in the session besides what is set anew before each: settings, temporary
//! tables, cursors. It is taken away when the migration is over, so that the next begins as in a session of
//! its own.

use tenon_migrations_core::statements::contains;

const SETTINGS: [&str; 2] = ["local", "set_config"];
const THINGS: [&str; 2] = ["temp", "declare"];

/// What is to be run after this migration: nothing where it cannot have left anything, as far as its text
/// tells.
pub(crate) fn after(sql: &str) -> String {
    let any = |words: &[&str]| words.iter().any(|word| contains(sql, word));
    let mut after = String::new();
    if any(&THINGS) {
        after += "CLOSE ALL; DISCARD TEMP; ";
    }
    if any(&SETTINGS) {
        after += include_str!("sql/forget_settings.sql");
    }
    after
}
