//! The rows of the log, for the commands that go through all of them.

use super::super::exit::Exit;
use super::super::failure::Failure;
use crate::audit::chain::Link;
use crate::host::{AuditRowsError, Tenon};

/// Gives each row after this number to `take`, and says how many there were.
pub(super) async fn each(
    host: &Tenon,
    after: i64,
    mut take: impl FnMut(&Link) -> Result<(), Failure>,
) -> Result<usize, Failure> {
    let (mut last, mut count) = (after, 0);
    loop {
        let links = host.audit_rows(last).await.map_err(|error| unread(&error))?;
        let Some(end) = links.last() else { return Ok(count) };
        last = end.seq;
        count += links.len();
        links.iter().try_for_each(&mut take)?;
    }
}

pub(super) fn unread(error: &AuditRowsError) -> Failure {
    Failure::new(Exit::Unknown, "the audit log in the database could not be read")
        .code(error.unavailable())
        .because(error)
        .hint(error.remedy())
}
