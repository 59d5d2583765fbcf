//! Changes of every kind, one at a time, and whether the reading tells them.
//!
//! A schema is loaded and read; then, kind by kind, one object is changed by hand in a transaction that is
//! rolled back, and the database is read again: the change is caught if a difference names the changed object
//! or its table, and if what was seen before, renewed by reading what can have changed, comes to the same as
//! everything read afresh. The same schema dumped and restored, once and twice, has to show no difference.
//! Before a change is rolled back, the repairs of its differences are run, and no difference that has one may
//! be left.
//!
//! What a schema has that this server cannot make is left out, and told, as is all else that could not be
//! tried.

pub(crate) mod database;
mod kinds;
mod load;
mod nothing;
mod repair;
mod report;
mod round;
mod source;

pub use report::Report;
pub use source::SchemaSource;

use database::{Loaded, prepare_server, runtime};
use kinds::Kind;

use crate::database::TestDatabase;

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    pub sources: Vec<SchemaSource>,
    pub seed: u64,
    /// How often, with the seeds that follow.
    pub rounds: u64,
    /// Of so many kinds of change one is tried; 1 for all.
    pub one_in: usize,
}

/// What a run says while it goes.
#[derive(Debug)]
pub enum MutateEvent {
    /// How far it is.
    Progress(String),
    /// What came of something.
    Result(String),
}

/// Changes each schema in every applicable way. The same options give the same changes.
pub fn run(options: &Options) -> Report {
    run_telling(options, &mut |_| {})
}

/// Changes each schema in every applicable way, and says what it does and what came of it as it goes.
pub fn run_telling(options: &Options, tell: &mut dyn FnMut(MutateEvent)) -> Report {
    prepare_server();
    let kinds = kinds::all(TestDatabase::new().major());
    let mut report = Report::new(&kinds, &options.sources);
    for (number, source) in options.sources.iter().enumerate() {
        tell(MutateEvent::Progress(format!("{}: loading", source.name)));
        report.left_out(number, &source.left_out);
        match Loaded::new(source) {
            Ok((mut loaded, left_out)) => {
                report.left_out(number, &left_out);
                tell_new(&mut report, tell);
                runtime().block_on(changed(&mut loaded, number, &kinds, options, &mut report, tell));
            }
            Err(why) => report.not_read(number, why),
        }
        tell_new(&mut report, tell);
        tell(MutateEvent::Result(report.line_of(number)));
    }
    report
}

/// Restores and changes one schema.
async fn changed(
    loaded: &mut Loaded,
    number: usize,
    kinds: &[Kind],
    options: &Options,
    report: &mut Report,
    tell: &mut dyn FnMut(MutateEvent),
) {
    let name = &options.sources[number].name;
    report.compared(number, "read again", loaded.read_again().await);
    tell(MutateEvent::Progress(format!("{name}: restoring")));
    for (times, differences) in loaded.restored(2).await.into_iter().enumerate() {
        report.compared(number, ["restored once", "restored twice"][times], differences);
    }
    tell_new(report, tell);
    for round in 0..options.rounds {
        for (kind, what) in kinds.iter().enumerate().step_by(options.one_in.max(1)) {
            let outcome = round::try_kind(loaded, what, options.seed.wrapping_add(round)).await;
            report.tried(number, kind, outcome);
            tell_new(report, tell);
            let done = format!("{} of {} kinds", kind + 1, kinds.len());
            tell(MutateEvent::Progress(format!("{name}: round {} of {}: {done}", round + 1, options.rounds)));
        }
    }
    report.compared(number, "after all changes were undone", loaded.read_again().await);
}

fn tell_new(report: &mut Report, tell: &mut dyn FnMut(MutateEvent)) {
    for line in report.take_new() {
        tell(MutateEvent::Result(line));
    }
}
