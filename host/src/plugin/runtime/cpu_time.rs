//! How long a plugin's threads have been on a processor, those that hang included.

use std::fs;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::support::lock::LockExt;
use rustix::thread::{Pid, gettid};
use rustix::time::{ClockId, clock_gettime};

/// The threads of one plugin.
#[derive(Debug, Default)]
pub(super) struct CpuTime(Mutex<Threads>);

#[derive(Debug, Default)]
struct Threads {
    running: Vec<Pid>,
    /// What those that have ended spent.
    ended: Duration,
}

/// The count of one thread's time, while it runs.
#[derive(Debug)]
pub(super) struct CpuTimeGuard {
    spent: Arc<CpuTime>,
    thread: Pid,
}

impl CpuTime {
    /// Counts this thread.
    pub(super) fn begin(self: &Arc<Self>) -> CpuTimeGuard {
        let thread = gettid();
        self.lock().running.push(thread);
        CpuTimeGuard { spent: Arc::clone(self), thread }
    }

    /// What all of them have spent. To be asked on a thread of the host's own: the plugins' may not read
    /// this.
    pub(super) fn total(&self) -> Option<Duration> {
        // Held, so that none of them ends meanwhile and its number becomes another's.
        let threads = self.lock();
        let running: Duration = threads.running.iter().copied().filter_map(on_processor).sum();
        Some(running + threads.ended)
    }

    fn lock(&self) -> MutexGuard<'_, Threads> {
        self.0.lock_unpoisoned()
    }
}

impl Drop for CpuTimeGuard {
    fn drop(&mut self) {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        let seconds = Duration::from_secs(u64::try_from(now.tv_sec).unwrap_or_default());
        let nanos = Duration::from_nanos(u64::try_from(now.tv_nsec).unwrap_or_default());
        let mut threads = self.spent.lock();
        threads.running.retain(|thread| *thread != self.thread);
        threads.ended += seconds + nanos;
    }
}

/// The first figure of `schedstat` is the time on a processor in nanoseconds
/// (Documentation/scheduler/sched-stats.rst).
fn on_processor(thread: Pid) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/self/task/{thread}/schedstat")).ok()?;
    Some(Duration::from_nanos(text.split_ascii_whitespace().next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Instant;

    use super::*;

    #[test]
    fn what_threads_spend_counts_while_they_run_and_when_they_have_ended() {
        let spent = Arc::new(CpuTime::default());
        let (has_worked, worked) = channel();
        let (end, ends) = channel::<()>();
        let works = Arc::clone(&spent);
        let thread = std::thread::spawn(move || {
            let _spending = works.begin();
            let began = Instant::now();
            while clock_gettime(ClockId::ThreadCPUTime).tv_nsec < 50_000_000
                && began.elapsed() < Duration::from_secs(20)
            {
                std::hint::black_box(());
            }
            has_worked.send(()).unwrap();
            let _ = ends.recv();
        });
        worked.recv().unwrap();
        // The scheduler adds to its books when a thread leaves the processor, or at a tick.
        let until = Instant::now() + Duration::from_secs(20);
        while spent.total().unwrap() < Duration::from_millis(40) && Instant::now() < until {
            std::thread::yield_now();
        }
        let running = spent.total().unwrap();
        assert!(running >= Duration::from_millis(40), "{running:?}");
        drop(end);
        thread.join().unwrap();
        assert!(spent.total().unwrap() >= Duration::from_millis(50), "{:?}", spent.total().unwrap());
    }
}
