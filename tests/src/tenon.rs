//! The real program, as an operator runs it.
#![expect(unsafe_code, reason = "a descriptor that a program inherits is a number")]

use std::io::Write;
use std::net::Shutdown;
use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tenon_host::report::explain::explain;

use crate::artifacts;
use crate::isolation::ISOLATION;
use crate::server::as_server_user;
use crate::world::World;

/// The exit code of what was refused before anything ran.
const REFUSED: i32 = 5;

/// What a run of the program said and how it ended.
#[derive(Debug, Clone)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = status.code().unwrap_or_else(|| panic!("{command:?} ended by {status}"));
        Self { code, out: text(stdout), err: text(stderr) }
    }

    /// The one document on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// The last of several documents, one a line.
    pub fn last_json(&self) -> Value {
        let line = self.out.lines().last().unwrap_or_else(|| panic!("nothing was printed: {self:#?}"));
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Everything it said.
    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Gives itself back if it ended so. Whatever is refused has a code that is explained.
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        let is_refused = code == REFUSED && self.err.lines().any(|line| line.starts_with("error: "));
        assert!(!is_refused || !self.codes().is_empty(), "a refusal has no code: {self:#?}");
        self
    }

    /// The codes in brackets on standard error that are explained.
    pub fn codes(&self) -> Vec<&str> {
        let inside = self.err.split('[').skip(1).filter_map(|part| part.split_once(']'));
        inside.map(|(code, _)| code).filter(|code| !explain(code).is_empty()).collect()
    }
}

impl World {
    /// Runs the program to its end: `tenon(&["check", "--json"])`.
    pub fn tenon(&self, arguments: &[&str]) -> Run {
        Run::of(self.command().args(arguments))
    }

    /// How a run ended, also by a signal, and what it said.
    pub fn try_tenon(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command().args(arguments).output().unwrap();
        format!("{status}\n{}{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    /// [`tenon`](Self::tenon) with these variables besides.
    pub fn tenon_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        Run::of(self.command().envs(variables.iter().copied()).args(arguments))
    }

    /// [`try_tenon`](Self::try_tenon) in a process that nobody runs again when a plugin has ended it: as the
    /// child of a program of Tenon's, which this process plays.
    pub fn try_tenon_once(&self, arguments: &[&str]) -> String {
        let mut command = self.command();
        let _parent = nobody_runs_again(&mut command);
        let Output { status, stdout, stderr } = command.args(arguments).output().unwrap();
        format!("{status}\n{}{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    /// The program in this place, away from the machine's own configuration and variables.
    pub fn command(&self) -> Command {
        let mut command = match self.ordinary.get() {
            Some(program) => as_server_user(program, self.path()),
            None => Command::new(artifacts::program("tenon")),
        };
        command.current_dir(self.path()).env_clear().stdin(Stdio::null());
        command.env("HOME", self.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.isolation().map(|word| (ISOLATION, word)));
        let url = Some(self.url()).filter(|url| !url.is_empty());
        // The programs of the server that the tests run on. A managed one is of the machine's own major.
        let bindir = std::env::var_os("TENON_PG_BINDIR").filter(|_| url.is_some());
        command.envs(bindir.map(|dir| ("TENON_PG_BINDIR", dir)));
        command.envs(url.map(|url| ("DATABASE_URL", url)));
        command
    }
}

/// Has this command, or what it becomes, believe that it is a child of its own program: it loads plugins
/// itself, and nobody runs it again. As long as what is given back is there.
pub fn nobody_runs_again(command: &mut Command) -> UnixStream {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let theirs = theirs.into_raw_fd();
    // SAFETY: numbers only; nobody else has this one.
    assert_eq!(unsafe { libc::fcntl(theirs, libc::F_SETFD, 0) }, 0);
    command.env("TENON_SUPERVISOR", format!("{}:{theirs}", std::process::id()));
    // No secrets.
    ours.write_all(b"[]").unwrap();
    ours.shutdown(Shutdown::Write).unwrap();
    ours
}
