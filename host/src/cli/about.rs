use clap::Args;

use super::app::App;
use super::exit::Exit;
use crate::plugin::inspect::Facts;
use crate::report::{json, text};

/// Say what this host is and which plugins it can load
///
/// Its version, the generations of the plugin contract it speaks, the target it was built for and the glibc
/// it runs with. `tenon plugin inspect --against` asks another host's program this.
#[derive(Debug, Args)]
pub(super) struct About {}

impl About {
    pub(crate) fn run(self, app: &App) -> Exit {
        let facts = Facts::own();
        app.terminal.data(&if app.options.json { json::whole(&facts) } else { text::facts(&facts) });
        Exit::Done
    }
}
