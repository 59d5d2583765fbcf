//! The audit log a page at a time, of what somebody looks for.

use serde::Serialize;

use super::super::Tenon;
use crate::audit::history::{self, AuditFilter, AuditPage};
use crate::database::unavailable::Unavailable;
use crate::report::Trouble;
use crate::support::errors;

/// A page of the log as far as it could be read.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub struct ShownAudit {
    #[serde(flatten)]
    pub page: AuditPage,
    /// Why the database's part is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

impl Tenon {
    /// The entries that are looked for, newest first, from this row of the log on; those of the local spool
    /// are on the first page.
    pub async fn audit_page(&self, filter: &AuditFilter, before: Option<i64>, limit: usize) -> ShownAudit {
        let read = match self.connection().await {
            Ok(connection) => {
                let client = connection.driven_by_task();
                let page = history::page(Some(client), &self.spool, filter, before, limit);
                self.bounds().read(client, page).await.map_err(|error| {
                    let kind = Unavailable::of(&error);
                    let remedy = "see the log, and try `tenon audit list` again".to_owned();
                    Trouble { kind, message: errors::chain(&error), remedy }
                })
            }
            Err(error) => Err(error.trouble()),
        };
        match read {
            Ok(page) => ShownAudit { page, trouble: None },
            Err(trouble) => {
                let spooled = history::page(None, &self.spool, filter, before, limit).await;
                ShownAudit { page: spooled.unwrap_or_default(), trouble: Some(trouble) }
            }
        }
    }
}
