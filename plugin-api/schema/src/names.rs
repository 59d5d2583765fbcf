//! What a plugin, its migrations and its routes may be called: asked when a plugin is built, and again when
//! the host reads the manifest of one that may have been built by other means.

/// The methods that a route may have.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The services of a host that a plugin can say it needs.
pub const SERVICES: [&str; 3] = ["call", "fetch", "files"];

/// Whether a text may be a plugin's id: `^[a-z][a-z0-9_]{0,40}$`.
pub fn is_plugin_id(id: &str) -> bool {
    id.len() <= 41 && is_lower_case_identifier(id)
}

/// The id of the plugin whose event has this name: `orders` of `orders.placed`.
pub fn event_plugin(name: &str) -> Option<&str> {
    let (plugin, word) = name.split_once('.')?;
    (is_plugin_id(plugin) && word.len() <= 60 && is_lower_case_identifier(word)).then_some(plugin)
}

/// Whether `^[a-z][a-z0-9_]*$`.
pub(crate) fn is_lower_case_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(is_lower_case)
}

/// Whether `[a-z0-9_]`.
fn is_lower_case(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}

/// Whether a text may be a migration's file name: `^[0-9]{4,14}_[a-z0-9_]+\.sql$`. The number
/// counts, or is a time such as `20260131120000`.
pub fn is_migration_filename(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".sql") else { return false };
    let Some((number, title)) = stem.split_once('_') else { return false };
    (4..=14).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && !title.is_empty()
        && title.bytes().all(is_lower_case)
}

/// The number that a migration's file name begins with.
pub fn migration_number(filename: &str) -> Option<u64> {
    let end = filename.find(|c: char| !c.is_ascii_digit()).unwrap_or(filename.len());
    filename[..end].parse().ok()
}

/// The numbers between which some are left out, as pairs. Between two times nothing is left out.
pub fn number_gaps<'a>(filenames: impl IntoIterator<Item = &'a str>) -> Vec<(u64, u64)> {
    let mut numbers: Vec<_> = filenames.into_iter().filter_map(migration_number).collect();
    numbers.sort_unstable();
    let pairs = numbers.windows(2).map(|pair| (pair[0], pair[1]));
    pairs.filter(|(before, next)| *next > before.saturating_add(1) && *next < FIRST_TIME).collect()
}

/// The least number that is a time, such as `20260131120000`.
const FIRST_TIME: u64 = 10_000_000_000_000;

/// Whether a text may be a migration's id: `plugin/filename`.
pub fn is_migration_id(text: &str) -> bool {
    text.split_once('/').is_some_and(|(plugin, file)| is_plugin_id(plugin) && is_migration_filename(file))
}

/// The parts of a route such as `GET /items/{sku}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteParts<'a> {
    pub method: &'static str,
    /// What stands between the slashes. Of `GET /` that is one empty literal.
    pub segments: Vec<RouteSegment<'a>>,
}

/// What stands between two slashes of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteSegment<'a> {
    Literal(&'a str),
    /// A `{name}`, which stands for any text but an empty one.
    Name(&'a str),
}

impl<'a> RouteParts<'a> {
    /// Takes a route apart.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that go on after "it is no route: ".
    pub fn parse(route: &'a str) -> Result<Self, &'static str> {
        let (method, path) = route.split_once(' ').ok_or("it is not written as `GET /path`")?;
        let method = METHODS.into_iter().find(|known| *known == method);
        let method = method.ok_or("its method is none of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS")?;
        let path = path.strip_prefix('/').ok_or("its path does not start with /")?;
        let mut segments = Vec::new();
        for text in path.split('/') {
            let segment = RouteSegment::parse(text)?;
            if segment == RouteSegment::Literal("") && !path.is_empty() {
                return Err("it has an empty segment");
            }
            if matches!(segment, RouteSegment::Name(_)) && segments.contains(&segment) {
                return Err("a {name} in it occurs twice");
            }
            segments.push(segment);
        }
        Ok(Self { method, segments })
    }

    /// Whether both answer the same requests: they differ in nothing but what their `{names}` are called.
    pub fn answers_the_same(&self, other: &Self) -> bool {
        let same = |(one, other): (&RouteSegment<'_>, &RouteSegment<'_>)| match (one, other) {
            (RouteSegment::Name(_), RouteSegment::Name(_)) => true,
            (one, other) => one == other,
        };
        self.method == other.method
            && self.segments.len() == other.segments.len()
            && self.segments.iter().zip(&other.segments).all(same)
    }

    /// Whether a request by its method only reads.
    pub fn only_reads(&self) -> bool {
        matches!(self.method, "GET" | "HEAD")
    }
}

impl<'a> RouteSegment<'a> {
    fn parse(text: &'a str) -> Result<Self, &'static str> {
        if let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let is_name = is_lower_case_identifier(name);
            return if is_name {
                Ok(Self::Name(name))
            } else {
                Err("a {name} in it is no lower-case identifier")
            };
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            return Err("a segment of it has other characters than letters, digits and -._~");
        }
        Ok(Self::Literal(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_have_four_to_fourteen_digits_and_a_title() {
        for good in ["0001_a.sql", "9999_add_index_2.sql", "20260131120000_a.sql"] {
            assert!(is_migration_filename(good), "{good}");
        }
        let too_long = "202601311200001_a.sql";
        for bad in [
            "1_a.sql",
            "0001.sql",
            "0001_.sql",
            "0001_A.sql",
            "0001_a.SQL",
            "0001-a.sql",
            "001_a.sql",
            too_long,
        ] {
            assert!(!is_migration_filename(bad), "{bad}");
        }
    }

    #[test]
    fn numbers_that_are_left_out_are_told_and_those_between_times_are_none() {
        assert_eq!(migration_number("0042_a.sql"), Some(42));
        assert_eq!(migration_number("a_1.sql"), None);
        assert_eq!(number_gaps(["0001_a.sql", "0007_c.sql", "0002_b.sql", "0008_d.sql"]), [(2, 7)]);
        assert_eq!(number_gaps(["0042_a.sql", "20260131120000_b.sql", "20260202080000_c.sql"]), []);
    }

    #[test]
    fn ids_are_short_lower_case_words() {
        assert!(is_plugin_id("inventory") && is_plugin_id("a1_b") && is_plugin_id(&"a".repeat(41)));
        for bad in ["", "1a", "_a", "Inventory", "a-b", "ä", &"a".repeat(42)] {
            assert!(!is_plugin_id(bad), "{bad}");
        }
    }

    #[test]
    fn a_route_says_what_is_wrong_with_it() {
        let listed = include_str!("routes.txt").lines().filter_map(|line| line.split_once(" => "));
        for (route, verdict) in listed {
            assert_eq!(RouteParts::parse(route).err().unwrap_or("good"), verdict, "{route:?}");
        }
    }

    #[test]
    fn a_route_has_a_method_and_what_stands_between_its_slashes() {
        let parts = RouteParts::parse("GET /items/{sku}/{part}").unwrap();
        let segments =
            [RouteSegment::Literal("items"), RouteSegment::Name("sku"), RouteSegment::Name("part")];
        assert_eq!((parts.method, parts.segments.as_slice()), ("GET", &segments[..]));
        assert_eq!(RouteParts::parse("GET /").unwrap().segments, [RouteSegment::Literal("")]);
    }

    #[test]
    fn routes_that_differ_only_in_a_name_answer_the_same() {
        let same =
            |one, other| RouteParts::parse(one).unwrap().answers_the_same(&RouteParts::parse(other).unwrap());
        assert!(same("GET /items/{a}", "GET /items/{b}"));
        for other in ["GET /items/a", "POST /items/{a}", "GET /items/{a}/b", "GET /parts/{a}"] {
            assert!(!same("GET /items/{a}", other), "{other}");
        }
    }
}
