use std::collections::BTreeSet;

use clap::Args;
use tenon_migrations_core::compare::Difference;
use tenon_migrations_core::snapshot::NOT_COMPARED;

use super::super::app::App;
use super::super::documents::{SchemaDiff, UnprintedSides};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::side::Side;
use crate::database::connect::Database;
use crate::database::source::DatabaseSource;
use crate::report::text::Differences;
use crate::report::{json, text};
use crate::schema::snapshot_file::SnapshotFile;
use crate::scratch::respell;
use crate::support::command_code::CommandCode;
use crate::support::errors::chain;

/// Show in what one schema differs from another
///
/// A and B are each `database` (the configured one), `database:NAME` (an address of [databases] in the
/// configuration), `plugin:ID`, or a file: a reading as `tenon schema read --json` writes it, or a plugin's
/// lock file. A plugin, or a reading of one schema, is compared with that part of the other alone. What two
/// majors of PostgreSQL printed is not compared. Where texts differ that a restore may spell in another way,
/// the server is asked for all spellings, in a scratch database. Writes nothing else.
///
/// Exits with 0 when they are equal, 2 when they differ, 3 when one could not be read, or not all of it, or
/// they cannot be compared.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// What is expected
    #[arg(value_name = "A")]
    expected: Side,
    /// What is found
    #[arg(value_name = "B")]
    found: Side,
    /// Of a plugin's readings, take that of this major version of PostgreSQL
    #[arg(long, value_name = "N")]
    server_major: Option<i32>,
}

impl Diff {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let expected = self.expected.read(app, None, self.server_major).await?;
        let found = self.found.read(app, None, self.server_major).await?;
        let (expected, found) = of_one_printer(&expected, &found).ok_or_else(|| {
            Failure::new(Exit::Unknown, "one of them holds no reading").code(CommandCode::NotComparable)
        })?;
        let mut compared = Compared { expected: expected.clone(), found: found.clone(), not_respelled: None };
        let mut differences = self.differences(&compared)?;
        for which in [Which::Expected, Which::Found] {
            if differences.iter().any(respell::may_be_spelling)
                && let Some(source) = self.server_for(which, app).await?
            {
                compared.respell(which, &differences, &source.databases.serving).await;
                source.close().await;
                differences = self.differences(&compared)?;
            }
        }
        let (a, b) = (self.expected.to_string(), self.found.to_string());
        let Compared { expected, found, not_respelled } = compared;
        let told = Differences {
            sides: [&a, &b],
            differences: &differences,
            unprinted: [expected.unprinted, found.unprinted],
            not_respelled: not_respelled.filter(|_| differences.iter().any(respell::may_be_spelling)),
        };
        let is_whole = told.unprinted.iter().all(Vec::is_empty);
        let text = if app.options.json {
            let [of_a, of_b] = &told.unprinted;
            json::document(&SchemaDiff {
                a: &a,
                b: &b,
                differences: &differences,
                not_compared: NOT_COMPARED,
                unprinted: UnprintedSides { a: of_a, b: of_b },
                not_respelled: told.not_respelled.as_deref(),
            })
        } else {
            text::differences(&told, app.terminal.out())
        };
        app.terminal.data(&text);
        Ok(match (differences.is_empty(), is_whole) {
            (false, _) => Exit::OutOfStep,
            (true, true) => Exit::Done,
            (true, false) => Exit::Unknown,
        })
    }

    /// A server for what a side says: its own, or where it is none the other's, which printed the same way.
    async fn server_for(&self, which: Which, app: &App) -> Result<Option<DatabaseSource>, Failure> {
        let (own, other) = match which {
            Which::Expected => (&self.expected, &self.found),
            Which::Found => (&self.found, &self.expected),
        };
        Ok(match own.source(app).await? {
            Some(source) => Some(source),
            None => other.source(app).await?,
        })
    }

    fn differences(&self, compared: &Compared) -> Result<Vec<Difference>, Failure> {
        compared.expected.compare(&compared.found).map_err(|error| {
            Failure::new(
                Exit::Unknown,
                format!("{} (A) and {} (B) cannot be compared", self.expected, self.found),
            )
            .code(CommandCode::NotComparable)
            .because(&error)
            .hint("read both with this Tenon, from servers of one major version")
        })
    }
}

/// What is compared.
struct Compared {
    expected: SnapshotFile,
    found: SnapshotFile,
    /// Why it is not known how a restore would spell them.
    not_respelled: Option<String>,
}

#[derive(Debug, Clone, Copy)]
enum Which {
    Expected,
    Found,
}

impl Compared {
    /// Asks a server how restores would spell what of this side may differ from the other in spelling alone.
    async fn respell(&mut self, which: Which, differences: &[Difference], server: &Database) {
        let differing = differences.iter().filter(|difference| respell::may_be_spelling(difference));
        let objects: BTreeSet<_> = differing.map(|difference| difference.object.clone()).collect();
        let snapshot = match which {
            Which::Expected => &mut self.expected.objects,
            Which::Found => &mut self.found.objects,
        };
        if let Err(error) = respell::complete(server, snapshot, &objects).await {
            self.not_respelled = Some(chain(&error));
        }
    }
}

/// Two readings that one printer printed, the newest if there are several; else any two.
fn of_one_printer<'a>(
    these: &'a [SnapshotFile],
    those: &'a [SnapshotFile],
) -> Option<(&'a SnapshotFile, &'a SnapshotFile)> {
    let pairs = || these.iter().rev().flat_map(|one| those.iter().rev().map(move |other| (one, other)));
    pairs().find(|(one, other)| one.printer == other.printer).or_else(|| pairs().next())
}
