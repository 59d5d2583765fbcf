//! Schemas to change: the project's own, and those of others, as dumps or as the files they are made of.

use std::cmp::Ordering;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{TestServer, files_of};

/// A schema as SQL that psql can run.
#[derive(Debug, Clone)]
pub struct SchemaSource {
    /// As in the table's head.
    pub name: String,
    pub sql: String,
    /// What of its files is not run, and why.
    pub left_out: Vec<String>,
}

impl SchemaSource {
    /// The schema that has an object of every kind.
    pub fn fixture() -> Self {
        let mut sql = include_str!("fixture.sql").to_owned();
        if !TestServer::shared().has_icu() {
            sql = sql.replace(
                "provider = icu, locale = 'en-u-kn-true', deterministic = false",
                "locale = 'POSIX'",
            );
        }
        Self::new("fixture".to_owned(), sql)
    }

    /// The migration of the gallery plugin.
    pub fn gallery() -> Self {
        let sql = include_str!("../../plugins/gallery/0001_gallery.sql").to_owned();
        Self::new("gallery".to_owned(), sql)
    }

    /// The migrations of the sample plugins, as psql runs them.
    pub fn samples() -> Self {
        // Those of the host too are of no use here: without its ledger it reads nothing.
        let own = files_of(&[]);
        let mut files = files_of(&["identity", "inventory", "orders", "reporting"]);
        files.retain(|file| !own.contains(file));
        let texts = files.into_iter().map(|file| fs::read_to_string(file).unwrap() + "\n");
        Self::new("samples".to_owned(), texts.collect())
    }

    /// A file, named without its folder and extension; or a folder with all the files below it, in the order
    /// of their names, in which numbers count as numbers.
    pub fn of(path: &Path) -> io::Result<Self> {
        if !path.is_dir() {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let (sql, back) = without_way_back(&fs::read_to_string(path)?);
            let left_out = back.then(|| "its part for the way back".to_owned()).into_iter().collect();
            return Ok(Self { left_out, ..Self::new(name, sql) });
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut source = Self::new(name, String::new());
        let mut back = 0;
        for file in sql_files(path)? {
            if leads_back(&file) {
                back += 1;
                continue;
            }
            let (sql, has_back) = without_way_back(&fs::read_to_string(&file)?);
            back += usize::from(has_back);
            source.sql += &sql;
            source.sql.push('\n');
        }
        if source.sql.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "there is no *.sql below it"));
        }
        source.left_out.extend((back > 0).then(|| format!("the way back, in {back} of its files")));
        Ok(source)
    }

    /// SQL under a name.
    pub fn new(name: String, sql: String) -> Self {
        Self { name, sql, left_out: Vec::new() }
    }

    /// The project's own, and those beside the repository.
    pub fn usual() -> Vec<Self> {
        [Self::fixture(), Self::gallery(), Self::samples()].into_iter().chain(Self::corpus()).collect()
    }

    /// The real schemas in the folder that `TENON_CORPUS` names, or else in `../shared/corpus` beside the
    /// repository: each file is a dump, and each folder the files that a schema is made of. None where there
    /// is no such folder.
    pub fn corpus() -> Vec<Self> {
        let beside = || crate::artifacts::root().join("../shared/corpus");
        let folder = std::env::var_os("TENON_CORPUS").map_or_else(beside, PathBuf::from);
        let mut all: Vec<PathBuf> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        all.retain(|path| path.is_dir() || is_sql(path));
        all.sort();
        all.iter().filter_map(|path| Self::of(path).ok()).collect()
    }

    /// The roles that its statements name and that a dump expects to find.
    pub fn roles(&self) -> Vec<String> {
        let names = regex_lite::Regex::new(
            r#"(?m)(?:OWNER TO|FOR ROLE|^GRANT .* TO|^REVOKE .* FROM) "?(\w+)"?(?: WITH GRANT OPTION)?(?:;| IN )"#,
        );
        let mut roles: Vec<_> =
            names.unwrap().captures_iter(&self.sql).map(|found| found[1].to_owned()).collect();
        roles.sort();
        roles.dedup();
        roles.retain(|role| !["PUBLIC", "CURRENT_USER"].contains(&role.as_str()));
        roles
    }
}

fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "sql")
}

/// All files below a folder that have SQL, in their order.
fn sql_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut ahead) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                ahead.push(path);
            } else if is_sql(&path) {
                files.push(path);
            }
        }
    }
    files.sort_by(|a, b| by_number(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(files)
}

/// Whether a file undoes what another does, as tools of migrations name them.
fn leads_back(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name == "down.sql" || name.ends_with(".down.sql") || name.ends_with(".undo.sql")
}

/// The part of a file that leads forward, and whether there was another.
fn without_way_back(sql: &str) -> (String, bool) {
    let marks = ["-- +goose down", "-- +migrate down", "-- migrate:down"];
    let is_mark = |line: &&str| marks.iter().any(|mark| line.trim().to_lowercase().starts_with(mark));
    let forward: Vec<_> = sql.split_inclusive('\n').take_while(|line| !is_mark(line)).collect();
    let forward = forward.concat();
    let has_back = forward.len() < sql.len();
    (forward, has_back)
}

/// Names in the order in which people number them: 9 before 10.
fn by_number(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (in_a, in_b) = (digits(a), digits(b));
        let order = if in_a > 0 && in_b > 0 {
            let number = |text: &[u8], length: usize| {
                let zeros = text[..length].iter().take_while(|byte| **byte == b'0').count();
                (length - zeros, text[zeros..length].to_vec())
            };
            let order = number(a, in_a).cmp(&number(b, in_b));
            (a, b) = (&a[in_a..], &b[in_b..]);
            order
        } else {
            let order = a.first().cmp(&b.first());
            if a.is_empty() || b.is_empty() {
                return order;
            }
            (a, b) = (&a[1..], &b[1..]);
            order
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_schema_of_its_files_in_order_without_the_way_back() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("shop");
        let texts = [
            ("10_third/up.sql", "third"),
            ("10_third/down.sql", "undone"),
            ("2_second.sql", "-- +goose Up\nsecond\n-- +goose Down\nundone"),
            ("02_second_too.up.sql", "second too"),
            ("1_first.sql", "first"),
            ("02_second_too.down.sql", "undone"),
            ("read me.txt", "nothing"),
        ];
        for (name, text) in texts {
            fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
            fs::write(folder.join(name), text).unwrap();
        }
        let source = SchemaSource::of(&folder).unwrap();
        assert_eq!(source.name, "shop");
        assert_eq!(source.sql, "first\n-- +goose Up\nsecond\n\nsecond too\nthird\n");
        assert_eq!(source.left_out, ["the way back, in 3 of its files"]);
        assert!(SchemaSource::of(&folder.join("10_third/nothing")).is_err());
    }

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["V10__c", "V2__b", "V002__a", "V1__z", "U", "V2"];
        names.sort_by(|a, b| by_number(a, b));
        assert_eq!(names, ["U", "V1__z", "V2", "V002__a", "V2__b", "V10__c"]);
    }
}
