//! One line of SQL, and where in its file it stands.

use tenon_migrations_core::plan::Refusal;

use super::text::clean;
use crate::audit::HealFailure;

/// A statement as it is shown under an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The file, as `inventory/0002_x.sql`.
    pub file: String,
    /// The line of the file, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The text that begins at that line and column, on one line.
    pub text: String,
    /// Where the word to underline begins, in characters from 0.
    from: usize,
}

impl Excerpt {
    /// Takes a place such as `inventory/0002_x.sql:3:1`; `None` without line and column, or without text.
    pub(crate) fn at(place: &str, text: &str) -> Option<Self> {
        let mut parts = place.rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        let file = parts.next()?.to_owned();
        // A line break in it would put the caret under another line.
        let text = clean(text).replace(['\n', '\t'], " ");
        (!text.trim().is_empty()).then(|| Self {
            file,
            line,
            column,
            text: text.trim_end().to_owned(),
            from: 0,
        })
    }

    /// The statement that failed, where its place is known.
    pub(crate) fn of_failure(failure: &HealFailure) -> Option<Self> {
        let HealFailure { file, line, column, excerpt, .. } = failure;
        let (file, line, column) = (file.as_ref()?, (*line)?, (*column)?);
        Self::at(&format!("{file}:{line}:{column}"), excerpt.as_ref()?)
    }

    /// The statement that a plan is refused for, where its place is known.
    pub(crate) fn of_refusal(refusal: &Refusal) -> Option<Self> {
        Self::at(&refusal.place, &refusal.excerpt)
    }

    /// `inventory/0002_x.sql:3:1`
    pub(crate) fn place(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }

    /// Underlines the word that begins there, in characters from 0.
    pub(crate) fn marked_from(mut self, from: usize) -> Self {
        self.from = from;
        self
    }

    /// What stands before the word to underline, that word, and what stands behind it.
    pub(crate) fn parts(&self) -> (&str, &str, &str) {
        let (before, word) = self.mark();
        (before, word, &self.text[before.len() + word.len()..])
    }

    /// What stands before the word to underline, and that word: the first one, where nothing else is said.
    pub(crate) fn mark(&self) -> (&str, &str) {
        let at = self.text.char_indices().nth(self.from).map_or(0, |(at, _)| at);
        let (before, word) = self.text.split_at(at);
        let is_end = |(at, c): &(usize, char)| *at > 0 && (c.is_whitespace() || ";,()".contains(*c));
        let end = word.char_indices().find(is_end).map_or(word.len(), |(at, _)| at);
        (before, &word[..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_without_line_has_no_excerpt() {
        let excerpt = Excerpt::at("a/1.sql:3:2", "COMMIT AND\nCHAIN").unwrap();
        assert_eq!((excerpt.file.as_str(), excerpt.line, excerpt.column), ("a/1.sql", 3, 2));
        assert_eq!((excerpt.text.as_str(), excerpt.mark()), ("COMMIT AND CHAIN", ("", "COMMIT")));
        assert_eq!(excerpt.clone().marked_from(7).mark(), ("COMMIT ", "AND"));
        assert_eq!(excerpt.marked_from(7).parts(), ("COMMIT ", "AND", " CHAIN"));
        assert_eq!(Excerpt::at("a/1.sql", "COMMIT"), None);
        assert_eq!(Excerpt::at("a/1.sql:1:1", ""), None);
    }
}
