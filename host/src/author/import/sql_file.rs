//! Files of SQL, as they are given.

use tenon_migrations_core::statements::dollar_quoted;

/// A file of SQL, or one beside it.
#[derive(Debug, Clone)]
pub struct SqlFile {
    /// The path within the folder, with `/` between its parts.
    pub name: String,
    pub text: String,
}

/// Puts values in the place of variables, as psql and Flyway write these: `:name`, `:'name'`, `:"name"` and
/// `${name}`.
pub(super) fn with_variables(text: &str, variables: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in variables {
        for (variable, value) in [
            (format!("${{{name}}}"), value.clone()),
            (format!(":'{name}'"), format!("'{}'", value.replace('\'', "''"))),
            (format!(":\"{name}\""), format!("\"{}\"", value.replace('"', "\"\""))),
        ] {
            text = text.replace(&variable, &value);
        }
        text = with_bare_variable(&text, name, value);
    }
    text
}

/// Whether the variable stands in a body of a function, without quotes of its own around it.
pub(super) fn is_in_body(text: &str, name: &str) -> bool {
    let is_in = |body: &str| {
        body.contains(&format!("${{{name}}}")) || with_bare_variable(body, name, "").len() < body.len()
    };
    dollar_quoted(text).into_iter().any(is_in)
}

/// Puts the value in the place of `:name`, which is no part of a longer name, and no type behind `::`.
fn with_bare_variable(text: &str, name: &str, value: &str) -> String {
    let variable = format!(":{name}");
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, _) in text.match_indices(&variable) {
        // Behind one colon it is a cast, `::name`; behind two a variable, as in `x:::name`.
        let colons = text[..start].bytes().rev().take_while(|byte| *byte == b':').count();
        let after = text[start + variable.len()..].chars().next();
        if colons % 2 == 1 || after.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        out.push_str(&text[at..start]);
        out.push_str(value);
        at = start + variable.len();
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_those_that_are_given_and_no_casts() {
        let variables = [("s".to_owned(), "a'b".to_owned())];
        let text = ":s.t ${s} :'s' :\"s\" x::s x:::s :so ${t} :s";
        assert_eq!(with_variables(text, &variables), "a'b.t a'b 'a''b' \"a'b\" x::s x::a'b :so ${t} a'b");
    }
    #[test]
    fn a_body_has_a_variable_that_no_quotes_of_its_own_enclose() {
        for (text, is_in) in [
            ("AS $$ SELECT :s.a() $$", true),
            ("AS $f$ SELECT ${s}.a() $f$", true),
            ("AS $$ SELECT :\"s\".a(), x::s, :so $$; TABLE :s.a", false),
            ("AS ' SELECT :s.a() '", false),
        ] {
            assert_eq!(is_in_body(text, "s"), is_in, "{text}");
        }
    }
}
