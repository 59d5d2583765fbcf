//! A process that is waited for, and ends when nobody waits any more.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use crate::support::child_process::{ask_to_end, end_with_parent};

/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(5);

/// A running process, which is killed when the value is dropped.
#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    /// Starts it. It ends with the thread that starts it, too, however that ends.
    pub(super) fn spawn(command: &mut Command) -> io::Result<Self> {
        end_with_parent(command);
        command.spawn().map(Self)
    }

    /// The process itself.
    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Ends it in order, and waits for that.
    pub(super) async fn end(&mut self) {
        ask_to_end(&mut self.0);
        let _ = self.ended().await;
    }

    /// Waits for its end.
    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        loop {
            match self.0.try_wait()? {
                Some(status) => return Ok(status),
                None => tokio::time::sleep(LOOK).await,
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended is not killed any more, and none is left to be waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a command to its end, and gives all that it said.
pub(super) async fn output(command: &mut Command) -> io::Result<Output> {
    let mut process = Process::spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (stdout, stderr) = (process.child().stdout.take(), process.child().stderr.take());
    let (stdout, stderr) = (read(stdout), read(stderr));
    let status = process.ended().await?;
    Ok(Output { status, stdout: stdout.await.unwrap_or_default(), stderr: stderr.await.unwrap_or_default() })
}

/// Reads to the end, on a thread that may block.
fn read(from: Option<impl Read + Send + 'static>) -> tokio::task::JoinHandle<Vec<u8>> {
    tokio::task::spawn_blocking(move || {
        let mut said = Vec::new();
        if let Some(mut from) = from {
            let _ = from.read_to_end(&mut said);
        }
        said
    })
}
