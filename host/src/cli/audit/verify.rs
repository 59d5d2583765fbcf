use std::io::BufRead;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::Started;
use super::rows;
use crate::audit::chain::{Broken, Chain, Head, Link};
use crate::report::{AuditProof, json};
use crate::support::command_code::CommandCode;

/// Prove that nobody changed the audit log
///
/// Each row is sealed with a hash over the row before it. Names the first row that is not what was sealed, or
/// that is missing. That rows were removed from the end only shows against a hash noted earlier: every
/// successful run prints the last one, for --head of a later run.
///
/// Exits with 1 when the log does not hold, and with 3 when it could not be read.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Prove an export instead of the database, without reaching it
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The hash that was the last one at an earlier time: it has to be in the log still
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
}

impl Verify {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let proved = match &self.file {
            Some(file) => in_file(file, self.head.clone())?,
            None => {
                let started = Started::without_plugins(app).await?;
                let proved = started.host.verify_audit(self.head).await;
                started.stop().await;
                proved.map_err(|error| rows::unread(&error))?
            }
        };
        if app.options.json {
            let exit = if proved.is_ok() { Exit::Done } else { Exit::Failed };
            app.terminal.data(&json::document(&AuditProof::from(proved)));
            return Ok(exit);
        }
        match proved {
            Ok(head) => {
                app.terminal.data(&sound(&head));
                Ok(Exit::Done)
            }
            Err(broken) => Err(Failure::new(Exit::Failed, "the audit log is not what was written")
                .code(CommandCode::AuditBroken)
                .because(&broken)
                .hint("`tenon audit export` saves what is there now; compare it with a backup")),
        }
    }
}

fn sound(head: &Head) -> String {
    match head.seq {
        0 => "The audit log is empty\n".to_owned(),
        1 => format!("1 row, as it was written\nlast hash: {}\n", head.hash),
        rows => format!("{rows} rows, all as they were written\nlast hash: {}\n", head.hash),
    }
}

fn in_file(path: &Path, expected: Option<String>) -> Result<Result<Head, Broken>, Failure> {
    let named = || Failure::new(Exit::Usage, format!("{} could not be read", path.display()));
    let file = std::fs::File::open(path).map_err(|error| named().because(&error))?;
    let mut chain = Chain::new(expected);
    for (number, line) in std::io::BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|error| named().because(&error))?;
        let link: Link = serde_json::from_str(&line).map_err(|error| {
            named()
                .detail(format!("line {} is no row of an audit log: {error}", number + 1))
                .hint("`tenon audit export` writes such files")
        })?;
        if let Err(broken) = chain.follow(&link) {
            return Ok(Err(broken));
        }
    }
    Ok(chain.end())
}
