//! The second person: a plan that destroys something may take the word of more people than the one who heals.

use serde::Serialize;
use tenon_migrations_core::plan::{Plan, PlanRule, Refusal};
use tokio_postgres::Client;

use crate::audit::{self, Approval, AuditError, same_person};
use crate::config::HealConfig;

/// The people who have approved a plan, of how many that have to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Approvals {
    /// How many people the plan takes, whoever heals among them.
    pub people: u8,
    pub by: Vec<Approval>,
}

/// The approvals of this plan; nothing of a plan that nobody has to approve.
pub async fn of_plan(
    client: &Client,
    config: &HealConfig,
    plan: &Plan,
) -> Result<Option<Approvals>, AuditError> {
    let people = config.approvals.get();
    if people < 2 || !plan.is_destructive() {
        return Ok(None);
    }
    let by = match audit::exists(client).await? {
        true => audit::approvals(client, &plan.hash.to_string()).await?,
        false => Vec::new(),
    };
    Ok(Some(Approvals { people, by }))
}

impl Approvals {
    /// How many have yet to approve it, where this person heals: nobody approves what they run themselves.
    pub fn missing(&self, healer: Option<&str>) -> usize {
        let counts = |one: &&Approval| healer.is_none_or(|healer| !same_person(&one.admin, healer));
        usize::from(self.people - 1).saturating_sub(self.by.iter().filter(counts).count())
    }

    /// The refusal of the plan, if too few have approved it for this person to heal, or for anybody.
    pub fn refusal(&self, plan: &Plan, healer: Option<&str>) -> Option<Refusal> {
        let missing = self.missing(healer);
        if missing == 0 {
            return None;
        }
        let own = healer.filter(|healer| self.by.iter().any(|one| same_person(&one.admin, healer)));
        let by: Vec<_> =
            self.by.iter().map(|one| format!("{} (until {:.0})", one.admin, one.until)).collect();
        let so_far = match (by.as_slice(), own) {
            ([], _) => "nobody has approved it, or no longer".to_owned(),
            (by, None) => format!("it is approved by {}", by.join(", ")),
            (_, Some(healer)) => format!("{healer} has approved it, and so cannot be who heals"),
        };
        let mut lost: Vec<_> = plan.destructive().map(ToString::to_string).collect();
        lost.dedup();
        let (lost, people, hash) = (lost.join(", "), self.people, &plan.hash);
        Some(Refusal {
            plugin: None,
            rule: PlanRule::NotApproved,
            place: format!("plan {hash}"),
            excerpt: String::new(),
            reason: format!(
                "it destroys something ({lost}), which takes {people} people (heal.approvals): {so_far}"
            ),
            remedy: format!(
                "have somebody else look at the same plan, and approve it on the page or with `tenon plan approve {hash}`"
            ),
            allow: None,
        })
    }
}
