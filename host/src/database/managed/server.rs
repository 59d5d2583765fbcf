//! One server process: starting or adopting it, waiting until it answers, ending it.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::process::Signal;

use super::binaries::{self, Binaries};
use super::chores::{Bootstrap, Named};
use super::error::ManagedError;
use super::layout::{self, Layout};
use super::pidfile::{self, Running};
use super::{Durability, IfMissing, ManagedOptions, cluster};
use crate::database::connect::Databases;
use crate::database::unavailable::Unavailable;
use crate::support::child_process::{die_with_parent, signal};

/// How often we look whether something we wait for has happened.
const GLANCE: Duration = Duration::from_millis(50);
/// How long the server gets after SIGQUIT, which makes it leave without cleaning up.
const QUIT_TIMEOUT: Duration = Duration::from_secs(5);

/// A server that answers, and whose roles and database are as they are to be.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) databases: Databases,
    pub(super) process: Process,
}

/// A server's process.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) pid: u32,
    data: PathBuf,
    /// The child that this process ends; `None` if another process started the server.
    child: Option<Child>,
}

impl Server {
    /// Uses the server that runs on the data, or starts one, making the cluster first if need be.
    ///
    /// Must be called on a thread that lives as long as the server: see [`die_with_parent`].
    pub(super) async fn start_or_adopt(options: &ManagedOptions) -> Result<Self, ManagedError> {
        let deadline = Instant::now() + options.start_timeout;
        if options.if_missing == IfMissing::Refuse {
            // Before a directory is made.
            layout::cluster_in(&options.state_dir)?;
        }
        let layout = Layout::prepare(&options.state_dir, options.held.is_some())?;
        // Two processes that start at once: the second waits here, then adopts.
        let _lock = match &options.held {
            Some(_) => None,
            None => Some(lock(&layout, deadline, options.start_timeout).await?),
        };
        while let Some(running) = pidfile::running(&layout.data) {
            if let Some(server) = Self::adopt(&layout, &running, deadline, options).await? {
                return Ok(server);
            }
            tokio::time::sleep(GLANCE).await;
        }
        let data_major = layout.data_major()?;
        let binaries = binaries::find(options.bindir.as_deref(), &layout.data, data_major)?;
        if data_major.is_none() && options.if_missing == IfMissing::Refuse {
            return Err(ManagedError::NoCluster(layout.data));
        }
        let password = layout.password(data_major.is_some())?;
        if data_major.is_none() {
            tracing::info!(directory = %layout.data.display(), postgresql = binaries.major, "creating the managed database");
            cluster::create(&layout, &binaries, &password, options.durability)?;
        }
        let mut process = Process::spawn(&layout, &binaries, options.durability)?;
        let bootstrap = Bootstrap::new(&layout.socket, password)?;
        if process.wait_ready(&bootstrap, &layout, deadline, options.start_timeout).await? == Named::AsBefore
        {
            bootstrap.rename().await?;
        }
        let databases = bootstrap.see_to(options.if_missing, &layout.data).await?;
        Ok(Self { databases, process })
    }

    /// `None` if it is on its way out, or went while we tried.
    async fn adopt(
        layout: &Layout,
        running: &Running,
        deadline: Instant,
        options: &ManagedOptions,
    ) -> Result<Option<Self>, ManagedError> {
        let timeout = options.start_timeout;
        let Some(socket) = running.socket.as_ref().filter(|_| !running.stopping) else {
            return if Instant::now() < deadline { Ok(None) } else { Err(not_ready(layout, timeout, None)) };
        };
        let bootstrap = Bootstrap::new(socket, layout.password(true)?)?;
        let mut process = Process { pid: running.pid, data: layout.data.clone(), child: None };
        match process.wait_ready(&bootstrap, layout, deadline, timeout).await {
            Ok(Named::AsBefore) => Err(ManagedError::RunByOlder { pid: running.pid }),
            Ok(Named::Bootstrap) => {
                let databases = bootstrap.see_to(options.if_missing, &layout.data).await?;
                Ok(Some(Self { databases, process }))
            }
            Err(_) if !pidfile::is_server_of(running.pid, &layout.data) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Process {
    fn spawn(layout: &Layout, binaries: &Binaries, durability: Durability) -> Result<Self, ManagedError> {
        // No server runs on the data, so these are what a crash left.
        for stale in [".s.PGSQL.5432", ".s.PGSQL.5432.lock"] {
            drop(std::fs::remove_file(layout.socket.join(stale)));
        }
        pidfile::remove_if_taken_over(&layout.data);
        drop(std::fs::rename(&layout.log, layout.log.with_extension("log.1")));
        let log = File::create(&layout.log).map_err(ManagedError::file("create", &layout.log))?;
        let log_too = log.try_clone().map_err(ManagedError::file("open", &layout.log))?;

        let program = binaries.program("postgres");
        let mut command = layout.user.command(&program);
        command.arg("-D").arg(&layout.data);
        for setting in settings(&layout.socket, durability) {
            command.arg("-c").arg(setting);
        }
        // A group of its own: Ctrl-C in a terminal is for us, and we end the server when we are done.
        command.process_group(0).stdout(log).stderr(log_too);
        die_with_parent(&mut command, Signal::INT);
        let child = command.spawn().map_err(|source| ManagedError::Spawn { program, source })?;
        Ok(Self { pid: child.id(), data: layout.data.clone(), child: Some(child) })
    }

    /// Connects until it works. Replaying a log after a crash may take long; the server says so meanwhile.
    async fn wait_ready(
        &mut self,
        bootstrap: &Bootstrap,
        layout: &Layout,
        deadline: Instant,
        timeout: Duration,
    ) -> Result<Named, ManagedError> {
        loop {
            let error = match bootstrap.named().await {
                Ok(named) => return Ok(named),
                Err(error) => error,
            };
            if let Some(status) = self.ended() {
                let (log, tail) = (layout.log.clone(), layout.log_tail());
                return Err(match status {
                    Some(status) => ManagedError::Exited { status, log, tail },
                    None => not_ready(layout, timeout, Some(error)),
                });
            }
            if error.unavailable() != Unavailable::Unreachable {
                return Err(ManagedError::Refused(Box::new(error)));
            }
            if Instant::now() >= deadline {
                return Err(not_ready(layout, timeout, Some(error)));
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Whether another process started it.
    pub(super) fn adopted(&self) -> bool {
        self.child.is_none()
    }

    /// `None` while it runs; afterwards how it ended, where we can know.
    pub(super) fn ended(&mut self) -> Option<Option<ExitStatus>> {
        match &mut self.child {
            Some(child) => child.try_wait().ok().flatten().map(Some),
            None => (!pidfile::is_server_of(self.pid, &self.data)).then_some(None),
        }
    }

    /// Ends a server of ours: politely, then firmly. An adopted one is left alone. Blocks.
    pub(super) fn stop(&mut self, patience: Duration) {
        let Some(child) = &mut self.child else { return };
        for (how, patience) in [(Signal::INT, patience), (Signal::QUIT, QUIT_TIMEOUT)] {
            signal(child.id(), how);
            let deadline = Instant::now() + patience;
            while Instant::now() < deadline {
                if !matches!(child.try_wait(), Ok(None)) {
                    return;
                }
                std::thread::sleep(GLANCE / 5);
            }
            tracing::warn!(pid = child.id(), signal = ?how, "PostgreSQL does not stop in time");
        }
        drop(child.kill());
        drop(child.wait());
    }
}

impl Drop for Process {
    /// A server of ours does not outlive this value, also when starting it was given up half-way.
    fn drop(&mut self) {
        self.stop(Duration::from_secs(3));
    }
}

async fn lock(layout: &Layout, deadline: Instant, timeout: Duration) -> Result<File, ManagedError> {
    let path = layout.root.join("lock");
    loop {
        if let Some(file) = try_lock(&path)? {
            return Ok(file);
        }
        if std::fs::read(&path).is_ok_and(|text| text == UPGRADE) {
            return Err(ManagedError::BeingUpgraded(path));
        }
        if Instant::now() >= deadline {
            return Err(ManagedError::Busy { lock: path, seconds: timeout.as_secs() });
        }
        tokio::time::sleep(GLANCE).await;
    }
}

/// What the lock's file says while the cluster is brought to another major version.
const UPGRADE: &[u8] = b"upgrade\n";

/// The lock, if nobody has it. Its file says nothing then, whatever a process left there that was killed.
fn try_lock(path: &Path) -> Result<Option<File>, ManagedError> {
    let open = File::options().write(true).create(true).truncate(false).open(path);
    let file = open.map_err(ManagedError::file("open", path))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            file.set_len(0).map_err(ManagedError::file("write", path))?;
            Ok(Some(file))
        }
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(ManagedError::file("lock", path)(error.into())),
    }
}

/// The lock of a managed cluster while it is brought to another major version: nobody else starts a server on
/// it, or uses one that runs, as long as this value.
#[derive(Debug)]
pub struct HeldCluster {
    file: File,
}

impl HeldCluster {
    /// `None` if somebody is starting the server now, or upgrades the cluster already.
    pub fn take(state_dir: &Path) -> Result<Option<Self>, ManagedError> {
        let path = state_dir.join("postgres").join("lock");
        let Some(mut file) = try_lock(&path)? else { return Ok(None) };
        file.write_all(UPGRADE).map_err(ManagedError::file("write", path))?;
        Ok(Some(Self { file }))
    }
}

impl Drop for HeldCluster {
    fn drop(&mut self) {
        drop(self.file.set_len(0));
    }
}

fn not_ready(
    layout: &Layout,
    timeout: Duration,
    source: Option<crate::database::connect::ConnectError>,
) -> ManagedError {
    ManagedError::NotReady {
        seconds: timeout.as_secs(),
        log: layout.log.clone(),
        tail: layout.log_tail(),
        source: source.map(Box::new),
    }
}

/// Only what must be so; the rest is PostgreSQL's default or the operator's `postgresql.conf`.
fn settings(socket: &Path, durability: Durability) -> Vec<String> {
    let mut settings = vec![
        "listen_addresses=".to_owned(),
        "port=5432".to_owned(),
        // The value is a list; quotes keep a path with blanks or commas whole.
        format!("unix_socket_directories=\"{}\"", socket.display().to_string().replace('"', "\"\"")),
        "unix_socket_permissions=0700".to_owned(),
        "cluster_name=tenon".to_owned(),
        "jit=off".to_owned(),
        "logging_collector=off".to_owned(),
        "log_destination=stderr".to_owned(),
    ];
    match durability {
        Durability::Full => settings.push("fsync=on".to_owned()),
        Durability::None => {
            settings
                .extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"].map(str::to_owned));
        }
    }
    settings
}
