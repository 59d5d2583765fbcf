//! What is code in a statement's text, and what stands in quotes and comments, as PostgreSQL's lexer has it.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::CharIndices;

/// What was found in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scanned {
    pub(super) pieces: Vec<Piece>,
    /// The numbers of its parameters, each once, in order.
    pub(super) params: Vec<usize>,
}

/// A part of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// `{Type.*}`, with the alias as PostgreSQL folds it.
    Columns {
        ty: String,
        alias: Option<String>,
    },
}

/// Takes a text apart.
pub(super) fn scan(sql: &str) -> Result<Scanned, String> {
    let mut scanner = Scanner { sql, chars: sql.char_indices().peekable() };
    let (mut pieces, mut params, mut from) = (Vec::new(), BTreeSet::new(), 0);
    while let Some((at, c)) = scanner.chars.next() {
        match c {
            '\'' => scanner.quoted('\'', false)?,
            '"' => scanner.quoted('"', false)?,
            '-' if scanner.takes('-') => scanner.line(),
            '/' if scanner.takes('*') => scanner.comment()?,
            '$' => params.extend(scanner.dollar(at)?),
            '{' => {
                pieces.push(Piece::Text(sql[from..at].to_owned()));
                pieces.push(scanner.columns(at)?);
                from = scanner.at();
            }
            '}' => return Err("a } stands outside of quotes, with no { before it".to_owned()),
            c if begins_word(c) => {
                let word = scanner.word(at);
                if word.eq_ignore_ascii_case("e") && scanner.takes('\'') {
                    scanner.quoted('\'', true)?;
                }
            }
            _ => {}
        }
    }
    pieces.push(Piece::Text(sql[from..].to_owned()));
    Ok(Scanned { pieces, params: params.into_iter().collect() })
}

struct Scanner<'a> {
    sql: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl Scanner<'_> {
    /// Where the next character is.
    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.sql.len(), |(at, _)| *at)
    }

    /// Whether this comes next, which is then taken.
    fn takes(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    /// To the end of what is quoted so; a quote that is doubled does not end it.
    fn quoted(&mut self, quote: char, escapes: bool) -> Result<(), String> {
        while let Some((_, c)) = self.chars.next() {
            if c == '\\' && escapes {
                self.chars.next();
            } else if c == quote && !self.takes(quote) {
                return Ok(());
            }
        }
        Err(format!("a {quote} is not closed"))
    }

    fn line(&mut self) {
        while self.chars.next_if(|(_, c)| *c != '\n').is_some() {}
    }

    /// To the end of a comment, in which others may stand.
    fn comment(&mut self) -> Result<(), String> {
        let mut depth = 1;
        while let Some((_, c)) = self.chars.next() {
            match c {
                '*' if self.takes('/') => depth -= 1,
                '/' if self.takes('*') => depth += 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
        Err("a comment is not closed".to_owned())
    }

    /// The number of a parameter, or to the end of what stands between two dollar signs with the same word.
    fn dollar(&mut self, start: usize) -> Result<Option<usize>, String> {
        let rest = &self.sql[start + 1..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 {
            let number = rest[..digits].parse().map_err(|_| format!("${} is too large", &rest[..digits]))?;
            self.skip_to(start + 1 + digits);
            return match number {
                0 => Err("parameters are counted from $1".to_owned()),
                number => Ok(Some(number)),
            };
        }
        let word = rest.len() - rest.trim_start_matches(continues_tag).len();
        if rest[word..].starts_with('$') {
            let tag = &self.sql[start..start + word + 2];
            let body = start + tag.len();
            let Some(end) = self.sql[body..].find(tag) else { return Err(format!("a {tag} is not closed")) };
            self.skip_to(body + end + tag.len());
        }
        Ok(None)
    }

    fn skip_to(&mut self, to: usize) {
        while self.chars.next_if(|(at, _)| *at < to).is_some() {}
    }

    /// A name or keyword that begins here, in which a dollar sign means nothing.
    fn word(&mut self, start: usize) -> &str {
        while self.chars.next_if(|(_, c)| begins_word(*c) || c.is_ascii_digit() || *c == '$').is_some() {}
        let end = self.at();
        &self.sql[start..end]
    }

    /// What stands between braces.
    fn columns(&mut self, start: usize) -> Result<Piece, String> {
        const USAGE: &str = "outside of quotes braces stand for columns: {Note.*}, or {Note.* as n}";
        let end = self.sql[start..].find('}').ok_or_else(|| format!("a {{ is not closed; {USAGE}"))? + start;
        let inside = &self.sql[start + 1..end];
        self.skip_to(end + 1);
        let (ty, rest) = inside.split_once(".*").ok_or(USAGE)?;
        let mut words = rest.split_whitespace();
        let alias = match (words.next(), words.next(), words.next()) {
            (None, ..) => None,
            (Some(word), Some(alias), None) if word.eq_ignore_ascii_case("as") => Some(folded(alias)),
            _ => return Err(USAGE.to_owned()),
        };
        Ok(Piece::Columns { ty: ty.trim().to_owned(), alias })
    }
}

fn begins_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn continues_tag(c: char) -> bool {
    begins_word(c) || c.is_ascii_digit()
}

/// A name as PostgreSQL folds it.
fn folded(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => name.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(sql: &str) -> Vec<String> {
        let told = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Columns { ty, alias } => format!("<{ty}|{}>", alias.as_deref().unwrap_or_default()),
        };
        scan(sql).unwrap().pieces.iter().map(told).collect()
    }

    #[test]
    fn columns_of_a_type_stand_in_braces_outside_of_quotes() {
        assert_eq!(pieces("SELECT {Note.*} FROM n"), ["SELECT ", "<Note|>", " FROM n"]);
        assert_eq!(pieces("{ a::Note.* as N }x"), ["", "<a::Note|n>", "x"]);
        assert_eq!(pieces("{Note.* AS \"N\"\"\"}"), ["", "<Note|N\">", ""]);
    }

    #[test]
    fn braces_in_quotes_and_comments_are_what_they_are() {
        for sql in [
            "SELECT '{a,b}'::text[], '{\"a\": 1}'::jsonb, 'it''s {x}'",
            "SELECT E'\\'{x}' AS \"{x}\"",
            "SELECT $${x}$$, $a$ $$ {x} ' $a$",
            "SELECT 1 -- {x} '\n/* {x} /* ' */ {x} */",
        ] {
            assert_eq!(pieces(sql), [sql]);
        }
    }

    #[test]
    fn parameters_are_counted_where_they_are_code() {
        let params = |sql: &str| scan(sql).unwrap().params;
        assert_eq!(params("SELECT $2, $1, $1::text FROM a$3 WHERE '$4' = \"$5\" -- $6"), [1, 2]);
        assert_eq!(params("SELECT $a$ $1 $a$, $1+$12"), [1, 12]);
        assert_eq!(params("SELECT 1"), [0; 0]);
    }

    #[test]
    fn what_is_not_closed_or_no_interpolation_is_refused() {
        for (sql, told) in [
            ("SELECT 'a", "a ' is not closed"),
            ("SELECT \"a", "a \" is not closed"),
            ("SELECT $a$ $b$", "a $a$ is not closed"),
            ("SELECT 1 /* /* */", "a comment is not closed"),
            ("SELECT {Note.*", "a { is not closed"),
            ("SELECT {Note}", "braces stand for columns"),
            ("SELECT {Note.* n}", "braces stand for columns"),
            ("SELECT 1}", "with no { before it"),
            ("SELECT $0", "counted from $1"),
        ] {
            let fault = scan(sql).unwrap_err();
            assert!(fault.contains(told), "{sql}: {fault}");
        }
    }
}
