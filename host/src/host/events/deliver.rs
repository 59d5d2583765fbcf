//! Delivering to one listener, batch by batch, for as long as its turn lasts and the lease is this host's.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tenon_migrations_core::migration::PluginId;
use tenon_plugin_api::{DeliveredEvent, EventCall};
use tokio_postgres::Client;
use uuid::Uuid;

use super::super::Tenon;
use super::super::plugins::SealedCall;
use super::store::{self, Delivery, EventError, Failed, Listener};
use super::{BATCH, NAME};
use crate::host::counters::{Asked, EventResult};
use crate::plugin::runtime::CallError;
use crate::support::errors::chain;

/// How often a delivery is tried before it is given up.
const ATTEMPTS: u32 = 10;

/// The pause after the first attempt, which doubles with each further one.
const PAUSE: Duration = Duration::from_secs(1);

/// How long one listener has its turn while others wait for theirs.
const TURN: Duration = Duration::from_secs(1);

/// How long a listener waits that could not be called.
const NOT_CALLED: Duration = Duration::from_millis(500);

/// How many bytes of payloads one call has, unless one event alone has more.
const MOST_BYTES: usize = 1024 * 1024;

/// A turn that is over, and the session that it leaves.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) to: Listener,
    pub(super) client: Option<Client>,
}

impl Tenon {
    /// Delivers to a listener what there is, and lets it go.
    pub(super) async fn deliver_to(
        self: Arc<Self>,
        to: Listener,
        lease: Uuid,
        client: Option<Client>,
    ) -> Turn {
        let delivered = async {
            let client = match client {
                Some(client) => client,
                None => self.own_tables(NAME).await?,
            };
            let was_called = self.deliver_events_to(&client, &to, lease).await?;
            Ok::<_, EventError>((client, was_called))
        };
        let client = match delivered.await {
            Ok((client, true)) => Some(client),
            Ok((client, false)) => {
                tokio::time::sleep(NOT_CALLED).await;
                Some(client)
            }
            Err(error) => {
                let (plugin, event) = (&to.plugin, &to.name);
                tracing::debug!(plugin, event, "events wait: {}", chain(&error));
                tokio::time::sleep(NOT_CALLED).await;
                None
            }
        };
        Turn { to, client }
    }

    /// Says whether the listener could be called.
    async fn deliver_events_to(
        &self,
        client: &Client,
        to: &Listener,
        lease: Uuid,
    ) -> Result<bool, EventError> {
        let (mut was_called, end) = (true, Instant::now() + TURN);
        // How many of a batch that failed have not been tried by themselves yet.
        let mut alone = 0;
        while was_called && !self.events.is_stopping() && Instant::now() < end {
            let limit = if alone > 0 { 1 } else { BATCH };
            let mut batch = self.bounds().read(client, store::batch(client, to, lease, limit)).await?;
            cut(&mut batch);
            if batch.is_empty() {
                break;
            }
            let began = Instant::now();
            let result = if to.plugin == PluginId::core().as_str() {
                self.send_outward(client, to, lease, &batch).await?;
                Ok(())
            } else {
                let mut asked = Asked::default();
                let result = Box::pin(self.call_listener(to, lease, &batch, &mut asked)).await;
                self.metrics.count(asked, &result, began.elapsed());
                result
            };
            match result {
                Ok(()) => {
                    alone -= batch.len().min(alone);
                    let took = began.elapsed();
                    for one in &batch {
                        self.metrics.event_heard(&to.plugin, &to.name, one.age + took);
                    }
                }
                Err(error) if is_undecided(&error) => {
                    let (plugin, event) = (&to.plugin, &to.name);
                    tracing::debug!(plugin, event, "events wait: {error}");
                    was_called = false;
                }
                Err(_) if batch.len() > 1 => alone = batch.len(),
                Err(error) => {
                    alone = alone.saturating_sub(1);
                    for one in &batch {
                        self.delivery_failed(client, (to, lease), one, &error).await?;
                    }
                }
            }
        }
        self.bounds().within(client, store::release(client, to, lease)).await?;
        Ok(was_called)
    }

    async fn delivery_failed(
        &self,
        client: &Client,
        (to, lease): (&Listener, Uuid),
        one: &Delivery,
        error: &CallError,
    ) -> Result<(), EventError> {
        let attempts = one.attempts.saturating_add(1);
        let pause = PAUSE.saturating_mul(1 << attempts.saturating_sub(1).min(11));
        let again_in = (attempts < ATTEMPTS).then_some(pause);
        let (plugin, event, id, message) = (&to.plugin, &to.name, one.id, error.to_string());
        let failed = Failed { number: one.number, again_in, code: error.code(), message: &message };
        if !self.bounds().within(client, store::fail(client, to, lease, &failed)).await? {
            // It was heard after all, or another host sees to it.
            return Ok(());
        }
        let code = error.code();
        match again_in {
            Some(pause) => {
                self.metrics.event_failed(plugin, event, EventResult::Failed);
                let seconds = pause.as_secs();
                tracing::warn!(
                    plugin, event, %id, code, attempt = attempts,
                    "an event was not heard, and is delivered again in {seconds} s: {message}"
                );
            }
            None => {
                self.metrics.event_failed(plugin, event, EventResult::GivenUp);
                let remedy = "`tenon event retry` has it delivered again";
                tracing::error!(
                    plugin, event, %id, code, attempt = attempts, remedy,
                    "an event was not heard, and is given up: {message}"
                );
            }
        }
        Ok(())
    }

    async fn call_listener(
        &self,
        to: &Listener,
        lease: Uuid,
        batch: &[Delivery],
        asked: &mut Asked,
    ) -> Result<(), CallError> {
        let (registered, library) = self.serving(&to.plugin)?;
        let gone = || CallError::NoPlugin(to.plugin.clone());
        let heard = library.events.find(&to.name).ok_or_else(gone)?;
        let delivered = |one: &Delivery| DeliveredEvent {
            id: one.id,
            key: one.key.clone(),
            at: one.at,
            attempt: one.attempts.saturating_add(1),
            is_last_attempt: one.attempts.saturating_add(1) >= ATTEMPTS,
            payload: one.payload.clone(),
        };
        let events = EventCall { events: batch.iter().map(delivered).collect() };
        let id = Uuid::now_v7().to_string();
        let mut numbers = String::new();
        for one in batch {
            let _ = write!(numbers, "{}{}", if numbers.is_empty() { "" } else { "," }, one.number);
        }
        let sealed = SealedCall {
            route: &heard.route,
            id: &id,
            body: Bytes::from(serde_json::to_vec(&events).unwrap_or_default()),
            // Ids and names whose letters were checked, a lease and numbers: nothing in it is a quote.
            seal: format!(
                "SELECT tenon.event_done('{}', '{}', '{lease}', '{{{numbers}}}')",
                to.plugin, to.name
            ),
            deadline: None,
        };
        self.call_sealed((registered, library), sealed, asked).await
    }
}

/// Leaves what one call is to have: what failed before is tried by itself.
fn cut(batch: &mut Vec<Delivery>) {
    let (mut bytes, mut most) = (0, 0);
    for one in &*batch {
        bytes += one.payload.len();
        let is_alone = one.attempts > 0 || bytes > MOST_BYTES;
        if most > 0 && is_alone {
            break;
        }
        most += 1;
        if is_alone {
            break;
        }
    }
    batch.truncate(most);
}

/// Whether the listener has not been asked, or nobody knows what became of it: the events stay as they are.
fn is_undecided(error: &CallError) -> bool {
    !matches!(error, CallError::Plugin(_) | CallError::Deadline { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(batch: &[(u32, usize)]) -> usize {
        let delivery = |(attempts, bytes): &(u32, usize)| Delivery {
            number: 1,
            id: Uuid::nil(),
            key: None,
            at: jiff::Timestamp::UNIX_EPOCH,
            payload: "a".repeat(*bytes),
            attempts: *attempts,
            age: Duration::ZERO,
        };
        let mut batch = batch.iter().map(delivery).collect();
        cut(&mut batch);
        batch.len()
    }

    #[test]
    fn what_failed_before_and_what_is_large_is_delivered_by_itself() {
        assert_eq!(sizes(&[]), 0);
        assert_eq!(sizes(&[(0, 1), (0, 1), (0, 1)]), 3);
        assert_eq!(sizes(&[(0, 1), (1, 1), (0, 1)]), 1);
        assert_eq!(sizes(&[(2, 1), (0, 1)]), 1);
        assert_eq!(sizes(&[(0, MOST_BYTES), (0, 1)]), 1);
        assert_eq!(sizes(&[(0, MOST_BYTES + 1), (0, 1)]), 1);
        assert_eq!(sizes(&[(0, MOST_BYTES / 2), (0, MOST_BYTES / 2), (0, 1)]), 2);
    }
}
