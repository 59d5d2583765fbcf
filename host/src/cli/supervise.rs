//! Commands that load plugins in a process of their own: one that dies of a plugin is run again without it.
//!
//! The program runs itself, with the same arguments and the same streams, and waits. What it took out of its
//! environment goes over a socket, on which the child also says when it is about to print: from then on
//! nothing is run again. A plugin that ended the child was written down by it, or by its markers (`faults/`).
//! So it is in quarantine, and the next run has it in its report as such.
//!
//! What changes something is not run twice. Before such a command a child loads the plugins for a trial, and
//! nothing else; then the command runs in this process, without those that ended the child.
//!
//! Signals that are sent to the parent go to the child. `serve` has no trial: whoever runs it starts it
//! again.

mod wait;

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};

use jiff::Timestamp;
use rustix::io::{FdFlags, fcntl_setfd};

use super::app::App;
use super::child::{Orders, Task};
use super::exit::Exit;
use super::failure::Failure;
use super::options::Options;
use super::terminal::Terminal;
use crate::plugin::faults::{Quarantine, Quarantined};
use crate::support::command_code::CommandCode;
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;
use crate::support::secrets::{SUPERVISOR, Secrets};
use wait::{Blocked, die_of};

/// Deaths of more plugins than that are nobody's doing who could be left out.
const MOST_RUNS: usize = 100;

impl Exit {
    /// The one of this number.
    fn from_code(code: i32) -> Self {
        let all = [
            Self::Done,
            Self::OutOfStep,
            Self::Unknown,
            Self::Busy,
            Self::Refused,
            Self::Cancelled,
            Self::Usage,
        ];
        all.into_iter().find(|exit| i32::from(exit.code()) == code).unwrap_or(Self::Failed)
    }
}

/// How a run ended.
struct Ended {
    status: ExitStatus,
    /// Whether all was said that there is to say, or some of it.
    is_done: bool,
}

/// Has the plugins loaded in a child, until none ends it: then the command may run in this process. Gives how
/// the program ends where it may not.
pub(super) fn try_plugins(
    options: &Options,
    secrets: &Secrets,
    terminal: &Terminal,
) -> Option<Result<Exit, Failure>> {
    // Whatever else the child has found, this process finds and tells.
    supervise(Task::Trial, options, secrets, terminal).filter(|ended| !matches!(ended, Ok(Exit::Done)))
}

/// Runs this very command, or a trial before it, in a child until it comes to its end. `None` where there can
/// be no child: then it runs here.
pub(super) fn supervise(
    task: Task,
    options: &Options,
    secrets: &Secrets,
    terminal: &Terminal,
) -> Option<Result<Exit, Failure>> {
    let blocked = Blocked::new();
    let mut runs = 0;
    loop {
        let began = Timestamp::now();
        let ended = match run(task, secrets, &blocked) {
            Ok(ended) => ended,
            Err(error) if runs == 0 => {
                tracing::debug!("the command runs in this process: {error}");
                return None;
            }
            Err(error) => {
                let failure = Failure::new(Exit::Failed, "the command could not be run again");
                return Some(Err(failure.because(&error)));
            }
        };
        runs += 1;
        match (ended.status.code(), ended.is_done) {
            (Some(code), true) => return Some(Ok(Exit::from_code(code))),
            (None, true) => return Some(Err(died(ended.status))),
            (_, false) => {}
        }
        let culprits = match culprits(options, secrets, terminal, began) {
            Ok(culprits) => culprits,
            Err(failure) => return Some(Err(failure)),
        };
        if culprits.is_empty() || runs >= MOST_RUNS {
            drop(blocked);
            // Whoever ended it meant this process too.
            ended.status.signal().into_iter().for_each(die_of);
            return Some(ended.status.code().map(Exit::from_code).ok_or_else(|| died(ended.status)));
        }
        for one in &culprits {
            let (name, file, reason) = (&one.name, one.file.display(), &one.reason);
            terminal.error(&format!(
                "{name} ({file}) ended the command: {reason}; it is in quarantine, and {}\n",
                task.goes_on()
            ));
        }
    }
}

fn died(status: ExitStatus) -> Failure {
    Failure::new(
        Exit::Failed,
        format!("the command died ({status}), and no plugin is known to be the reason"),
    )
    .code(CommandCode::CommandDied)
    .hint("run it again with --verbose, and report it if it stays so")
}

/// One run, with this process's streams.
fn run(task: Task, secrets: &Secrets, blocked: &Blocked) -> io::Result<Ended> {
    let mut arguments = std::env::args_os();
    let (mut ours, theirs) = UnixStream::pair()?;
    fcntl_setfd(&theirs, FdFlags::empty())?;
    let mut command = Command::new("/proc/self/exe");
    command.arg0(arguments.next().unwrap_or_else(|| "tenon".into())).args(arguments);
    command.env(SUPERVISOR, Orders::to(&theirs, task));
    blocked.not_in(&mut command);
    let mut child = command.spawn()?;
    drop(theirs);
    // A child that has died by now is told of below.
    let _ = ours.write_all(&secrets.to_bytes()).and_then(|()| ours.shutdown(Shutdown::Write));
    let status = blocked.wait(&mut child)?;
    // Programs that it started may have the other end.
    ours.set_nonblocking(true)?;
    let is_done = matches!(ours.read(&mut [0]), Ok(1));
    Ok(Ended { status, is_done })
}

/// The plugins that are in quarantine since then.
fn culprits(
    options: &Options,
    secrets: &Secrets,
    terminal: &Terminal,
    since: Timestamp,
) -> Result<Vec<Quarantined>, Failure> {
    let app = App::new(options.clone(), secrets.clone(), terminal.clone())?;
    let quarantine = Quarantine::in_dir(&app.config.state_dir);
    if let Err(error) = quarantine.take_up() {
        terminal.error(&format!("A plugin that ended the command may not be kept out: {}\n", chain(&error)));
    }
    let mut all =
        quarantine.all().map_err(|error| Failure::of(Exit::Failed, &error).code(ErrorCode::NotKept))?;
    all.retain(|one| one.why.keeps_out() && one.since >= since);
    Ok(all)
}
