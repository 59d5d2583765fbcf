//! The databases of a fleet: a file with one a line, or a query whose rows they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::{Config, DatabaseConfig, DatabaseUrl};
use crate::database::connect::{Databases, install_crypto_provider};
use crate::database::managed::IfMissing;
use crate::database::source::DatabaseSource;
use crate::support::command_code::CommandCode;
use crate::support::errors::chain;

/// The words with which a query begins that only reads.
const QUERIES: [&str; 4] = ["select", "with", "values", "table"];

/// What helps where a list of targets cannot be read.
const FORM: &str = "each line, or each row of the query, is a database of the configured server, an address \
                    (postgresql://…), or a name and one of the two";

/// One database of a fleet.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Unique among all.
    pub(super) name: String,
    pub(super) databases: Databases,
}

/// One line of a file, or one row of a query.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// Where it stands, for messages.
    place: String,
    name: Option<String>,
    database: Named,
}

/// How an entry names its database.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    /// By its name alone: it is on the configured server.
    Here(String),
    Address(String),
}

/// All databases, in the order in which they are listed, and what must be kept while they are used.
pub(super) struct Targets {
    pub(super) all: Vec<Target>,
    pub(super) source: Option<DatabaseSource>,
}

impl Targets {
    /// Reads the list. Everything that is wrong with it is told at once.
    pub(super) async fn read(list: &str, app: &App) -> Result<Self, Failure> {
        install_crypto_provider();
        let mut source = None;
        let entries = if is_query(list) {
            let configured = configured(app).await?;
            let rows = rows(list, &configured.databases).await;
            source = Some(configured);
            rows
        } else {
            lines_of(list)
        };
        let entries = match entries {
            Ok(entries) => entries,
            Err(failure) => return Err(closed(source, failure).await),
        };
        if source.is_none() && entries.iter().any(|entry| matches!(entry.database, Named::Here(_))) {
            source = Some(configured(app).await?);
        }
        let here = source.as_ref().map(|source| &source.databases);
        match resolved(entries, here, &app.config) {
            Ok(all) => Ok(Self { all, source }),
            Err(failure) => Err(closed(source, failure).await),
        }
    }

    /// Stops the managed database, if it was started for this.
    pub(super) async fn close(self) {
        if let Some(source) = self.source {
            source.close().await;
        }
    }
}

async fn closed(source: Option<DatabaseSource>, failure: Failure) -> Failure {
    if let Some(source) = source {
        source.close().await;
    }
    failure
}

fn is_query(list: &str) -> bool {
    let first = list.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    QUERIES.contains(&first.as_str()) && list.split_whitespace().nth(1).is_some()
}

/// The database of the configuration, or the managed one.
async fn configured(app: &App) -> Result<DatabaseSource, Failure> {
    DatabaseSource::open(&app.config, IfMissing::Refuse)
        .await
        .map_err(|error| crate::cli::start::no_source(&error))
}

fn refused(heading: String) -> Failure {
    Failure::refused(CommandCode::BadTargets, heading).hint(FORM)
}

fn lines_of(list: &str) -> Result<Vec<Entry>, Failure> {
    let read = match list {
        "-" => std::io::read_to_string(std::io::stdin()),
        file => std::fs::read_to_string(file),
    };
    let text = read.map_err(|error| {
        refused(format!("the list of databases {list} cannot be read"))
            .because(&error)
            .hint("--targets takes a file, - for standard input, or a query that begins with SELECT")
    })?;
    let name = Path::new(list).file_name().map_or_else(|| list.into(), |name| name.to_string_lossy());
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(|(number, line)| entry(format!("{name}, line {number}"), line)).collect())
}

/// An address as it stands, a name before one, or a name alone.
fn entry(place: String, line: &str) -> Entry {
    let is_address = |text: &str| text.contains("://") || text.contains('=');
    match line.split_once(char::is_whitespace) {
        Some((name, rest)) if !is_address(name) => {
            let rest = rest.trim();
            let database = match is_address(rest) {
                true => Named::Address(rest.to_owned()),
                false => Named::Here(rest.to_owned()),
            };
            Entry { place, name: Some(name.to_owned()), database }
        }
        _ if is_address(line) => Entry { place, name: None, database: Named::Address(line.to_owned()) },
        _ => Entry { place, name: None, database: Named::Here(line.to_owned()) },
    }
}

/// The rows of the query, run in a transaction that cannot write.
async fn rows(query: &str, databases: &Databases) -> Result<Vec<Entry>, Failure> {
    let failed = |error: &dyn std::error::Error| {
        refused("the query for the databases could not be run".to_owned()).detail(chain(error))
    };
    let connected = databases.serving.connect().await;
    let (client, _) = connected.map_err(|error| {
        Failure::new(Exit::Unknown, "the query for the databases could not be run")
            .code(error.unavailable())
            .because(&error)
    })?;
    client.batch_execute("BEGIN READ ONLY").await.map_err(|error| failed(&error))?;
    // Refuses more than one statement, of which another could end the transaction.
    client.prepare(query).await.map_err(|error| failed(&error))?;
    let told = client.simple_query(query).await.map_err(|error| failed(&error))?;
    let rows = told.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let of_row = |(number, row): (usize, &tokio_postgres::SimpleQueryRow)| {
        let place = format!("row {} of the query", number + 1);
        let columns: Vec<_> = (0..row.len()).map(|column| row.get(column)).collect();
        match columns.as_slice() {
            [Some(database)] if !database.contains("://") && !database.contains('=') => {
                Ok(Entry { place, name: None, database: Named::Here((*database).to_owned()) })
            }
            [Some(one)] => Ok(entry(place, one)),
            [Some(name), Some(database)] => {
                let database = entry(place.clone(), database).database;
                Ok(Entry { place, name: Some((*name).to_owned()), database })
            }
            _ => Err(refused(format!("{place} has {} columns or an empty one", columns.len()))),
        }
    };
    rows.enumerate().map(of_row).collect()
}

/// The databases of all entries, or all that is wrong with them.
fn resolved(entries: Vec<Entry>, here: Option<&Databases>, config: &Config) -> Result<Vec<Target>, Failure> {
    if entries.is_empty() {
        return Err(refused("the list of databases is empty; nothing was run".to_owned()));
    }
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for entry in entries {
        let databases = match (&entry.database, here) {
            (Named::Here(dbname), Some(here)) => Ok(here.with_dbname(dbname)),
            (Named::Here(dbname), None) => Err(format!("database {dbname}: no server is configured")),
            (Named::Address(address), _) => at_address(address, &entry.place, &config.database),
        };
        match databases {
            Ok(databases) => found.push((entry, databases)),
            Err(problem) => problems.push(format!("{}: {problem}", entry.place)),
        }
    }
    let mut times = BTreeMap::new();
    for (_, databases) in &found {
        *times.entry(databases.serving.name().to_owned()).or_insert(0) += 1;
    }
    let (mut known, mut places, mut all) = (BTreeSet::new(), BTreeMap::new(), Vec::new());
    for (entry, databases) in found {
        let dbname = databases.serving.name();
        let place = (databases.serving.place().to_string(), dbname.to_owned());
        if let Some(former) = places.insert(place, entry.place.clone()) {
            problems.push(format!("{}: the database is that of {former}", entry.place));
        }
        let name = entry.name.unwrap_or_else(|| match times.get(dbname) {
            Some(1) => dbname.to_owned(),
            _ => format!("{dbname}@{}", databases.serving.place()),
        });
        if !known.insert(name.clone()) {
            problems.push(format!("{}: {name} stands there twice; give each a name of its own", entry.place));
        }
        all.push(Target { name, databases });
    }
    if problems.is_empty() {
        return Ok(all);
    }
    let failure = refused("the list of databases is wrong; nothing was run".to_owned());
    Err(problems.iter().fold(failure, Failure::detail))
}

fn at_address(address: &str, place: &str, config: &DatabaseConfig) -> Result<Databases, String> {
    let url = DatabaseUrl { secret: address.into(), origin: place.to_owned() };
    let config = DatabaseConfig { url: Some(url), heal_url: None, ..config.clone() };
    match Databases::from_config(&config) {
        Ok(Some(databases)) => Ok(databases),
        Ok(None) => Err("it names no database".to_owned()),
        Err(error) => Err(chain(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_database_an_address_or_a_name_and_one_of_them() {
        let of = |line: &str| {
            let Entry { name, database, .. } = entry(String::new(), line);
            (name, database)
        };
        let address = |text: &str| Named::Address(text.to_owned());
        let here = |text: &str| Named::Here(text.to_owned());
        assert_eq!(of("tenant_7"), (None, here("tenant_7")));
        assert_eq!(of("postgresql://a@b/c"), (None, address("postgresql://a@b/c")));
        assert_eq!(of("host=b user=a dbname=c"), (None, address("host=b user=a dbname=c")));
        assert_eq!(of("acme   postgresql://a@b/c"), (Some("acme".to_owned()), address("postgresql://a@b/c")));
        assert_eq!(of("acme host=b dbname=c"), (Some("acme".to_owned()), address("host=b dbname=c")));
        assert_eq!(of("acme tenant_7"), (Some("acme".to_owned()), here("tenant_7")));
    }

    #[test]
    fn what_begins_like_a_query_is_one_and_a_file_is_not() {
        for query in
            ["SELECT datname FROM pg_database", "with t as (select 1) select * from t", "VALUES ('a')"]
        {
            assert!(is_query(query), "{query}");
        }
        for file in ["targets", "/etc/tenon/select.txt", "select", "-"] {
            assert!(!is_query(file), "{file}");
        }
    }
}
