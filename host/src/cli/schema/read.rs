use clap::Args;
use tenon_schema::Ident;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::side::Side;
use crate::report::{json, text};
use crate::schema::snapshot_file::{SnapshotScope, of_schema};

/// Show what a database, a plugin or a file says a schema is
///
/// FROM is `database` (the configured one), `database:NAME` (an address of [databases] in the
/// configuration), `plugin:ID` (what its lock file says, or else its proof in a scratch database), or a file:
/// a reading as this command writes it with --json, or a plugin's lock file. All that PostgreSQL
/// prints is in its own spelling. Writes nothing.
///
/// Exits with 3 when it could not be read, or not all of it: what cannot be printed is told by name.
#[derive(Debug, Args)]
pub(crate) struct Read {
    /// What to read
    #[arg(value_name = "FROM", default_value = "database")]
    from: Side,
    /// Read this schema alone; by default all but the system's
    #[arg(long, value_name = "NAME")]
    schema: Option<Ident>,
    /// Of a plugin's readings, take that of this major version of PostgreSQL
    #[arg(long, value_name = "N")]
    server_major: Option<i32>,
}

impl Read {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let mut read = self.from.read(app, self.schema.as_ref(), self.server_major).await?;
        let (Some(mut printed), true) = (read.pop(), read.is_empty()) else {
            return Err(Failure::new(Exit::Usage, format!("{} has readings of several servers", self.from))
                .hint("name one with --server-major"));
        };
        if let Some(schema) = &self.schema {
            printed.objects = of_schema(&printed.objects, schema);
            if printed.scope == SnapshotScope::Database {
                printed.scope = SnapshotScope::Schema(schema.clone());
            }
        }
        let text =
            if app.options.json { json::whole(&printed) } else { text::schema(&printed, app.terminal.out()) };
        app.terminal.data(&text);
        Ok(if printed.unprinted.is_empty() { Exit::Done } else { Exit::Unknown })
    }
}
