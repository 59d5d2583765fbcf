//! A stored setting as SQL that stores it again.

use tenon_migrations_core::ddl::literal;
use tenon_schema::Ident;

/// The settings that are lists of names, which the server keeps quoted (`GUC_LIST_QUOTE`).
const LISTS: [&str; 6] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// `SET name TO value`, to follow `ALTER …`.
pub(super) fn set(name: &str, value: &str) -> String {
    let quoted: Vec<_> = name.split('.').map(|part| Ident::from(part).quoted()).collect();
    let value = if LISTS.contains(&name.to_ascii_lowercase().as_str()) {
        names(value).iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ")
    } else {
        literal(value)
    };
    let value = if value.is_empty() { "''" } else { value.as_str() };
    format!("SET {} TO {value}", quoted.join("."))
}

/// The names of a list, as they are without quotes.
fn names(list: &str) -> Vec<String> {
    let (mut all, mut name, mut quoted) = (Vec::new(), String::new(), false);
    let mut signs = list.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => {
                name.push('"');
                signs.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(std::mem::take(&mut name)),
            sign if sign.is_whitespace() && !quoted => {}
            sign => name.push(sign),
        }
    }
    if !list.trim().is_empty() {
        all.push(name);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_taken_apart_and_other_values_are_not() {
        assert_eq!(
            set("search_path", "\"$user\", public, \"a,\"\"b\""),
            "SET \"search_path\" TO '$user', 'public', 'a,\"b'"
        );
        assert_eq!(set("search_path", ""), "SET \"search_path\" TO ''");
        assert_eq!(set("search_path", "\"\""), "SET \"search_path\" TO ''");
        assert_eq!(set("app.tenant", "it's, so"), "SET \"app\".\"tenant\" TO 'it''s, so'");
        assert_eq!(set("DateStyle", "ISO, DMY"), "SET \"DateStyle\" TO 'ISO, DMY'");
    }
}
