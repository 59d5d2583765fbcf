use clap::Args;

use super::failed;
use crate::cli::app::App;
use crate::cli::documents::TriedTargets;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::host::Tenon;
use crate::host::notify::TriedTarget;
use crate::report::{json, text};

/// Send a test message to each target, or to one, and tell how it answered
///
/// Each is sent once, and at once. Exits with 1 if one did not arrive. Opens no plugin and no database.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The name of one target
    target: Option<String>,
}

impl Test {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        let host = Tenon::with(app.config.clone(), std::sync::Arc::default(), None);
        let targets = host.try_targets(self.target.as_deref()).await.map_err(|error| failed(&error))?;
        let exit = if targets.iter().all(|one| one.delivered) { Exit::Done } else { Exit::Failed };
        let text = if app.options.json {
            json::document(&TriedTargets { targets })
        } else {
            let row = |one: &TriedTarget| {
                let answer = match (&one.error, one.status, one.took_ms) {
                    (Some(error), _, _) => error.clone(),
                    (None, Some(status), Some(took)) => format!("it answered {status} in {took} ms"),
                    (None, _, took) => format!("it ended well in {} ms", took.unwrap_or_default()),
                };
                let arrived = if one.delivered { "arrived" } else { "did not arrive" };
                vec![one.target.clone(), one.kind.to_owned(), arrived.to_owned(), answer]
            };
            let rows = targets.iter().map(row).collect();
            text::table(app.terminal.out(), &["target", "kind", "test", "answer"], rows)
        };
        app.terminal.data(&text);
        Ok(exit)
    }
}
