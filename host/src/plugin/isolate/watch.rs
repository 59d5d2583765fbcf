//! The plugins' attempts: one thread beside each plugin is asked about the system calls that the filter
//! does not allow.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use jiff::Timestamp;

use super::attempts::{Attempts, Tried};
use super::fatal::Fatal;
use super::journal::Journal;
use super::kernel::{Call, Listener, Outcome, Wish, change_mode};
use super::output::MOST;
use super::sampled::is_power_of_ten;
use crate::support::lock::LockExt;

impl Attempts {
    /// Counts one more, and says how many there were of this call.
    fn count(&self, system_call: &'static str) -> u64 {
        let now = Timestamp::now();
        let mut all = self.0.lock_unpoisoned();
        let tried = all.entry(system_call).or_insert(Tried { times: 0, last: now });
        tried.times += 1;
        tried.last = now;
        tried.times
    }
}

/// Where the listener of a plugin's filter is to be handed, once there is one.
#[derive(Debug)]
pub struct Watch {
    listener: SyncSender<Listener>,
    listens: Receiver<()>,
}

impl Watch {
    /// Has the watch begin, and returns when it has.
    pub(crate) fn begin(self, listener: Listener) {
        // The thread is there until it gets this, and then answers.
        let _ = self.listener.send(listener);
        let _ = self.listens.recv();
    }
}

/// Starts a thread that is asked about every call which is not allowed, and says how it ends. To be called
/// from a thread of the host's, which is under no filter.
///
/// While a library's constructors run, the C library holds a lock that others need who begin a thread or use
/// a thread-local value for the first time. What is done here must do neither: the constructor may be what
/// waits for the answer.
pub(super) fn watch(
    whom: &str,
    mut hear: impl FnMut(&Call, Wish) -> Outcome + Send + 'static,
) -> std::io::Result<Watch> {
    let (listener, given) = sync_channel::<Listener>(1);
    let (ready, listens) = sync_channel(1);
    std::thread::Builder::new().name(format!("watch:{whom}")).spawn(move || {
        if let Ok(listener) = given.recv() {
            let _ = ready.send(());
            listener.attend(&mut hear);
        }
    })?;
    Ok(Watch { listener, listens })
}

/// Starts the threads that count and log what is refused to a plugin, and log what it prints. When it ends
/// the process, `at_the_end` is called before, under the conditions of [`watch`].
pub fn watch_plugin(
    plugin: &str,
    attempts: Arc<Attempts>,
    at_the_end: impl Fn(Fatal) + Send + 'static,
) -> std::io::Result<Watch> {
    let journal = Journal::start(plugin)?;
    let mut taken = Box::new([0; MOST]);
    let refuse = move |journal: &Journal, call: &Call| {
        let times = attempts.count(call.name());
        if is_power_of_ten(times) {
            journal.refuse(*call, times);
        }
        Err(libc::EPERM)
    };
    watch(plugin, move |call, wish| match wish {
        Wish::End(fatal) => {
            // Its last words say why, where it has any.
            journal.settle();
            at_the_end(fatal);
            Err(libc::EPERM)
        }
        Wish::Print(write) => {
            let length = write.read(&mut taken)?;
            journal.print(write.stream, taken.get(..length).unwrap_or_default());
            Ok(i64::try_from(length).unwrap_or_default())
        }
        Wish::Mode { descriptor, mode } => match change_mode(descriptor, mode) {
            Ok(()) => Ok(0),
            Err(_) => refuse(&journal, call),
        },
        Wish::Refused => refuse(&journal, call),
    })
}
