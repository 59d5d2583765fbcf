//! Running one repair inside the heal's transaction, after the migrations.

use std::time::Instant;

use tenon_migrations_core::plan::RepairStep;

use super::HealFailure;
use super::Stage;
use super::migrate::Run;
use crate::audit::with_error;
use crate::database::search_path::OWN;
use crate::database::unavailable::DbFailure;
use crate::support::millis::millis;

impl Run<'_> {
    /// Runs one repair. Gives the milliseconds it took.
    pub(super) async fn repair(&self, repair: &RepairStep) -> Result<u64, HealFailure> {
        let began = Instant::now();
        let whole = |error| failure(repair, None, &error);
        self.start.run(self.client).await.map_err(whole)?;
        // A repair's names are printed with their schemas but for those of the system.
        self.client.batch_execute(OWN).await.map_err(whole)?;
        for (number, sql) in (1..).zip(&repair.sql) {
            let run = self.client.execute_typed(sql, &[]).await;
            run.map_err(|error| failure(repair, Some(number), &error))?;
            if let Some(lock_observer) = self.lock_observer
                && let Some(ran) =
                    lock_observer.due_after((format!("repair of {}", repair.object), Some(number)))
            {
                lock_observer.observe(self.client, ran).await.map_err(whole)?;
            }
        }
        let mark = self.start.run(self.client).await.map_err(whole)?;
        if mark.xid != self.xid {
            let message = "the repair ended the heal's transaction".to_owned();
            return Err(HealFailure { message, ..of(repair, None) });
        }
        Ok(millis(began.elapsed()))
    }
}

fn of(repair: &RepairStep, statement: Option<usize>) -> HealFailure {
    let named = format!("{} (finding {})", repair.object, repair.findings.join(", "));
    HealFailure { stage: Stage::Repair, repair: Some(named), statement, ..HealFailure::default() }
}

fn failure(repair: &RepairStep, statement: Option<usize>, error: &tokio_postgres::Error) -> HealFailure {
    with_error(of(repair, statement), DbFailure::find(error), error)
}
