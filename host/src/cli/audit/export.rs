use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::Started;
use super::rows;
use crate::audit::chain::Link;
use crate::host::Tenon;
use crate::report::json;
use crate::support::command_code::CommandCode;

/// Write the audit log as JSON lines, one row a line, oldest first
///
/// A row's `body` is a string that holds JSON: it is sealed to the letter (with jq: `.body | fromjson`).
/// `tenon audit verify --file` proves such a file without the database.
///
/// Exits with 3 when the log could not be read.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Write to this file, which must not exist yet, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only the rows after this number: what an earlier export ended with
    #[arg(long, value_name = "N", default_value_t = 0)]
    after: i64,
}

impl Export {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let started = Started::without_plugins(app).await?;
        let exported = match &self.output {
            None => {
                rows::each(&started.host, self.after, |link| {
                    app.terminal.data(&json::whole_line(link));
                    Ok(())
                })
                .await
            }
            Some(path) => to_file(&started.host, self.after, path).await,
        };
        started.stop().await;
        let count = exported?;
        if let Some(path) = &self.output {
            app.terminal.message(&format!("{count} rows in {}\n", path.display()));
        }
        Ok(Exit::Done)
    }
}

async fn to_file(host: &Tenon, after: i64, path: &Path) -> Result<usize, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Failed, format!("{} could not be written", path.display()))
            .code(CommandCode::FileFailed)
            .because(&error)
    };
    let mut file = BufWriter::new(File::create_new(path).map_err(failed)?);
    let write = |link: &Link| file.write_all(json::whole_line(link).as_bytes()).map_err(failed);
    let count = rows::each(host, after, write).await?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(count)
}
