//! Hearing of the heals of other hosts, so that this one's report becomes true without a click.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_postgres::AsyncMessage;

use super::{Tenon, events, jobs};
use crate::audit::CHANNEL;
use crate::database::connect::{ConnectError, Database};
use crate::support::errors::chain;

/// Between connections that were lost, at first and at most.
const SOON: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_secs(30);

/// How a connection that only listens names itself.
const NAME: &str = "tenon listens";

/// Why nothing can be heard.
#[derive(Debug, thiserror::Error)]
enum ListenError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("LISTEN was refused")]
    Listen(#[source] tokio_postgres::Error),
    #[error("the connection ended")]
    Ended,
}

impl Tenon {
    /// Checks whenever a heal has ended, whichever host's it was, over a connection of its own that is made
    /// anew when it is lost. Never returns.
    pub async fn follow_heals(&self) {
        let Some(reach) = &self.database else { return std::future::pending().await };
        let database = reach.database.named(NAME);
        let mut pause = SOON;
        loop {
            let Err(error) = self.listen(&database, &mut pause).await;
            tracing::debug!("heals of other hosts are not heard of: {}", chain(&error));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LATE);
        }
    }

    async fn listen(
        &self,
        database: &Database,
        pause: &mut Duration,
    ) -> Result<std::convert::Infallible, ListenError> {
        let (heard, mut hears) = mpsc::unbounded_channel();
        let (scheduler, dispatcher) = (Arc::clone(&self.jobs), Arc::clone(&self.events));
        let tell = move |message: &AsyncMessage| match message {
            AsyncMessage::Notification(said) if said.channel() == CHANNEL => {
                let _ = heard.send(said.payload().to_owned());
            }
            AsyncMessage::Notification(said) if said.channel() == jobs::CHANNEL => scheduler.wake(),
            AsyncMessage::Notification(said) if said.channel() == events::CHANNEL => dispatcher.wake(),
            _ => {}
        };
        let (client, _) = database.connect_listening(tell).await?;
        client
            .batch_execute(&format!("LISTEN {CHANNEL}; LISTEN {}; LISTEN {}", jobs::CHANNEL, events::CHANNEL))
            .await
            .map_err(ListenError::Listen)?;
        // What ended while nobody listened is seen by looking.
        if *pause > SOON {
            self.check().await;
        }
        *pause = SOON;
        while let Some(payload) = hears.recv().await {
            // Several at once are worth one look.
            while hears.try_recv().is_ok() {}
            tracing::debug!(payload, "the audit log has a new entry");
            self.check().await;
        }
        Err(ListenError::Ended)
    }
}
