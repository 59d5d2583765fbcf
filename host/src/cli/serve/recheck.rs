//! Checking again by itself while nothing is known, so that the host recovers when its database does.

use std::time::Duration;

use tenon_migrations_core::health::Status;

use crate::host::Host;

/// Between checks while the status is Unknown, at first and at most.
const SOON: Duration = Duration::from_secs(2);
const LATE: Duration = Duration::from_secs(15);

/// Never returns. While something is known it only looks at the last report.
pub(super) async fn while_unknown(host: &Host) {
    let mut pause = SOON;
    loop {
        tokio::time::sleep(pause).await;
        if host.health().is_some_and(|report| report.status != Status::Unknown) {
            pause = SOON;
            continue;
        }
        let report = host.check().await;
        if report.status == Status::Unknown {
            pause = longer(pause);
        } else {
            pause = SOON;
            tracing::info!("the check could be completed again: {}", report.status.title());
            host.close_open_entries().await;
        }
    }
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
}
