//! One plugin's threads and the bounded queue before them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::oneshot::Receiver;

use super::batch;
use super::cpu_time::CpuTime;
use super::hung::{AfterJob, GivenUp, Hung, JobState};
use super::queue::Queue;
use crate::plugin::problem::Problem;

/// What a job sees: the plugin, or why it could not be loaded.
type InitResult<C> = Result<C, Vec<Problem>>;
type Job<C> = Box<dyn FnOnce(&InitResult<C>) -> AfterJob + Send>;

/// The threads of one plugin, named `plg:<id>`.
pub struct Worker<C> {
    jobs: Arc<Queue<Job<C>>>,
    /// Has one more thread started.
    more: Sender<()>,
    made: Arc<OnceLock<InitResult<C>>>,
    hung: Arc<Hung>,
    /// How many jobs have a thread.
    running: Arc<AtomicUsize>,
    spent: Arc<CpuTime>,
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
        f.debug_struct("Worker").field("hung", &self.hung).finish_non_exhaustive()
    }
}

impl<C: Send + Sync + 'static> Worker<C> {
    /// Starts the threads. The first confines itself, and starts all others, which inherit that; the first of
    /// these makes what the jobs will see.
    pub fn start(
        id: &str,
        threads: usize,
        queue: usize,
        hung: Arc<Hung>,
        confine: impl FnOnce() -> Result<(), Problem> + Send + 'static,
        make: impl FnOnce() -> InitResult<C> + Send + 'static,
    ) -> std::io::Result<Self> {
        let jobs = Arc::new(Queue::new(queue.max(1)));
        let made = Arc::default();
        let (name, queued) = (format!("plg:{id}"), Arc::clone(&jobs));
        let spent = Arc::<CpuTime>::default();
        let spawner = ThreadSpawner { name, queued, made: Arc::clone(&made), spent: Arc::clone(&spent) };
        let (started, all_started) = sync_channel(1);
        let (more, wanted) = channel();
        std::thread::Builder::new().name(spawner.name.clone()).spawn(move || {
            batch::batch();
            let confined = confine().map_err(|problem| vec![problem]);
            let _ = started.send(spawner.start(threads.max(1), || confined.and_then(|()| make())));
            for () in wanted {
                if let Err(error) = spawner.start_one(None) {
                    tracing::error!("{}: a thread could not be replaced: {error}", spawner.name);
                }
            }
        })?;
        all_started.recv().unwrap_or_else(|_| Err(std::io::ErrorKind::Interrupted.into()))?;
        Ok(Self { jobs, more, made, hung, running: Arc::default(), spent })
    }

    /// Queues a job whose result can be waited for. It is dropped when the queue is full.
    pub fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce(&InitResult<C>) -> T + Send + 'static,
    ) -> Result<Receiver<T>, RunError> {
        let (answer, result) = tokio::sync::oneshot::channel();
        self.queue(move |made| {
            let _ = answer.send(job(made));
        })?;
        Ok(result)
    }

    /// Runs a job and waits for it, from a thread that may block. Its thread is given up when it takes
    /// longer.
    pub fn run_blocking<T: Send + 'static>(
        &self,
        timeout: Duration,
        job: impl FnOnce(&InitResult<C>) -> T + Send + 'static,
    ) -> Result<T, RunError> {
        let (answer, result) = sync_channel(1);
        let job_state = self.queue(move |made| {
            let _ = answer.send(job(made));
        })?;
        result.recv_timeout(timeout).map_err(|error| match error {
            RecvTimeoutError::Timeout => {
                self.give_up(&job_state);
                RunError::TimedOut
            }
            RecvTimeoutError::Disconnected => RunError::Ended,
        })
    }

    /// Queues a job. It is dropped when the queue is full.
    pub(super) fn queue(
        &self,
        job: impl FnOnce(&InitResult<C>) + Send + 'static,
    ) -> Result<Arc<JobState>, RunError> {
        let job_state = Arc::new(JobState::default());
        let (ours, hung, running) =
            (Arc::clone(&job_state), Arc::clone(&self.hung), Arc::clone(&self.running));
        let job: Job<C> = Box::new(move |made| {
            // Nobody waits for it any more.
            if !ours.begin() {
                return AfterJob::GoOn;
            }
            running.fetch_add(1, Ordering::Relaxed);
            // The SDK catches a plugin's panics inside the plugin. This is for the host's own code around it:
            // a thread lost to it would be a thread fewer for ever.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| job(made))) {
                tracing::error!("a call's own code panicked: {}", text_of(panic.as_ref()));
            }
            running.fetch_sub(1, Ordering::Relaxed);
            ours.end(&hung)
        });
        self.jobs.put(job).map_err(|_| RunError::QueueFull)?;
        Ok(job_state)
    }

    /// Waits no longer for a job: if it runs its thread counts as hanging, and another takes its place while
    /// there is room for more of them. Says whether a thread hangs.
    pub fn give_up(&self, job_state: &JobState) -> bool {
        match job_state.give_up(&self.hung) {
            GivenUp::Replace => {
                // The thread that hears it is there as long as this is.
                let _ = self.more.send(());
                true
            }
            GivenUp::Leave => true,
            GivenUp::NotRunning => false,
        }
    }

    /// Whether the plugin was loaded, or refused to be: its constructors are behind it.
    pub fn is_made(&self) -> bool {
        self.made.get().is_some()
    }

    /// How long its threads have been on a processor, where that is counted.
    pub fn spent(&self) -> Option<Duration> {
        self.spent.total()
    }

    /// How many jobs wait for a thread.
    pub fn waiting(&self) -> usize {
        self.jobs.len()
    }

    /// How many have one, without those that were given up.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed).saturating_sub(self.hung())
    }

    /// How many of its threads hang.
    pub fn hung(&self) -> usize {
        self.hung.here()
    }
}

impl<C> Drop for Worker<C> {
    fn drop(&mut self) {
        self.jobs.close();
    }
}

fn work<C>(queued: &Queue<Job<C>>, made: &InitResult<C>) {
    while let Some(job) = queued.take() {
        match job(made) {
            AfterJob::GoOn => {}
            AfterJob::End => return,
        }
    }
}

/// What all threads of a plugin have in common.
struct ThreadSpawner<C> {
    name: String,
    queued: Arc<Queue<Job<C>>>,
    made: Arc<OnceLock<InitResult<C>>>,
    spent: Arc<CpuTime>,
}

impl<C: Send + Sync + 'static> ThreadSpawner<C> {
    /// Starts so many threads; the first of them makes what all will see.
    fn start(
        &self,
        threads: usize,
        make: impl FnOnce() -> InitResult<C> + Send + 'static,
    ) -> std::io::Result<()> {
        self.start_one(Some(Box::new(make)))?;
        (1..threads).try_for_each(|_| self.start_one(None))
    }

    fn start_one(&self, make: Option<Box<dyn FnOnce() -> InitResult<C> + Send>>) -> std::io::Result<()> {
        let (made, queued, spent) =
            (Arc::clone(&self.made), Arc::clone(&self.queued), Arc::clone(&self.spent));
        std::thread::Builder::new().name(self.name.clone()).spawn(move || {
            let _spending = spent.begin();
            if let Some(make) = make {
                let _ = made.set(make());
            }
            work(&queued, made.wait());
        })?;
        Ok(())
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
        Worker::start("test", threads, queue, Hung::up_to(1), || Ok(()), || Ok(7)).unwrap()
    }

    #[test]
    fn jobs_see_what_the_first_thread_made() {
        let seen = worker(3, 8).run_blocking(Duration::from_secs(5), |made| made.clone().unwrap());
        assert_eq!(seen, Ok(7));
    }

    #[test]
    fn the_threads_bear_the_plugins_id() {
        let name = |_: &InitResult<u32>| std::thread::current().name().map(str::to_owned);
        assert_eq!(worker(1, 1).run_blocking(Duration::from_secs(5), name), Ok(Some("plg:test".to_owned())));
    }

    #[test]
    fn the_threads_interrupt_nobody_on_the_processor() {
        // The policy is the 41st field, and the name before it is in parentheses (proc_pid_stat(5)).
        let policy = |_: &InitResult<u32>| {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            stat.rsplit(')').next().unwrap().split_whitespace().nth(38).unwrap().parse()
        };
        assert_eq!(worker(2, 1).run_blocking(Duration::from_secs(5), policy), Ok(Ok(libc::SCHED_BATCH)));
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

    #[test]
    fn a_thread_that_hangs_is_replaced_up_to_the_limit_and_goes_when_it_comes_back() {
        let worker = worker(1, 8);
        let hang = || {
            let (release, held) = sync_channel::<()>(0);
            let started = Arc::new(std::sync::Barrier::new(2));
            let inside = Arc::clone(&started);
            let job_state = worker.queue(move |_| {
                inside.wait();
                let _ = held.recv();
            });
            started.wait();
            (release, job_state.unwrap())
        };
        let (first_release, first) = hang();
        assert!(worker.give_up(&first));
        assert_eq!(worker.run_blocking(Duration::from_secs(5), |_| 1), Ok(1), "another took its place");
        let (second_release, second) = hang();
        assert!(worker.give_up(&second));
        assert_eq!(worker.hung(), 2);
        // There is room for one only: the second was not replaced.
        let (ran, runs) = tokio::sync::oneshot::channel();
        let waiting = worker.queue(move |_| assert!(ran.send(2).is_ok())).unwrap();
        assert!(!worker.give_up(&waiting), "it had not begun");
        drop(second_release);
        assert_eq!(worker.run_blocking(Duration::from_secs(5), |_| 3), Ok(3), "it came back, and went on");
        drop(first_release);
        let end = std::time::Instant::now() + Duration::from_secs(5);
        while worker.hung() > 0 && std::time::Instant::now() < end {
            std::thread::yield_now();
        }
        assert_eq!(worker.hung(), 0);
        assert!(runs.blocking_recv().is_err(), "what was given up before it began is not run");
    }
}
