mod diff;
mod import;
mod inspect;
mod list;
mod lock;
mod new;
mod pin;
mod quarantine;
mod release;
mod role;
mod settings;
mod test_server;
mod verify;

use clap::Subcommand;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;

/// Write plugins, look at them, and keep them from doing harm
#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(super) enum Plugin {
    New(new::New),
    Import(import::Import),
    List(list::List),
    Inspect(inspect::Inspect),
    Lock(lock::Lock),
    Diff(diff::Diff),
    Verify(verify::Verify),
    Pin(pin::Pin),
    Quarantine(quarantine::PutIntoQuarantine),
    Release(release::Release),
    Role(role::Role),
    Settings(settings::Settings),
    TestServer(test_server::TestServer),
}

impl Plugin {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        match self {
            Self::New(command) => command.run(app),
            Self::Import(command) => command.run(app).await,
            Self::List(command) => command.run(app).await,
            Self::Inspect(command) => command.run(app),
            Self::Lock(command) => command.run(app).await,
            Self::Diff(command) => command.run(app).await,
            Self::Verify(command) => command.run(app).await,
            Self::Pin(command) => command.run(app).await,
            Self::Quarantine(command) => command.run(app).await,
            Self::Release(command) => command.run(app).await,
            Self::Role(command) => command.run(app).await,
            Self::Settings(command) => command.run(app).await,
            Self::TestServer(command) => command.run(app).await,
        }
    }
}
