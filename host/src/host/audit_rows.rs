//! The audit log row by row: exported, and proved.

use super::{Host, PlanError};
use crate::errors::Unavailable;
use crate::postgres::audit::chain::{self, Broken, Chain, Head, Link};
use crate::postgres::audit::{self, AuditError};

/// Why the rows of the log could not be had.
#[derive(Debug, thiserror::Error)]
pub enum AuditRowsError {
    #[error(transparent)]
    Database(#[from] PlanError),
    #[error(transparent)]
    Read(#[from] AuditError),
}

impl AuditRowsError {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Database(error) => error.remedy(),
            Self::Read(error) => Unavailable::of(error).remedy().to_owned(),
        }
    }
}

impl Host {
    /// The next rows of the log after this number, a page of them; none after the last, and none before the
    /// first heal.
    pub async fn audit_rows(&self, after: i64) -> Result<Vec<Link>, AuditRowsError> {
        let connection = self.connection().await?;
        let page = async {
            if audit::exists(&connection).await? {
                chain::page(&connection, after).await
            } else {
                Ok(Vec::new())
            }
        };
        Ok(self.bounds().within(&connection, page).await?)
    }

    /// Proves that the log is what was written, see [`Chain`]: gives its last row, or the first place at
    /// which it is not.
    pub async fn verify_audit(
        &self,
        expected: Option<String>,
    ) -> Result<Result<Head, Broken>, AuditRowsError> {
        let mut chain = Chain::new(expected);
        loop {
            let links = self.audit_rows(chain.head().seq).await?;
            if links.is_empty() {
                return Ok(chain.end());
            }
            if let Err(broken) = links.iter().try_for_each(|link| chain.follow(link)) {
                return Ok(Err(broken));
            }
        }
    }

    /// Closes the entries of heals that are over and could not say so, and takes up what waits in the spool.
    /// Gives how many were closed.
    pub async fn resolve_audit(&self) -> Result<usize, AuditRowsError> {
        let client = self.healer().await?;
        Ok(audit::close_open(&client, self.bounds(), &self.spool).await?)
    }
}
