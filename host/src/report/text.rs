//! Reports as text for a terminal, a log, or a pipe. Readable without colour.

mod audit;
mod findings;
mod health;
mod inspection;
mod plan;
mod plugins;
mod rehearsal;
mod schema;

use std::fmt::Display;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::support::legible;

pub use audit::{audit, place};
pub use findings::findings;
pub use health::{health, verdict};
pub use inspection::{facts, inspection};
pub use plan::{locks, plan};
pub use plugins::{explained, plugins};
pub use rehearsal::{rehearsal, what};
pub use schema::{Differences, differences, schema};

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
        self.paint("1", text)
    }

    /// What matters least.
    pub fn faint(self, text: impl Display) -> String {
        self.paint("2", text)
    }

    /// What is as it should be.
    pub fn good(self, text: impl Display) -> String {
        self.paint("32", text)
    }

    /// What somebody should look at.
    pub fn warn(self, text: impl Display) -> String {
        self.paint("33", text)
    }

    /// What is wrong.
    pub fn bad(self, text: impl Display) -> String {
        self.paint("31", text)
    }

    fn paint(self, code: &str, text: impl Display) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
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

/// A table of columns with two spaces between them; no line ends in spaces. Empty without rows.
/// Columns whose header begins with a space hold numbers, and end at one line.
fn table(style: Style, header: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.iter().map(|title| title.trim_start()));
    table.add_rows(rows.into_iter().map(|row| row.iter().map(|cell| clean(cell)).collect::<Vec<_>>()));
    for column in table.column_iter_mut().zip(header).filter(|(_, title)| title.starts_with(' ')) {
        column.0.set_cell_alignment(CellAlignment::Right);
    }
    if let Some(width) = style.width {
        table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
    }
    let mut lines = table.lines().map(|line| line.trim_end().to_owned());
    // The table measures bytes of colour as text, so the header is painted when all is laid out.
    let header = lines.next().map(|line| style.strong(line));
    header.into_iter().chain(lines).map(|line| line + "\n").collect()
}

/// The lines of a text, each but the first behind `indent`.
fn indented(text: &str, indent: &str) -> String {
    clean(text).replace('\n', &format!("\n{indent}"))
}

#[cfg(test)]
mod tests;
