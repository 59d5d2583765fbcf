//! Events that webhooks and commands are told of: the host hears them as the plugin `core`, and makes
//! messages of them, which the targets are sent as of anything else that changes (`notify/`).

use std::collections::BTreeSet;

use tokio_postgres::Client;
use uuid::Uuid;

use super::super::Tenon;
use super::super::notify::EmittedEvent;
use super::store::{self, Delivery, EventError, Listener};
use crate::support::errors::chain;

impl Tenon {
    /// The events that a target wants to be told of.
    pub(super) fn sent_outward(&self) -> BTreeSet<String> {
        let targets = self.config.notify.targets.iter();
        targets.flat_map(|target| target.plugin_events.iter().cloned()).collect()
    }

    /// Makes messages of events, in the transaction in which they are heard.
    pub(super) async fn send_outward(
        &self,
        client: &Client,
        to: &Listener,
        lease: Uuid,
        batch: &[Delivery],
    ) -> Result<(), EventError> {
        let emitted = batch.iter().map(|one| EmittedEvent {
            id: one.id,
            event: to.name.clone(),
            key: one.key.clone(),
            emitted_at: one.at,
            payload: serde_json::from_str(&one.payload).unwrap_or_default(),
        });
        let emitted: Vec<_> = emitted.collect();
        let written = self.bounds().within(client, async {
            let made = self.make_messages_of_events(client, &emitted).await;
            made.map_err(|error| EventError::Message(chain(&error)))?;
            store::done(client, to, lease, batch).await
        });
        written.await?;
        self.notifier.wake();
        Ok(())
    }
}
