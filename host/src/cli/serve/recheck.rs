//! Checking by itself: every so often, and sooner while nothing is known, so that the host recovers when its
//! database does. Of several hosts of one database one reads for all (`host/hosts.rs`).

use std::time::Duration;

use tenon_migrations_core::health::Status;

use crate::host::Tenon;
use crate::report::HealthReport;

/// Between checks while the status is Unknown, at first and at most.
const SOON: Duration = Duration::from_secs(2);
const LATE: Duration = Duration::from_secs(15);

/// How far a pause may be from what it is meant to be, as a part of it: several hosts of one database, and
/// those that lost it at the same moment, do not all check at once.
const JITTER: f64 = 0.2;

/// Checks this long after each check, whoever asked for that; where it is never, only as long as the status
/// is Unknown. Never returns.
pub(super) async fn by_itself(host: &Tenon) {
    let mut reports = host.reports();
    let (mut soon, mut was_known) = (SOON, true);
    loop {
        let is_known = reports.borrow_and_update().as_deref().is_some_and(is_known);
        if is_known && !was_known {
            soon = SOON;
            host.close_open_entries().await;
        }
        was_known = is_known;
        let every = host.config().check.pause();
        let pause = if is_known { every } else { Some(every.map_or(soon, |every| every.min(soon))) };
        tokio::select! {
            () = after(pause) => {
                match every {
                    Some(every) => host.check_in_turn(every).await,
                    None => host.check().await,
                };
                if !is_known {
                    soon = longer(soon);
                }
            }
            changed = reports.changed() => {
                // It is the host that tells, and the host is there.
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}

fn is_known(report: &HealthReport) -> bool {
    report.status != Status::Unknown
}

/// Waits about this long, or for ever.
async fn after(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(jittered(pause, rand::random_range(-1.0..=1.0))).await,
        None => std::future::pending().await,
    }
}

/// A pause that is shorter or longer by chance, which is between -1 and 1.
fn jittered(pause: Duration, chance: f64) -> Duration {
    pause.mul_f64(1.0 + JITTER * chance)
}

/// Half as long again, up to the limit.
fn longer(pause: Duration) -> Duration {
    (pause * 3 / 2).min(LATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_and_stay_bounded() {
        let mut pause = SOON;
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pauses.push(pause.as_secs());
            pause = longer(pause);
        }
        assert_eq!(pauses, [2, 3, 4, 6, 10, 15, 15, 15]);
    }

    #[test]
    fn a_pause_is_a_fifth_shorter_or_longer_at_most() {
        let minute = Duration::from_secs(60);
        let seconds = [-1.0, 0.0, 1.0].map(|chance| jittered(minute, chance).as_secs());
        assert_eq!(seconds, [48, 60, 72]);
    }
}
