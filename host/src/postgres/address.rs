//! Reading the text of a database address where tokio-postgres alone does not suffice.

/// What is wrong with an address, without quoting a part of it: an unescaped `?` in a password makes
/// the rest of it an "unknown option".
pub(super) fn reason(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    if cause.starts_with("invalid value for option") {
        return cause;
    }
    let what = if cause.starts_with("unknown option") {
        "it has an unknown option"
    } else {
        "it has the wrong form"
    };
    format!(
        "{what}; expected postgresql://user:password@host:port/database, with special characters in the \
         password percent-encoded (%3F for ?, %40 for @, %2F for /)"
    )
}

/// Removes one option from an address and returns its value: tokio-postgres knows fewer than libpq.
pub(super) fn take_option(address: &str, name: &str) -> (String, Option<String>) {
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        let Some((base, query)) = address.split_once('?') else { return (address.to_owned(), None) };
        let (rest, found) = without(query.split('&').collect(), name);
        let address = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
        return (address, found.map(|value| value.replace("%2F", "/").replace("%2f", "/")));
    }
    let (rest, found) = without(pairs(address), name);
    (rest.join(" "), found.map(|value| value.trim_matches('\'').to_owned()))
}

fn without<'a>(pairs: Vec<&'a str>, name: &str) -> (Vec<&'a str>, Option<String>) {
    let value = |pair: &'a str| pair.strip_prefix(name)?.strip_prefix('=');
    // As with libpq, the last one counts.
    let found = pairs.iter().rev().find_map(|pair| value(pair)).map(str::to_owned);
    (pairs.into_iter().filter(|pair| value(pair).is_none()).collect(), found)
}

/// Splits `key=value key='quoted value'` at blanks outside quotes.
fn pairs(address: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    address
        .split(|c: char| {
            if escaped {
                escaped = false;
                return false;
            }
            match c {
                '\\' => escaped = true,
                '\'' => quoted = !quoted,
                _ => {}
            }
            c.is_whitespace() && !quoted
        })
        .filter(|pair| !pair.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_taken_out_of_both_forms() {
        let take = |address| take_option(address, "sslmode");
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            take("postgresql://h/d?a=1&sslmode=require&b=2"),
            ("postgresql://h/d?a=1&b=2".to_owned(), some("require"))
        );
        assert_eq!(
            take("postgresql://h/d?sslmode=require"),
            ("postgresql://h/d".to_owned(), some("require"))
        );
        assert_eq!(take("host=h sslmode='require' user=x"), ("host=h user=x".to_owned(), some("require")));
        let tricky = r"host=h password='a \' sslmode=disable b' user=x";
        assert_eq!(take(tricky), (tricky.to_owned(), None));
    }
}
