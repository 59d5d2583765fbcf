//! One plugin's threads and the bounded queue before them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::inspect::Problem;

/// What a job sees: the plugin, or why it could not be loaded.
type Made<C> = Result<C, Vec<Problem>>;
type Job<C> = Box<dyn FnOnce(&Made<C>) + Send>;

/// The threads of one plugin, named `plg:<id>`.
pub struct Worker<C> {
    jobs: SyncSender<Job<C>>,
}

/// Why a job has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    #[error("all its threads are busy and its queue is full")]
    QueueFull,
    #[error("it did not answer in time")]
    TimedOut,
    #[error("its threads have ended")]
    Ended,
}

impl<C> std::fmt::Debug for Worker<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Worker")
    }
}

impl<C: Send + Sync + 'static> Worker<C> {
    /// Starts the threads. The first confines itself, and starts all others, which inherit that; the first of
    /// these makes what the jobs will see.
    pub fn start(
        id: &str,
        threads: usize,
        queue: usize,
        confine: impl FnOnce() -> Result<(), Problem> + Send + 'static,
        make: impl FnOnce() -> Made<C> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (jobs, queued) = sync_channel::<Job<C>>(queue.max(1));
        let hands =
            Hands { name: format!("plg:{id}"), queued: Arc::new(Mutex::new(queued)), made: Arc::default() };
        let (started, all_started) = sync_channel(1);
        std::thread::Builder::new().name(hands.name.clone()).spawn(move || {
            let confined = confine().map_err(|problem| vec![problem]);
            let _ = started.send(hands.start(threads.max(1), || confined.and_then(|()| make())));
        })?;
        all_started.recv().unwrap_or_else(|_| Err(std::io::ErrorKind::Interrupted.into()))?;
        Ok(Self { jobs })
    }

    /// Queues a job; `result` arrives when it is done. The job is dropped when the queue is full.
    pub fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Made<C>) -> T + Send + 'static,
    ) -> Result<tokio::sync::oneshot::Receiver<T>, RunError> {
        let (answer, result) = tokio::sync::oneshot::channel();
        let job: Job<C> = Box::new(move |made| {
            let _ = answer.send(job(made));
        });
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => RunError::QueueFull,
            TrySendError::Disconnected(_) => RunError::Ended,
        })?;
        Ok(result)
    }

    /// Runs a job and waits for it, from a thread that may block.
    pub fn run_blocking<T: Send + 'static>(
        &self,
        timeout: Duration,
        job: impl FnOnce(&Made<C>) -> T + Send + 'static,
    ) -> Result<T, RunError> {
        let (answer, result) = sync_channel(1);
        let job: Job<C> = Box::new(move |made| {
            let _ = answer.send(job(made));
        });
        self.jobs.try_send(job).map_err(|_| RunError::QueueFull)?;
        result.recv_timeout(timeout).map_err(|error| match error {
            std::sync::mpsc::RecvTimeoutError::Timeout => RunError::TimedOut,
            std::sync::mpsc::RecvTimeoutError::Disconnected => RunError::Ended,
        })
    }
}

/// What all threads of a plugin have in common.
struct Hands<C> {
    name: String,
    queued: Arc<Mutex<Receiver<Job<C>>>>,
    made: Arc<OnceLock<Made<C>>>,
}

impl<C: Send + Sync + 'static> Hands<C> {
    /// Starts so many threads; the first of them makes what all will see.
    fn start(&self, threads: usize, make: impl FnOnce() -> Made<C> + Send + 'static) -> std::io::Result<()> {
        let mut make = Some(make);
        for _ in 0..threads {
            let (make, made, queued) = (make.take(), Arc::clone(&self.made), Arc::clone(&self.queued));
            std::thread::Builder::new().name(self.name.clone()).spawn(move || {
                if let Some(make) = make {
                    let _ = made.set(make());
                }
                work(&queued, made.wait());
            })?;
        }
        Ok(())
    }
}

fn work<C>(queued: &Mutex<Receiver<Job<C>>>, made: &Made<C>) {
    loop {
        let job = queued.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // The SDK catches a plugin's panics inside the plugin. This is for the host's own code around it:
        // a thread lost to it would be a thread fewer for ever.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| job(made))) {
            tracing::error!("a call's own code panicked: {}", text_of(panic.as_ref()));
        }
    }
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(no message)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(threads: usize, queue: usize) -> Worker<u32> {
        Worker::start("test", threads, queue, || Ok(()), || Ok(7)).unwrap()
    }

    #[test]
    fn jobs_see_what_the_first_thread_made() {
        let seen = worker(3, 8).run_blocking(Duration::from_secs(5), |made| made.clone().unwrap());
        assert_eq!(seen, Ok(7));
    }

    #[test]
    fn the_threads_bear_the_plugins_id() {
        let name = |_: &Made<u32>| std::thread::current().name().map(str::to_owned);
        assert_eq!(worker(1, 1).run_blocking(Duration::from_secs(5), name), Ok(Some("plg:test".to_owned())));
    }

    #[test]
    fn a_job_that_panics_costs_no_thread() {
        let worker = worker(1, 8);
        let lost = worker.run_blocking(Duration::from_secs(5), |_| -> u32 { panic!("on purpose") });
        assert_eq!(lost, Err(RunError::Ended));
        assert_eq!(worker.run_blocking(Duration::from_secs(5), |_| 1), Ok(1));
    }

    #[test]
    fn a_full_queue_refuses_instead_of_growing() {
        let worker = worker(1, 1);
        let (release, held) = sync_channel::<()>(0);
        let started = Arc::new(std::sync::Barrier::new(2));
        let inside = Arc::clone(&started);
        let first = worker.submit(move |_| {
            inside.wait();
            let _ = held.recv();
        });
        started.wait();
        assert!(worker.submit(|_| ()).is_ok(), "one may wait");
        assert_eq!(worker.submit(|_| ()).err(), Some(RunError::QueueFull));
        drop(release);
        assert!(first.is_ok());
    }
}
