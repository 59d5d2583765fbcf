//! `key=value key='quoted value'` (libpq, "Keyword/Value Connection Strings").

use std::iter::Peekable;
use std::str::Chars;

use super::{AddressError, Pair};

/// The pairs in their order.
pub(super) fn pairs(text: &str) -> Result<Vec<Pair>, AddressError> {
    let mut rest = text.chars().peekable();
    let mut pairs = Vec::new();
    loop {
        blanks(&mut rest);
        if rest.peek().is_none() {
            return Ok(pairs);
        }
        let mut name = String::new();
        while let Some(c) = rest.next_if(|c| *c != '=' && !c.is_whitespace()) {
            name.push(c);
        }
        blanks(&mut rest);
        if name.is_empty() || rest.next() != Some('=') {
            return Err(AddressError::NoPair);
        }
        blanks(&mut rest);
        pairs.push((name, value(&mut rest)?.into_bytes()));
    }
}

fn blanks(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
}

fn value(rest: &mut Peekable<Chars<'_>>) -> Result<String, AddressError> {
    let quoted = rest.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    loop {
        match rest.peek() {
            None if quoted => return Err(AddressError::Quote),
            None => return Ok(value),
            Some('\'') if quoted => {
                rest.next();
                // What follows at once would be a part of the value that the quotes do not hold.
                return match rest.peek() {
                    Some(c) if !c.is_whitespace() => Err(AddressError::Quote),
                    _ => Ok(value),
                };
            }
            Some(c) if !quoted && c.is_whitespace() => return Ok(value),
            _ => {}
        }
        match rest.next() {
            Some('\\') => value.push(rest.next().ok_or(AddressError::Quote)?),
            Some(c) if c.is_control() => return Err(AddressError::Blank),
            other => value.extend(other),
        }
    }
}
