//! `[plugin.<id>]`: what the operator tells a plugin.

use std::collections::BTreeMap;
use std::fmt;

use config::ValueKind;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::origin::Origin;
use super::origin::SettingOrigin;
use super::reader::{Reader, Table};
use super::surroundings::Surroundings;

/// One plugin's settings, handed to it as JSON. [`Debug`] shows the keys only.
///
/// A secret may stand elsewhere: `{ file = "PATH" }` (relative to where it is written) or `{ credential =
/// "NAME" }` (a credential of the systemd unit) in its place. What is there is read when the configuration
/// is, before a plugin runs, and put in where the plugin's type says that the setting is a secret.
#[derive(Clone, Default)]
pub struct PluginSettings {
    settings: Map<String, Value>,
    /// What is referred to, by the keys down to it.
    referenced: BTreeMap<Vec<String>, Result<SecretString, String>>,
    /// Where each was written, by the keys down to it.
    origins: BTreeMap<Vec<String>, SettingOrigin>,
}

impl PluginSettings {
    /// Where the setting at these keys comes from: of a reference, what it refers to. A table comes from
    /// where the first of its values does.
    pub fn origin(&self, path: &[String]) -> Option<&SettingOrigin> {
        let (at, origin) = self.origins.range(path.to_vec()..).next()?;
        at.starts_with(path).then_some(origin)
    }

    /// The settings as a JSON object, with references as they are written.
    pub fn to_json(&self) -> Value {
        Value::Object(self.settings.clone())
    }

    /// Sets what nothing is said of yet, neither of the whole nor of a part. Gives whether it did.
    pub(crate) fn fill_in(&mut self, path: &[String], value: Value, origin: SettingOrigin) -> bool {
        let Some((last, above)) = path.split_last() else { return false };
        let mut table = &mut self.settings;
        for key in above {
            let inner = table.entry(key).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else { return false };
            table = inner;
        }
        if table.contains_key(last) {
            return false;
        }
        table.insert(last.clone(), value);
        self.origins.insert(path.to_vec(), origin);
        true
    }

    /// What the setting at these keys refers to, if it does.
    pub(crate) fn referenced(&self, path: &[String]) -> Option<Result<&str, &str>> {
        let secret = self.referenced.get(path)?;
        Some(secret.as_ref().map(SecretString::expose_secret).map_err(String::as_str))
    }
}

impl PartialEq for PluginSettings {
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings
            && self.referenced.keys().all(|path| self.referenced(path) == other.referenced(path))
            && self.referenced.len() == other.referenced.len()
    }
}

impl fmt::Debug for PluginSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.settings.keys()).finish()
    }
}

/// Reads the tables of all plugins.
pub(super) fn read(
    reader: &mut Reader<'_>,
    table: Table,
    around: &Surroundings,
) -> BTreeMap<String, PluginSettings> {
    let mut all = BTreeMap::new();
    for (id, value) in table {
        let origin = Reader::origin(&value);
        let mut origins = BTreeMap::new();
        origins_of(reader, &value, &mut Vec::new(), &mut origins);
        match value.try_deserialize() {
            Ok(Value::Object(settings)) => {
                let mut referenced = BTreeMap::new();
                let mut path = Vec::new();
                references(&settings, &mut path, &mut |path, reference| {
                    referenced.insert(path.to_vec(), secret(reader, &origin, around, reference));
                    origins.retain(|at, _| !at.starts_with(path));
                    origins.insert(path.to_vec(), reference.origin());
                });
                all.insert(id, PluginSettings { settings, referenced, origins });
            }
            _ => reader.problem(
                &format!("plugin.{id}"),
                &origin,
                format!("must be a table, written [plugin.{id}]"),
            ),
        }
    }
    all
}

/// Where a secret stands.
#[derive(Clone, Copy)]
enum Reference<'a> {
    File(&'a str),
    Credential(&'a str),
}

impl Reference<'_> {
    fn origin(self) -> SettingOrigin {
        match self {
            Self::File(place) => SettingOrigin::File(place.to_owned()),
            Self::Credential(name) => SettingOrigin::Credential(name.to_owned()),
        }
    }
}

/// Where each value that is no table was written.
fn origins_of(
    reader: &Reader<'_>,
    value: &config::Value,
    path: &mut Vec<String>,
    origins: &mut BTreeMap<Vec<String>, SettingOrigin>,
) {
    let ValueKind::Table(table) = &value.kind else {
        origins.insert(path.clone(), reader.setting_origin(&Reader::origin(value)));
        return;
    };
    for (key, inner) in table {
        path.push(key.clone());
        origins_of(reader, inner, path, origins);
        path.pop();
    }
}

/// Finds every table that has one of the two words as its only key.
fn references(
    table: &Map<String, Value>,
    path: &mut Vec<String>,
    found: &mut impl FnMut(&[String], Reference<'_>),
) {
    for (key, value) in table {
        let Value::Object(inner) = value else { continue };
        path.push(key.clone());
        let only = inner.iter().next().filter(|_| inner.len() == 1);
        match only.and_then(|(word, place)| Some((word.as_str(), place.as_str()?))) {
            Some(("file", place)) => found(path, Reference::File(place)),
            Some(("credential", name)) => found(path, Reference::Credential(name)),
            _ => references(inner, path, found),
        }
        path.pop();
    }
}

fn secret(
    reader: &Reader<'_>,
    origin: &Origin,
    around: &Surroundings,
    reference: Reference<'_>,
) -> Result<SecretString, String> {
    let file = match reference {
        Reference::File(place) => reader.resolve(place.as_ref(), origin),
        // A name is one file of that directory.
        Reference::Credential(name) if name.contains('/') || name.is_empty() => {
            return Err(format!("{name:?} is no name of a credential"));
        }
        Reference::Credential(name) => around
            .credential(name)
            .ok_or_else(|| format!("the service has no credential {name:?} (LoadCredential= of its unit)"))?,
    };
    let text =
        std::fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    // Editors put a line end behind it.
    Ok(SecretString::from(text.strip_suffix('\n').map_or(&*text, |text| text.trim_end_matches('\r'))))
}
