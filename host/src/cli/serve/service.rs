//! What the service manager is told while the host serves: that it is ready, that it lives, and the verdict.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::host::Tenon;
use crate::report::text::{Style, verdict};
use crate::support::service_manager::{ServiceManager, ServiceState};

/// How long the host may take to stop after it has drained.
const STOPPING: Duration = Duration::from_secs(60);

/// The service that this process is. Where nobody wants to be told, nobody is.
#[derive(Debug, Clone)]
pub(super) struct Service(Arc<ServiceManager>);

impl Service {
    /// The service, which from now on says at half of each period that the runtime lives.
    pub(super) fn new(manager: ServiceManager) -> Self {
        let manager = Arc::new(manager);
        if let Some(period) = manager.watchdog() {
            tokio::spawn(keep_alive(Arc::clone(&manager), period));
        }
        manager.tell(&[ServiceState::Status("Loading plugins, and checking the database".to_owned())]);
        Self(manager)
    }

    pub(super) fn ready(&self) {
        self.0.tell(&[ServiceState::Ready]);
    }

    pub(super) fn reloading(&self) {
        self.0.tell(&[ServiceState::Reloading]);
    }

    /// Says that the host stops after this time, in which it goes on answering.
    pub(super) fn stopping(&self, drain: Duration) {
        let status = match drain {
            Duration::ZERO => "Stopping".to_owned(),
            drain => format!("Not ready any more; stopping in {drain:?}"),
        };
        let time = ServiceState::ExtendTimeout(drain + STOPPING);
        self.0.tell(&[ServiceState::Stopping, time, ServiceState::Status(status)]);
    }

    /// Says each verdict as it changes, from now on.
    pub(super) fn follow_verdicts(&self, host: &Tenon) -> Option<JoinHandle<()>> {
        if !self.0.listens() {
            return None;
        }
        let (manager, mut reports) = (Arc::clone(&self.0), host.reports());
        let mut last = String::new();
        Some(tokio::spawn(async move {
            loop {
                let now = reports.borrow_and_update().as_deref().map(|it| verdict(it, Style::default()));
                if let Some(now) = now.filter(|now| *now != last) {
                    manager.tell(&[ServiceState::Status(now.clone())]);
                    last = now;
                }
                if reports.changed().await.is_err() {
                    return;
                }
            }
        }))
    }
}

/// Tells as long as the runtime runs tasks and its clock goes: where either hangs, nothing is told.
async fn keep_alive(manager: Arc<ServiceManager>, period: Duration) {
    let mut beats = tokio::time::interval(period / 2);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        // Another task, so that it is no sign of life where this one alone still runs.
        if tokio::spawn(async {}).await.is_ok() {
            manager.tell(&[ServiceState::Watchdog]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[tokio::test]
    async fn a_runtime_that_hangs_gives_no_sign_of_life() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        let beats = || {
            let mut bytes = [0; 200];
            let all =
                std::iter::from_fn(|| socket.recv(&mut bytes).ok().map(|length| bytes[..length].to_vec()));
            all.filter(|told| told == b"WATCHDOG=1").count()
        };
        let variables = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "100000")];
        let _service = Service::new(ServiceManager::of(&variables.into_iter().collect()).unwrap());
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(beats() >= 4);
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(beats(), 0);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(beats() >= 1);
    }
}
