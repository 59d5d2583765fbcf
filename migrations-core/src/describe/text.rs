//! Taking apart the SQL that the server prints: what stands between commas, and behind a keyword.

use crate::statements::scan::{self, Token, TokenKind};

/// The tokens of a text that stand in no parentheses or brackets.
fn outside(text: &str) -> impl Iterator<Item = Token> {
    let mut depth = 0_usize;
    scan::tokens(text).into_iter().filter(move |token| {
        let sign = text.get(token.start..token.end).unwrap_or_default();
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Sign if sign == "[" => depth += 1,
            TokenKind::Sign if sign == "]" => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    })
}

/// The items of a list, whatever commas stand inside of one.
pub(super) fn items(list: &str) -> Vec<&str> {
    let commas = outside(list).filter(|token| list.get(token.start..token.end) == Some(","));
    let mut start = 0;
    let mut items = Vec::new();
    for comma in commas {
        items.push(list.get(start..comma.start).unwrap_or_default().trim());
        start = comma.end;
    }
    items.push(list.get(start..).unwrap_or_default().trim());
    items.retain(|item| !item.is_empty());
    items
}

/// What stands before and behind the first such keyword.
pub(super) fn at_keyword<'a>(text: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let is_keyword =
        |token: &Token| token.kind == TokenKind::Word && text.get(token.start..token.end) == Some(keyword);
    let token = outside(text).find(is_keyword)?;
    Some((text.get(..token.start)?.trim(), text.get(token.end..)?.trim()))
}
