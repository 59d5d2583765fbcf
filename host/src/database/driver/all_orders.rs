//! All orders in which a task and a thread can take turns.

mod sync {
    use std::task::Waker;

    pub(super) use loom::sync::{Mutex, MutexGuard};

    /// The model's own, with the signatures of `futures_util`.
    pub(super) struct AtomicWaker(loom::future::AtomicWaker);

    impl AtomicWaker {
        pub(super) fn new() -> Self {
            Self(loom::future::AtomicWaker::new())
        }

        pub(super) fn register(&self, waker: &Waker) {
            self.0.register_by_ref(waker);
        }

        pub(super) fn wake(&self) {
            self.0.wake();
        }
    }
}
#[allow(clippy::duplicate_mod, reason = "it is to be compiled with the types of the model as well")]
#[path = "turns.rs"]
mod turns;

use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use self::turns::{Switch, Turns};

/// The flag of a socket.
struct Flag(AtomicBool);

impl Switch for Flag {
    fn is_inline(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set_inline(&self, is_inline: bool) {
        self.0.store(is_inline, Ordering::Release);
    }
}

/// Counts the moves of each.
#[derive(Default)]
struct Moved {
    by_thread: usize,
    by_task: usize,
}

fn turns(is_inline: bool) -> Arc<Turns<Flag, Moved>> {
    Arc::new(Turns::new(Flag(AtomicBool::new(is_inline)), Moved::default()))
}

/// Tries all orders in which at most this many times a thread is interrupted where it could go on; more find
/// nothing else and take hours.
fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(run);
}

/// Runs as the task until it has moved something after the thread did, which ends the connection.
fn run(turns: &Turns<Flag, Moved>) {
    block_on(std::future::poll_fn(|context| {
        turns.poll_task(context, |connection, _| {
            let Some(moved) = connection else { return };
            assert!(!turns.switch().is_inline(), "it is the thread's turn");
            moved.by_task += 1;
            if moved.by_thread > 0 {
                *connection = None;
            }
        })
    }));
}

fn spawn_task(turns: &Arc<Turns<Flag, Moved>>) -> thread::JoinHandle<()> {
    let turns = Arc::clone(turns);
    thread::spawn(move || run(&turns))
}

#[test]
fn a_turn_that_is_handed_to_the_task_is_never_missed() {
    for is_inline in [false, true] {
        model(move || {
            let turns = turns(is_inline);
            let task = spawn_task(&turns);
            turns.to_thread(false).as_mut().unwrap().by_thread += 1;
            assert!(turns.switch().is_inline(), "nobody else takes a thread's turn");
            turns.to_task();
            // Deadlocks, which the model tells, where the task was not woken.
            task.join().unwrap();
            assert!(turns.to_thread(true).is_none());
        });
    }
}

#[test]
fn an_end_that_the_thread_sees_ends_the_task() {
    model(|| {
        let turns = turns(false);
        let task = spawn_task(&turns);
        *turns.to_thread(true) = None;
        turns.to_task();
        task.join().unwrap();
    });
}

#[test]
fn two_threads_that_hand_the_turn_back_leave_it_with_the_task() {
    model(|| {
        let turns = turns(true);
        let task = spawn_task(&turns);
        let other = {
            let turns = Arc::clone(&turns);
            thread::spawn(move || turns.to_task())
        };
        turns.to_thread(false).as_mut().unwrap().by_thread += 1;
        turns.to_task();
        other.join().unwrap();
        task.join().unwrap();
    });
}
