//! One delivery to one target, and how it ended.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use super::program::{self, ProgramError};
use super::signature::signatures;
use crate::config::{NotifyConfig, NotifyTarget, NotifyWay};
use crate::support::destinations::{Destinations, ForbiddenAddress, Reach};
use crate::support::http_client::HttpClientError;
use crate::support::millis::millis;
use crate::support::outbound::{Outbound, OutboundError, OutboundSettings};

/// What is sent, with the id that stays the same however often it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letter<'a> {
    pub(super) id: &'a str,
    pub(super) body: &'a str,
}

/// A delivery that the target took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// The status of a webhook's answer.
    pub(super) status: Option<u16>,
    pub(super) took_ms: u64,
}

/// Why a target has not taken a message. None of these holds a webhook's address, which may be a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeliveryError {
    #[error("it cannot be asked")]
    Client(#[from] HttpClientError),
    #[error("it gave no answer")]
    NoAnswer(#[source] OutboundError),
    #[error(
        "it leads to {address}, which is {}: `private = [\"{address}\"]` in [notify] would let messages go there",
        .0.reason(), address = .0.address
    )]
    Forbidden(ForbiddenAddress),
    #[error(
        "its name cannot be looked up here: `proxy_resolves = true` in [notify] would leave it to the proxy where \
         names lead"
    )]
    LookUp(#[source] std::io::Error),
    #[error("it answered {status}{}", hint(*status))]
    Refused { status: u16, wait: Option<Duration> },
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// The longest pause that a target can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

fn hint(status: u16) -> &'static str {
    match status {
        300..=399 => ", and redirects are not followed",
        401 | 403 => ": is the key the one that it knows?",
        404 => ": is the address right?",
        410 => ": it wants no more messages",
        _ => "",
    }
}

impl DeliveryError {
    /// Whether another attempt is of no use: the target said that it is gone.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Refused { status: 410, .. })
    }

    /// The status of a webhook's answer.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// How long the target wants to be left alone.
    pub(super) fn wait(&self) -> Duration {
        match self {
            Self::Refused { wait, .. } => wait.unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }
}

impl From<OutboundError> for DeliveryError {
    fn from(error: OutboundError) -> Self {
        match error {
            OutboundError::Forbidden(found) => Self::Forbidden(found),
            OutboundError::LookUp(error) => Self::LookUp(error),
            other => Self::NoAnswer(other),
        }
    }
}

/// What delivers: with one HTTP client, made when it is needed first.
#[derive(Debug, Default)]
pub(super) struct Deliverer {
    way: OnceCell<Outbound>,
}

/// The way of webhooks. Where they go the operator has written down, so that it may be a private network.
fn outbound(config: &NotifyConfig) -> Result<Outbound, HttpClientError> {
    Outbound::new(OutboundSettings {
        timeout: config.timeout,
        authorities: config.tls_root_cert.as_deref(),
        proxy: config.proxy.as_deref(),
        proxy_resolves: config.proxy_resolves,
        destinations: Destinations { reach: Reach::Private, named: config.private.clone() },
    })
}

impl Deliverer {
    pub(super) async fn deliver(
        &self,
        config: &NotifyConfig,
        target: &NotifyTarget,
        letter: Letter<'_>,
    ) -> Result<Taken, DeliveryError> {
        let began = Instant::now();
        let status = match &target.way {
            NotifyWay::Webhook { url, keys } => Some(self.post(config, url, keys, letter).await?),
            NotifyWay::Command(run) => {
                program::run(run, letter.body, config.timeout).await?;
                None
            }
        };
        Ok(Taken { status, took_ms: millis(began.elapsed()) })
    }

    /// Looks whether the server of a webhook can be connected to; `None` of a command.
    pub(super) async fn reach(
        &self,
        config: &NotifyConfig,
        target: &NotifyTarget,
    ) -> Option<Result<(), DeliveryError>> {
        let NotifyWay::Webhook { url, .. } = &target.way else { return None };
        let url = reqwest::Url::parse(url.expose_secret()).ok()?;
        let reached = async { Ok(self.way(config).await?.reach(&url).await?) };
        Some(reached.await)
    }

    async fn way(&self, config: &NotifyConfig) -> Result<&Outbound, HttpClientError> {
        self.way.get_or_try_init(async || outbound(config)).await
    }

    async fn post(
        &self,
        config: &NotifyConfig,
        url: &SecretString,
        keys: &[SecretString],
        letter: Letter<'_>,
    ) -> Result<u16, DeliveryError> {
        let way = self.way(config).await?;
        let Letter { id, body } = letter;
        let seconds = Timestamp::now().as_second();
        let request = way
            .client()
            .post(url.expose_secret())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signatures(keys, id, seconds, body))
            .body(body.to_owned());
        // Of the answer nothing but its head is read.
        let unsent = |error: reqwest::Error| OutboundError::NoAnswer(error.without_url());
        let answer = way.send(request.build().map_err(unsent)?).await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(status.as_u16());
        }
        let wait = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let wait = wait.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
        Err(DeliveryError::Refused { status: status.as_u16(), wait })
    }
}

/// The pause after so many attempts that failed: three times as long each time, up to an hour.
pub(super) fn pause(attempts: u32) -> Duration {
    let seconds = 5_u64.saturating_mul(3_u64.saturating_pow(attempts.saturating_sub(1)));
    Duration::from_secs(seconds.min(60 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour() {
        let pauses = (1..=9).map(|attempts| pause(attempts).as_secs()).collect::<Vec<_>>();
        assert_eq!(pauses, [5, 15, 45, 135, 405, 1215, 3600, 3600, 3600]);
        assert_eq!(pause(u32::MAX), Duration::from_secs(3600));
    }
}
