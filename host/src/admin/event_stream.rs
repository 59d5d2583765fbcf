//! Answers that go on: server-sent events, as the HTML standard has them.
//!
//! A stream ends by itself after a while, so that whoever was logged out does not hear on; a browser asks
//! again by itself, with the number of what it heard last. It ends when the host stops, which waits for all
//! answers.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::problem::Problem;
use crate::support::error_code::ErrorCode;

/// How many are listened to at one time.
const MOST: usize = 512;
/// After how much silence something is sent all the same, so that no proxy takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long one lasts.
const LONGEST: Duration = Duration::from_secs(300);

/// One event.
#[derive(Debug)]
pub(super) struct ServerEvent {
    /// What a listener says that it has heard, when it comes back.
    pub number: Option<u64>,
    pub name: &'static str,
    pub data: String,
}

impl ServerEvent {
    /// An event of this value as JSON on one line.
    pub(super) fn json(name: &'static str, value: &impl Serialize) -> Self {
        let data = crate::report::json::whole_line(value).trim_end().to_owned();
        Self { number: None, name, data }
    }

    fn text(&self) -> String {
        let number = self.number.map(|number| format!("id: {number}\n")).unwrap_or_default();
        format!("{number}event: {}\ndata: {}\n\n", self.name, self.data)
    }
}

/// The streams that are listened to.
#[derive(Debug)]
pub(crate) struct EventStreams {
    room: Arc<Semaphore>,
    stopping: CancellationToken,
}

impl Default for EventStreams {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(MOST)), stopping: CancellationToken::new() }
    }
}

impl EventStreams {
    /// Ends all streams when it is cancelled.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// An answer of these events.
    pub(super) fn answer(
        &self,
        events: impl Stream<Item = ServerEvent> + 'static,
    ) -> Result<HttpResponse, Problem> {
        let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
            let detail = format!("{MOST} streams of events are listened to already");
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::TooManyStreams, detail);
            return Err(problem.remedy("ask again later, or ask GET /api/v1/heal from time to time"));
        };
        let stopping = self.stopping.clone();
        let end = Box::pin(async move { tokio::time::timeout(LONGEST, stopping.cancelled()).await });
        let texts = stream::unfold((Box::pin(events), permit), |(mut events, permit)| async move {
            let text = match tokio::time::timeout(KEEP_ALIVE, events.next()).await {
                Ok(event) => event?.text(),
                Err(_) => ": nothing new\n\n".to_owned(),
            };
            Some((Ok::<_, Infallible>(Bytes::from(text)), (events, permit)))
        });
        Ok(HttpResponse::Ok()
            .content_type("text/event-stream")
            .insert_header((header::HeaderName::from_static("x-accel-buffering"), "no"))
            .streaming(texts.take_until(end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_written_as_browsers_read_it() {
        let mut event = ServerEvent::json("heal", &serde_json::json!({ "a": "b\nc" }));
        assert_eq!(event.text(), "event: heal\ndata: {\"a\":\"b\\nc\"}\n\n");
        event.number = Some(7);
        assert_eq!(event.text(), "id: 7\nevent: heal\ndata: {\"a\":\"b\\nc\"}\n\n");
    }

    #[tokio::test]
    async fn all_streams_end_when_the_host_stops_and_there_are_only_so_many() {
        let streams = EventStreams::default();
        let answer = streams.answer(stream::pending()).unwrap();
        let held = streams.room.clone().try_acquire_many_owned(MOST as u32 - 1).unwrap();
        assert_eq!(streams.answer(stream::pending()).unwrap_err().code, "too_many_streams");
        drop(held);
        streams.stopping().cancel();
        let body = actix_web::body::to_bytes(answer.into_body()).await.unwrap();
        assert!(body.is_empty(), "{body:?}");
    }
}
