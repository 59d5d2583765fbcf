//! The word that a heal shall stop.

use tokio::sync::watch;

/// Asked for by whoever may, heeded by the heal, and too late once it commits.
#[derive(Debug, Clone, Default)]
pub struct Cancel(watch::Sender<State>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    CancelOutcome(String),
    TooLate,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelOutcome {
    /// The heal will stop: its running statement is cancelled and everything is rolled back.
    Stopping,
    /// The heal is being committed, or has ended.
    TooLate,
}

impl Cancel {
    /// Asks the heal to stop, for this person. Who asked first is recorded.
    pub fn ask(&self, by: &str) -> CancelOutcome {
        self.0.send_if_modified(|state| {
            let open = *state == State::Open;
            if open {
                *state = State::CancelOutcome(by.to_owned());
            }
            open
        });
        if *self.0.borrow() == State::TooLate { CancelOutcome::TooLate } else { CancelOutcome::Stopping }
    }

    /// Waits until somebody asks, and gives who. Never ends once it is too late.
    pub(crate) async fn asked(&self) -> String {
        let mut state = self.0.subscribe();
        loop {
            if let State::CancelOutcome(by) = &*state.borrow_and_update() {
                return by.clone();
            }
            if state.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Makes it too late to cancel; unless somebody has asked: then gives who.
    pub(super) fn close(&self) -> Result<(), String> {
        self.0.send_if_modified(|state| {
            let open = *state == State::Open;
            if open {
                *state = State::TooLate;
            }
            open
        });
        match &*self.0.borrow() {
            State::CancelOutcome(by) => Err(by.clone()),
            State::Open | State::TooLate => Ok(()),
        }
    }

    /// A commit that the server refused can be tried again, and stopped again.
    pub(super) fn open_again(&self) {
        self.0.send_if_modified(|state| {
            let closed = *state == State::TooLate;
            if closed {
                *state = State::Open;
            }
            closed
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_asks_first_is_heard_and_nobody_once_it_commits() {
        let cancel = Cancel::default();
        assert_eq!(cancel.ask("ana"), CancelOutcome::Stopping);
        assert_eq!(cancel.ask("bo"), CancelOutcome::Stopping);
        assert_eq!(cancel.asked().await, "ana");
        assert_eq!(cancel.close(), Err("ana".to_owned()));
        let committing = Cancel::default();
        assert_eq!(committing.close(), Ok(()));
        assert_eq!(committing.ask("ana"), CancelOutcome::TooLate);
        committing.open_again();
        assert_eq!(committing.ask("ana"), CancelOutcome::Stopping);
    }
}
