mod libraries;
mod on_server;
mod steps;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use tenon_migrations_core::release::Objection;

use self::libraries::Libraries;
use self::on_server::OnServer;
use self::steps::Steps;
use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::start::no_source;
use crate::author::folder::MigrationFolder;
use crate::author::verify::{Bench, Version};
use crate::database::connect::install_crypto_provider;
use crate::database::managed::{IfMissing, Managed, ManagedError, ManagedOptions};
use crate::database::source::DatabaseSource;
use crate::report::text::counted;
use crate::support::command_code::CommandCode;

/// Verify a version of a plugin before it is released, in scratch databases
///
/// Loads the library, with those that it requires from the plugin directory; proves it from empty as `tenon
/// plugin lock` does, and says whether the lock file is up to date; heals a database of each earlier state
/// with it, in one transaction, and compares the end with that of an empty one. Earlier states are those of
/// the released libraries that --against names; without it, one for each migration of the plugin.
///
/// Held against a released version, it says which released migrations were edited or removed, what comes
/// before one, what is not declared any more, and whether the version's number says what changed. What is
/// advice fails nothing. Builds nothing, and changes no database of yours. Needs a role that may create
/// databases.
///
/// Exits with 0 when it is verified, 1 when it is not, with all reasons, 2 when nothing is wrong but the lock
/// file, 5 when the library was built before the migrations' last change, or a PostgreSQL is not there.
#[derive(Debug, Args)]
#[command(
    after_help = "For example, in the crate's folder:\n  tenon plugin verify --against released/libnotes-1.0.0.so --major 15 --major 17"
)]
pub(crate) struct Verify {
    /// The plugin's id, or its library; by default that of the crate in this folder, as it was built last
    #[arg(value_name = "ID|FILE")]
    what: Option<String>,

    /// The library of a released version; repeat it for more
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,

    /// Verify it on a PostgreSQL of this major version, which is started for that and thrown away, instead of
    /// the configured or managed one; repeat it for more
    #[arg(long = "major", value_name = "N")]
    majors: Vec<u32>,

    /// The plugin's lock file
    #[arg(long, value_name = "FILE", default_value = "tenon.lock")]
    lock: PathBuf,

    /// The folder of the plugin's migrations
    #[arg(long, value_name = "FOLDER", default_value = "migrations")]
    dir: PathBuf,
}

impl Verify {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let libraries = Libraries::find(self.what.as_deref(), &app.config)?;
        let clusters: Vec<_> =
            self.majors.iter().map(|major| throw_away(*major)).collect::<Result<_, _>>()?;
        let mut steps = Steps::new(app, &libraries.id);
        let began = Instant::now();
        let loaded = libraries.version(&app.config);
        let version = steps.step("the library is loaded", began, loaded);
        let Some(version) = version else { return Ok(steps.end()) };
        self.built_from_the_folder(&version)?;
        steps.version(&version);
        let began = Instant::now();
        steps.objections("its own numbers", began, version.objections(None));
        let mut formers = Vec::new();
        for file in &self.against {
            let began = Instant::now();
            let name = file.display();
            let former = libraries.former(file, &app.config);
            if let Some(former) = steps.step(&format!("{name} is loaded"), began, former) {
                let objections = version.objections(Some(&former));
                let refused = objections.iter().any(|one| !one.rule.is_advice() && refuses(one));
                steps.objections(&format!("against {}", told(&former, file)), began, objections);
                // Whoever has that file could not heal, for the reasons that are told.
                if !refused {
                    formers.push((told(&former, file), former));
                }
            }
        }
        if clusters.is_empty() {
            self.on_configured(app, &version, &formers, &mut steps).await?;
        }
        for cluster in clusters {
            self.on_cluster(app, cluster, &version, &formers, &mut steps).await?;
        }
        Ok(steps.end())
    }

    /// Refuses a library that was built before the folder's last change.
    fn built_from_the_folder(&self, version: &Version) -> Result<(), Failure> {
        let Some(files) = version.plugin().map(|plugin| &plugin.files).filter(|_| self.dir.is_dir()) else {
            return Ok(());
        };
        let folder = MigrationFolder::read(&self.dir).map_err(|error| Failure::of(Exit::Usage, &error))?;
        let unbuilt = folder.unbuilt(files);
        // Another plugin's folder, where somebody else stands.
        if unbuilt.is_empty() || !folder.shares_a_name_with(files) {
            return Ok(());
        }
        let (id, dir, unbuilt) = (&version.id, self.dir.display(), unbuilt.join(", "));
        let heading = format!("the library of {id} does not have {unbuilt} as the folder {dir} does");
        Err(Failure::refused(CommandCode::NotBuilt, heading)
            .hint("build the plugin first; or name its own folder of migrations with --dir"))
    }

    async fn on_configured(
        &self,
        app: &App,
        version: &Version,
        formers: &[(String, Version)],
        steps: &mut Steps<'_>,
    ) -> Result<(), Failure> {
        install_crypto_provider();
        let source = DatabaseSource::open(&app.config, IfMissing::Create).await;
        let source = source.map_err(|error| no_source(&error))?;
        let bench = Bench { config: &app.config, databases: &source.databases };
        OnServer { bench, version, formers, lock: &self.lock, place: "" }.verify(steps).await;
        source.close().await;
        Ok(())
    }

    async fn on_cluster(
        &self,
        app: &App,
        cluster: Cluster,
        version: &Version,
        formers: &[(String, Version)],
        steps: &mut Steps<'_>,
    ) -> Result<(), Failure> {
        install_crypto_provider();
        let began = Instant::now();
        let place = tempfile::tempdir()
            .map_err(|error| Failure::new(Exit::Failed, "no folder could be made").because(&error))?;
        let options = ManagedOptions { state_dir: place.path().to_owned(), ..cluster.options };
        let started = Managed::start(&options).await;
        let started = started.map_err(|error| Failure::of(Exit::Unknown, &error).code(error.code()));
        let name = format!("PostgreSQL {} is started", cluster.major);
        if let Some(server) = steps.step(&name, began, started) {
            let bench = Bench { config: &app.config, databases: server.databases() };
            let on = format!(" on PostgreSQL {}", cluster.major);
            OnServer { bench, version, formers, lock: &self.lock, place: &on }.verify(steps).await;
            server.stop().await;
        }
        Ok(())
    }
}

/// A PostgreSQL of a major version that is wanted.
struct Cluster {
    major: u32,
    options: ManagedOptions,
}

/// Sees that it is installed, before anything is done.
fn throw_away(major: u32) -> Result<Cluster, Failure> {
    let options = ManagedOptions::throw_away("", major);
    let options = options.map_err(|error: ManagedError| Failure::refused_by(error.code(), &error))?;
    Ok(Cluster { major, options })
}

/// A released version in words.
fn told(former: &Version, file: &std::path::Path) -> String {
    let number = former.plugin().map(|plugin| plugin.info.version.to_string()).unwrap_or_default();
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    format!("{number} ({name})")
}

/// Whether a heal of whoever has the former version would be refused for it.
fn refuses(objection: &Objection) -> bool {
    use tenon_migrations_core::release::ReleaseRule::{EditedMigration, RemovedMigration};
    matches!(objection.rule, EditedMigration | RemovedMigration)
}

/// What is told of steps that failed, in the end.
fn reasons(count: usize) -> String {
    counted(count, "step")
}
