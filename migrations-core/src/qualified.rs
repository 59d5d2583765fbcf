//! Names in SQL text, above all those with their schemas: `public.citext`, `OPERATOR(public.=)`.

use std::borrow::Cow;

use tenon_schema::Ident;

/// The text with other schemas before those names for which one is given. What stands in quotes is left
/// alone.
pub fn in_other_schemas<'a>(text: &'a str, place: impl Fn(&Ident, &str) -> Option<Ident>) -> Cow<'a, str> {
    let mut out = String::new();
    let mut done = 0;
    for name in names(text) {
        if let Some(schema) = place(&name.schema, &name.name) {
            out.push_str(&text[done..name.start]);
            out.push_str(&schema.to_string());
            done = name.end_of_schema;
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// A name with its schema.
#[derive(Debug, PartialEq, Eq)]
pub struct Qualified {
    pub schema: Ident,
    /// An identifier without its quotes, or an operator.
    pub name: String,
    start: usize,
    end_of_schema: usize,
}

/// The names with a schema in a text, from left to right. Of more than two parts the first two are taken.
pub fn names(text: &str) -> Vec<Qualified> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if let Some(length) = quoted_text(rest) {
            at += length;
        } else if let Some((schema, length)) = identifier(rest) {
            let end_of_schema = at + length;
            let name = text[end_of_schema..].strip_prefix('.').and_then(|after| {
                let in_operator = text[..at].ends_with("OPERATOR(");
                if in_operator { operator(after) } else { identifier(after) }
            });
            match name {
                Some((name, length)) => {
                    names.push(Qualified { schema: Ident::new(schema), name, start: at, end_of_schema });
                    at = past_columns(text, end_of_schema + 1 + length);
                }
                None => at = end_of_schema,
            }
        } else {
            at += c.len_utf8();
        }
    }
    names
}

/// Whether the name stands in the text as a word of its own.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(in_word) && !text[at + name.len()..].starts_with(in_word))
}

/// Past what more parts a name has: `.column` and `.*`.
fn past_columns(text: &str, mut at: usize) -> usize {
    while let Some((_, length)) = text[at..].strip_prefix('.').and_then(identifier) {
        at += 1 + length;
    }
    at
}

/// An identifier as it is kept, and how long it is in the text.
fn identifier(text: &str) -> Option<(String, usize)> {
    if let Some(inside) = text.strip_prefix('"') {
        let mut name = String::new();
        let mut at = 0;
        loop {
            let end = at + inside[at..].find('"')?;
            name.push_str(&inside[at..end]);
            if !inside[end + 1..].starts_with('"') {
                return Some((name, end + 2));
            }
            name.push('"');
            at = end + 2;
        }
    }
    let first = text.chars().next()?;
    if !(first.is_alphabetic() || first == '_') {
        return None;
    }
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let length = text.find(|c| !word(c)).unwrap_or(text.len());
    Some((text[..length].to_lowercase(), length))
}

fn operator(text: &str) -> Option<(String, usize)> {
    let length = text.find(|c| !"+-*/<>=~!@#%^&|`?".contains(c)).unwrap_or(text.len());
    (length > 0).then(|| (text[..length].to_owned(), length))
}

/// How long the literal is that the text begins with, if it does: `'…'`, `E'…'`, `$tag$…$tag$`.
fn quoted_text(text: &str) -> Option<usize> {
    let escaped = text.strip_prefix("E'").or_else(|| text.strip_prefix("e'"));
    let escapes = escaped.is_some();
    if let Some(inside) = escaped.or_else(|| text.strip_prefix('\'')) {
        let opened = text.len() - inside.len();
        let mut protected = false;
        for (at, c) in inside.char_indices() {
            match c {
                _ if protected => protected = false,
                '\\' if escapes => protected = true,
                '\'' => return Some(opened + at + 1),
                _ => {}
            }
        }
        return Some(text.len());
    }
    let tag = text.strip_prefix('$')?;
    let length = tag.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    if !tag[length..].starts_with('$') || tag.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mark = &text[..length + 2];
    let end = text[mark.len()..].find(mark).map_or(text.len(), |end| mark.len() + end + mark.len());
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(text: &str) -> String {
        let names = ["citext", "=", "similarity", "gin_trgm_ops", "Odd name"];
        let place = |schema: &Ident, name: &str| {
            (schema.as_str() == "public" && names.contains(&name)).then(|| Ident::new("Far away"))
        };
        in_other_schemas(text, place).into_owned()
    }

    #[test]
    fn what_moved_is_named_where_it_is_now() {
        for (text, now) in [
            ("public.citext", "\"Far away\".citext"),
            ("(a OPERATOR(public.=) b)", "(a OPERATOR(\"Far away\".=) b)"),
            (
                "public.similarity(a, 'b'::public.citext)",
                "\"Far away\".similarity(a, 'b'::\"Far away\".citext)",
            ),
            ("ARRAY[('a'::public.citext)::text]", "ARRAY[('a'::\"Far away\".citext)::text]"),
            ("\"public\".\"Odd name\"(x)", "\"Far away\".\"Odd name\"(x)"),
            ("note public.gin_trgm_ops DESC", "note \"Far away\".gin_trgm_ops DESC"),
            ("f(public.citext, public.citext[])", "f(\"Far away\".citext, \"Far away\".citext[])"),
            ("Public.CITEXT", "\"Far away\".CITEXT"),
        ] {
            assert_eq!(moved(text), now);
        }
    }

    #[test]
    fn what_did_not_move_and_what_stands_in_quotes_stays() {
        for text in [
            "public.item",
            "other.citext",
            "other.public.citext",
            "'public.citext'::text",
            "E'\\'public.citext'",
            "$$public.citext$$",
            "$a$ public.citext $a$",
            "citext",
            "x.public",
            "'open public.citext",
            "é'public.citext'",
            "",
        ] {
            assert_eq!(moved(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[.é'\"$Ea1 \\\\=(*]{0,40}") {
            names(&text);
        }
    }
}
