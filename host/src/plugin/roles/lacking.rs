//! Why the role that heals cannot make the plugins' login roles what they are to be.

use tenon_migrations_core::plan::{Plan, PlanRule, Refusal, RoleStep};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::steps::HIDDEN;
use super::{NoSecret, Roles, heal};

/// The reasons, found before anything runs. What it may grant on an object only shows when it runs.
pub async fn lacking(client: &Client, roles: &Roles, plan: &Plan) -> Result<Vec<Refusal>, Error> {
    let changes = || plan.roles.iter().flat_map(|step| step.sql.iter().map(move |sql| (step, sql.as_str())));
    let names: Vec<&str> = changes().map(|(step, _)| step.role.as_str()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut refusals = Vec::new();
    if roles.secret.is_none() {
        let of_password = |step: &&RoleStep| step.sql.iter().any(|sql| sql.contains(HIDDEN));
        let needing = plan.roles.iter().filter(of_password);
        refusals.extend(needing.map(|step| refusal(step, NoSecret.to_string(), NoSecret::REMEDY.to_owned())));
    }
    if heal::has_maker(client).await? {
        return Ok(refusals);
    }
    let statements: Vec<&str> = changes().map(|(_, sql)| sql).collect();
    let text = Type::TEXT_ARRAY;
    let rows = client
        .query_typed(include_str!("sql/lacking.sql"), &[(&names, text.clone()), (&statements, text)])
        .await?;
    for row in &rows {
        let (role, reason, remedy): (&str, _, _) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let step = plan.roles.iter().find(|step| step.role.as_str() == role);
        refusals.extend(step.map(|step| refusal(step, reason, remedy)));
    }
    Ok(refusals)
}

fn refusal(step: &RoleStep, reason: String, remedy: String) -> Refusal {
    Refusal {
        plugin: Some(step.plugin.clone()),
        rule: PlanRule::LackingRight,
        place: format!("role {}", step.role.as_str()),
        excerpt: String::new(),
        reason,
        remedy,
        allow: None,
    }
}
