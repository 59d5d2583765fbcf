//! The local append-only spool: where audit events wait while the database cannot take them, because it is
//! gone or because its very first heal has not made the table yet.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::event::AuditEvent;
use crate::support::state_dir;

/// A file of JSON lines in the state directory.
#[derive(Debug, Clone)]
pub struct Spool {
    path: PathBuf,
}

/// Why the spool could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("the audit spool {path} could not be {action}")]
    Io { path: PathBuf, action: &'static str, source: std::io::Error },
    #[error("the audit event could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl Spool {
    /// The spool of this state directory.
    pub fn in_dir(state_dir: &Path) -> Self {
        Self { path: state_dir.join("audit-spool.jsonl") }
    }

    /// Adds an event, and returns once it is on disk.
    pub async fn append(&self, event: &AuditEvent) -> Result<(), SpoolError> {
        let mut line = serde_json::to_string(event)?;
        line.push('\n');
        self.off_workers("written", move |spool| spool.append_line(line)).await
    }

    /// The events that wait. A line cut short by a crash is passed over.
    pub async fn read(&self) -> Result<Vec<AuditEvent>, SpoolError> {
        self.off_workers("read", Self::read_lines).await
    }

    /// Forgets these events, once the database holds them. What came in meanwhile stays, whoever else takes
    /// up the same ones.
    pub async fn forget(&self, taken: &[AuditEvent]) -> Result<(), SpoolError> {
        if taken.is_empty() {
            return Ok(());
        }
        let taken = taken.iter().map(AuditEvent::key).collect();
        self.off_workers("cleared", move |spool| spool.leave_out(&taken)).await
    }

    async fn off_workers<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Self) -> Result<T, SpoolError> + Send + 'static,
    ) -> Result<T, SpoolError> {
        let spool = self.clone();
        let done = state_dir::off_workers(move || work(&spool)).await;
        done.unwrap_or_else(|source| Err(self.error(action, source)))
    }

    fn append_line(&self, mut line: String) -> Result<(), SpoolError> {
        let mut file = self.locked("written")?;
        if ends_within_a_line(&mut file).map_err(|source| self.error("written", source))? {
            line.insert(0, '\n');
        }
        file.write_all(line.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|source| self.error("written", source))
    }

    fn read_lines(&self) -> Result<Vec<AuditEvent>, SpoolError> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        let mut text = String::new();
        let mut file = self.locked("read")?;
        file.read_to_string(&mut text).map_err(|source| self.error("read", source))?;
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    fn leave_out(&self, taken: &BTreeSet<(Uuid, &'static str, i32)>) -> Result<(), SpoolError> {
        let mut text = String::new();
        let mut file = self.locked("cleared")?;
        let rest = file.read_to_string(&mut text).and_then(|_| {
            let rest: Vec<_> = text
                .lines()
                .filter(|line| {
                    serde_json::from_str::<AuditEvent>(line).is_ok_and(|event| !taken.contains(&event.key()))
                })
                .collect();
            file.set_len(0)?;
            file.rewind()?;
            for line in rest {
                writeln!(file, "{line}")?;
            }
            file.sync_all()
        });
        rest.map_err(|source| self.error("cleared", source))
    }

    /// Opens the file and keeps other processes out until it is dropped.
    fn locked(&self, action: &'static str) -> Result<File, SpoolError> {
        state_dir::open_locked(&self.path).map_err(|source| self.error(action, source))
    }

    fn error(&self, action: &'static str, source: std::io::Error) -> SpoolError {
        SpoolError::Io { path: self.path.clone(), action, source }
    }
}

/// Whether a crash cut the last line short. Leaves the file at its end.
fn ends_within_a_line(file: &mut File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::event::EventKind;
    use std::fs::OpenOptions;

    fn event(xid: i32) -> AuditEvent {
        let what = EventKind::Transaction { xid: xid.to_string() };
        AuditEvent { heal: Uuid::nil(), attempt: xid, at: jiff::Timestamp::UNIX_EPOCH, what }
    }

    fn append(spool: &Spool, xid: i32) -> Result<(), SpoolError> {
        spool.append_line(format!("{}\n", serde_json::to_string(&event(xid))?))
    }

    fn forget_first_two(spool: &Spool) -> Result<(), SpoolError> {
        spool.leave_out(&[event(1).key(), event(2).key()].into())
    }

    fn told(spool: &Spool) -> Vec<String> {
        let told = |event: AuditEvent| match event.what {
            EventKind::Transaction { xid } => xid,
            other => other.name().to_owned(),
        };
        spool.read_lines().unwrap().into_iter().map(told).collect()
    }

    #[test]
    fn events_wait_in_order_until_they_are_taken_up() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::in_dir(dir.path());
        assert_eq!(told(&spool), Vec::<String>::new());
        for xid in [1, 2, 3] {
            append(&spool, xid).unwrap();
        }
        // Two processes take up the same two, and a third comes in between.
        forget_first_two(&spool).unwrap();
        append(&spool, 4).unwrap();
        forget_first_two(&spool).unwrap();
        assert_eq!(told(&spool), ["3", "4"]);
    }

    #[test]
    fn a_line_cut_short_by_a_crash_loses_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::in_dir(dir.path());
        append(&spool, 1).unwrap();
        let mut file = OpenOptions::new().append(true).open(&spool.path).unwrap();
        file.write_all(b"{\"heal\":\"00000000-0000-0000-0000-00").unwrap();
        append(&spool, 2).unwrap();
        assert_eq!(told(&spool), ["1", "2"]);
    }
}
