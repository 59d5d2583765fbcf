//! What may be called what.

/// Whether `^[a-z][a-z0-9_]{0,40}$`.
pub(crate) fn is_plugin_id(id: &str) -> bool {
    id.len() <= 41 && is_lower_case_identifier(id)
}

/// Whether `^[a-z][a-z0-9_]*$`.
fn is_lower_case_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether `^[0-9]{4}_[a-z0-9_]+\.sql$`.
pub(crate) fn is_migration_filename(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".sql") else { return false };
    let Some((number, title)) = stem.split_once('_') else { return false };
    number.len() == 4
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && !title.is_empty()
        && title.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether `plugin/filename`.
pub(crate) fn is_migration_id(text: &str) -> bool {
    text.split_once('/').is_some_and(|(plugin, file)| is_plugin_id(plugin) && is_migration_filename(file))
}

/// The two parts of `schema.name`.
pub(crate) fn object_name(text: &str) -> Option<(&str, &str)> {
    let (schema, name) = text.split_once('.')?;
    let plain = |part: &str| !part.is_empty() && !part.contains(['.', '"', ' ', '(', ')']);
    (plain(schema) && plain(name)).then_some((schema, name))
}

/// What is wrong with a route; `None` when nothing is. The host asks the same of a manifest: see
/// `routes.txt`.
pub(crate) fn route_fault(route: &str) -> Option<&'static str> {
    const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    let Some((method, path)) = route.split_once(' ') else { return Some("it is not written as `GET /path`") };
    if !METHODS.contains(&method) {
        return Some("its method is none of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS");
    }
    let Some(rest) = path.strip_prefix('/') else { return Some("its path does not start with /") };
    if rest.is_empty() {
        return None;
    }
    let mut names = Vec::new();
    for segment in rest.split('/') {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = name {
            if !is_lower_case_identifier(name) {
                return Some("a {name} in it is no lower-case identifier");
            }
            if names.contains(&name) {
                return Some("a {name} in it occurs twice");
            }
            names.push(name);
        } else if segment.is_empty() {
            return Some("it has an empty segment");
        } else if !segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            return Some("a segment of it has other characters than letters, digits and -._~");
        }
    }
    None
}

/// The route with every `{name}` made equal: two routes with one shape answer the same requests.
pub(crate) fn route_shape(route: &str) -> String {
    let blind = |segment: &str| if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() };
    route.split('/').map(blind).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_have_four_digits_and_a_title() {
        for good in ["0001_a.sql", "9999_add_index_2.sql"] {
            assert!(is_migration_filename(good), "{good}");
        }
        for bad in
            ["1_a.sql", "0001.sql", "0001_.sql", "0001_A.sql", "0001_a.SQL", "0001-a.sql", "00010_a.sql"]
        {
            assert!(!is_migration_filename(bad), "{bad}");
        }
    }

    #[test]
    fn ids_are_short_lower_case_words() {
        assert!(is_plugin_id("inventory") && is_plugin_id("a1_b"));
        for bad in ["", "1a", "_a", "Inventory", "a-b", "ä", &"a".repeat(42)] {
            assert!(!is_plugin_id(bad), "{bad}");
        }
    }

    #[test]
    fn a_route_says_what_is_wrong_with_it_as_the_host_does() {
        let listed = include_str!("routes.txt").lines().filter_map(|line| line.split_once(" => "));
        for (route, verdict) in listed {
            assert_eq!(route_fault(route).unwrap_or("good"), verdict, "{route:?}");
        }
    }

    #[test]
    fn routes_that_differ_only_in_a_name_are_the_same() {
        assert_eq!(route_shape("GET /items/{a}"), route_shape("GET /items/{b}"));
        assert_ne!(route_shape("GET /items/{a}"), route_shape("GET /items/a"));
    }
}
