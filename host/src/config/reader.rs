//! Walking the tree of values: typed, with defaults, gathering problems and unknown keys.

use crate::support::telemetry::LogFormat;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::num::{NonZeroU8, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Value, ValueKind};
use minisign_verify::PublicKey;
use secrecy::SecretString;
use tenon_migrations_core::migration::{PluginId, PluginIdError};

use super::origin::{SetKey, SettingOrigin};
use super::problem::ConfigProblem;
use super::values::{
    self, Environment, GrantedRole, Isolation, LockTimeout, MetricsFor, StatementTimeout, TlsMode, TrustMode,
    UnsupportedServer,
};

pub(super) type Table = BTreeMap<String, Value>;

/// Where a value was written, for messages and for what relative paths start at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    File,
    /// The variable's name.
    Variable(String),
}

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

/// A type that can be read from a value; the error says what it must be.
pub(super) trait FromConfigValue: Sized {
    /// Whether the value is shown to nobody.
    const IS_SECRET: bool = false;

    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String>;
}

/// Text; numbers and truth values are refused rather than turned into text.
fn text(kind: &ValueKind) -> Result<&str, String> {
    match kind {
        ValueKind::String(text) => Ok(text),
        _ => Err("must be text in quotes".to_owned()),
    }
}

impl FromConfigValue for String {
    fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
        text(kind).map(str::to_owned)
    }
}

impl FromConfigValue for SecretString {
    const IS_SECRET: bool = true;

    fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
        match text(kind)? {
            blank if blank.trim().is_empty() => Err("must not be empty".to_owned()),
            text => Ok(text.into()),
        }
    }
}

impl FromConfigValue for PathBuf {
    fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
        match text(kind)? {
            "" => Err("must not be empty".to_owned()),
            text => Ok(text.into()),
        }
    }
}

impl FromConfigValue for Vec<PathBuf> {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        match (kind, origin) {
            (ValueKind::Array(values), _) => {
                values.iter().map(|value| PathBuf::read(&value.kind, origin)).collect()
            }
            (ValueKind::String(text), Origin::Variable(_)) => Ok(std::env::split_paths(text).collect()),
            _ => Err("must be a list of paths in quotes, such as [\"/srv/maps\"]".to_owned()),
        }
    }
}

impl FromConfigValue for Vec<PublicKey> {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let key = |text: &str| {
            PublicKey::from_base64(text).map_err(|_| format!("\"{text}\" is no public key of minisign"))
        };
        match (kind, origin) {
            (ValueKind::Array(values), _) => values.iter().map(|value| key(text(&value.kind)?)).collect(),
            (ValueKind::String(text), Origin::Variable(_)) => text.split_whitespace().map(key).collect(),
            _ => {
                Err("must be a list of public keys in quotes, as minisign prints them: [\"RW…\"]".to_owned())
            }
        }
    }
}

/// Words; in a variable with commas between them.
impl FromConfigValue for Vec<String> {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        match (kind, origin) {
            (ValueKind::Array(values), _) => {
                values.iter().map(|value| text(&value.kind).map(str::to_owned)).collect()
            }
            (ValueKind::String(text), Origin::Variable(_)) => {
                let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                Ok(words.map(str::to_owned).collect())
            }
            _ => Err("must be a list of words in quotes, such as [\"one\", \"two\"]".to_owned()),
        }
    }
}

/// Ids of plugins; in a variable with commas between them.
impl FromConfigValue for BTreeSet<PluginId> {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let id = |text: &str| text.trim().parse().map_err(|error: PluginIdError| error.to_string());
        match (kind, origin) {
            (ValueKind::Array(values), _) => values.iter().map(|value| id(text(&value.kind)?)).collect(),
            (ValueKind::String(text), Origin::Variable(_)) => {
                text.split(',').filter(|part| !part.trim().is_empty()).map(id).collect()
            }
            _ => Err("must be a list of plugins' ids, such as [\"inventory\"]".to_owned()),
        }
    }
}

/// Paths, at least one; one alone needs no list.
#[derive(Debug)]
struct OneOrMore(Vec<PathBuf>);

impl FromConfigValue for OneOrMore {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let paths = match (kind, origin) {
            (ValueKind::String(_), Origin::File) => vec![PathBuf::read(kind, origin)?],
            _ => Vec::<PathBuf>::read(kind, origin)?,
        };
        if paths.is_empty() { Err("must name at least one path".to_owned()) } else { Ok(Self(paths)) }
    }
}

impl FromConfigValue for bool {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        match (kind, origin) {
            (ValueKind::Boolean(value), _) => Ok(*value),
            (ValueKind::String(text), Origin::Variable(_)) if text == "true" => Ok(true),
            (ValueKind::String(text), Origin::Variable(_)) if text == "false" => Ok(false),
            _ => Err("must be true or false".to_owned()),
        }
    }
}

/// A whole number, also as a variable's text.
fn number<T: TryFrom<i64>>(kind: &ValueKind, origin: &Origin) -> Option<T> {
    let number = match (kind, origin) {
        (ValueKind::I64(number), _) => *number,
        (ValueKind::String(text), Origin::Variable(_)) => text.parse().ok()?,
        _ => return None,
    };
    T::try_from(number).ok()
}

impl FromConfigValue for NonZeroUsize {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let wrong = || "must be a whole number, at least 1".to_owned();
        number(kind, origin).and_then(Self::new).ok_or_else(wrong)
    }
}

impl FromConfigValue for NonZeroU8 {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let wrong = || format!("must be a whole number from 1 to {}", u8::MAX);
        number(kind, origin).and_then(Self::new).ok_or_else(wrong)
    }
}

impl FromConfigValue for u8 {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        number(kind, origin).ok_or_else(|| format!("must be a whole number from 0 to {}", Self::MAX))
    }
}

impl FromConfigValue for u64 {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        let number = match (kind, origin) {
            (ValueKind::I64(number), _) => Self::try_from(*number).ok(),
            (ValueKind::String(text), Origin::Variable(_)) => text.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| "must be a whole number, at least 0".to_owned())
    }
}

impl FromConfigValue for Duration {
    fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
        match kind {
            ValueKind::I64(number) => values::duration(&number.to_string()),
            _ => values::duration(text(kind)?),
        }
    }
}

impl FromConfigValue for LockTimeout {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        Duration::read(kind, origin).map(Self)
    }
}

impl FromConfigValue for StatementTimeout {
    fn read(kind: &ValueKind, origin: &Origin) -> Result<Self, String> {
        Duration::read(kind, origin).map(Self)
    }
}

impl FromConfigValue for SocketAddr {
    fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
        let text = text(kind)?;
        let numeric =
            text.strip_prefix("localhost:").map_or(text.to_owned(), |port| format!("127.0.0.1:{port}"));
        numeric
            .parse()
            .map_err(|_| format!("must be an address and a port, such as \"127.0.0.1:8420\", not \"{text}\""))
    }
}

/// Types that are one of a few words.
macro_rules! read_words {
    ($($type:ty),+) => {
        $(impl FromConfigValue for $type {
            fn read(kind: &ValueKind, _: &Origin) -> Result<Self, String> {
                text(kind)?.parse()
            }
        })+
    };
}

read_words!(
    Environment,
    TlsMode,
    TrustMode,
    Isolation,
    LogFormat,
    MetricsFor,
    GrantedRole,
    UnsupportedServer
);
