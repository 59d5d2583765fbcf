//! Noticing that the server no longer answers, although the connection looks sound.
//!
//! Bounded is the silence, not the work: many statements may take their time one after another, as long as
//! each is answered.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::time::{Instant, sleep};

/// The connection looks sound, and nobody answers.
#[derive(Debug, thiserror::Error)]
#[error("the server did not answer within {} s", .after.as_secs())]
pub struct NoResponse {
    after: Duration,
}

/// Does some work with the server, but gives it up once nothing has come for so long with which it could go
/// on. Without a limit it waits for ever.
pub(crate) async fn with_inactivity_timeout<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, NoResponse> {
    let Some(after) = limit else { return Ok(work.await) };
    let ear = Arc::new(ProgressWaker { heard: AtomicBool::new(true), listener: AtomicWaker::new() });
    let waker = Waker::from(Arc::clone(&ear));
    let (mut work, mut silence) = (pin!(work), pin!(sleep(after)));
    poll_fn(move |context| {
        ear.listener.register(context.waker());
        if ear.heard.swap(false, Ordering::AcqRel) {
            if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(Ok(done));
            }
            silence.as_mut().reset(Instant::now() + after);
        }
        silence.as_mut().poll(context).map(|()| Err(NoResponse { after }))
    })
    .await
}

/// What the work is woken by: an answer, and nothing that others in the same task wait for.
struct ProgressWaker {
    heard: AtomicBool,
    listener: AtomicWaker,
}

impl Wake for ProgressWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.heard.store(true, Ordering::Release);
        self.listener.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Option<Duration> = Some(Duration::from_millis(200));

    #[tokio::test]
    async fn work_may_take_longer_than_the_limit_as_long_as_it_goes_on() {
        let work = async {
            for _ in 0..10 {
                sleep(Duration::from_millis(50)).await;
            }
            7
        };
        assert_eq!(with_inactivity_timeout(LIMIT, work).await.ok(), Some(7));
    }

    #[tokio::test]
    async fn what_others_in_the_same_task_hear_is_not_heard_by_the_work() {
        let ticking = async {
            loop {
                sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            silent = with_inactivity_timeout(LIMIT, std::future::pending::<()>()) => assert!(silent.is_err()),
            () = ticking => unreachable!(),
            () = sleep(Duration::from_secs(20)) => panic!("it waits for ever"),
        }
    }

    #[tokio::test]
    async fn without_a_limit_it_waits() {
        let waiting = with_inactivity_timeout(None, std::future::pending::<()>());
        assert!(tokio::time::timeout(Duration::from_millis(20), waiting).await.is_err());
    }
}
