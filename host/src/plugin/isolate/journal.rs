//! What is written to the log of what a plugin was refused and of what it prints, by a thread of its own.
//!
//! Who hands it over may not wait for the log, and takes neither memory nor a lock that a plugin's thread
//! could hold meanwhile. What there is no room for is left out, and so is what comes without end.

use std::cell::Cell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use rustix::thread::nanosleep;
use rustix::time::Timespec;

use super::kernel::Call;
use super::output::Stream;
use super::sampled::is_power_of_ten;
use crate::support::lock::LockExt;
use crate::support::rate_limit::{Bucket, Quota};

/// How many bytes of each stream may wait for the log.
const ROOM: usize = 1 << 17;

/// How long a line is. What is longer becomes several.
const LONGEST: usize = 2_000;

/// How long a line that has begun may wait for its end.
const PATIENCE: Duration = Duration::from_millis(200);

/// How many lines a plugin may print at once, and how many a second after that.
const LINES: Quota = Quota { burst: 500, every: Duration::from_secs(1) };

/// How long the end of the process may wait for a plugin's part of the log.
const MOMENTS: usize = 150;
const A_MOMENT: Timespec = Timespec { tv_sec: 0, tv_nsec: 2_000_000 };

/// All there are, for the end of the process.
static ALL: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// Waits a little for the log to have everything that plugins were refused and printed.
pub(crate) fn settle_all() {
    let mut all = ALL.lock_unpoisoned();
    let all: Vec<_> = all.drain(..).filter_map(|shared| shared.upgrade()).collect();
    all.iter().for_each(|shared| shared.hurry());
    all.iter().for_each(|shared| shared.settle());
}

/// Where it is handed over, until this is dropped.
#[derive(Debug)]
pub(super) struct Journal(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    more: Condvar,
}

/// What waits for the log.
#[derive(Debug, Default)]
struct State {
    refused: Vec<(Call, u64)>,
    /// What was printed to standard output and to standard error.
    printed: [Vec<u8>; 2],
    /// Whether no room was left for some of it.
    lost: bool,
    /// Whether the thread has something in its hands.
    busy: bool,
    /// Whether lines without an end are to be written at once.
    hurry: bool,
    over: bool,
}

impl State {
    fn with_room() -> Self {
        Self {
            // One of each power of ten, of each system call that is tried: more than anybody tries.
            refused: Vec::with_capacity(1 << 10),
            printed: [Vec::with_capacity(ROOM), Vec::with_capacity(ROOM)],
            ..Self::default()
        }
    }

    fn is_empty(&self) -> bool {
        self.refused.is_empty() && self.printed.iter().all(Vec::is_empty) && !self.lost
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock_unpoisoned()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.more.notify_one();
    }

    /// Has lines without an end written at once.
    fn hurry(&self) {
        self.change(|state| state.hurry = true);
    }

    /// Waits a little for nothing to be left.
    fn settle(&self) {
        for _ in 0..MOMENTS {
            let state = self.lock();
            if state.is_empty() && !state.busy {
                return;
            }
            drop(state);
            let _ = nanosleep(&A_MOMENT);
        }
    }
}

impl Journal {
    pub(super) fn start(plugin: &str) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { state: Mutex::new(State::with_room()), more: Condvar::new() });
        let (ours, plugin) = (Arc::clone(&shared), plugin.to_owned());
        std::thread::Builder::new().name(format!("log:{plugin}")).spawn(move || write(&ours, &plugin))?;
        ALL.lock_unpoisoned().push(Arc::downgrade(&shared));
        Ok(Self(shared))
    }

    /// Hands over that a system call was refused.
    pub(super) fn refuse(&self, call: Call, times: u64) {
        self.0.change(|state| {
            if state.refused.len() < state.refused.capacity() {
                state.refused.push((call, times));
            }
        });
    }

    /// Hands over what was printed.
    pub(super) fn print(&self, stream: Stream, bytes: &[u8]) {
        self.0.change(|state| {
            let [output, error] = &mut state.printed;
            let waiting = match stream {
                Stream::Output => output,
                Stream::Error => error,
            };
            let room = waiting.capacity() - waiting.len();
            state.lost |= room < bytes.len();
            waiting.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        });
    }

    /// Waits a little for the log to have everything.
    pub(super) fn settle(&self) {
        self.0.hurry();
        self.0.settle();
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.0.change(|state| state.over = true);
    }
}

/// The thread.
fn write(shared: &Shared, plugin: &str) {
    let mut taken = State::with_room();
    let [mut output, mut error] = [Lines::default(), Lines::default()];
    let pace = Pace::new(plugin);
    loop {
        let begun = output.has_begun() || error.has_begun();
        let mut state = shared.lock();
        state.busy = begun;
        let mut waited = false;
        while state.is_empty() && !state.over && !waited {
            if begun && state.hurry {
                break;
            }
            if begun {
                let (again, timeout) =
                    shared.more.wait_timeout(state, PATIENCE).unwrap_or_else(PoisonError::into_inner);
                (state, waited) = (again, timeout.timed_out());
            } else {
                state = shared.more.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        let idle = state.is_empty();
        let over = state.over;
        let ends = waited || over || state.hurry;
        std::mem::swap(&mut state.refused, &mut taken.refused);
        std::mem::swap(&mut state.printed, &mut taken.printed);
        taken.lost = std::mem::take(&mut state.lost);
        state.busy = true;
        drop(state);
        for (call, times) in taken.refused.drain(..) {
            refused(plugin, &call, times);
        }
        let [of_output, of_error] = &mut taken.printed;
        output.take(of_output, |line| pace.write(Stream::Output, line));
        error.take(of_error, |line| pace.write(Stream::Error, line));
        if taken.lost {
            pace.left_out();
        }
        if ends {
            output.end(|line| pace.write(Stream::Output, line));
            error.end(|line| pace.write(Stream::Error, line));
        }
        if over && idle {
            return;
        }
    }
}

fn refused(plugin: &str, call: &Call, times: u64) {
    let (system_call, reason, thread) = (call.name(), call.reason(), call.thread);
    tracing::warn!(
        plugin,
        system_call,
        thread,
        times,
        reason,
        "a plugin was refused the system call {system_call}"
    );
}

/// Lines out of pieces.
#[derive(Debug, Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn has_begun(&self) -> bool {
        !self.0.is_empty()
    }

    /// Gives all lines that have ended, and keeps the rest.
    fn take(&mut self, bytes: &mut Vec<u8>, mut line: impl FnMut(&str)) {
        for byte in bytes.drain(..) {
            if byte != b'\n' {
                self.0.push(byte);
            }
            if byte == b'\n' || self.0.len() >= LONGEST {
                self.end(&mut line);
            }
        }
    }

    /// Gives the line that has begun.
    fn end(&mut self, mut line: impl FnMut(&str)) {
        let text = legible(&self.0);
        self.0.clear();
        if !text.is_empty() {
            line(&text);
        }
    }
}

/// What a terminal shows as it is.
fn legible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for character in String::from_utf8_lossy(bytes).trim_end().chars() {
        if character.is_control() && character != '\t' {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    text
}

/// How many lines of a plugin go to the log.
struct Pace<'a> {
    plugin: &'a str,
    bucket: Cell<Bucket>,
    left_out: Cell<u64>,
}

impl<'a> Pace<'a> {
    fn new(plugin: &'a str) -> Self {
        Self { plugin, bucket: Cell::new(Bucket::full(Instant::now())), left_out: Cell::default() }
    }

    fn write(&self, stream: Stream, line: &str) {
        let mut bucket = self.bucket.get();
        if bucket.take(LINES, Instant::now()).is_err() {
            return self.left_out();
        }
        self.bucket.set(bucket);
        let plugin = self.plugin;
        match stream {
            Stream::Output => tracing::info!(plugin, printed_to = "standard output", "{line}"),
            Stream::Error => tracing::warn!(plugin, printed_to = "standard error", "{line}"),
        }
    }

    fn left_out(&self) {
        let (plugin, times) = (self.plugin, self.left_out.get() + 1);
        self.left_out.set(times);
        if is_power_of_ten(times) {
            tracing::warn!(plugin, times, "a plugin prints so much that lines of it are left out");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut all) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.take(&mut piece.to_vec(), |line| all.push(line.to_owned()));
        }
        lines.end(|line| all.push(format!("{line}…")));
        all
    }

    #[test]
    fn pieces_become_lines() {
        assert_eq!(lines(&[b"one", b" and one\ntwo\n\nthr", b"ee"]), ["one and one", "two", "three…"]);
    }

    #[test]
    fn a_line_without_end_becomes_several() {
        let told = lines(&[&b"x".repeat(2 * LONGEST + 1)]);
        assert_eq!(told.iter().map(|line| line.chars().count()).collect::<Vec<_>>(), [LONGEST, LONGEST, 2]);
    }

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        assert_eq!(lines(&[b"\x1b[2Jgone\x07\xff\r\n"]), ["\\u{1b}[2Jgone\\u{7}\u{fffd}"]);
    }
}
