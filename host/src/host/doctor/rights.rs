//! What the roles may do, of which one serves and one heals.

use tokio_postgres::{Error, Row};

use super::asked::{AskedError, unread};
use crate::host::Tenon;
use crate::report::doctor::DoctorLine;
use crate::support::errors::chain;

const TOPIC: &str = "rights";

pub(super) async fn lines(host: &Tenon) -> Vec<DoctorLine> {
    let sql = include_str!("sql/rights.sql");
    let apart = host.database.as_ref().is_some_and(|reach| reach.healing.is_some());
    let mut lines = Vec::new();
    match host.ask(sql).await {
        Ok(row) => lines.extend(of_server(&row, apart).unwrap_or_else(|error| unreadable(&error))),
        Err(error) => lines.push(unread(TOPIC, &error)),
    }
    let healer = async {
        let client = host.healer().await?;
        host.row(&client, sql).await
    };
    match healer.await {
        Ok(row) => lines.extend(
            of_healer(&row, host.config().database.scratch_url.is_some())
                .unwrap_or_else(|error| unreadable(&error)),
        ),
        Err(AskedError::Connect(error)) => {
            let trouble = error.trouble();
            lines.push(DoctorLine::problem(TOPIC, trouble.message, trouble.remedy));
        }
        Err(error) => lines.push(unread(TOPIC, &error)),
    }
    lines
}

fn unreadable(error: &Error) -> Vec<DoctorLine> {
    vec![DoctorLine::unknown(TOPIC, &chain(error))]
}

/// The role that serves and checks.
fn of_server(row: &Row, apart: bool) -> Result<Vec<DoctorLine>, Error> {
    let role: &str = row.try_get("role")?;
    let mut lines = Vec::new();
    if row.try_get("superuser")? {
        let told = format!("{role} serves as a superuser, who may do everything on the server");
        let remedy = "give database.url a role that owns nothing, and database.heal_url the owner";
        lines.push(DoctorLine::warning(TOPIC, told, remedy));
    } else if apart && row.try_get("writes_audit")? {
        let told = format!("{role} serves and can write to the audit log");
        lines.push(DoctorLine::warning(TOPIC, told, "heal once, which takes that from it: `tenon heal`"));
    }
    if !row.try_get::<_, bool>("uses_tenon")? {
        let told = format!("{role} may not read the schema tenon, where the ledger is");
        let remedy = format!("as its owner: GRANT USAGE ON SCHEMA tenon TO {role}");
        lines.push(DoctorLine::problem(TOPIC, told, remedy));
    } else if let Some(tables) = row.try_get::<_, Option<&str>>("unreadable")? {
        let told = format!("{role} may not read these tables of the schema tenon: {tables}");
        let remedy = format!("as their owner: GRANT SELECT ON ALL TABLES IN SCHEMA tenon TO {role}");
        lines.push(DoctorLine::problem(TOPIC, told, remedy));
    }
    if lines.is_empty() {
        lines.push(DoctorLine::ok(TOPIC, format!("{role} checks")));
    }
    Ok(lines)
}

/// The role that heals; and whether another one makes scratch databases.
fn of_healer(row: &Row, has_scratch_role: bool) -> Result<Vec<DoctorLine>, Error> {
    let (role, database): (&str, &str) = (row.try_get("role")?, row.try_get("database")?);
    let mut lines = Vec::new();
    if !row.try_get::<_, bool>("creates")? {
        let told = format!("{role} heals and may make no schema in {database}");
        let remedy = format!("as the owner of the database: GRANT CREATE ON DATABASE {database} TO {role}");
        lines.push(DoctorLine::problem(TOPIC, told, remedy));
    }
    if !row.try_get::<_, bool>("owns_tenon")? {
        let told = format!("{role} heals and does not own the schema tenon");
        let remedy =
            format!("as the owner or a superuser: ALTER SCHEMA tenon OWNER TO {role}, and its tables");
        lines.push(DoctorLine::problem(TOPIC, told, remedy));
    }
    if !has_scratch_role && !row.try_get::<_, bool>("makes_databases")? {
        let told = format!("{role} may make no scratch database, so a plan cannot be rehearsed");
        let remedy = format!("as a superuser: ALTER ROLE {role} CREATEDB, or set database.scratch_url");
        lines.push(DoctorLine::warning(TOPIC, told, remedy));
    }
    if lines.is_empty() {
        lines.push(DoctorLine::ok(TOPIC, format!("{role} heals")));
    }
    Ok(lines)
}
