//! Trying the targets: a message that says nothing but that it arrives.

use serde::Serialize;

use super::super::Tenon;
use super::deliver::{Letter, Taken};
use super::message::Sender;
use super::outbox::NotifyError;
use crate::config::NotifyTarget;
use crate::support::errors::chain;

/// How a target answered to a test.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TriedTarget {
    pub target: String,
    /// `webhook` or `command`.
    pub kind: &'static str,
    pub delivered: bool,
    /// The status of a webhook's answer, if it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long it took, if the target has taken it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// Why it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Tenon {
    /// Sends a test to this target, or to all, once and at once.
    pub async fn try_targets(&self, name: Option<&str>) -> Result<Vec<TriedTarget>, NotifyError> {
        let targets = self.targets(name)?;
        let tried = targets.into_iter().map(|target| self.try_target(target));
        Ok(futures_util::future::join_all(tried).await)
    }

    /// Looks whether the webhooks' servers can be connected to: each by its name, with what is wrong.
    pub(in super::super) async fn reach_webhooks(&self) -> Vec<(String, Option<String>)> {
        let notify = &self.config.notify;
        let reached = notify.targets.iter().map(async |target| {
            let reached = self.notifier.deliverer.reach(notify, target).await?;
            Some((target.name.clone(), reached.err().map(|error| chain(&error))))
        });
        futures_util::future::join_all(reached).await.into_iter().flatten().collect()
    }

    /// The target of this name, or all.
    pub(super) fn targets(&self, name: Option<&str>) -> Result<Vec<&NotifyTarget>, NotifyError> {
        let all = &self.config.notify.targets;
        let chosen: Vec<_> =
            all.iter().filter(|target| name.is_none_or(|name| name == target.name)).collect();
        match name {
            _ if all.is_empty() => Err(NotifyError::NoTargets),
            Some(name) if chosen.is_empty() => {
                let known = all.iter().map(|target| target.name.clone()).collect();
                Err(NotifyError::NoTarget { name: name.to_owned(), known })
            }
            _ => Ok(chosen),
        }
    }

    async fn try_target(&self, target: &NotifyTarget) -> TriedTarget {
        let database = self.address();
        let sender = Sender { host: &self.name, database: &database, server: &self.config.server };
        let message = sender.test(&target.name);
        let body = serde_json::to_string(&message).unwrap_or_default();
        let letter = Letter { id: &message.id.to_string(), body: &body };
        let tried = self.notifier.deliverer.deliver(&self.config.notify, target, letter).await;
        let (name, kind) = (target.name.clone(), target.kind());
        match tried {
            Ok(Taken { status, took_ms }) => TriedTarget {
                target: name,
                kind,
                delivered: true,
                status,
                took_ms: Some(took_ms),
                error: None,
            },
            Err(error) => {
                let (status, error) = (error.status(), Some(chain(&error)));
                TriedTarget { target: name, kind, delivered: false, status, took_ms: None, error }
            }
        }
    }
}
