//! Names of a database as names in Rust.

use std::collections::BTreeSet;

use crate::author::words;

/// The name of a field or module: `user id` becomes `user_id`, `type` becomes `r#type`.
pub(super) fn field(name: &str) -> String {
    let snake = snake_case(name);
    match snake.as_str() {
        // These are keywords that cannot be raw.
        "self" | "super" | "crate" => format!("{snake}_"),
        word if words::is_reserved_in_rust(word) => format!("r#{word}"),
        _ => snake,
    }
}

/// The name of a type or variant: `film_actor` becomes `FilmActor`.
pub(super) fn type_name(name: &str) -> String {
    let camel: String = snake_case(name)
        .split('_')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
        })
        .collect();
    let begins = camel.starts_with(|c: char| c.is_ascii_alphabetic());
    if begins { camel } else { format!("V{camel}") }
}

/// Lower-case words of ASCII letters and digits, with `_` between them, that begin with a letter.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut former = '_';
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && former.is_ascii_lowercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        } else if !snake.ends_with('_') && !snake.is_empty() {
            snake.push('_');
        }
        former = c;
    }
    let snake = snake.trim_end_matches('_');
    if snake.starts_with(|c: char| c.is_ascii_lowercase()) { snake.to_owned() } else { format!("x{snake}") }
}

/// The name, or the first with a number behind it that is not taken yet. Takes it.
pub(super) fn free(name: String, taken: &mut BTreeSet<String>) -> String {
    let bare = name.strip_prefix("r#").unwrap_or(&name).to_owned();
    let mut free = name;
    let mut number = 2;
    while !taken.insert(free.clone()) {
        free = format!("{bare}_{number}");
        number += 1;
    }
    free
}

/// Like [`free`], for types: `Item`, `Item2`.
pub(super) fn free_type(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut free = name.to_owned();
    let mut number = 2;
    while !taken.insert(free.clone()) {
        free = format!("{name}{number}");
        number += 1;
    }
    free
}

/// A string as Rust writes it.
pub(super) fn literal(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_is_a_field_has_one() {
        for (name, rust) in [
            ("film_id", "film_id"),
            ("userId", "user_id"),
            ("User ID", "user_id"),
            ("type", "r#type"),
            ("self", "self_"),
            ("2nd", "x2nd"),
            ("größe", "gr_e"),
            ("ß", "x"),
            ("a__b", "a_b"),
            ("HTTPStatus", "httpstatus"),
        ] {
            assert_eq!(field(name), rust, "{name}");
        }
        for (name, rust) in [("film_actor", "FilmActor"), ("1_a", "X1A"), ("ß", "X"), ("type", "Type")] {
            assert_eq!(type_name(name), rust, "{name}");
        }
    }

    #[test]
    fn two_of_one_name_are_told_apart() {
        let mut taken = BTreeSet::new();
        let names = ["a", "a", "r#type", "r#type"].map(|name| free(name.to_owned(), &mut taken));
        assert_eq!(names, ["a", "a_2", "r#type", "type_2"]);
    }
}
