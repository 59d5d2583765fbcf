use std::path::Path;

use clap::Args;
use serde::Serialize;
use utoipa::ToSchema;

use crate::audit::{Action, Actor, Origin};
use crate::cli::app::App;
use crate::cli::backup::failed;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::heal::Confirmation;
use crate::cli::record;
use crate::database::connect::install_crypto_provider;
use crate::host::backup::{UpgradeOptions, upgrade};
use crate::report::{json, text};

/// Bring the managed database to another major version of PostgreSQL
///
/// The programs of both versions have to be installed, and the host stopped; one that is started meanwhile is
/// refused. What stands in the old cluster is restored in a new one beside it, and held against it; then the
/// two change places in one step. Roles come along with their passwords. The old cluster stays until you
/// remove it. Changes in its postgresql.conf and pg_hba.conf are not taken over, and told.
#[derive(Debug, Args)]
pub(crate) struct Upgrade {
    /// The major version to upgrade to
    #[arg(long, value_name = "MAJOR")]
    to: u32,

    /// Leave other databases of the cluster behind, in the old one
    #[arg(long)]
    leave_others: bool,

    #[command(flatten)]
    confirmation: Confirmation,
}

/// A managed database that was upgraded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UpgradedPostgres<'a> {
    from: u32,
    to: u32,
    /// The old cluster.
    #[schema(value_type = String)]
    former: &'a Path,
    rows: u64,
    /// What stays behind in the old cluster.
    left: &'a [String],
}

impl Upgrade {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        install_crypto_provider();
        let hint = "say `tenon postgres upgrade --to MAJOR --yes` where there is no terminal";
        let admin = self.confirmation.admin(hint, app)?;
        let question = format!("Upgrade the managed database to PostgreSQL {} as {admin}?", self.to);
        self.confirmation.agree(&question, "upgraded", app)?;
        let tell = |what: &str| app.terminal.message(&format!("{what}\n"));
        let wanted = UpgradeOptions { to: self.to, leave_others: self.leave_others };
        let done = upgrade(&app.config, wanted, &tell).await.map_err(|error| failed(&error))?;
        let action = Action::UpgradePostgres { from: done.from, to: done.to };
        record::record(app, &Actor::new(admin, Origin::Cli), action, None).await;
        app.terminal.data(&if app.options.json {
            let (from, to, former, rows) = (done.from, done.to, done.former.as_path(), done.rows);
            json::document(&UpgradedPostgres { from, to, former, rows, left: &done.left })
        } else {
            let left: Vec<_> =
                done.left.iter().map(|one| format!("Left behind: {}\n", text::clean(one))).collect();
            format!(
                "The managed database is of PostgreSQL {} now; {} rows were taken over\n\
                 The old cluster stays in {} until you remove it\n\
                 {}\
                 Look at it with `tenon check`, and heal once: `tenon heal` makes the plugins' login roles right\n",
                done.to,
                done.rows,
                done.former.display(),
                left.concat()
            )
        });
        Ok(Exit::Done)
    }
}
