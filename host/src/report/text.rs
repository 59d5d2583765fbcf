//! Reports as text for a terminal, a log, or a pipe. Readable without colour.

mod audit;
mod doctor;
mod doing;
mod explain;
mod findings;
mod health;
mod inspection;
mod layout;
mod plan;
mod plan_sql;
mod plugins;
mod rehearsal;
mod schema;
mod settings;

use std::fmt::Display;

use console::Style as Look;

pub(crate) use self::layout::table;
use crate::support::legible;

pub use audit::{audit, place};
pub use doctor::doctor;
pub use doing::doing;
pub use explain::{codes, explained_codes};
pub use findings::findings;
pub use health::{health, verdict};
pub use inspection::{facts, inspection};
pub use layout::wrapped;
pub use plan::{locks, plan};
pub use plan_sql::plan_sql;
pub use plugins::{explained, plugins};
pub use rehearsal::{rehearsal, what};
pub use schema::{Differences, differences, schema};
pub use settings::settings;

/// How to write: with or without colour, and how wide.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    pub colour: bool,
    /// Columns of the terminal; `None` where there is none, so that lines are never cut or wrapped.
    pub width: Option<u16>,
}

impl Style {
    /// What matters most.
    pub fn strong(self, text: impl Display) -> String {
        self.paint(&Look::new().bold(), text)
    }

    /// What matters least.
    pub fn faint(self, text: impl Display) -> String {
        self.paint(&Look::new().dim(), text)
    }

    /// What is as it should be.
    pub fn good(self, text: impl Display) -> String {
        self.paint(&Look::new().green(), text)
    }

    /// What somebody should look at.
    pub fn warn(self, text: impl Display) -> String {
        self.paint(&Look::new().yellow(), text)
    }

    /// What is wrong.
    pub fn bad(self, text: impl Display) -> String {
        self.paint(&Look::new().red(), text)
    }

    /// The text in a look of its own.
    pub fn paint(self, look: &Look, text: impl Display) -> String {
        // Whether there are colours is decided here, not by what the library finds out of the terminal.
        if self.colour {
            look.clone().force_styling(true).apply_to(text).to_string()
        } else {
            text.to_string()
        }
    }
}

/// The text with what does not show made visible, so that a plugin's words cannot steer the terminal, nor
/// turn what stands beside them.
pub fn clean(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            c if !legible::shows(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// `1 plugin`, `2 plugins`.
pub fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// The lines of a text, each but the first behind `indent`.
fn indented(text: &str, indent: &str) -> String {
    clean(text).replace('\n', &format!("\n{indent}"))
}

#[cfg(test)]
mod tests;
