//! What a heal tells while it runs, and what the server says meanwhile.

use std::sync::{Arc, Mutex};

use tokio_postgres::AsyncMessage;

use super::rehearsal::LOGIN_ROLES;
use super::{EventSink, HealEvent};
use crate::support::lock::LockExt;

/// Passes events on, and what the server says unasked among them: it belongs to what was last begun.
#[derive(Clone)]
pub(super) struct Notices {
    events: EventSink,
    during: Arc<Mutex<Option<String>>>,
}

impl Notices {
    pub(super) fn new(events: &EventSink) -> Self {
        Self { events: Arc::clone(events), during: Arc::default() }
    }

    pub(super) fn pass(&self, event: &HealEvent) {
        let now = match event {
            HealEvent::MigrationStarted { migration, .. } => Some(Some(migration.to_string())),
            HealEvent::RepairStarted { object, .. } => Some(Some(format!("repair of {object}"))),
            HealEvent::RolesStarted => Some(Some(LOGIN_ROLES.to_owned())),
            HealEvent::MigrationDone { .. } | HealEvent::RepairDone { .. } | HealEvent::RolesDone { .. } => {
                Some(None)
            }
            _ => None,
        };
        if let Some(now) = now {
            *self.during.lock_unpoisoned() = now;
        }
        (self.events)(event);
    }

    /// What hears the server. What it says while nothing of a plugin's runs or is made is not worth telling.
    pub(super) fn listener(&self) -> impl Fn(&AsyncMessage) + Send + 'static {
        let notices = self.clone();
        move |message| {
            let AsyncMessage::Notice(said) = message else { return };
            let during = notices.during.lock_unpoisoned().clone();
            let Some(during) = during else { return };
            let (severity, message) = (said.severity().to_owned(), said.message().to_owned());
            (notices.events)(&HealEvent::Notice { during, severity, message });
        }
    }
}
