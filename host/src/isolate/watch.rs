//! Who tried what: one thread beside each plugin hears of the system calls that are refused to it.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::kernel::{Call, Fatal, Listener};

/// What a plugin tried and was refused.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<BTreeMap<&'static str, Tried>>);

#[derive(Debug, Clone, Copy)]
struct Tried {
    times: u64,
    last: Timestamp,
}

/// A system call that was refused to a plugin since the host started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub system_call: &'static str,
    pub times: u64,
    pub last: Timestamp,
}

impl Attempts {
    /// Counts one more, and says how many there were of this call.
    fn count(&self, system_call: &'static str) -> u64 {
        let now = Timestamp::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = all.entry(system_call).or_insert(Tried { times: 0, last: now });
        tried.times += 1;
        tried.last = now;
        tried.times
    }

    /// All of them, by name.
    pub fn all(&self) -> Vec<Refused> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .map(|(&system_call, &Tried { times, last })| Refused { system_call, times, last })
            .collect()
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

/// Starts a thread that is told of every call which is refused. To be called from a thread of the host's, which is
/// under no filter.
///
/// While a library's constructors run, the C library holds a lock that others need who begin a thread or use a
/// thread-local value for the first time. What is told here must do neither: the constructor may be what waits
/// for the answer.
pub(super) fn watch(whom: &str, mut tell: impl FnMut(&Call) + Send + 'static) -> std::io::Result<Watch> {
    let (listener, given) = sync_channel::<Listener>(1);
    let (ready, listens) = sync_channel(1);
    std::thread::Builder::new().name(format!("watch:{whom}")).spawn(move || {
        if let Ok(listener) = given.recv() {
            let _ = ready.send(());
            listener.attend(&mut tell);
        }
    })?;
    Ok(Watch { listener, listens })
}

/// Starts the threads that count and log what is refused to a plugin. When it ends the process, `at_the_end` is
/// called before, under the conditions of [`watch`].
pub fn watch_plugin(
    plugin: &str,
    attempts: Arc<Attempts>,
    at_the_end: impl Fn(Fatal) + Send + 'static,
) -> std::io::Result<Watch> {
    let (counted, to_log) = channel();
    let name = plugin.to_owned();
    std::thread::Builder::new().name(format!("log:{plugin}")).spawn(move || {
        to_log.iter().for_each(|(call, times)| log(&name, &call, times));
    })?;
    watch(plugin, move |call| {
        if let Some(fatal) = call.fatal() {
            return at_the_end(fatal);
        }
        let times = attempts.count(call.name());
        if is_power_of_ten(times) {
            let _ = counted.send((*call, times));
        }
    })
}

fn log(plugin: &str, call: &Call, times: u64) {
    let (system_call, thread) = (call.name(), call.thread);
    tracing::warn!(
        plugin,
        system_call,
        thread,
        times,
        "a plugin was refused the system call {system_call}: it has no connections, programs or processes of its \
         own"
    );
}

/// The log gets the first attempt, and from then on ever fewer: a plugin that tries without end must not fill
/// the disk.
fn is_power_of_ten(number: u64) -> bool {
    std::iter::successors(Some(1_u64), |power| power.checked_mul(10)).any(|power| power == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_told_ever_less_often() {
        let told: Vec<_> = (1..=2_000).filter(|times| is_power_of_ten(*times)).collect();
        assert_eq!(told, [1, 10, 100, 1_000]);
    }
}
