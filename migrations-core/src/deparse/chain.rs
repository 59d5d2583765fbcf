//! `((a AND b) AND c)` as `(a AND b AND c)`.
//!
//! The parser makes one chain of `AND`s when it reads the text again, but only where the first operand is one
//! itself; so does it with `OR`. The two mean the same, and `(a AND (b AND c))` stays as it is.

use std::borrow::Cow;

use super::{Step, skip_quoted};

const OPERATORS: [&str; 2] = [" AND ", " OR "];

/// The text with every chain that begins with another of its kind made one.
pub(super) fn flatten(text: &str) -> Cow<'_, str> {
    let groups = groups(text);
    // Parentheses to leave out, as places in the text.
    let mut dropped = Vec::new();
    for group in groups.iter().filter(|group| group.first) {
        let after = &text[group.close + 1..];
        let operator = OPERATORS.iter().position(|operator| after.starts_with(operator));
        if let Some(operator) = operator
            && group.holds[operator]
            && !group.holds[1 - operator]
        {
            dropped.extend([group.open, group.close]);
        }
    }
    if dropped.is_empty() {
        return Cow::Borrowed(text);
    }
    dropped.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for place in dropped {
        out.push_str(&text[from..place]);
        from = place + 1;
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// A pair of parentheses.
struct Group {
    open: usize,
    close: usize,
    /// Whether another one opens right before it, so that it is a first operand.
    first: bool,
    /// Whether each of the operators stands in the pair, and in no group inside.
    holds: [bool; 2],
}

fn groups(text: &str) -> Vec<Group> {
    let (mut open, mut groups) = (Vec::<Group>::new(), Vec::new());
    let mut at = 0;
    while let Some(step) = skip_quoted(text, at) {
        let (Step::Quoted(end) | Step::Plain(end)) = step;
        match text.as_bytes()[at] {
            b'(' => {
                let first = at > 0 && text.as_bytes()[at - 1] == b'(';
                open.push(Group { open: at, close: at, first, holds: [false; 2] });
            }
            b')' => groups.extend(open.pop().map(|group| Group { close: at, ..group })),
            b' ' => {
                for (number, operator) in OPERATORS.iter().enumerate() {
                    if let (true, Some(group)) = (text[at..].starts_with(operator), open.last_mut()) {
                        group.holds[number] = true;
                    }
                }
            }
            _ => {}
        }
        at = end;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_that_begins_with_a_chain_is_one() {
        for (text, flat) in [
            ("((a AND b) AND c)", "(a AND b AND c)"),
            ("((a OR b) OR c)", "(a OR b OR c)"),
            ("((((a >= 1) AND (a <= 2)) AND b) AND c)", "((a >= 1) AND (a <= 2) AND b AND c)"),
            ("(NOT ((a AND b) AND c))", "(NOT (a AND b AND c))"),
        ] {
            assert_eq!(flatten(text), flat);
            assert_eq!(flatten(flat), flat);
        }
    }

    #[test]
    fn what_means_something_else_or_is_read_again_as_it_is_stays() {
        for text in [
            "((a OR b) AND c)",
            "(a OR (b AND c))",
            "(a AND (b AND c))",
            "((a) AND (b))",
            "'((a AND b) AND c)'::text",
            "((x = ' AND ') AND c)",
            "((a AND b) = c)",
            "((a AND b",
            "",
        ] {
            assert_eq!(flatten(text), text);
        }
    }
}
