//! Requests sent before the answers to those before them have come, so that the server is never idle.
//!
//! The server answers in the order in which it was asked, and in a transaction nothing is done after an
//! error: the first error is the one that tells.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, MaybeDone, maybe_done};

/// How many requests are under way at most, and how many bytes of them, so that memory stays flat.
const REQUESTS: usize = 64;
const BYTES: usize = 1 << 20;

/// Requests that are under way.
pub(crate) struct Pipeline<'a, T> {
    sent: VecDeque<Sent<'a, T>>,
    bytes: usize,
}

struct Sent<'a, T> {
    request: Pin<Box<MaybeDone<BoxFuture<'a, T>>>>,
    bytes: usize,
}

impl<'a, T> Pipeline<'a, T> {
    pub(crate) fn new() -> Self {
        Self { sent: VecDeque::new(), bytes: 0 }
    }

    /// Whether an answer should be taken before more is sent.
    pub(crate) fn is_full(&self) -> bool {
        self.sent.len() >= REQUESTS || self.bytes >= BYTES
    }

    /// Sends a request of about so many bytes.
    pub(crate) fn send(&mut self, bytes: usize, request: impl Future<Output = T> + Send + 'a) {
        let mut request = Box::pin(maybe_done(request.boxed()));
        // It is sent when it is polled for the first time, and so all are sent in this order.
        let _ = request.as_mut().now_or_never();
        self.sent.push_back(Sent { request, bytes });
        self.bytes += bytes;
    }

    /// The answer to the oldest request that is under way.
    pub(crate) async fn answer(&mut self) -> Option<T> {
        let Sent { mut request, bytes } = self.sent.pop_front()?;
        self.bytes -= bytes;
        request.as_mut().await;
        request.as_mut().take_output()
    }
}
