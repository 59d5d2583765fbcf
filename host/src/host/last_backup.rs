//! The last backup that the audit log knows of, and whether it is time for another.

use std::time::Duration;

use jiff::Timestamp;
use tenon_migrations_core::plan::Plan;

use super::Tenon;
use super::audit::AuditRowsError;
use crate::audit;
use crate::config::Environment;

/// The last backup, held against what the configuration wants.
#[derive(Debug, Clone)]
pub struct LastBackup {
    at: Option<Timestamp>,
    now: Timestamp,
    remind_after: Duration,
    /// Whether there is anything to save: the host's own tables.
    healed: bool,
}

impl LastBackup {
    /// Whether somebody is to be reminded.
    pub fn is_due(&self) -> bool {
        let old = self.age().is_none_or(|age| age > self.remind_after);
        self.healed && !self.remind_after.is_zero() && old
    }

    fn age(&self) -> Option<Duration> {
        let age = self.now.duration_since(self.at?);
        Some(Duration::try_from(age).unwrap_or_default())
    }

    /// When it was, in one sentence without a full stop.
    pub fn told(&self) -> String {
        match self.age() {
            Some(age) => {
                let hours = age.as_secs() / 3600;
                let age = if hours < 48 { format!("{hours} hours") } else { format!("{} days", hours / 24) };
                format!(
                    "the last backup that Tenon knows of is {age} old; what other tools save it does not know"
                )
            }
            None if self.healed => {
                "Tenon knows of no backup of this database; what other tools save it does not know".to_owned()
            }
            None => "there is nothing to save yet".to_owned(),
        }
    }
}

impl Tenon {
    /// The last backup that the audit log knows of.
    pub async fn last_backup(&self) -> Result<LastBackup, AuditRowsError> {
        let connection = self.connection().await?;
        let client = connection.driven_by_task();
        let (at, healed) = self
            .bounds()
            .read(client, async {
                Ok::<_, audit::AuditError>((audit::last_backup(client).await?, audit::exists(client).await?))
            })
            .await?;
        let remind_after = self.config.backup.remind_after;
        Ok(LastBackup { at, now: Timestamp::now(), remind_after, healed })
    }

    /// What is said before a heal by this plan, where the last backup is old: in production of every plan,
    /// elsewhere of one that may destroy something.
    pub async fn backup_reminder(&self, plan: &Plan) -> Option<String> {
        let destroys = plan.hazards.iter().any(|one| one.hazard.rule.is_destructive())
            || plan.repairs.iter().any(|repair| !repair.hazards.is_empty());
        if plan.is_empty() || !(destroys || self.config.environment == Environment::Production) {
            return None;
        }
        let kept = self.last_backup().await.ok()?;
        kept.is_due().then(|| kept.told())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_due_once_it_is_older_than_is_wished_and_never_of_nothing() {
        let now = Timestamp::UNIX_EPOCH + Duration::from_secs(100 * 24 * 3600);
        let last = |days: Option<u64>, remind: u64| LastBackup {
            at: days.map(|days| now - Duration::from_secs(days * 24 * 3600)),
            now,
            remind_after: Duration::from_secs(remind * 24 * 3600),
            healed: true,
        };
        assert!(!last(Some(3), 7).is_due() && last(Some(8), 7).is_due() && last(None, 7).is_due());
        assert!(!last(Some(8), 0).is_due() && !last(None, 0).is_due());
        assert!(!LastBackup { healed: false, ..last(None, 7) }.is_due());
        assert!(last(Some(8), 7).told().contains("is 8 days old"));
        assert!(last(None, 7).told().contains("no backup"));
    }
}
