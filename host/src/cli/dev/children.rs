//! The commands that do the work, each a process of its own: a plugin that dies takes none of the others with
//! it, and no library stays loaded for longer than it answers.

use std::io;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Output, Stdio};

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::announce::Announce;
use super::process::{self, Process};
use crate::author::built::PluginCrate;
use crate::cli::app::App;
use crate::support::machine::own_program;

/// How those commands are run.
#[derive(Debug)]
pub(super) struct Children {
    arguments: Vec<std::ffi::OsString>,
    /// The folder of the library that answers, and that of the next one.
    serves: PathBuf,
    next: PathBuf,
    /// The folders of other plugins.
    others: Vec<PathBuf>,
    place: PathBuf,
    file: String,
    listen: std::sync::Mutex<SocketAddr>,
    /// Whether the configuration says by what callers are known.
    knows_callers: bool,
}

/// What a heal would do.
#[derive(Debug)]
pub(super) enum Judged {
    Nothing,
    /// Something, which wants consent to these hazards.
    Pending(Vec<String>),
    /// Files that were applied, and are others by now or gone.
    OtherHistory(Vec<String>),
    /// Why it is refused.
    Refused(String),
}

/// A host that answers.
#[derive(Debug)]
pub(super) struct Serving {
    process: Process,
    pub(super) url: String,
}

impl Children {
    pub(super) fn new(app: &App, place: &Path, plugin: &PluginCrate, listen: SocketAddr) -> Self {
        let mut arguments = vec!["--state-dir".into(), place.join("state").into()];
        if let Some(config) = &app.options.config {
            arguments.extend(["--config".into(), config.into()]);
        }
        let required = plugin.folder.join("plugins");
        let mut others: Vec<_> = app.config.plugin_dirs.iter().filter(|dir| dir.is_dir()).cloned().collect();
        if required.is_dir() && !others.contains(&required) {
            others.insert(0, required);
        }
        Self {
            arguments,
            serves: place.join("plugins"),
            next: place.join("next"),
            others,
            place: place.to_owned(),
            file: plugin.file_name(),
            listen: std::sync::Mutex::new(listen),
            knows_callers: app.config.callers.is_configured() || app.config.server.behind_proxy,
        }
    }

    /// Takes a library for the next one.
    pub(super) fn candidate(&self, library: &Path) -> io::Result<()> {
        copied(library, &self.next, &self.file)
    }

    /// Puts the next library where it is served from.
    pub(super) fn deploy(&self) -> io::Result<()> {
        copied(&self.next.join(&self.file), &self.serves, &self.file)
    }

    /// What a heal with the next library would do.
    pub(super) async fn judge(&self) -> Judged {
        let output = match self.run(&self.next, &["plan", "--json"]).await {
            Ok(output) => output,
            Err(error) => return Judged::Refused(error.to_string()),
        };
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        match output.status.code() {
            Some(0) => return Judged::Nothing,
            Some(2) => {
                // Where no file is pending, no plan is refused for the files that are others by now.
                let runs = plan["steps"].as_array().is_some_and(|steps| !steps.is_empty());
                let others = if runs { Vec::new() } else { self.other_files().await };
                return if others.is_empty() {
                    Judged::Pending(Vec::new())
                } else {
                    Judged::OtherHistory(others)
                };
            }
            _ => {}
        }
        let refusals = plan["refusals"].as_array().cloned().unwrap_or_default();
        let is_history = |refusal: &Value| {
            ["edited-history", "missing-history", "replaced-in-part", "before-applied"]
                .iter()
                .any(|rule| refusal["rule"] == *rule)
        };
        let files = refusals.iter().filter(|refusal| is_history(refusal));
        let files: Vec<_> =
            files.filter_map(|refusal| refusal["place"].as_str().map(str::to_owned)).collect();
        let hazards = refusals.iter().filter_map(|refusal| refusal["allow"].as_str().map(str::to_owned));
        match files.is_empty() {
            // What else is refused is told by whoever proves it, with more of it.
            true if !refusals.is_empty() => Judged::Pending(hazards.collect()),
            true => Judged::Refused(said(&output)),
            false => Judged::OtherHistory(files),
        }
    }

    /// The files that were applied, and are others by now or gone, as a check finds them.
    async fn other_files(&self) -> Vec<String> {
        let Ok(output) = self.run(&self.next, &["check", "--json"]).await else { return Vec::new() };
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let plugins = report["plugins"].as_array().into_iter().flatten();
        let findings = plugins.flat_map(|plugin| plugin["findings"].as_array().into_iter().flatten());
        let is_history = |finding: &&Value| {
            finding["cause"] == "missing"
                || (finding["cause"] == "edited" && finding["severity"] == "breaking")
        };
        findings.filter(is_history).filter_map(|one| one["object"].as_str().map(str::to_owned)).collect()
    }

    /// Proves the next library.
    pub(super) async fn prove(&self, id: &str) -> Result<(), String> {
        let lock = self.place.join("proved.lock");
        let lock = lock.to_string_lossy();
        self.succeeds(&["plugin", "lock", id, "--out", &lock]).await
    }

    /// Heals with the next library, whatever that costs the rows of this database.
    pub(super) async fn heal(&self, hazards: &[String]) -> Result<(), String> {
        let allow = hazards.iter().flat_map(|hazard| ["--allow", hazard]);
        let words: Vec<_> = ["heal", "--yes", "--as", "developer"].into_iter().chain(allow).collect();
        self.succeeds(&words).await
    }

    /// What a check says of what is served, in one line or more.
    pub(super) async fn checked(&self, _: &Serving) -> String {
        match self.run(&self.serves, &["check"]).await {
            Ok(output) if output.status.success() => {
                String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
            }
            Ok(output) => said(&output),
            Err(error) => error.to_string(),
        }
    }

    /// Starts a host with the library that was deployed. Its log goes on to whoever watches.
    pub(super) async fn serve(&self, announce: &Announce<'_>) -> Result<Serving, String> {
        let listen = self.listen();
        let command = self.command(&self.serves, &["serve", "--json", "--quiet"]);
        let mut command = command.map_err(|error| error.to_string())?;
        if !self.knows_callers && listen.ip().is_loopback() {
            command.env("TENON_CALLERS__DEVELOPMENT", "dev");
        }
        command
            .env("TENON_SERVER__LISTEN", listen.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut process = Process::spawn(&mut command).map_err(|error| error.to_string())?;
        let Some(stdout) = process.child().stdout.take() else {
            return Err("the host has no output".to_owned());
        };
        let mut lines = lines_of(stdout);
        loop {
            let Some(line) = lines.recv().await else {
                let status = process.ended().await.map_err(|error| error.to_string())?;
                return Err(format!("the host ended with {status}, as it says above"));
            };
            let value: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(url) = value["serving"].as_str() {
                let url = url.to_owned();
                self.stay_at(&url);
                return Ok(Serving { process, url });
            }
            match (value["administrator"]["name"].as_str(), value["administrator"]["password"].as_str()) {
                (Some(name), Some(password)) => announce.administrator(name, password),
                _ => announce.log(&line),
            }
        }
    }

    /// The next host has the address that the first was given.
    fn stay_at(&self, url: &str) {
        let address = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
        if let (Ok(address), Ok(mut listen)) = (address.parse(), self.listen.lock()) {
            *listen = address;
        }
    }

    fn listen(&self) -> SocketAddr {
        *self.listen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn succeeds(&self, words: &[&str]) -> Result<(), String> {
        let output = self.run(&self.next, words).await.map_err(|error| error.to_string())?;
        if output.status.success() { Ok(()) } else { Err(said(&output)) }
    }

    async fn run(&self, plugins: &Path, words: &[&str]) -> io::Result<Output> {
        process::output(&mut self.command(plugins, words)?).await
    }

    fn command(&self, plugins: &Path, words: &[&str]) -> io::Result<Command> {
        let mut command = Command::new(own_program()?);
        command.args(words).args(&self.arguments).arg("--plugin-dir").arg(plugins);
        for folder in &self.others {
            command.arg("--plugin-dir").arg(folder);
        }
        // Of the configuration that is read all but these is its own.
        command.env("TENON_ENVIRONMENT", "development").env_remove("TENON_PLUGINS__ISOLATION");
        command.stdin(Stdio::null());
        Ok(command)
    }
}

impl Serving {
    /// Ends it in order.
    pub(super) async fn stop(mut self) {
        self.process.end().await;
    }
}

/// The lines of an output, read by a thread of their own to the end: so nobody who writes waits for a reader.
fn lines_of(stdout: ChildStdout) -> UnboundedReceiver<String> {
    let (tell, lines) = unbounded_channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = tell.send(line);
        }
    });
    lines
}

/// What a command said, in the order in which people read it.
fn said(output: &Output) -> String {
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    text.trim_end().to_owned()
}

/// Copies a library as a careful operator does: whoever reads it meanwhile has the one or the other.
fn copied(from: &Path, folder: &Path, file: &str) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let new = folder.join(format!(".{file}.new"));
    std::fs::copy(from, &new)?;
    std::fs::rename(new, folder.join(file))
}
