//! A session's client as a plugin's thread has it, which drives the connection while it waits.

use std::ops::Deref;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use futures_util::future::try_join;
use postgres_protocol::escape::escape_literal;
use tokio_postgres::{Client, Error};

use super::{CLEAN, Session, UNLOCK};
use crate::database::caller_setting::CallerSetting;
use crate::database::statements::Statements;
use crate::support::lock::LockExt;

/// A session's client, driven by the thread that waits for the answer.
#[derive(Debug, Clone, Copy)]
pub struct InlineClient<'a>(pub(super) &'a Session);

impl Deref for InlineClient<'_> {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0.client
    }
}

impl InlineClient<'_> {
    /// The texts that were sent over it.
    pub fn statements(&self) -> MutexGuard<'_, Statements> {
        self.0.statements()
    }

    pub fn keeps_statements(&self) -> bool {
        self.0.keeps_statements()
    }

    /// Takes back whatever another plugin may have left in the session, if one has, and says whether a
    /// statement that is in no transaction may write, and what the setting of who calls is to be, if that
    /// matters. Sent at once, as one message, so that what is sent next finds it done.
    pub async fn reset_session_state(
        &self,
        writes: bool,
        caller: Option<&CallerSetting>,
    ) -> Result<(), Error> {
        let is_stale = self.0.is_stale.swap(false, Ordering::AcqRel);
        let caller = self.set_caller(is_stale, caller);
        let wrote = self.0.writes_anywhere.swap(writes, Ordering::AcqRel) && !is_stale;
        let switch = match (wrote, writes) {
            (false, true) => Some("SET default_transaction_read_only = off"),
            (true, false) => Some("SET default_transaction_read_only = on"),
            _ => None,
        };
        let clean = [is_stale.then_some(CLEAN), is_stale.then_some(UNLOCK), switch, caller.as_deref()];
        let mut all = clean.into_iter().flatten();
        match (all.next(), all.next()) {
            (None, _) => Ok(()),
            (Some(only), None) => self.batch_execute(only).await,
            (Some(first), Some(second)) => {
                let more = all.fold(format!("{first}; {second}"), |text, one| text + "; " + one);
                self.batch_execute(&more).await
            }
        }
    }

    /// The statement that makes the setting of who calls this, unless it is. A session that is made like a
    /// new one forgets what it was.
    fn set_caller(&self, is_stale: bool, caller: Option<&CallerSetting>) -> Option<String> {
        let mut said = self.0.caller.lock_unpoisoned();
        if is_stale {
            *said = CallerSetting::at_first(self.0.default_read_only);
        }
        // An id is said each time: a function of the plugin's own may have put another there.
        let caller = caller.filter(|caller| *said != **caller || caller.is_id())?;
        said.clone_from(caller);
        Some(format!("SET tenon.caller = {}", escape_literal(caller.value())))
    }

    /// Takes back whatever a user may have left in the session. After a transaction, which has to have ended.
    pub async fn clean(&self) -> Result<(), Error> {
        self.0.clean().await
    }

    /// Rolls a transaction back, and with it all that was done in the session meanwhile: what is left are the
    /// locks that belong to no transaction, unless it is to see to them too.
    pub async fn roll_back(&self, and_unlock: bool) -> Result<(), Error> {
        let unlock = async { if and_unlock { self.0.unlock().await } else { Ok(()) } };
        try_join(self.batch_execute("ROLLBACK"), unlock).await.map(drop)
    }
}
