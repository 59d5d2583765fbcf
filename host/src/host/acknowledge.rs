//! Acknowledging findings: they stay in the report and no longer make the database Drifted.

use std::collections::BTreeSet;

use tenon_migrations_core::acknowledgement::{Acknowledgement, obstacle};
use tenon_migrations_core::finding::Finding;

use super::Tenon;
use crate::audit::{Action, Actor, FindingName, Origin};
use crate::host::finding_store::MemoryError;
use crate::report::Trouble;
use crate::support::error_code::ErrorCode;

/// Why nothing was acknowledged, and nothing taken back.
#[derive(Debug, thiserror::Error)]
pub enum AcknowledgeError {
    #[error("the database could not be read: {}", .0.message)]
    Unavailable(Trouble),
    /// All reasons at once.
    #[error("{}", .0.join("; "))]
    Refused(Vec<String>),
    #[error(transparent)]
    FindingStore(#[from] MemoryError),
}

impl AcknowledgeError {
    /// The code under which it is explained.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::Refused(_) => ErrorCode::Refused,
            Self::FindingStore(_) => ErrorCode::NotKept,
        }
    }
}

impl Tenon {
    /// Acknowledges these findings of a new check, all or none, and gives them as they are from now on.
    pub async fn acknowledge(
        &self,
        ids: &BTreeSet<String>,
        word: &Acknowledgement,
        source: Origin,
    ) -> Result<Vec<Finding>, AcknowledgeError> {
        let wanted = |finding: &Finding| {
            let why = obstacle(finding.cause, finding.severity)?;
            Some(format!("{} ({}) cannot be acknowledged: {why}", finding.id, finding.cause.noun()))
        };
        let findings = self.chosen(ids, wanted).await?;
        self.remember_acknowledged(&findings, Some(word)).await?;
        for Finding { id, plugin, message, .. } in &findings {
            let Acknowledgement { by, until, reason, .. } = word;
            tracing::info!(finding = id, plugin = plugin.as_str(), admin = by, %until, reason, "finding acknowledged: {message}");
        }
        let action = Action::Acknowledge { findings: names(&findings), until: word.until };
        self.record(&Actor::new(&word.by, source), action, Some(&word.reason)).await;
        self.chosen(ids, |_| None).await
    }

    /// Takes the acknowledgement of these findings back, of all or none.
    pub async fn unacknowledge(
        &self,
        ids: &BTreeSet<String>,
        by: &Actor,
    ) -> Result<Vec<Finding>, AcknowledgeError> {
        let wanted = |finding: &Finding| {
            finding.acknowledged.is_none().then(|| format!("{} is not acknowledged", finding.id))
        };
        let findings = self.chosen(ids, wanted).await?;
        self.remember_acknowledged(&findings, None).await?;
        for Finding { id, plugin, message, .. } in &findings {
            tracing::info!(
                finding = id,
                plugin = plugin.as_str(),
                admin = by.admin,
                "finding no longer acknowledged: {message}"
            );
        }
        self.record(by, Action::Unacknowledge { findings: names(&findings) }, None).await;
        self.chosen(ids, |_| None).await
    }

    /// The findings of these ids in a new check, if there is nothing against any of them.
    async fn chosen(
        &self,
        ids: &BTreeSet<String>,
        against: impl Fn(&Finding) -> Option<String>,
    ) -> Result<Vec<Finding>, AcknowledgeError> {
        let report = self.check().await;
        if let Some(trouble) = &report.database.trouble {
            return Err(AcknowledgeError::Unavailable(trouble.clone()));
        }
        let (mut findings, mut refusals) = (Vec::new(), Vec::new());
        for id in ids {
            match report.findings().find(|finding| finding.id == *id) {
                None => refusals.push(format!("there is no finding {id}")),
                Some(finding) => {
                    refusals.extend(against(finding));
                    findings.push(finding.clone());
                }
            }
        }
        if refusals.is_empty() { Ok(findings) } else { Err(AcknowledgeError::Refused(refusals)) }
    }
}

fn names(findings: &[Finding]) -> Vec<FindingName> {
    let name = |finding: &Finding| FindingName {
        id: finding.id.clone(),
        plugin: finding.plugin.to_string(),
        object: finding.object.clone(),
    };
    findings.iter().map(name).collect()
}
