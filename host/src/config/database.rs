//! `[database]`, and the places an address can come from.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::from_value::FromConfigValue;
use super::load::LoadOptions;
use super::origin::Origin;
use super::reader::{Reader, Section, Table};
use super::secret_file::secret_in;
use super::{DatabaseConfig, DatabaseUrl, LockTimeout, SettingOrigin, StatementTimeout, UnsupportedServer};
use crate::support::file_access::everybody_reads;

pub(super) fn read(
    mut section: Section<'_, '_>,
    options: &LoadOptions,
    file: Option<&Path>,
    warnings: &mut Vec<String>,
) -> DatabaseConfig {
    let url = read_url(&mut section, &SERVING, options, file, warnings);
    let heal_url = read_url(&mut section, &HEALING, options, file, warnings);
    let scratch_url = read_url(&mut section, &SCRATCH, options, file, warnings);
    let config = DatabaseConfig {
        url,
        heal_url,
        scratch_url,
        statement_timeout: section.get("statement_timeout", StatementTimeout(Duration::from_secs(30))),
        lock_timeout: section.get("lock_timeout", LockTimeout(Duration::from_secs(5))),
        pool_size: section.get("pool_size", NonZeroUsize::MIN.saturating_add(9)),
        tls: section.optional("tls").map(|(mode, _)| mode),
        tls_root_cert: section.path("tls_root_cert"),
        unsupported_server: section.get("unsupported_server", UnsupportedServer::Refuse),
    };
    section.finish();
    config
}

/// What the places of an address are called.
struct Places {
    variable: &'static str,
    url: &'static str,
    url_file: &'static str,
    credential: &'static str,
}

impl Places {
    /// What is said of a variable that is set to nothing: whoever set it meant some database, and no other is
    /// used.
    fn empty(&self) -> String {
        let otherwise = match self.url {
            "url" => {
                "database.url, or a PostgreSQL of Tenon's own if there is none either, is used".to_owned()
            }
            url => format!("database.{url} is used, if it is set"),
        };
        format!("is set and empty: give it the address, or unset {}, so that {otherwise}", self.variable)
    }
}

const SERVING: Places =
    Places { variable: "DATABASE_URL", url: "url", url_file: "url_file", credential: "database_url" };

const HEALING: Places = Places {
    variable: "DATABASE_HEAL_URL",
    url: "heal_url",
    url_file: "heal_url_file",
    credential: "database_heal_url",
};

const SCRATCH: Places = Places {
    variable: "DATABASE_SCRATCH_URL",
    url: "scratch_url",
    url_file: "scratch_url_file",
    credential: "database_scratch_url",
};

/// The variable, then the address or its file, then systemd's credential.
fn read_url(
    section: &mut Section<'_, '_>,
    places: &Places,
    options: &LoadOptions,
    file: Option<&Path>,
    warnings: &mut Vec<String>,
) -> Option<DatabaseUrl> {
    let url = section.optional::<SecretString>(places.url);
    let url_file = section.optional::<PathBuf>(places.url_file);
    let origin_name = |origin: &Origin| match origin {
        Origin::Variable(name) => format!("environment variable {name}"),
        Origin::File => {
            file.map_or_else(String::new, |file| format!("database.{} in {}", places.url, file.display()))
        }
    };
    let variable = || Origin::Variable(places.variable.to_owned());
    if options.secrets.not_text().any(|name| name == places.variable) {
        section.problem(places.url, &variable(), "is not UTF-8");
        return None;
    }
    if let Some(secret) = options.secrets.get(places.variable) {
        if secret.expose_secret().trim().is_empty() {
            section.problem(places.url, &variable(), places.empty());
            return None;
        }
        section.note(places.url, None, SettingOrigin::Variable(places.variable.to_owned()));
        let origin = format!("environment variable {}", places.variable);
        return Some(DatabaseUrl { secret: secret.clone(), origin });
    }
    // Where both are set, one by a variable, the variable overrides the file.
    match (url, url_file) {
        (Some((_, Origin::File)), Some((_, origin @ Origin::File)))
        | (Some((_, Origin::Variable(_))), Some((_, origin @ Origin::Variable(_)))) => {
            let message = format!("cannot be set together with database.{}", places.url);
            section.problem(places.url_file, &origin, message);
            None
        }
        (Some((secret, origin)), None | Some((_, Origin::File))) => {
            warn_of_readers(&origin, file, warnings);
            Some(DatabaseUrl { secret, origin: origin_name(&origin) })
        }
        (_, Some((path, origin))) => {
            let path = section.resolve(&path, &origin);
            read_url_file(section, places, &path, &origin)
        }
        (None, None) => {
            let path = options.surroundings.credential(places.credential)?;
            section.note(places.url, None, SettingOrigin::Credential(places.credential.to_owned()));
            read_url_file(section, places, &path, &Origin::Variable("CREDENTIALS_DIRECTORY".to_owned()))
        }
    }
}

/// `[databases]`: one address a name.
pub(super) fn read_others(
    reader: &mut Reader<'_>,
    table: Table,
    file: Option<&Path>,
    warnings: &mut Vec<String>,
) -> BTreeMap<String, DatabaseUrl> {
    let mut others = BTreeMap::new();
    for (name, value) in table {
        let (key, origin) = (format!("databases.{name}"), Reader::origin(&value));
        let told = reader.setting_origin(&origin);
        reader.note(&key, None, told);
        match SecretString::read(&value.kind, &origin) {
            Ok(secret) => {
                warn_of_readers(&origin, file, warnings);
                let origin = match origin {
                    Origin::Variable(name) => format!("environment variable {name}"),
                    Origin::File => key,
                };
                others.insert(name, DatabaseUrl { secret, origin });
            }
            Err(message) => reader.problem(&key, &origin, message),
        }
    }
    others
}

/// A file with an address in it should not be everybody's to read. Said once a file.
fn warn_of_readers(origin: &Origin, file: Option<&Path>, warnings: &mut Vec<String>) {
    if let (Origin::File, Some(file)) = (origin, file)
        && file.metadata().is_ok_and(|metadata| everybody_reads(&metadata))
    {
        let file = file.display();
        let warning = format!(
            "{file} holds the database's address and can be read by every user; run: chmod o-r {file}"
        );
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
}

fn read_url_file(
    section: &mut Section<'_, '_>,
    places: &Places,
    path: &Path,
    origin: &Origin,
) -> Option<DatabaseUrl> {
    match secret_in(path) {
        Ok(secret) => Some(DatabaseUrl { secret, origin: path.display().to_string() }),
        Err(problem) => {
            section.problem(places.url_file, origin, problem);
            None
        }
    }
}
