//! Telling others of changes: each is told once, however many hosts serve the database, and again until it is
//! taken.
//!
//! A task of its own makes messages of what is recorded (`outbox.rs`) and delivers them (`deliver.rs`): no
//! heal and no check waits for it. One host at a time delivers to a target, in the order in which things
//! changed, and holds no transaction meanwhile. A target that cannot be reached is tried again after ever
//! longer pauses, or as soon as there is something new for it.
//!
//! While the database is away the host tells of that by itself, and holds what it told (`held.rs`) until the
//! database has it. The suite `notify` holds all this.

mod away;
mod deliver;
mod held;
mod message;
mod outbox;
mod program;
mod signature;
mod tried;
mod undelivered;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio_postgres::Client;

use super::Tenon;
use super::background::BackgroundTask;
use crate::config::NotifyTarget;
use crate::support::errors::chain;
use crate::support::lock::LockExt;
use deliver::{Deliverer, DeliveryError, Letter, Taken, pause};
use held::{HeldMessage, HeldMessages};
pub(super) use message::EmittedEvent;
pub use message::Notification;
use message::{RefusedSystemCall, Sender};
pub use outbox::NotifyError;
use outbox::{Due, Settled, Standing};
pub use tried::TriedTarget;
pub use undelivered::{NotificationReport, TargetReport, Undelivered};

/// How long nothing is looked for that nobody has told of.
const IDLE: Duration = Duration::from_secs(60);

/// How long it waits at least between two looks for what is due.
const LEAST: Duration = Duration::from_secs(1);

/// How much longer than a delivery a host may take until another takes over.
const SPARE: Duration = Duration::from_secs(10);

/// How long a host that stops takes for that other hosts need not wait.
const STOPPING: Duration = Duration::from_secs(2);

/// What waits where the task does not go on.
const WAITING: &str = "messages of changes";

/// How a session that is for messages names itself.
const NAME: &str = "tenon notifies";

/// What a host knows of its messages.
#[derive(Debug)]
pub(super) struct Notifier {
    task: BackgroundTask,
    held: HeldMessages,
    deliverer: Deliverer,
    /// What was refused to plugins and told of.
    told_refused: Mutex<BTreeSet<String>>,
    /// How the targets were when that was looked at last.
    standing: Mutex<BTreeMap<String, Standing>>,
}

impl Notifier {
    pub(super) fn in_dir(state_dir: &Path) -> Self {
        Self {
            task: BackgroundTask::default(),
            held: HeldMessages::in_dir(state_dir),
            deliverer: Deliverer::default(),
            told_refused: Mutex::default(),
            standing: Mutex::default(),
        }
    }

    /// Has messages be looked for: something may have changed.
    pub(super) fn wake(&self) {
        self.task.wake();
    }

    /// How many messages wait for each target, and how many were given up.
    pub(super) fn figures(&self) -> Vec<(Arc<str>, usize, usize)> {
        let standing = self.standing.lock_unpoisoned();
        standing.iter().map(|(name, one)| (name.as_str().into(), one.pending, one.given_up)).collect()
    }
}

/// The deliveries that are under way, by their targets.
type UnderWay = JoinSet<String>;

impl Tenon {
    /// Tells the targets of what changes. Never returns.
    pub async fn notify(self: Arc<Self>) {
        let targets = &self.config.notify.targets;
        if targets.is_empty() {
            return std::future::pending().await;
        }
        let (mut under_way, mut busy) = (UnderWay::new(), BTreeSet::new());
        loop {
            let pause = match self.look(&mut under_way, &mut busy).await {
                Ok(pause) => {
                    self.notifier.task.goes_on();
                    pause
                }
                Err(error) => {
                    self.notifier.task.waits(WAITING, &error);
                    self.deliver_held(&mut under_way, &mut busy).await
                }
            };
            tokio::select! {
                () = self.notifier.task.woken() => {}
                () = tokio::time::sleep(pause.max(LEAST)) => {}
                Some(ended) = under_way.join_next(), if !under_way.is_empty() => {
                    if let Ok(target) = ended {
                        busy.remove(&target);
                    }
                }
            }
        }
    }

    /// Makes messages of what is new, and has those delivered that are due. Gives how long nothing will be.
    async fn look(
        self: &Arc<Self>,
        under_way: &mut UnderWay,
        busy: &mut BTreeSet<String>,
    ) -> Result<Duration, NotifyError> {
        let client = self.notifying().await?;
        self.make_messages(&client, &self.notifier.held.all().await?).await?;
        let names: Vec<&str> = self.config.notify.targets.iter().map(|target| target.name.as_str()).collect();
        let standing = self.bounds().read(&client, outbox::standing(&client, &names)).await?;
        drop(client);
        let mut soonest = IDLE;
        for target in &self.config.notify.targets {
            let one = standing.get(&target.name);
            let due_in =
                one.and_then(|one| one.due_in).map(|seconds| Duration::from_secs_f64(seconds.max(0.0)));
            let is_due = one.is_none_or(|one| one.has_news) || due_in.is_some_and(|due_in| due_in.is_zero());
            if is_due && one.is_none_or(|one| !one.is_leased) && busy.insert(target.name.clone()) {
                let (host, target) = (Arc::clone(self), target.clone());
                under_way.spawn(async move {
                    if let Err(error) = host.deliver_all(&target).await {
                        tracing::warn!(target = target.name, "messages wait: {}", chain(&error));
                    }
                    target.name
                });
            } else if is_due {
                // Another host may stop within its time.
                soonest = soonest.min(self.config.notify.timeout);
            }
            soonest = soonest.min(due_in.filter(|due_in| !due_in.is_zero()).unwrap_or(soonest));
        }
        *self.notifier.standing.lock_unpoisoned() = standing;
        Ok(soonest)
    }

    async fn make_messages(&self, client: &Client, held: &[HeldMessage]) -> Result<(), NotifyError> {
        let refused = self.newly_refused();
        let is_idle = held.is_empty() && refused.is_empty();
        if is_idle && !self.bounds().read(client, outbox::has_news(client)).await? {
            return Ok(());
        }
        let database = self.address();
        let sender = Sender { host: &self.name, database: &database, server: &self.config.server };
        self.bounds().within(client, outbox::make_messages(client, &sender, held, &refused)).await?;
        if !held.is_empty() {
            self.notifier.held.forget(held.iter().map(|message| message.id).collect()).await?;
        }
        self.notifier.told_refused.lock_unpoisoned().extend(refused.iter().map(key));
        Ok(())
    }

    /// Makes messages of events of plugins, in the transaction in which they are heard.
    pub(super) async fn make_messages_of_events(
        &self,
        client: &Client,
        events: &[EmittedEvent],
    ) -> Result<(), NotifyError> {
        if !outbox::exists(client).await? {
            return Err(NotifyError::Pending);
        }
        let database = self.address();
        let sender = Sender { host: &self.name, database: &database, server: &self.config.server };
        outbox::add_events(client, &sender, events).await
    }

    /// Has other hosts deliver to the targets that this one has taken: it stops.
    pub async fn release_targets(&self) {
        if self.config.notify.targets.is_empty() {
            return;
        }
        let released = async {
            let client = self.notifying().await?;
            self.bounds().within(&client, outbox::release_all(&client, &self.name)).await
        };
        // Another host takes over in any case, after some seconds.
        if !matches!(tokio::time::timeout(STOPPING, released).await, Ok(Ok(()))) {
            tracing::debug!("other hosts wait for this one's targets");
        }
    }

    /// A session to write messages, where there are tables for them.
    async fn notifying(&self) -> Result<Client, NotifyError> {
        let client = self.own_tables(NAME).await?;
        if self.bounds().read(&client, outbox::exists(&client)).await? {
            Ok(client)
        } else {
            Err(NotifyError::Pending)
        }
    }

    /// The system calls that were refused to plugins and not told of yet.
    fn newly_refused(&self) -> Vec<RefusedSystemCall> {
        let told = self.notifier.told_refused.lock_unpoisoned();
        let libraries = self.registry.plugins.values();
        let libraries = libraries.filter_map(|plugin| Some((plugin, plugin.library.as_ref()?)));
        let refused = libraries.flat_map(|(plugin, library)| {
            library.attempts.all().into_iter().map(|one| RefusedSystemCall {
                plugin: plugin.info.id.to_string(),
                sha256: library.sha256.to_string(),
                system_call: one.system_call,
                times: one.times,
            })
        });
        refused.filter(|one| !told.contains(&key(one))).collect()
    }

    /// Delivers what is due for a target, one after another, if no other host does.
    async fn deliver_all(&self, target: &NotifyTarget) -> Result<(), NotifyError> {
        let client = self.notifying().await?;
        let (bounds, name) = (self.bounds(), target.name.as_str());
        let seconds = (self.config.notify.timeout + SPARE).as_secs_f64();
        let lease = || bounds.within(&client, outbox::lease(&client, name, &self.name, seconds));
        let Some(known) = lease().await? else { return Ok(()) };
        bounds.within(&client, outbox::enqueue(&client, target, known)).await?;
        let mut after = 0;
        while let Some(due) = bounds.read(&client, outbox::due(&client, name, after)).await? {
            let letter = Letter { id: &due.id.to_string(), body: &due.body };
            let ended = self.notifier.deliverer.deliver(&self.config.notify, target, letter).await;
            let settled = self.ended_attempt(target, &due, &ended);
            let is_unreachable = matches!(&ended, Err(DeliveryError::NoAnswer(_)));
            let again_in = settled.again_in;
            let written = bounds.within(&client, async {
                outbox::settle(&client, &settled).await?;
                match again_in {
                    // What waits behind it would not arrive either.
                    Some(seconds) if is_unreachable => outbox::postpone(&client, name, seconds).await,
                    _ if ended.is_ok() => outbox::hurry(&client, name).await,
                    _ => Ok(()),
                }
            });
            written.await?;
            after = due.number;
            if lease().await?.is_none() {
                return Ok(());
            }
        }
        bounds.within(&client, outbox::release(&client, name, &self.name)).await
    }

    /// How an attempt ended, with what comes next. Counts it, and logs what will not arrive.
    fn ended_attempt<'a>(
        &self,
        target: &'a NotifyTarget,
        due: &Due,
        ended: &Result<Taken, DeliveryError>,
    ) -> Settled<'a> {
        let name = target.name.as_str();
        let settled = |error, again_in| Settled { id: due.id, target: name, error, again_in };
        let error = match ended {
            Ok(_) => {
                self.metrics.notified(name, "delivered");
                return settled(None, None);
            }
            Err(error) => error,
        };
        let told = chain(error);
        let pause = pause(due.attempts.saturating_add(1)).max(error.wait());
        let age =
            Timestamp::now().duration_since(due.at) + SignedDuration::try_from(pause).unwrap_or_default();
        let last = SignedDuration::try_from(self.config.notify.retry_for).unwrap_or(SignedDuration::MAX);
        let attempts = due.attempts + 1;
        if error.is_final() || age > last {
            self.metrics.notified(name, "given_up");
            let remedy = "`tenon notify retry` has it tried again";
            tracing::error!(target = name, id = %due.id, attempts, remedy, "a message was given up: {told}");
            return settled(Some(told), None);
        }
        self.metrics.notified(name, "failed");
        tracing::warn!(target = name, id = %due.id, attempts, "a message waits for {} s: {told}", pause.as_secs());
        settled(Some(told), Some(pause.as_secs_f64()))
    }
}

fn key(refused: &RefusedSystemCall) -> String {
    format!("{}/{}", refused.sha256, refused.system_call)
}
