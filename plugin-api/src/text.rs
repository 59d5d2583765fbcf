//! Texts that are put together while a plugin is compiled.

/// The text of bytes that were put together from texts.
pub const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// The columns of a type, if it has columns of its own.
pub const fn own_columns(columns: &'static str) -> &'static str {
    assert!(!columns.is_empty(), "the type has no columns of its own: derive FromRow for it");
    columns
}

/// How many bytes [`column_list`] has.
pub const fn column_list_len(names: &[&str], prefix: &str) -> usize {
    assert!(!names.is_empty(), "the type has no columns of its own: derive FromRow for it");
    let mut total = 2 * (names.len() - 1);
    let mut at = 0;
    while at < names.len() {
        total += prefix.len() + names[at].len();
        at += 1;
    }
    total
}

/// The names, each behind the prefix, with commas.
pub const fn column_list<const N: usize>(names: &[&str], prefix: &str) -> [u8; N] {
    let mut bytes = [b' '; N];
    let (mut end, mut at) = (0, 0);
    while at < names.len() {
        if at > 0 {
            bytes[end] = b',';
            end += 2;
        }
        end = put(&mut bytes, end, prefix.as_bytes());
        end = put(&mut bytes, end, names[at].as_bytes());
        at += 1;
    }
    bytes
}

/// Writes `part` from `at` on, and says where it ends.
const fn put(bytes: &mut [u8], at: usize, part: &[u8]) -> usize {
    let mut index = 0;
    while index < part.len() {
        bytes[at + index] = part[index];
        index += 1;
    }
    at + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_columns_has_commas_between_and_the_alias_before_each() {
        const NAMES: &[&str] = &["\"id\"", "\"At\""];
        const LIST: [u8; column_list_len(NAMES, "\"n\".")] = column_list(NAMES, "\"n\".");
        assert_eq!(text(&LIST), "\"n\".\"id\", \"n\".\"At\"");
    }
}
