//! What of a verification needs a server.

use std::path::Path;
use std::time::Instant;

use tenon_migrations_core::lock::Lock as LockFile;

use super::super::lock::{not_proved, render, why_stale};
use super::steps::Steps;
use crate::author::verify::{Bench, UpgradeError, Version, earlier_states};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::heal;
use crate::heal::prove::Proof;
use crate::host::trial::TrialError;
use crate::report::text::counted;
use crate::support::command_code::CommandCode;

/// A version, with the former ones, on one server.
pub(super) struct OnServer<'a> {
    pub(super) bench: Bench<'a>,
    pub(super) version: &'a Version,
    /// Each with what it is called.
    pub(super) formers: &'a [(String, Version)],
    pub(super) lock: &'a Path,
    /// The server in words, behind a step's name.
    pub(super) place: &'a str,
}

impl OnServer<'_> {
    pub(super) async fn verify(&self, steps: &mut Steps<'_>) {
        let Self { bench, version, formers, place, .. } = self;
        let there = std::fs::read_to_string(self.lock).ok();
        let former = there.as_deref().and_then(|text| serde_json::from_str::<LockFile>(text).ok());
        let began = Instant::now();
        let proved = bench.prove(version, former.as_ref()).await;
        let proved = proved.map_err(|error| not_proved(&version.id, &error));
        let Some(proof) = steps.step(&format!("proved from empty{place}"), began, proved) else { return };
        let Proof { lock: proved, warnings } = proof;
        steps.warnings(&warnings);
        let began = Instant::now();
        let locked = self.locked(&proved, there.as_deref(), former.as_ref());
        steps.step(&format!("the lock file is up to date{place}"), began, locked);
        let began = Instant::now();
        let expected = bench.from_empty(version).await;
        let expected = expected.map_err(|error| not_upgraded("an empty database", &error));
        let Some(expected) = steps.step(&format!("healed from empty{place}"), began, expected) else {
            return;
        };
        for (name, former) in *formers {
            let began = Instant::now();
            let healed = bench.from_state(former, version, &expected).await;
            let healed = healed.map_err(|error| not_upgraded(name, &error));
            steps.step(&format!("healed from {name}{place}"), began, healed);
        }
        let states = if formers.is_empty() { earlier_states(version) } else { Vec::new() };
        if states.is_empty() {
            return;
        }
        let mut began = Instant::now();
        let ended = bench.state_by_state(&states, version, &expected, |state, tried| {
            let name = format!("{} and what is before it", state.last);
            let tried = tried.map_err(|error| not_upgraded(&name, &error));
            steps.step(&format!("healed from {}{place}", state.last), began, tried);
            began = Instant::now();
        });
        let ended = ended.await.map_err(|error| not_upgraded("one migration to the next", &error));
        steps.step(&format!("healed one by one{place}"), began, ended);
    }

    /// Whether the lock file says what was proved, and the library has it.
    fn locked(
        &self,
        proved: &LockFile,
        there: Option<&str>,
        former: Option<&LockFile>,
    ) -> Result<(), Failure> {
        let (id, out) = (&self.version.id, self.lock.display());
        let embedded = self.version.plugin().and_then(|plugin| plugin.lock.as_ref());
        let stale = |what: String, hint: String| {
            Err(Failure::new(Exit::OutOfStep, what).code(CommandCode::LockOutOfDate).hint(hint))
        };
        let renewed = format!("`tenon plugin lock {id}` writes it; build the plugin with it then");
        match (there, embedded) {
            (Some(text), _) if render(proved)? != text => {
                let why = why_stale(Some(text), former, proved);
                stale(format!("{out} is out of date: {why}"), renewed)
            }
            (Some(_), Some(embedded)) if Some(embedded) != former => stale(
                format!("the library was built before {out} was written"),
                "build the plugin again".to_owned(),
            ),
            (None, Some(embedded)) => {
                let major = proved.snapshots.keys().next().copied().unwrap_or_default();
                let mut why = embedded.staleness(proved.queries, proved.descriptors, &proved.migrations);
                if why.is_empty() && embedded.snapshots.get(&major) != proved.snapshots.get(&major) {
                    why.push(format!("it has not what PostgreSQL {major} makes of the descriptors"));
                }
                if why.is_empty() {
                    return Ok(());
                }
                stale(format!("the lock file in the library is out of date: {}", why.join("; ")), renewed)
            }
            _ => Ok(()),
        }
    }
}

/// Why a database of this state does not come to its end.
fn not_upgraded(from: &str, error: &UpgradeError) -> Failure {
    let failure =
        Failure::new(Exit::Failed, format!("from {from}: {error}")).code(CommandCode::NotUpgradable);
    match error {
        UpgradeError::Before(trial) | UpgradeError::After(trial) => failure.parts([of_trial(trial)]),
        UpgradeError::Differs(differences) => {
            let parts = differences.iter().map(|one| Failure::new(Exit::Failed, one.to_string()));
            failure
                .parts(parts)
                .hint("write the migration so that it comes to the same wherever it begins, without IF NOT EXISTS and the like")
        }
        error => match std::error::Error::source(error) {
            Some(source) => failure.because(source),
            None => failure,
        },
    }
}

fn of_trial(error: &TrialError) -> Failure {
    match error {
        TrialError::Heal(outcome) => match heal::told(outcome) {
            Ok(line) => Failure::new(Exit::Failed, line),
            Err(failure) => failure,
        },
        TrialError::Remaining(left) => {
            let findings = left.iter().flat_map(|one| {
                one.findings
                    .iter()
                    .map(|finding| Failure::new(Exit::Failed, format!("{}: {finding}", one.name)))
            });
            let count = counted(left.len(), "plugin");
            Failure::new(Exit::Failed, format!("{count} would not be at work")).parts(findings)
        }
        error => Failure::of(Exit::Failed, error),
    }
}
