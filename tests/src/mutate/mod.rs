//! Changes of every kind, one at a time, and whether the reading tells them.
//!
//! A schema is loaded and read; then, kind by kind, one object is changed by hand in a transaction that is
//! rolled back, and the database is read again: the change is caught if a difference names the changed
//! object or its table, and if what was seen before, renewed by reading what can have changed, comes to the same
//! as everything read afresh. The same schema dumped and restored, once and twice, has to show no difference.
//! Before a change is rolled back, the mends of its differences are run, and no difference that has one may be
//! left.

mod database;
mod kinds;
mod mend;
mod report;
mod round;
mod source;

pub use report::Report;
pub use source::Source;

use database::{Loaded, prepare_server, runtime};

use crate::database::TestDatabase;

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    pub sources: Vec<Source>,
    pub seed: u64,
    /// How often, with the seeds that follow.
    pub rounds: u64,
}

/// Changes each schema in every applicable way. The same options give the same changes.
pub fn run(options: &Options) -> Report {
    prepare_server();
    let kinds = kinds::all(TestDatabase::new().major());
    let mut report = Report::new(&kinds, &options.sources);
    for (number, source) in options.sources.iter().enumerate() {
        let mut loaded = Loaded::new(source);
        runtime().block_on(async {
            report.false_alarms(number, "read again", &loaded.read_again().await);
            for (times, differences) in loaded.restored(2).await.iter().enumerate() {
                report.false_alarms(number, ["restored once", "restored twice"][times], differences);
            }
            for round in 0..options.rounds {
                for (kind, what) in kinds.iter().enumerate() {
                    let outcome = round::try_kind(&mut loaded, what, options.seed.wrapping_add(round)).await;
                    report.tried(number, kind, outcome);
                }
            }
            report.false_alarms(number, "after all changes were undone", &loaded.read_again().await);
        });
    }
    report
}
