use std::path::PathBuf;

use clap::Args;
use tenon_migrations_core::finding::Cause;
use tenon_migrations_core::lock::Lock as LockFile;
use tenon_migrations_core::migration::PluginId;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::heal;
use super::super::planning;
use super::super::start::Started;
use crate::database::unavailable::Unavailable;
use crate::heal::prove::{Faults, Proof, ProveError, StatementFault};
use crate::report::Excerpt;
use crate::report::text::counted;
use crate::scratch::made_by::MadeByError;
use crate::support::command_code::CommandCode;

/// Prove a plugin in a scratch database, and write its lock file
///
/// Plans a heal of an empty database with the plugin and those that it requires, and refuses what that plan
/// refuses; runs their migrations in a database made for this and dropped again; compares what they make with
/// the plugin's descriptors; heals by that plan without committing; and writes PostgreSQL's spelling of the
/// descriptors to the lock file, for the plugin to embed (`lock: "tenon.lock"` in export_plugin!). What the
/// file has from servers of other majors is kept, if it still holds. Needs a role that may create databases.
///
/// Every statement of `sql!` is prepared where the migrations have run: its parameters and the fields of its
/// rows have to be of the types that PostgreSQL says.
///
/// What the migrations make has to be declared, or named in the descriptors' `undeclared` with a reason; and
/// every name in them needs its schema.
///
/// Exits with 0 when it is proved, 1 when it is not, with all reasons, and with --check 2 when the lock file
/// is not what it would write.
#[derive(Debug, Args)]
pub(crate) struct Lock {
    /// The plugin's id
    #[arg(value_name = "ID")]
    plugin: PluginId,
    /// The lock file
    #[arg(long, value_name = "FILE", default_value = "tenon.lock")]
    out: PathBuf,
    /// Write nothing; only say whether the lock file is up to date
    #[arg(long)]
    check: bool,
}

impl Lock {
    pub(crate) async fn run(self, app: &App) -> Result<Exit, Failure> {
        app.log_quietly()?;
        let there = std::fs::read_to_string(&self.out).ok();
        let former: Option<LockFile> = there.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let started = Started::open_making(app).await?;
        let proved = started.host.prove(&self.plugin, former.as_ref()).await;
        started.stop().await;
        let Proof { lock, warnings } = proved.map_err(|error| not_proved(&self.plugin, &error))?;
        for warning in &warnings {
            app.terminal.error(&format!("warning: {warning}\n"));
        }
        let text = render(&lock)?;
        let out = self.out.display();
        if there.as_deref() == Some(text.as_str()) {
            app.terminal.message(&format!("{out} is up to date\n"));
            return Ok(Exit::Done);
        }
        if self.check {
            let why = why_stale(there.as_deref(), former.as_ref(), &lock);
            let plugin = &self.plugin;
            app.terminal
                .error(&format!("{out} is out of date: {why}; `tenon plugin lock {plugin}` writes it\n"));
            return Ok(Exit::OutOfStep);
        }
        std::fs::write(&self.out, &text).map_err(|error| {
            Failure::new(Exit::Failed, format!("{out} could not be written"))
                .code(CommandCode::FileFailed)
                .because(&error)
        })?;
        let objects =
            lock.snapshots.values().map(|snapshot| snapshot.objects.len()).max().unwrap_or_default();
        let message =
            format!("{} is proved: {objects} objects as its migrations make them, in {out}\n", self.plugin);
        app.terminal.message(&message);
        Ok(Exit::Done)
    }
}

/// Why the lock file that is there is not the one that would be written.
pub(super) fn why_stale(there: Option<&str>, former: Option<&LockFile>, lock: &LockFile) -> String {
    let Some(former) = former else {
        return if there.is_some() { "it is no lock file" } else { "it cannot be read" }.to_owned();
    };
    if former.plugin != lock.plugin {
        return format!("it is that of {}", former.plugin);
    }
    let stale = former.staleness(lock.queries, lock.descriptors, &lock.migrations);
    if !stale.is_empty() {
        return stale.join("; ");
    }
    let new = lock.snapshots.keys().filter(|major| !former.snapshots.contains_key(major));
    let new: Vec<_> = new.map(|major| format!("it has nothing from PostgreSQL {major}")).collect();
    if new.is_empty() {
        "PostgreSQL spells the plugin's objects otherwise".to_owned()
    } else {
        new.join("; ")
    }
}

/// One object a line, so that a change of the plugin is a readable change of the file.
pub(super) fn render(lock: &LockFile) -> Result<String, Failure> {
    let failed = |error: serde_json::Error| {
        Failure::new(Exit::Failed, "the lock file cannot be written as JSON").because(&error)
    };
    let mut head = serde_json::to_value(lock).map_err(failed)?;
    let snapshots = head.get_mut("readings").map(serde_json::Value::take).unwrap_or_default();
    let mut text = String::from("{\n");
    for (key, value) in head.as_object().into_iter().flatten().filter(|(key, _)| *key != "readings") {
        text.push_str(&format!("\"{key}\": {value},\n"));
    }
    text.push_str("\"readings\": {");
    for (number, (major, snapshot)) in snapshots.as_object().into_iter().flatten().enumerate() {
        let objects: Vec<_> = snapshot.as_array().into_iter().flatten().map(ToString::to_string).collect();
        let comma = if number == 0 { "" } else { "," };
        text.push_str(&format!("{comma}\n\"{major}\": [\n{}\n]", objects.join(",\n")));
    }
    text.push_str("\n}\n}\n");
    Ok(text)
}

/// All that is wrong, each with its place and what helps.
fn with_faults(plugin: &PluginId, faults: &Faults) -> Failure {
    let Faults { refusals, differences, statements, failure } = faults;
    let count = refusals.len() + differences.len() + statements.len() + usize::from(failure.is_some());
    let heading = format!("{plugin} is not proved, for {}", counted(count, "reason"));
    let refusals = refusals.iter().map(planning::reason);
    let differences = differences.iter().map(|difference| {
        Failure::new(Exit::Failed, Cause::DescriptorMismatch.as_str())
            .code(Cause::DescriptorMismatch)
            .detail(difference.to_string())
            .hint(format!("correct the migrations or the descriptors of {plugin}: they have to say the same"))
    });
    let failure = failure.iter().map(|failure| heal::failed(failure, "proof"));
    let statements = statements.iter().map(of_statement);
    let parts: Vec<_> = refusals.chain(differences).chain(statements).chain(failure).collect();
    Failure::new(Exit::Failed, heading).code(CommandCode::NotProved).parts(parts)
}

/// What is wrong with a statement, with its place in the plugin's source and what helps.
fn of_statement(fault: &StatementFault) -> Failure {
    let StatementFault { rule, place, excerpt, mark, reason, remedy } = fault;
    let excerpt = Excerpt::at(place, excerpt).map(|excerpt| excerpt.marked_from(*mark));
    let heading = match &excerpt {
        Some(_) => rule.to_string(),
        None => format!("{rule}: {place}"),
    };
    Failure::new(Exit::Failed, heading).code(*rule).detail(reason).hint(remedy).excerpt(excerpt)
}

/// Why a plugin is not proved.
pub(super) fn not_proved(plugin: &PluginId, error: &ProveError) -> Failure {
    let failure = Failure::of(Exit::Failed, error).code(CommandCode::NotProved);
    match error {
        ProveError::Faults(faults) => with_faults(plugin, faults),
        ProveError::Made(MadeByError::NoPlugin(_)) => {
            Failure::of(Exit::Usage, error).hint("`tenon plugin list` shows why")
        }
        ProveError::NoDatabase | ProveError::Made(MadeByError::Reach(_) | MadeByError::Scratch(_)) => {
            Failure::of(Exit::Unknown, error)
                .code(Unavailable::of(error))
                .hint("`tenon check` tells whether the database can be reached")
        }
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenon_migrations_core::migration::Checksum;
    use tenon_migrations_core::snapshot::CatalogSnapshot;

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let lock = LockFile {
            format: 1,
            plugin: "a".parse().unwrap(),
            descriptors: Checksum::of("x"),
            queries: Checksum::of("z"),
            migrations: [("1.sql".to_owned(), Checksum::of("y"))].into(),
            snapshots: [(15, CatalogSnapshot::default()), (16, CatalogSnapshot::default())].into(),
        };
        let text = render(&lock).unwrap();
        assert_eq!(serde_json::from_str::<LockFile>(&text).unwrap(), lock);
    }
}
