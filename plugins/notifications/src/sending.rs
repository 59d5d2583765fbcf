//! Posting messages to the receiver that the operator has named.

use std::time::Duration;

use tenon_plugin_api::prelude::*;

use crate::message::{self, Message};
use crate::settings::Settings;

/// How long the receiver may take for one message.
const PATIENCE: Duration = Duration::from_secs(10);

/// What becomes of a message that was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Sent,
    /// Posting it again would change nothing.
    Refused(u16),
    /// The receiver may take it later.
    Later(u16),
}

impl Outcome {
    fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Sent,
            // Timed out, or too many at a time.
            408 | 429 | 500.. => Self::Later(status),
            _ => Self::Refused(status),
        }
    }
}

/// Posts what is due, the oldest first. A message may come twice, where the host ends before the transaction
/// does: the receiver knows by `Idempotency-Key`.
pub(crate) fn send(db: &Connection<'_>, job: &Job<'_>, settings: &Settings) -> Result<(), PluginError> {
    let Some(url) = &settings.url else { return Ok(()) };
    let mut sent = 0_u32;
    for due in message::due(db, settings.batch.get().into())? {
        let failed = match post(job.host(), url, settings, &due) {
            Ok(Outcome::Sent) => {
                message::mark_sent(db, due.id)?;
                sent += 1;
                continue;
            }
            Ok(Outcome::Refused(status)) => {
                job.host().warn("a message was refused", &[("message", &due.id), ("status", &status)]);
                message::mark_refused(db, due.id, status.cast_signed())?;
                sent += 1;
                continue;
            }
            Ok(Outcome::Later(status)) => {
                PluginError::new(502, "later", format!("the receiver of messages answers {status}"))
            }
            Err(error) => error,
        };
        if sent == 0 {
            return Err(failed);
        }
        // An error would take back what is noted of those before. The next run begins with this one.
        job.host().warn("the other messages wait", &[("sent", &sent), ("because", &failed.to_string())]);
        break;
    }
    Ok(())
}

fn post(host: &Host<'_>, url: &str, settings: &Settings, due: &Message) -> Result<Outcome, PluginError> {
    let body = json!({ "person": due.person, "text": due.text, "at": due.created_at });
    let mut asked = Fetch::post(url).timeout(PATIENCE).header("idempotency-key", due.event.to_string());
    if let Some(token) = &settings.token {
        asked = asked.header("authorization", format!("Bearer {}", token.expose()));
    }
    Ok(Outcome::of(host.fetch(&asked.json(&body))?.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again_and_what_is_refused_is_not() {
        let outcomes = [200, 204, 302, 404, 408, 410, 429, 500, 503].map(Outcome::of);
        let (refused, later) = (Outcome::Refused, Outcome::Later);
        let sent = Outcome::Sent;
        assert_eq!(
            outcomes,
            [
                sent,
                sent,
                refused(302),
                refused(404),
                later(408),
                refused(410),
                later(429),
                later(500),
                later(503)
            ]
        );
    }
}
