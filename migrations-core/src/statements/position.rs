//! Lines and columns.

use serde::{Deserialize, Serialize};

/// A place in a text. Both counts begin at 1; columns count characters, not bytes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character within the line.
    pub column: usize,
}

impl Position {
    /// The first character of a text.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// The place of a byte of `text`; the place after the last character if there is no such byte.
pub fn line_column(text: &str, offset: usize) -> Position {
    Places::new(text).at(offset)
}

/// Finds the places of ascending offsets in one pass over the text.
pub(super) struct Places<'a> {
    text: &'a str,
    offset: usize,
    position: Position,
}

impl<'a> Places<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, offset: 0, position: Position::START }
    }

    /// The place of `offset`, which must not lie before the last one asked for.
    pub(super) fn at(&mut self, offset: usize) -> Position {
        let end = self.text.floor_char_boundary(offset);
        for c in self.text.get(self.offset..end).unwrap_or_default().chars() {
            if c == '\n' {
                self.position = Position { line: self.position.line + 1, column: 1 };
            } else {
                self.position.column += 1;
            }
        }
        self.offset = self.offset.max(end);
        self.position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: usize, column: usize) -> Position {
        Position { line, column }
    }

    #[test]
    fn columns_count_characters_and_lines_count_newlines() {
        let text = "a\näöü x\n";
        assert_eq!(line_column(text, 0), at(1, 1));
        assert_eq!(line_column(text, text.find('x').unwrap()), at(2, 5));
        assert_eq!(line_column(text, text.len()), at(3, 1));
    }

    #[test]
    fn an_offset_inside_a_character_or_past_the_end_is_taken_back() {
        assert_eq!(line_column("ä", 1), at(1, 1));
        assert_eq!(line_column("ab", 99), at(1, 3));
    }
}
