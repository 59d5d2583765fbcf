//! The texts that plugins have sent over one session: which were found harmless, and which are prepared
//! there.
//!
//! A text is checked and prepared when it comes for the first time. Preparing it also makes the types known
//! that it names, which is too late once it runs: of a statement that fails then, the client would ask the
//! broken transaction. How many are kept is bounded: those that were not used for longest make room.

use std::collections::HashMap;

use tokio_postgres::Statement;

use super::guard::{self, Checked, GuardError};

/// How many texts are kept, and how long each may be.
const MOST: usize = 128;
const LONGEST: usize = 8 * 1024;

/// The texts of one session.
#[derive(Debug, Default)]
pub struct Statements {
    known: HashMap<Box<str>, Known>,
    uses: u64,
}

#[derive(Debug)]
struct Known {
    /// The types of its parameters, 0 where the server is to infer them.
    types: Box<[u32]>,
    checked: Checked,
    prepared: Option<Statement>,
    last_use: u64,
}

impl Known {
    fn send_mode(&self) -> (SendMode, Checked) {
        let send_mode = match &self.prepared {
            Some(statement) => SendMode::Prepared(statement.clone()),
            // What is no query would be spared nothing by it.
            None if self.checked.is_query => SendMode::Prepare,
            None => SendMode::Text,
        };
        (send_mode, self.checked)
    }
}

/// How a statement is best sent.
#[derive(Debug)]
pub enum SendMode {
    Text,
    /// Prepared before it runs.
    Prepare,
    Prepared(Statement),
}

impl Statements {
    /// How to send it and what is known of it, unless it must not be sent.
    pub fn send_mode(&mut self, sql: &str, types: &[u32]) -> Result<(SendMode, Checked), GuardError> {
        self.uses += 1;
        if let Some(known) = self.known.get_mut(sql) {
            known.last_use = self.uses;
            if *known.types != *types {
                (known.types, known.prepared) = (types.into(), None);
            }
            return Ok(known.send_mode());
        }
        let checked = guard::check(sql)?;
        let known = Known { types: types.into(), checked, prepared: None, last_use: self.uses };
        let send_mode = known.send_mode();
        if sql.len() <= LONGEST {
            self.make_room();
            self.known.insert(sql.into(), known);
        }
        Ok(send_mode)
    }

    /// Keeps what was prepared.
    pub fn keep(&mut self, sql: &str, statement: &Statement) {
        if let Some(known) = self.known.get_mut(sql) {
            known.prepared = Some(statement.clone());
        }
    }

    /// Forgets what was prepared of a text, since what it names has changed.
    pub fn forget(&mut self, sql: &str) {
        self.known.remove(sql);
    }

    fn make_room(&mut self) {
        if self.known.len() < MOST {
            return;
        }
        let oldest = self.known.iter().min_by_key(|(_, known)| known.last_use).map(|(sql, _)| sql.clone());
        if let Some(oldest) = oldest {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send_mode(statements: &mut Statements, sql: &str, types: &[u32]) -> &'static str {
        match statements.send_mode(sql, types).map(|(send_mode, _)| send_mode) {
            Ok(SendMode::Text) => "text",
            Ok(SendMode::Prepare) => "prepare",
            Ok(SendMode::Prepared(_)) => "prepared",
            Err(_) => "refused",
        }
    }

    #[test]
    fn a_query_is_to_be_prepared_and_nothing_else_is() {
        let mut known = Statements::default();
        for (sql, told) in [
            ("SELECT 1", "prepare"),
            ("  with a AS (SELECT 1) TABLE a", "prepare"),
            ("/* of the shop */ SELECT 2", "prepare"),
            ("SHOW search_path", "text"),
            ("LOCK TABLE a", "text"),
            ("COMMIT", "refused"),
        ] {
            assert_eq!(send_mode(&mut known, sql, &[]), told, "{sql}");
            assert_eq!(send_mode(&mut known, sql, &[]), told, "{sql}");
        }
        assert_eq!(known.known.len(), 5, "what is refused is not kept");
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room_and_long_texts_are_not_kept() {
        let mut known = Statements::default();
        send_mode(&mut known, "SELECT 'first'", &[]);
        for number in 0..MOST {
            send_mode(&mut known, "SELECT 'kept'", &[]);
            send_mode(&mut known, &format!("SELECT {number}"), &[]);
        }
        assert_eq!(known.known.len(), MOST);
        assert!(known.known.contains_key("SELECT 'kept'"));
        assert!(!known.known.contains_key("SELECT 'first'"));
        send_mode(&mut known, &format!("SELECT '{}'", "x".repeat(LONGEST)), &[]);
        assert_eq!(known.known.len(), MOST);
    }
}
