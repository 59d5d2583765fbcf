//! Walking the tree of values: typed, with defaults, gathering problems and unknown keys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::{Value, ValueKind};

use super::from_value::{FromConfigValue, OneOrMore};
use super::origin::{Origin, SetKey, SettingOrigin};
use super::problem::ConfigProblem;

pub(super) type Table = BTreeMap<String, Value>;

/// Problems and known keys so far.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) file: Option<&'a Path>,
    pub(super) directory: &'a Path,
    pub(super) problems: Vec<ConfigProblem>,
    /// Every key that was asked for, as `section.key`.
    pub(super) known: Vec<String>,
    /// Every key that is set, by its name.
    pub(super) set: BTreeMap<String, SetKey>,
}

/// One table being taken apart.
#[derive(Debug)]
pub(super) struct Section<'r, 'a> {
    reader: &'r mut Reader<'a>,
    path: &'static str,
    table: Table,
    known: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(super) fn origin(value: &Value) -> Origin {
        value.origin().map_or(Origin::File, |name| Origin::Variable(name.to_owned()))
    }

    pub(super) fn problem(&mut self, key: &str, origin: &Origin, message: String) {
        let origin = match (origin, self.file) {
            (Origin::Variable(name), _) => format!("environment variable {name}"),
            (Origin::File, Some(file)) => file.display().to_string(),
            (Origin::File, None) => "defaults".to_owned(),
        };
        self.problems.push(ConfigProblem { key: key.to_owned(), origin, message });
    }

    /// The origin as it is told.
    pub(super) fn setting_origin(&self, origin: &Origin) -> SettingOrigin {
        match origin {
            Origin::Variable(name) => SettingOrigin::Variable(name.clone()),
            Origin::File => {
                SettingOrigin::File(self.file.map(|file| file.display().to_string()).unwrap_or_default())
            }
        }
    }

    /// Notes where a key is set; the last note counts.
    pub(super) fn note(&mut self, key: &str, value: Option<String>, origin: SettingOrigin) {
        self.set.insert(key.to_owned(), SetKey { key: key.to_owned(), value, origin });
    }

    /// Gives the keys that were noted of one table of a list the table's number.
    pub(super) fn number_notes(&mut self, list: &str, at: usize) {
        let prefix = format!("{list}.");
        let noted: Vec<_> = self.set.extract_if(.., |key, _| key.starts_with(&prefix)).collect();
        for (key, one) in noted {
            self.note(&format!("{list}[{at}].{}", &key[prefix.len()..]), one.value, one.origin);
        }
    }

    /// A path as written: relative to the file it is written in, or to the working directory.
    pub(super) fn resolve(&self, path: &Path, origin: &Origin) -> PathBuf {
        match (origin, self.file.and_then(Path::parent)) {
            (Origin::File, Some(base)) => base.join(path),
            _ => self.directory.join(path),
        }
    }

    /// The table of this name out of the whole, empty if absent.
    pub(super) fn table(&mut self, root: &mut Table, name: &'static str) -> Table {
        match root.remove(name) {
            None => Table::new(),
            Some(Value { kind: ValueKind::Table(table), .. }) => table.into_iter().collect(),
            Some(other) => {
                self.problem(name, &Self::origin(&other), format!("must be a table, written [{name}]"));
                Table::new()
            }
        }
    }

    /// Takes a list of tables, each with where it is written, out of a table.
    pub(super) fn tables(
        &mut self,
        table: &mut Table,
        list: &'static str,
        key: &str,
    ) -> Vec<(Table, Origin)> {
        let Some(value) = table.remove(key) else { return Vec::new() };
        let origin = Self::origin(&value);
        let wrong = format!("must be a list of tables, each written [[{list}]]");
        let ValueKind::Array(values) = value.kind else {
            self.problem(list, &origin, wrong);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for value in values {
            let origin = Self::origin(&value);
            match value {
                Value { kind: ValueKind::Table(table), .. } => {
                    tables.push((table.into_iter().collect(), origin));
                }
                _ => self.problem(list, &origin, wrong.clone()),
            }
        }
        tables
    }

    pub(super) fn section(&mut self, path: &'static str, table: Table) -> Section<'_, 'a> {
        Section { reader: self, path, table, known: Vec::new() }
    }
}

impl Section<'_, '_> {
    /// Whether nothing stands in it.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The key as it is told, with its section.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value and where it was written; `None` if absent or wrong, the latter noted.
    pub(super) fn optional<T: FromConfigValue>(&mut self, key: &'static str) -> Option<(T, Origin)> {
        self.known.push(key);
        let full = self.key(key);
        self.reader.known.push(full.clone());
        let value = self.table.remove(key)?;
        let origin = Reader::origin(&value);
        let told = self.reader.setting_origin(&origin);
        self.reader.note(&full, (!T::IS_SECRET).then(|| value.to_string()), told);
        match T::read(&value.kind, &origin) {
            Ok(read) => Some((read, origin)),
            Err(message) => {
                self.reader.problem(&full, &origin, message);
                None
            }
        }
    }

    pub(super) fn get<T: FromConfigValue>(&mut self, key: &'static str, default: T) -> T {
        self.optional(key).map_or(default, |(value, _)| value)
    }

    pub(super) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        let (path, origin) = self.optional::<PathBuf>(key)?;
        Some(self.reader.resolve(&path, &origin))
    }

    /// Paths, each relative to where it is written.
    pub(super) fn paths(&mut self, key: &'static str) -> Vec<PathBuf> {
        let Some((paths, origin)) = self.optional::<Vec<PathBuf>>(key) else { return Vec::new() };
        paths.iter().map(|path| self.reader.resolve(path, &origin)).collect()
    }

    /// Paths as [`paths`](Self::paths) reads them, where one may stand without a list around it. An empty
    /// list is a problem.
    pub(super) fn one_or_more_paths(&mut self, key: &'static str) -> Option<Vec<PathBuf>> {
        let (OneOrMore(paths), origin) = self.optional(key)?;
        Some(paths.iter().map(|path| self.reader.resolve(path, &origin)).collect())
    }

    /// Notes where a key of this section is set.
    pub(super) fn note(&mut self, key: &str, value: Option<String>, origin: SettingOrigin) {
        let full = self.key(key);
        self.reader.note(&full, value, origin);
    }

    /// Notes a problem with a key of this section.
    pub(super) fn problem(&mut self, key: &str, origin: &Origin, message: impl Into<String>) {
        let full = self.key(key);
        self.reader.problem(&full, origin, message.into());
    }

    pub(super) fn resolve(&self, path: &Path, origin: &Origin) -> PathBuf {
        self.reader.resolve(path, origin)
    }

    /// Whatever was not asked for is unknown.
    pub(super) fn finish(self) {
        let here = if self.path.is_empty() { "at the top".to_owned() } else { format!("in [{}]", self.path) };
        for (key, value) in &self.table {
            let message = format!("unknown key; known {here}: {}", self.known.join(", "));
            let full = self.key(key);
            self.reader.problem(&full, &Reader::origin(value), message);
        }
    }
}
