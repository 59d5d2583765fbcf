//! Telling that the database is away, which no database can hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::super::Tenon;
use super::super::history::VerdictChange;
use super::deliver::Letter;
use super::held::{HeldDelivery, HeldMessage};
use super::message::Sender;
use super::outbox::{self, Due, NotifyError};
use super::{IDLE, SPARE, UnderWay};
use crate::config::{NotifyEvent, NotifyTarget};
use crate::support::errors::chain;

impl Tenon {
    /// Holds a change of the verdict that the database cannot have, and has it told.
    pub(in crate::host) async fn hold_verdict(&self, seen: &VerdictChange) {
        let wants = |target: &&NotifyTarget| target.events.contains(&NotifyEvent::Verdict);
        let now = HeldDelivery { next_at: Some(Timestamp::now()), ..HeldDelivery::default() };
        let targets = self.config.notify.targets.iter().filter(wants);
        let deliveries: BTreeMap<_, _> = targets.map(|target| (target.name.clone(), now.clone())).collect();
        if deliveries.is_empty() {
            return;
        }
        // Told already, before this process was started, or by another one.
        if self.notifier.held.all().await.is_ok_and(|held| !held.is_empty()) {
            return;
        }
        let database = self.address();
        let sender = Sender { host: &self.name, database: &database, server: &self.config.server };
        let composed = sender.verdict(seen);
        let body = serde_json::to_string(&composed.notification).unwrap_or_default();
        let (id, source, event) = (composed.notification.id, composed.source, NotifyEvent::Verdict);
        let message = HeldMessage { id, source, event, at: seen.at, body, deliveries };
        if let Err(error) = self.notifier.held.add(message).await {
            tracing::error!("nobody will be told that the database is away: {}", chain(&error));
        }
        self.notifier.wake();
    }

    /// Delivers what is held and due, while the database cannot. Gives how long nothing will be.
    pub(super) async fn deliver_held(
        self: &Arc<Self>,
        under_way: &mut UnderWay,
        busy: &mut BTreeSet<String>,
    ) -> Duration {
        let messages = match self.notifier.held.all().await {
            Ok(messages) => messages,
            Err(error) => {
                self.notifier.task.waits(super::WAITING, &NotifyError::from(error));
                return IDLE;
            }
        };
        let (now, mut soonest) = (Timestamp::now(), IDLE);
        for target in &self.config.notify.targets {
            // The oldest that waits is tried, and those after it once that is taken.
            let waiting = messages.iter().find_map(|message| {
                let delivery = message.deliveries.get(&target.name)?;
                Some((message.clone(), delivery.clone(), delivery.next_at?))
            });
            let Some((message, delivery, next_at)) = waiting else { continue };
            let wait = Duration::try_from(next_at.duration_since(now)).unwrap_or_default();
            if !wait.is_zero() {
                soonest = soonest.min(wait);
            } else if busy.insert(target.name.clone()) {
                let (host, target) = (Arc::clone(self), target.clone());
                under_way.spawn(async move {
                    if let Err(error) = host.deliver_one_held(&target, message, delivery).await {
                        tracing::warn!(target = target.name, "a message waits: {}", chain(&error));
                    }
                    target.name
                });
            }
        }
        soonest
    }

    async fn deliver_one_held(
        &self,
        target: &NotifyTarget,
        message: HeldMessage,
        delivery: HeldDelivery,
    ) -> Result<(), NotifyError> {
        let HeldMessage { id, at, body, .. } = message;
        let in_seconds = |seconds: f64| Timestamp::now() + SignedDuration::from_secs_f64(seconds);
        // If the database gets it meanwhile, nobody sends it beside this.
        let taken = in_seconds((self.config.notify.timeout + SPARE).as_secs_f64());
        let sending = HeldDelivery { next_at: Some(taken), ..delivery.clone() };
        if !self.notifier.held.settle(id, &target.name, sending).await? {
            return Ok(());
        }
        let attempts = u32::try_from(delivery.attempts).unwrap_or_default();
        let due = Due { number: 0, id, at, body, attempts };
        let letter = Letter { id: &id.to_string(), body: &due.body };
        let ended = self.notifier.deliverer.deliver(&self.config.notify, target, letter).await;
        let settled = self.ended_attempt(target, &due, &ended);
        let now = HeldDelivery {
            attempts: delivery.attempts + 1,
            next_at: settled.again_in.map(in_seconds),
            delivered_at: settled.error.is_none().then(Timestamp::now),
            error: settled.error.clone(),
        };
        if self.notifier.held.settle(id, &target.name, now).await? {
            return Ok(());
        }
        let client = self.notifying().await?;
        self.bounds().within(&client, outbox::settle(&client, &settled)).await
    }

    /// Gives what this host told by itself to the database, before the change of the verdict stands there: no
    /// other host is to tell of it too.
    pub(in crate::host) async fn give_over_held(&self) {
        let given: Result<(), NotifyError> = async {
            let held = self.notifier.held.all().await?;
            if held.is_empty() { Ok(()) } else { self.make_messages(&self.notifying().await?, &held).await }
        }
        .await;
        if let Err(NotifyError::Pending) = given {
            // Nobody keeps them: what was told is over.
            let over = |one: &HeldMessage| one.deliveries.values().all(|one| one.next_at.is_none());
            let all = self.notifier.held.all().await.unwrap_or_default();
            let ids = all.iter().filter(|one| over(one)).map(|one| one.id).collect();
            let _ = self.notifier.held.forget(ids).await;
        } else if let Err(error) = given {
            tracing::debug!("messages of this host are not in the database: {}", chain(&error));
        }
    }
}
