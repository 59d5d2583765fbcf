//! Several pairs as one: each in a schema of its own, all of them changed at once.

use regex_lite::Regex;

use super::Pair;
use super::text::Side;

/// One pair of many.
pub(super) fn together(pairs: &[&Pair]) -> Pair {
    let mut whole = Pair { may_be_empty: pairs.iter().any(|pair| pair.may_be_empty), ..Pair::default() };
    let mut names = Vec::new();
    for (number, pair) in pairs.iter().enumerate() {
        // What has no way back has none in company either.
        whole.is_forwards |= pair.is_forwards;
        names.push(pair.name.as_str());
        for (all, one) in [(&mut whole.before, &pair.before), (&mut whole.after, &pair.after)] {
            let Side { schema, rows } = one;
            all.schema.push_str(&renamed(&format!("CREATE SCHEMA app;\n{schema}"), number));
            all.rows.push_str(&renamed(rows, number));
        }
    }
    whole.name = format!("together: {}", names.join(" + "));
    whole
}

/// Everything called after `app` is called after a schema of its own.
fn renamed(sql: &str, number: usize) -> String {
    let app = Regex::new(r"\bapp(\b|_)").expect("it is a pattern");
    // Sections set it, and the next pair's begins anew.
    format!("RESET ALL;\n{}", app.replace_all(sql, format!("app{number}$1")))
}
