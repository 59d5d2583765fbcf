//! Threads that hang in a plugin: nobody can end them, so they are counted, and replaced up to a limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// How many threads of one plugin hang, and of all.
#[derive(Debug)]
pub struct Hung {
    here: AtomicUsize,
    everywhere: Arc<AtomicUsize>,
    /// How many may hang everywhere before they are no longer replaced.
    limit: usize,
}

/// How far a job has come.
#[derive(Debug, Default)]
pub struct JobState(AtomicU8);

const WAITS: u8 = 0;
const RUNS: u8 = 1;
const ENDED: u8 = 2;
/// The job was given up, and another thread has taken its thread's place.
const REPLACED: u8 = 3;
/// The job was given up, and no other thread takes its thread's place.
const LEFT: u8 = 4;

/// What giving a job up means for its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GivenUp {
    NotRunning,
    /// The thread hangs, and another is to take its place.
    Replace,
    /// The thread hangs, and there are too many already.
    Leave,
}

/// What a thread does after a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterJob {
    GoOn,
    /// The thread ends, since another has taken its place.
    End,
}

impl Hung {
    /// The count of one plugin that is alone.
    #[cfg(test)]
    pub(super) fn up_to(limit: usize) -> Arc<Self> {
        Self::among(&Arc::default(), limit)
    }

    /// The count of one plugin among others.
    pub fn among(everywhere: &Arc<AtomicUsize>, limit: usize) -> Arc<Self> {
        Arc::new(Self { here: AtomicUsize::new(0), everywhere: Arc::clone(everywhere), limit })
    }

    /// How many of this plugin hang.
    pub fn here(&self) -> usize {
        self.here.load(Ordering::Relaxed)
    }

    fn one_more(&self) -> usize {
        self.here.fetch_add(1, Ordering::Relaxed);
        self.everywhere.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn one_fewer(&self) {
        self.here.fetch_sub(1, Ordering::Relaxed);
        self.everywhere.fetch_sub(1, Ordering::Relaxed);
    }
}

impl JobState {
    /// Whether it is to be run.
    pub(super) fn begin(&self) -> bool {
        self.0.compare_exchange(WAITS, RUNS, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    pub(super) fn end(&self, hung: &Hung) -> AfterJob {
        match self.0.swap(ENDED, Ordering::AcqRel) {
            REPLACED => {
                hung.one_fewer();
                AfterJob::End
            }
            LEFT => {
                hung.one_fewer();
                AfterJob::GoOn
            }
            _ => AfterJob::GoOn,
        }
    }

    /// Sees to it that it is not run, unless it is already.
    pub(super) fn withdraw(&self) -> bool {
        self.0.compare_exchange(WAITS, LEFT, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    pub(super) fn give_up(&self, hung: &Hung) -> GivenUp {
        if self.withdraw() {
            return GivenUp::NotRunning;
        }
        let replace = hung.one_more() <= hung.limit;
        let (state, given_up) = if replace { (REPLACED, GivenUp::Replace) } else { (LEFT, GivenUp::Leave) };
        match self.0.compare_exchange(RUNS, state, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => given_up,
            Err(_) => {
                hung.one_fewer();
                GivenUp::NotRunning
            }
        }
    }
}
