//! Bringing text that PostgreSQL deparsed to the form at which deparsing stops changing it.
//!
//! `CHECK (sku IN ('R', 'D'))` on a varchar column reads back as a cast of the whole array,
//!
//! ```text
//! (ARRAY['R'::character varying, 'D'::character varying])::text[]
//! ```
//!
//! and after a dump and restore as a cast of each element, which no further restore changes:
//!
//! ```text
//! ARRAY[('R'::character varying)::text, ('D'::character varying)::text]
//! ```
//!
//! The parser pushes the cast down (`transformArrayExpr` in PostgreSQL's `parse_expr.c`), so the two mean the
//! same, always. The same goes for `a BETWEEN 1 AND 2 AND b`, which reads back as `((a >= 1) AND (a <= 2))
//! AND b` and after a restore as one chain of three (`makeAndExpr` in `gram.y`). Nothing else is rewritten
//! here: other casts, parentheses and the case of names mean something.
//!
//! This is a short cut. What else a restore spells otherwise, the server says itself: snapshots that were
//! elaborated have all spellings that it gives ([`Value::Spellings`](crate::snapshot::Value)).

mod chain;
mod plain;

use std::borrow::Cow;

pub use plain::{is_plain, is_plain_key};

/// The text with every cast of an `ARRAY[…]` pushed down to its elements, and every chain of `AND` or `OR`
/// that begins with another of its kind made one.
pub fn fixpoint(text: &str) -> Cow<'_, str> {
    match casts_pushed_down(text) {
        Cow::Borrowed(text) => chain::flatten(text),
        Cow::Owned(text) => Cow::Owned(chain::flatten(&text).into_owned()),
    }
}

fn casts_pushed_down(text: &str) -> Cow<'_, str> {
    const CAST: &str = "(ARRAY[";
    let mut out = String::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(step) = skip_quoted(text, at) {
        match step {
            Step::Quoted(end) => at = end,
            Step::Plain(_) if text[at..].starts_with(CAST) => {
                match cast_array(text, at, at + CAST.len()) {
                    Some(cast) => {
                        out.push_str(&text[done..at]);
                        out.push_str(&cast.text);
                        at = cast.end;
                        done = cast.end;
                    }
                    // Look inside: an array within may be cast where this one is not.
                    None => at += CAST.len(),
                }
            }
            Step::Plain(end) => at = end,
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// Whether two deparsed texts are one at the fixpoint.
pub fn same(one: &str, other: &str) -> bool {
    one == other || fixpoint(one) == fixpoint(other)
}

/// An array cast as a whole, rewritten.
struct Cast {
    text: String,
    end: usize,
}

/// Reads `(ARRAY[…])::type[]` that begins at `start`, its elements at `inside`.
fn cast_array(text: &str, start: usize, inside: usize) -> Option<Cast> {
    debug_assert!(text[start..].starts_with('('));
    let mut elements = Vec::new();
    let mut from = inside;
    let mut depth = 0_usize;
    let mut at = inside;
    let closed = loop {
        match skip_quoted(text, at)? {
            Step::Quoted(end) => at = end,
            Step::Plain(end) => {
                match text.as_bytes()[at] {
                    b'(' | b'[' => depth += 1,
                    b']' if depth == 0 => break at,
                    b')' | b']' => depth = depth.checked_sub(1)?,
                    b',' if depth == 0 => {
                        elements.push(&text[from..at]);
                        from = end;
                    }
                    _ => {}
                }
                at = end;
            }
        }
    };
    elements.push(&text[from..closed]);
    let after = text[closed..].strip_prefix("])::")?;
    let type_start = text.len() - after.len();
    let type_end = type_start + array_type(after)?;
    let element_type = &text[type_start..type_end];
    let pushed: Vec<_> = elements
        .iter()
        .map(|element| format!("({})::{element_type}", casts_pushed_down(element.trim())))
        .collect();
    Some(Cast { text: format!("ARRAY[{}]", pushed.join(", ")), end: type_end + "[]".len() })
}

/// The length of a type's name that `[]` follows: words, dots, quoted parts and modifiers in parentheses.
fn array_type(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        if text[at..].starts_with("[]") {
            return (at > 0).then_some(at);
        }
        match skip_quoted(text, at)? {
            Step::Quoted(end) if text[at..].starts_with('"') => at = end,
            Step::Quoted(_) => return None,
            Step::Plain(end) => {
                let c = text[at..].chars().next()?;
                if !(c.is_alphanumeric() || matches!(c, '_' | '.' | ' ' | '(' | ')' | ',')) {
                    return None;
                }
                at = end;
            }
        }
    }
}

/// What stands at a place: a quoted run to its end, or one character.
enum Step {
    Quoted(usize),
    Plain(usize),
}

/// `None` at the end of the text. A quote inside a quoted run is doubled, and so ends one run and begins the
/// next; an escape string's backslash protects what follows it.
fn skip_quoted(text: &str, at: usize) -> Option<Step> {
    let rest = &text[at..];
    let first = rest.chars().next()?;
    let escapes = first == 'E' && rest[1..].starts_with('\'');
    let quote = match first {
        '\'' | '"' => first,
        _ if escapes => '\'',
        _ => return Some(Step::Plain(at + first.len_utf8())),
    };
    let opened = if escapes { 2 } else { 1 };
    let mut protected = false;
    for (offset, c) in rest[opened..].char_indices() {
        match c {
            _ if protected => protected = false,
            '\\' if escapes => protected = true,
            _ if c == quote => return Some(Step::Quoted(at + opened + offset + 1)),
            _ => {}
        }
    }
    Some(Step::Quoted(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PostgreSQL 15 printed for the definition, and for its restored copy.
    const FIRST: &str =
        "((sku)::text = ANY ((ARRAY['R'::character varying, 'D'::character varying])::text[]))";
    const RESTORED: &str =
        "((sku)::text = ANY (ARRAY[('R'::character varying)::text, ('D'::character varying)::text]))";

    #[test]
    fn a_definition_and_its_restored_copy_meet() {
        assert_eq!(fixpoint(FIRST), RESTORED);
        assert_eq!(fixpoint(RESTORED), RESTORED);
        assert!(same(FIRST, RESTORED));
    }

    #[test]
    fn every_spelling_of_a_type_is_pushed_down() {
        for name in
            ["text", "character varying(10)", "numeric(12,2)", "inv.state", "\"char\"", "\"S p\".\"t]\""]
        {
            assert_eq!(
                fixpoint(&format!("(ARRAY[a, b])::{name}[]")),
                format!("ARRAY[(a)::{name}, (b)::{name}]")
            );
        }
    }

    #[test]
    fn commas_and_brackets_inside_strings_and_calls_divide_nothing() {
        assert_eq!(
            fixpoint("(ARRAY['a,b'::x, 'it''s ]'::x, f(1, 2), E'\\'],'::x])::text[]"),
            "ARRAY[('a,b'::x)::text, ('it''s ]'::x)::text, (f(1, 2))::text, (E'\\'],'::x)::text]"
        );
    }

    #[test]
    fn an_array_inside_an_array_is_reached() {
        assert_eq!(fixpoint("(ARRAY[g((ARRAY[a])::text[])])::uuid[]"), "ARRAY[(g(ARRAY[(a)::text]))::uuid]");
        assert_eq!(fixpoint("(ARRAY[(ARRAY[a])::text[]] || b)"), "(ARRAY[ARRAY[(a)::text]] || b)");
    }

    #[test]
    fn what_is_no_cast_of_an_array_stays_to_the_letter() {
        for text in [
            "(x)::integer > 1",
            "(x)::numeric > 1",
            "((a OR b) AND c)",
            "'(ARRAY[a])::text[]'::text",
            "(ARRAY[a, b])",
            "(ARRAY[a, b])::text",
            "(ARRAY[a, b",
            "",
        ] {
            assert_eq!(fixpoint(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn a_fixpoint_is_a_fixpoint_whatever_the_text(text in "[(\\])ARRAY\\[a,'\":E\\\\ x]{0,60}") {
            let once = fixpoint(&text).into_owned();
            proptest::prop_assert_eq!(fixpoint(&once).into_owned(), once.clone());
        }
    }
}
