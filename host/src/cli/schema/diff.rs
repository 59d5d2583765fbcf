use clap::Args;
use serde_json::json;
use tenon_migrations_core::reading::NOT_COMPARED;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::side::Side;
use crate::printed::Printed;
use crate::report::{json, text};

/// Show in what one schema differs from another
///
/// A and B are each `database` (the configured one), `database:NAME` (an address of [databases] in the
/// configuration), `plugin:ID`, or a file: a reading as `tenon schema read --json` writes it, or a plugin's
/// lock file. A plugin, or a reading of one schema, is compared with that part of the other alone. What two
/// majors of PostgreSQL printed is not compared. Writes nothing.
///
/// Exits with 0 when they are equal, 2 when they differ, 3 when one could not be read or they cannot be
/// compared.
#[derive(Debug, Args)]
pub(in super::super) struct Diff {
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
        let (expected, found) = of_one_printer(&expected, &found)
            .ok_or_else(|| Failure::new(Exit::Unknown, "one of them holds no reading"))?;
        let differences = expected.compare(found).map_err(|error| {
            Failure::new(
                Exit::Unknown,
                format!("{} (A) and {} (B) cannot be compared", self.expected, self.found),
            )
            .because(&error)
            .hint("read both with this Tenon, from servers of one major version")
        })?;
        let (a, b) = (self.expected.to_string(), self.found.to_string());
        let text = if app.options.json {
            json::document(&json!({
                "format": 1, "a": a, "b": b, "differences": differences, "not_compared": NOT_COMPARED,
            }))
        } else {
            text::differences(&differences, [&a, &b], app.terminal.out())
        };
        app.terminal.data(&text);
        Ok(if differences.is_empty() { Exit::Done } else { Exit::OutOfStep })
    }
}

/// Two readings that one printer printed, the newest if there are several; else any two.
fn of_one_printer<'a>(these: &'a [Printed], those: &'a [Printed]) -> Option<(&'a Printed, &'a Printed)> {
    let pairs = || these.iter().rev().flat_map(|one| those.iter().rev().map(move |other| (one, other)));
    pairs().find(|(one, other)| one.printer == other.printer).or_else(|| pairs().next())
}
