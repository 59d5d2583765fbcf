//! The approvals of a plan, as the log tells them: they stand in the database, where every host reads them
//! and nobody changes them.

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::AuditError;
use super::action::{Action, Performed};

/// The word of somebody that a plan may be run by somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Approval {
    pub admin: String,
    pub at: Timestamp,
    /// From then on it counts no longer.
    pub until: Timestamp,
}

/// The approvals of the plan of this hash that count now, the oldest first, one of each person.
pub async fn approvals(client: &Client, plan_hash: &str) -> Result<Vec<Approval>, AuditError> {
    let sql = include_str!("sql/approvals.sql");
    let rows = client.query_typed(sql, &[(&plan_hash, Type::TEXT)]).await.map_err(AuditError::Read)?;
    let (now, mut approvals) = (Timestamp::now(), Vec::<Approval>::new());
    for row in rows {
        let at = row.try_get("at").map_err(AuditError::Read)?;
        let body: &str = row.try_get("body").map_err(AuditError::Read)?;
        // One that cannot be read approves nothing.
        let Ok(Performed { by, action: Action::ApprovePlan { until, .. }, .. }) = serde_json::from_str(body)
        else {
            continue;
        };
        if until > now {
            approvals.retain(|former| !same_person(&former.admin, &by.admin));
            approvals.push(Approval { admin: by.admin, at, until });
        }
    }
    Ok(approvals)
}

/// Whether two ids of the log are one person's, by whichever of their tokens.
pub fn same_person(one: &str, other: &str) -> bool {
    fn person(admin: &str) -> &str {
        admin.split_once(" via token ").map_or(admin, |(account, _)| account).trim()
    }
    person(one).eq_ignore_ascii_case(person(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_with_a_token_is_still_that_person() {
        assert!(same_person("ada", "ada via token ci") && same_person("Ada ", "ada"));
        assert!(!same_person("ada", "bo") && !same_person("ada via token t", "bo via token t"));
    }
}
