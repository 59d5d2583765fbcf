//! What codes mean, for a terminal.

use super::{Style, table};
use crate::report::explain::Explanation;

/// How wide long texts are where there is no terminal.
const WIDTH: usize = 100;

/// A text of one paragraph under its heading.
pub(super) fn paragraph(heading: &str, text: &str, style: Style) -> String {
    let mut told = format!("\n{}\n", style.strong(heading));
    let width = style.width.map_or(WIDTH, usize::from);
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.len() + word.len() + 3 > width {
            told += &format!("  {line}\n");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    told + &format!("  {line}\n")
}

/// What a code means, for each kind that has it.
pub fn explained_codes(found: &[Explanation], style: Style) -> String {
    let told = |one: &Explanation| paragraph(&format!("{} ({})", one.code, one.kind.noun()), one.text, style);
    found.iter().map(told).collect::<String>().trim_start().to_owned()
}

/// All codes, one a row.
pub fn codes(all: &[Explanation], style: Style) -> String {
    let row =
        |one: &Explanation| vec![one.code.to_owned(), one.kind.noun().to_owned(), one.summary().to_owned()];
    table(style, &["code", "kind", "in short"], all.iter().map(row).collect())
}
