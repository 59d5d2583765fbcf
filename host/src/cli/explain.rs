use clap::Args;

use super::app::App;
use super::documents::ExplainedCodes;
use super::exit::Exit;
use super::failure::Failure;
use crate::report::explain::{explain, explanations, explanations_in_markdown, similar_codes};
use crate::report::{json, text};

/// Say what a code means, and what helps
///
/// The code of a finding's cause, of a refusal or a hazard of a plan, of a problem of a plugin's file, or of
/// an error of a command or the API. Without a code, all are listed. Opens no plugin and no database.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The code, as it stands in a report: unloadable, not-pinned or drop-column
    code: Option<String>,

    /// Print the whole texts of all codes as one Markdown document
    #[arg(long, conflicts_with = "code")]
    all: bool,
}

impl Explain {
    pub(crate) fn run(self, app: &App) -> Result<Exit, Failure> {
        let codes = match &self.code {
            Some(code) => found(code)?,
            None => explanations().collect(),
        };
        let style = app.terminal.out();
        app.terminal.data(&match self.code {
            _ if app.options.json => json::document(&ExplainedCodes { codes: &codes }),
            Some(_) => text::explained_codes(&codes, style),
            None if self.all => explanations_in_markdown(),
            None => text::codes(&codes, style),
        });
        Ok(Exit::Done)
    }
}

fn found(code: &str) -> Result<Vec<crate::report::explain::Explanation>, Failure> {
    let found = explain(code);
    if !found.is_empty() {
        return Ok(found);
    }
    let failure = Failure::new(Exit::Usage, format!("there is no code {code:?}"));
    Err(match similar_codes(code).as_slice() {
        [] => failure.hint("`tenon explain` lists all codes"),
        near => {
            let near = near.iter().map(|code| format!("`tenon explain {code}`")).collect::<Vec<_>>();
            failure.hint(format!("perhaps {} is meant; `tenon explain` lists all codes", near.join(" or ")))
        }
    })
}
