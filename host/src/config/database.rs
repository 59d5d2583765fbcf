//! `[database]`, and the places an address can come from.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use super::load::LoadOptions;
use super::reader::{Origin, Read, Reader, Section, Table};
use super::{DatabaseConfig, DatabaseUrl, LockTimeout, StatementTimeout};

pub(super) fn read(
    mut section: Section<'_, '_>,
    options: &LoadOptions,
    file: Option<&Path>,
    warnings: &mut Vec<String>,
) -> DatabaseConfig {
    let url = read_url(&mut section, options, file, warnings);
    let config = DatabaseConfig {
        url,
        statement_timeout: section.get("statement_timeout", StatementTimeout(Duration::from_secs(30))),
        lock_timeout: section.get("lock_timeout", LockTimeout(Duration::from_secs(5))),
        pool_size: section.get("pool_size", NonZeroUsize::MIN.saturating_add(9)),
        tls: section.optional("tls").map(|(mode, _)| mode),
        tls_root_cert: section.path("tls_root_cert"),
    };
    section.finish();
    config
}

/// `DATABASE_URL`, then `url` or `url_file`, then systemd's credential.
fn read_url(
    section: &mut Section<'_, '_>,
    options: &LoadOptions,
    file: Option<&Path>,
    warnings: &mut Vec<String>,
) -> Option<DatabaseUrl> {
    let url = section.optional::<SecretString>("url");
    let url_file = section.optional::<PathBuf>("url_file");
    let origin_name = |origin: &Origin| match origin {
        Origin::Variable(name) => format!("environment variable {name}"),
        Origin::File => file.map_or_else(String::new, |file| format!("database.url in {}", file.display())),
    };
    if let Some(secret) = options.secrets.get("DATABASE_URL") {
        return Some(DatabaseUrl {
            secret: secret.clone(),
            origin: "environment variable DATABASE_URL".to_owned(),
        });
    }
    // Where both are set, one by a variable, the variable overrides the file.
    match (url, url_file) {
        (Some((_, Origin::File)), Some((_, origin @ Origin::File)))
        | (Some((_, Origin::Variable(_))), Some((_, origin @ Origin::Variable(_)))) => {
            section.problem("url_file", &origin, "cannot be set together with database.url");
            None
        }
        (Some((secret, origin)), None | Some((_, Origin::File))) => {
            warn_of_readers(&origin, file, warnings);
            Some(DatabaseUrl { secret, origin: origin_name(&origin) })
        }
        (_, Some((path, origin))) => {
            let path = section.resolve(&path, &origin);
            read_url_file(section, &path, &origin)
        }
        (None, None) => {
            let path = options.surroundings.credential("database_url")?;
            read_url_file(section, &path, &Origin::Variable("CREDENTIALS_DIRECTORY".to_owned()))
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
        && file.metadata().is_ok_and(|metadata| metadata.mode() & 0o004 != 0)
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

fn read_url_file(section: &mut Section<'_, '_>, path: &Path, origin: &Origin) -> Option<DatabaseUrl> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => {
            section.problem("url_file", origin, format!("{} is empty", path.display()));
            None
        }
        Ok(text) => Some(DatabaseUrl { secret: text.trim().into(), origin: path.display().to_string() }),
        Err(error) => {
            section.problem("url_file", origin, format!("cannot read {}: {error}", path.display()));
            None
        }
    }
}
