//! `tenon plugin test-server`: one process for all tests of this one.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::{Value, json};

use crate::library::Library;

/// The process, and who waits for its answers. It ends when this process does, since its input ends then.
#[derive(Debug)]
pub(crate) struct TestServer {
    input: Mutex<Input>,
    waiting: Arc<Mutex<Waiting>>,
    /// The receivers of the calls of what a request has opened.
    following: Arc<Mutex<HashMap<u64, Sender<Value>>>>,
    _child: Child,
}

#[derive(Debug)]
struct Input {
    stdin: ChildStdin,
    next: u64,
}

/// Waiting requests by their numbers; `None` once there will be no more answers.
type Waiting = Option<HashMap<u64, Sender<Value>>>;

impl TestServer {
    /// The server of this process, which serves this library and what lies in `plugins`.
    pub(crate) fn of(library: &Library) -> &'static Self {
        static SERVER: OnceLock<Result<TestServer, String>> = OnceLock::new();
        match SERVER.get_or_init(|| Self::start(library)) {
            Ok(server) => server,
            Err(error) => panic!("{error}"),
        }
    }

    fn start(library: &Library) -> Result<Self, String> {
        let place = library.target.join("tenon-test");
        // A process has a folder of its own, so that a build meanwhile changes nothing below its feet.
        let all = place.join("plugins");
        forget_ended(&all);
        let plugins = all.join(std::process::id().to_string());
        let name = library.file.file_name().unwrap_or_default();
        let copied = fs::create_dir_all(&plugins).and_then(|()| fs::copy(&library.file, plugins.join(name)));
        copied.map_err(|error| format!("{} could not be copied: {error}", library.file.display()))?;
        let state = match std::env::var_os("TENON_TEST_STATE_DIR") {
            Some(state) => from_here(&state)?,
            None => place.join("state"),
        };
        let program = std::env::var_os("TENON_PROGRAM").unwrap_or_else(|| "tenon".into());
        // A mere name is looked for in the PATH.
        let program = if Path::new(&program).components().count() > 1 {
            from_here(&program)?.into_os_string()
        } else {
            program
        };
        let mut command = Command::new(&program);
        command.args(["plugin", "test-server", "--quiet"]).arg("--state-dir").arg(&state);
        command.arg("--plugin-dir").arg(&plugins);
        let required = std::env::var_os("TENON_TEST_PLUGIN_DIR").map(PathBuf::from);
        let required = required.unwrap_or_else(|| library.folder.join("plugins"));
        if required.is_dir() {
            command.arg("--plugin-dir").arg(required);
        }
        // The files that the host keeps for the plugin go with the process's folder.
        command.env("TENON_PLUGINS__FILES", plugins.join("files"));
        // A configuration of this machine is none of the tests'.
        command.current_dir(&place).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| {
            let program = PathBuf::from(&program);
            format!(
                "{} could not be started ({error}): install Tenon, or name the program in TENON_PROGRAM",
                program.display()
            )
        })?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the test server has no input or output".to_owned());
        };
        let waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let following = Arc::new(Mutex::new(HashMap::new()));
        let (told, calls) = (Arc::clone(&waiting), Arc::clone(&following));
        std::thread::spawn(move || hand_out(stdout, &told, &calls));
        Ok(Self { input: Mutex::new(Input { stdin, next: 1 }), waiting, following, _child: child })
    }

    /// Asks, and waits for the answer. Gives the number of the request, too.
    #[track_caller]
    pub(crate) fn ask(&self, request: &Value) -> (u64, Value) {
        let (tell, told) = channel();
        let number = self.send(request, Some(tell));
        match told.recv() {
            Ok(answer) if answer["error"].is_null() => (number, answer),
            Ok(answer) => panic!("{}", answer["error"].as_str().unwrap_or("the test server failed")),
            Err(_) => panic!("`tenon plugin test-server` has ended: what it said is above"),
        }
    }

    /// Tells something, and waits for no answer.
    pub(crate) fn tell(&self, request: &Value) {
        self.send(request, None);
    }

    /// Gives the calls of what a request has opened.
    pub(crate) fn follow(&self, number: u64) -> Receiver<Value> {
        let (tell, told) = channel();
        locked(&self.following).insert(number, tell);
        told
    }

    /// Nobody answers them any more.
    pub(crate) fn unfollow(&self, number: u64) {
        locked(&self.following).remove(&number);
    }

    /// Drops what a request has opened, without waiting for that.
    pub(crate) fn close(&self, number: u64) {
        self.send(&json!({ "close": number }), None);
    }

    fn send(&self, request: &Value, tell: Option<Sender<Value>>) -> u64 {
        let mut input = locked(&self.input);
        let number = input.next;
        input.next += 1;
        if let (Some(tell), Some(waiting)) = (tell, &mut *locked(&self.waiting)) {
            waiting.insert(number, tell);
        }
        let mut line = request.clone();
        line["number"] = number.into();
        // Where nobody reads any more, the answer does not come either.
        let _ = input.stdin.write_all(format!("{line}\n").as_bytes());
        number
    }
}

/// A path as whoever runs the tests has written it: from the folder of the tests.
fn from_here(path: &OsStr) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| format!("{} is no path: {error}", Path::new(path).display()))
}

/// Removes the folders of processes that have ended.
fn forget_ended(all: &Path) {
    let entries = fs::read_dir(all).into_iter().flatten().flatten();
    let has_ended = |entry: &fs::DirEntry| !Path::new("/proc").join(entry.file_name()).exists();
    for entry in entries.filter(has_ended) {
        // Another process may do the same.
        let _ = fs::remove_dir_all(entry.path());
    }
}

/// Hands the answers to those who wait for them, until there are no more.
fn hand_out(stdout: ChildStdout, waiting: &Mutex<Waiting>, following: &Mutex<HashMap<u64, Sender<Value>>>) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        let Ok(answer) = serde_json::from_str::<Value>(&line) else { continue };
        if let (Some(of), Some(_)) = (answer["of"].as_u64(), answer.get("call")) {
            if let Some(follows) = locked(following).get(&of) {
                let _ = follows.send(answer);
            }
            continue;
        }
        let asked = answer["number"].as_u64().unwrap_or_default();
        let waits = locked(waiting).as_mut().and_then(|waiting| waiting.remove(&asked));
        if let Some(tell) = waits {
            let _ = tell.send(answer);
        }
    }
    // Whoever waits hears that nobody answers.
    locked(waiting).take();
    locked(following).clear();
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
