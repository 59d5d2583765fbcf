//! Texts that people read: what stands there has to be what they see.

use std::fmt;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// What joins letters and emoji, or keeps them apart, is a part of how some scripts are written.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Letters and symbols that are blank all the same: those that fill a Hangul syllable, and the empty Braille
/// cell.
const BLANKS: [char; 5] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}', '\u{2800}'];

/// Why a text is none for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Illegible {
    /// The text has a character that shows as nothing, breaks the line, or turns the text around it.
    Character(char),
    /// There is nothing to be seen.
    Blank,
    /// The text has more characters than so many.
    Long(usize),
}

impl fmt::Display for Illegible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(c) => write!(f, "it has the character U+{:04X}", u32::from(*c)),
            Self::Blank => f.write_str("there is nothing to be seen in it"),
            Self::Long(most) => write!(f, "it has more than {most} characters"),
        }
    }
}

/// Whether a character shows as itself. What is neither a letter, a mark, a number, a sign nor a space is not
/// known to: control characters, those that turn the direction of writing, separators of lines, what is not
/// assigned.
pub(crate) fn shows(c: char) -> bool {
    match c.general_category_group() {
        GeneralCategoryGroup::Separator => c.general_category() == GeneralCategory::SpaceSeparator,
        GeneralCategoryGroup::Other => JOINERS.contains(&c),
        _ => true,
    }
}

fn is_visible(c: char) -> bool {
    use GeneralCategoryGroup::{Letter, Number, Punctuation, Symbol};
    matches!(c.general_category_group(), Letter | Number | Punctuation | Symbol) && !BLANKS.contains(&c)
}

/// Why people would not see what stands there, if so.
pub(crate) fn fault(text: &str, most: usize) -> Option<Illegible> {
    let hidden = text.chars().find(|c| !shows(*c)).map(Illegible::Character);
    let blank = || (!text.chars().any(is_visible)).then_some(Illegible::Blank);
    let long = || (text.chars().nth(most).is_some()).then_some(Illegible::Long(most));
    hidden.or_else(blank).or_else(long)
}

/// The longest id of a caller, in characters.
const LONGEST_SUBJECT: usize = 255;

/// Whether this can be the id of somebody who calls a route.
pub(crate) fn is_subject(text: &str) -> bool {
    fault(text, LONGEST_SUBJECT).is_none() && text.trim() == text
}

/// The text with what would not show spelled out, and no longer than that.
pub(crate) fn shown(text: &str, most: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(most));
    for c in text.chars().take(most) {
        if shows(c) { shown.push(c) } else { shown.extend(c.escape_unicode()) }
    }
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_legible_in_every_script() {
        for text in [
            "Inventory Plugin",
            "Lager (Süd) – 2",
            "في المخزن",
            "می‌خواهم",
            "在庫\u{3000}管理",
            "👩‍🔧",
            "e\u{301}",
        ] {
            assert_eq!(fault(text, 100), None, "{text}");
            assert_eq!(shown(text, 100), text);
        }
    }

    #[test]
    fn what_is_not_seen_is_not() {
        let character = |c| Some(Illegible::Character(c));
        for (text, told) in [
            ("a\u{1b}[2J", character('\u{1b}')),
            ("a\nb", character('\n')),
            ("abc\u{202e}os.cba", character('\u{202e}')),
            ("a\u{2066}b\u{2069}", character('\u{2066}')),
            ("a\u{2028}b", character('\u{2028}')),
            ("a\u{2029}b", character('\u{2029}')),
            ("a\u{200b}b", character('\u{200b}')),
            ("a\u{e000}", character('\u{e000}')),
            ("a\u{378}", character('\u{378}')),
            ("", Some(Illegible::Blank)),
            (" \u{a0}\u{3000}", Some(Illegible::Blank)),
            ("\u{3164}", Some(Illegible::Blank)),
            ("\u{2800}\u{200d}\u{301}", Some(Illegible::Blank)),
        ] {
            assert_eq!(fault(text, 100), told, "{text:?}");
        }
        assert_eq!(fault(&"ä".repeat(100), 100), None);
        assert_eq!(fault(&"ä".repeat(101), 100), Some(Illegible::Long(100)));
        assert_eq!(shown("a\u{202e}bc", 3), "a\\u{202e}b…");
    }
}
