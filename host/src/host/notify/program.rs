//! Telling a program: its arguments as they are configured, the message on standard input, and of the host's
//! environment nothing.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, Command};

use crate::support::child_process::{Group, in_own_group, plain_environment};
use crate::support::legible;

/// How much of what a program says on standard error is told.
const MOST_SAID: usize = 300;

/// How long after its end a program's last words are waited for: a process of its own may hold the pipe.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Why a program did not take the message.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProgramError {
    #[error("{program} could not be run")]
    Run { program: String, source: io::Error },
    #[error("{program} ended with {status}{said}")]
    Failed { program: String, status: ExitStatus, said: String },
    #[error("{program} had not ended after {} s, and was killed", .after.as_secs_f32())]
    TooLong { program: String, after: Duration },
}

/// Runs it to its end, and kills it with all of its process group if it takes too long.
pub(super) async fn run(run: &[String], message: &str, timeout: Duration) -> Result<(), ProgramError> {
    let Some((program, arguments)) = run.split_first() else { return Ok(()) };
    let failed = |source| ProgramError::Run { program: program.clone(), source };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(plain_environment())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = in_own_group(&mut command).spawn().map_err(failed)?;
    let group = Group::of(&child);
    let said = child.stderr.take().map(|stderr| tokio::spawn(first_words(stderr)));
    let told = tell(&mut child, message);
    let Ok(ended) = tokio::time::timeout(timeout, told).await else {
        return Err(ProgramError::TooLong { program: program.clone(), after: timeout });
    };
    // What it has left behind goes on.
    group.leave();
    let status = ended.map_err(failed)?;
    if status.success() {
        return Ok(());
    }
    let said = match said {
        Some(said) => tokio::time::timeout(LAST_WORDS, said).await.ok().and_then(Result::ok),
        None => None,
    };
    let said = said.filter(|said| !said.is_empty()).map(|said| format!(": {said}")).unwrap_or_default();
    Err(ProgramError::Failed { program: program.clone(), status, said })
}

async fn tell(child: &mut Child, message: &str) -> io::Result<ExitStatus> {
    if let Some(mut stdin) = child.stdin.take() {
        // One that ends without reading is judged by its status.
        let _ = stdin.write_all(message.as_bytes()).await;
        let _ = stdin.shutdown().await;
    }
    child.wait().await
}

/// The first words on standard error, on one line. What follows is read and forgotten, so that the program
/// does not wait for somebody to read it.
async fn first_words(mut stderr: ChildStderr) -> String {
    let (mut said, mut more) = (Vec::new(), [0; 1024]);
    while let Ok(length @ 1..) = stderr.read(&mut more).await {
        let room = MOST_SAID.saturating_sub(said.len());
        said.extend(more.iter().take(length.min(room)));
    }
    let said = String::from_utf8_lossy(&said);
    legible::shown(&said.split_whitespace().collect::<Vec<_>>().join(" "), MOST_SAID)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::errors::chain;

    async fn ends(script: &str, timeout: Duration) -> String {
        let run = ["sh", "-c", script].map(str::to_owned);
        super::run(&run, "{\"a\": 1}", timeout)
            .await
            .map_or_else(|error| chain(&error), |()| "taken".to_owned())
    }

    #[tokio::test]
    async fn a_program_gets_the_message_and_a_clean_environment_and_is_judged_by_its_end() {
        let long = Duration::from_secs(20);
        let script = "read -r said; test \"$said\" = '{\"a\": 1}' && test -z \"$HOME\"";
        assert_eq!(ends(script, long).await, "taken");
        assert_eq!(ends("echo 'no\nroom' >&2; exit 3", long).await, "sh ended with exit status: 3: no room");
        assert_eq!(
            ends("exec 2>&-; sleep 60", Duration::from_millis(50)).await,
            "sh had not ended after 0.05 s, and was killed"
        );
        let missing = super::run(&["/no/such".to_owned()], "", long).await.unwrap_err();
        assert!(
            chain(&missing).starts_with("/no/such could not be run: No such file"),
            "{}",
            chain(&missing)
        );
    }
}
