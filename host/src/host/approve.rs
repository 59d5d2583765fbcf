//! Approving a plan that destroys something, so that somebody else may run it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tenon_migrations_core::migration::{Checksum, PluginId};
use tenon_migrations_core::plan::{Plan, RepairRequest};
use tokio_postgres::Client;
use uuid::Uuid;

use super::{PlanError, Tenon};
use crate::audit::event::{AuditEvent, EventKind};
use crate::audit::{self, Action, Actor, Performed, RecordAtOnceError, same_person};
use crate::heal::approval::{self, Approvals};
use crate::heal::decide::AskError;
use crate::support::error_code::ErrorCode;

/// A plan that was approved.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Approved {
    pub plan_hash: Checksum,
    pub admin: String,
    /// From then on it counts no longer.
    pub until: Timestamp,
    /// All who have approved it by now.
    pub approvals: Approvals,
}

/// Why nothing was approved.
#[derive(Debug, thiserror::Error)]
pub enum ApproveError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("the plan is another one by now: its hash is {now}, and {given} was to be approved")]
    Changed { given: Checksum, now: Checksum },
    #[error("the configuration wants nobody but who heals: heal.approvals is 1")]
    NotConfigured,
    #[error("the plan destroys nothing: nobody has to approve it")]
    NotNeeded,
    #[error("{admin} has approved this plan already, until {until:.0}")]
    Already { admin: String, until: Timestamp },
    #[error("the approval could not be recorded, and so does not count")]
    NotRecorded(#[source] RecordAtOnceError),
}

impl ApproveError {
    /// The code under which it is explained.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Plan(_) => ErrorCode::PlanUnavailable,
            Self::Changed { .. } => ErrorCode::PlanChanged,
            Self::NotConfigured => ErrorCode::ApprovalsNotConfigured,
            Self::NotNeeded => ErrorCode::ApprovalNotNeeded,
            Self::Already { .. } => ErrorCode::ApprovedAlready,
            Self::NotRecorded(_) => ErrorCode::NotRecorded,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Plan(error) => error.remedy(),
            Self::Changed { .. } => {
                "look at it again with `tenon plan`, with what is left out and repaired as it is to be healed"
                    .to_owned()
            }
            Self::NotConfigured => "whoever heals consents to the hazards by name".to_owned(),
            Self::NotNeeded => "whoever may heal runs it".to_owned(),
            Self::Already { .. } => "somebody else has to heal, or to approve it too".to_owned(),
            Self::NotRecorded(RecordAtOnceError::Pending) => {
                "heal what destroys nothing first, with `--without` the other plugins".to_owned()
            }
            Self::NotRecorded(_) => "see the log, and approve it again".to_owned(),
        }
    }
}

impl Tenon {
    /// Approves the plan of this hash, if it still is what a heal would do. It stands in the audit log, where
    /// all hosts of the database see it.
    pub async fn approve(
        &self,
        given: Checksum,
        without: &BTreeSet<PluginId>,
        repairs: &RepairRequest,
        by: &Actor,
    ) -> Result<Approved, ApproveError> {
        if self.config.heal.approvals.get() < 2 {
            return Err(ApproveError::NotConfigured);
        }
        let plan = self.plan(without, repairs).await?;
        if plan.hash != given {
            return Err(ApproveError::Changed { given, now: plan.hash });
        }
        let former = self.approvals(&plan).await?.ok_or(ApproveError::NotNeeded)?;
        if let Some(own) = former.by.iter().find(|one| same_person(&one.admin, &by.admin)) {
            return Err(ApproveError::Already { admin: own.admin.clone(), until: own.until });
        }
        let at = Timestamp::now();
        let lasts = SignedDuration::try_from(self.config.heal.approvals_last).unwrap_or(SignedDuration::MAX);
        let until = at.saturating_add(lasts).unwrap_or(Timestamp::MAX);
        let action = Action::ApprovePlan { plan_hash: given.to_string(), until };
        let performed = Performed { by: by.clone(), host: self.name.clone(), action, reason: None };
        let what = EventKind::Action(performed);
        let event = AuditEvent { heal: Uuid::new_v4(), attempt: 1, at, what };
        let reach = self.database.as_ref().ok_or(PlanError::NoDatabase)?;
        audit::record_at_once(reach.healing(), &event).await.map_err(ApproveError::NotRecorded)?;
        tracing::info!(admin = by.admin, plan = %given, %until, "a plan was approved");
        let approvals = self.approvals(&plan).await?.ok_or(ApproveError::NotNeeded)?;
        Ok(Approved { plan_hash: given, admin: by.admin.clone(), until, approvals })
    }

    /// The approvals of this plan; nothing of one that nobody has to approve.
    pub async fn approvals(&self, plan: &Plan) -> Result<Option<Approvals>, PlanError> {
        if self.config.heal.approvals.get() < 2 || !plan.is_destructive() {
            return Ok(None);
        }
        let client = self.healer().await?;
        let read = approval::of_plan(&client, &self.config.heal, plan);
        Ok(self.bounds().read(&client, read).await.map_err(AskError::Approvals)?)
    }

    /// Puts to the plan that too few have approved it.
    pub(super) async fn add_approvals(&self, client: &Client, plan: &mut Plan) -> Result<(), PlanError> {
        if self.config.heal.approvals.get() < 2 || !plan.is_destructive() {
            return Ok(());
        }
        let read = approval::of_plan(client, &self.config.heal, plan);
        let found = self.bounds().read(client, read).await.map_err(AskError::Approvals)?;
        plan.refusals.extend(found.and_then(|found| found.refusal(plan, None)));
        Ok(())
    }
}
