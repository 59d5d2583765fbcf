//! What only the bootstrap superuser may do, at each start: the other roles, the database, and what makes
//! login roles for heals.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use tenon_schema::Ident;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::error::ManagedError;
use super::{BOOTSTRAP, IfMissing};
use crate::config::TlsMode;
use crate::database::connect::{ConnectError, Database, Databases};
use crate::database::passwords::{derived, verifier};
use crate::database::unavailable::Unavailable;

/// The name of the database.
const DATABASE: &str = "tenon";

/// The role that owns the database and what heals make in it.
const OWNER: &str = "tenon-owner";
/// The role that checks. It owns nothing, and may read the host's own tables.
const SERVING: &str = "tenon-serving";
/// What the bootstrap superuser was called, who did everything, before there were the other roles.
const FORMER: &str = "tenon";

/// Where the bootstrap superuser is when it is not about the one database.
const MAINTENANCE: &str = "postgres";

/// The role that renames the bootstrap superuser, since nobody renames himself.
const RENAMER: &str = "tenon-renamer";

/// What every session begins with, and returns to: neither the schema that is named like its role nor the
/// host's own.
const SEARCH_PATH: &str = "-c search_path=public";

/// The bootstrap superuser of a cluster. Its password goes with this value.
#[derive(Debug)]
pub(super) struct Bootstrap {
    /// The database of maintenance.
    maintenance: Database,
    password: SecretString,
}

/// What the bootstrap superuser is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Bootstrap,
    /// The cluster is as it was before there were other roles.
    AsBefore,
}

impl Bootstrap {
    pub(super) fn new(socket: &Path, password: SecretString) -> Result<Self, ManagedError> {
        let mut config = tokio_postgres::Config::new();
        config.host_path(socket).port(5432).user(BOOTSTRAP).dbname(MAINTENANCE);
        config.password(password.expose_secret()).options(SEARCH_PATH);
        let maintenance = Database::from_parts(config, TlsMode::Disable, None)?;
        Ok(Self { maintenance, password })
    }

    /// Finds out by logging in.
    pub(super) async fn named(&self) -> Result<Named, ConnectError> {
        match self.maintenance.connect().await {
            Ok(_) => Ok(Named::Bootstrap),
            Err(error) if error.unavailable() == Unavailable::Authentication => {
                match self.former().connect().await {
                    Ok(_) => Ok(Named::AsBefore),
                    Err(_) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn former(&self) -> Database {
        self.maintenance.as_role(&FORMER.into(), &self.password)
    }

    fn password_of(&self, role: &str) -> SecretString {
        derived(&self.password, "tenon: the password of a role of the managed database, 1", role)
    }

    /// Gives the bootstrap superuser the name that it has by now.
    pub(super) async fn rename(&self) -> Result<(), ManagedError> {
        let [renamer, former, bootstrap] = [RENAMER, FORMER, BOOTSTRAP].map(Ident::from);
        let password = self.password_of(RENAMER);
        let make = format!(
            "DROP ROLE IF EXISTS {renamer}; CREATE ROLE {renamer} SUPERUSER LOGIN PASSWORD '{}'",
            verifier(&password),
            renamer = renamer.quoted()
        );
        let rename = format!("ALTER ROLE {} RENAME TO {}", former.quoted(), bootstrap.quoted());
        for (database, sql) in
            [(self.former(), make), (self.maintenance.as_role(&renamer, &password), rename)]
        {
            let (client, _task) = database.connect().await.map_err(refused)?;
            let done = client.batch_execute(&sql).await;
            done.map_err(ManagedError::chore("rename the bootstrap superuser"))?;
        }
        tracing::info!(
            "the managed database is brought over: its superuser {FORMER} is {BOOTSTRAP} now, for what concerns the cluster alone"
        );
        Ok(())
    }

    /// Makes the roles and the database what they are to be, and gives the ways to it.
    pub(super) async fn see_to(&self, if_missing: IfMissing, data: &Path) -> Result<Databases, ManagedError> {
        let (client, _task) = self.maintenance.connect().await.map_err(refused)?;
        let database = self.maintenance.with_dbname(DATABASE);
        let owner = database.as_role(&OWNER.into(), &self.password_of(OWNER));
        let mut serving = database.as_role(&SERVING.into(), &self.password_of(SERVING));
        let _ = client.batch_execute(&format!("DROP ROLE IF EXISTS {}", Ident::from(RENAMER).quoted())).await;
        self.role(&client, OWNER, true).await?;
        self.role(&client, SERVING, false).await?;
        self.database(&client, if_missing, data).await?;
        let (client, _task) = database.connect().await.map_err(refused)?;
        transfer(&client).await?;
        plugin_roles(&client).await?;
        for (role, way) in [(OWNER, &owner), (SERVING, &serving)] {
            match way.connect().await {
                Ok(_) => {}
                Err(error) if error.unavailable() == Unavailable::Authentication => {
                    self.renew_password(&client, role).await?;
                }
                Err(error) => return Err(refused(error)),
            }
        }
        serving.set_scratch_place(owner.clone());
        Ok(Databases { serving, healing: Some(owner), managed: true })
    }

    /// Makes one of our roles, or takes from it what it may not.
    async fn role(&self, client: &Client, name: &str, makes_databases: bool) -> Result<(), ManagedError> {
        let failed = "make the roles that heal and check";
        let sql = "SELECT rolcanlogin AND rolinherit AND NOT (rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls) \
                   AND rolcreatedb OPERATOR(pg_catalog.=) $2 FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) $1";
        let found = client.query_typed(sql, &[(&name, Type::NAME), (&makes_databases, Type::BOOL)]).await;
        let found = found.map_err(ManagedError::chore(failed))?;
        let right: Option<bool> =
            found.first().map(|row| row.try_get(0)).transpose().map_err(ManagedError::chore(failed))?;
        let (role, createdb) = (Ident::from(name), if makes_databases { "CREATEDB" } else { "NOCREATEDB" });
        let attributes =
            format!("LOGIN INHERIT NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS {createdb}");
        let sql = match right {
            Some(true) => return Ok(()),
            Some(false) => {
                tracing::warn!(
                    role = name,
                    "a role of the managed database may what it is not to; that is taken back"
                );
                format!("ALTER ROLE {} {attributes}", role.quoted())
            }
            None => {
                let password = verifier(&self.password_of(name));
                format!("CREATE ROLE {} {attributes} PASSWORD '{password}'", role.quoted())
            }
        };
        client.batch_execute(&sql).await.map_err(ManagedError::chore(failed))
    }

    async fn renew_password(&self, client: &Client, name: &str) -> Result<(), ManagedError> {
        let password = verifier(&self.password_of(name));
        let sql = format!("ALTER ROLE {} PASSWORD '{password}'", Ident::from(name).quoted());
        client.batch_execute(&sql).await.map_err(ManagedError::chore("renew a role's password"))
    }

    async fn database(
        &self,
        client: &Client,
        if_missing: IfMissing,
        data: &Path,
    ) -> Result<(), ManagedError> {
        let failed = "create the database \"tenon\"";
        let sql = "SELECT FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) $1";
        let found = client.query_typed(sql, &[(&DATABASE, Type::NAME)]).await;
        if !found.map_err(ManagedError::chore(failed))?.is_empty() {
            return Ok(());
        }
        if if_missing == IfMissing::Refuse {
            return Err(ManagedError::NoDatabase(data.to_owned()));
        }
        let (database, owner) = (Ident::from(DATABASE), Ident::from(OWNER));
        let sql = format!("CREATE DATABASE {} OWNER {}", database.quoted(), owner.quoted());
        client.batch_execute(&sql).await.map_err(ManagedError::chore(failed))
    }
}

/// Hands what the bootstrap superuser has made in the database over to its owner, if that is not the owner
/// yet. All of it or nothing.
async fn transfer(client: &Client) -> Result<(), ManagedError> {
    let failed = "hand the database over to its owner";
    let rows = client
        .query_typed(include_str!("sql/transfer.sql"), &[(&OWNER, Type::NAME), (&SERVING, Type::NAME)])
        .await
        .map_err(ManagedError::chore(failed))?;
    let statements: Result<Vec<&str>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    let statements = statements.map_err(ManagedError::chore(failed))?;
    if statements.is_empty() {
        return Ok(());
    }
    // The client's text is one transaction.
    client.batch_execute(&statements.join(";\n")).await.map_err(ManagedError::chore(failed))?;
    tracing::info!(
        statements = statements.len(),
        "the managed database is brought over: {OWNER} owns what is in it, {SERVING} checks, and each plugin gets a \
         login role with the next heal"
    );
    Ok(())
}

/// Has heals make the plugins' roles by a function of the bootstrap superuser's, since CREATEROLE is more
/// than that: up to PostgreSQL 15 whoever has it may run programs.
async fn plugin_roles(client: &Client) -> Result<(), ManagedError> {
    let failed = "make what makes the plugins' roles for heals";
    let body = include_str!("sql/plugin_role.plpgsql");
    let found = client.query_typed(include_str!("sql/has_plugin_role.sql"), &[(&body, Type::TEXT)]).await;
    if found.map_err(ManagedError::chore(failed))?.is_empty() {
        let owner = Ident::from(OWNER).quoted();
        let sql = format!(
            "CREATE SCHEMA IF NOT EXISTS tenon_cluster; \
             ALTER SCHEMA tenon_cluster OWNER TO CURRENT_USER; \
             REVOKE ALL ON SCHEMA tenon_cluster FROM PUBLIC; \
             GRANT USAGE ON SCHEMA tenon_cluster TO {owner}; \
             DROP FUNCTION IF EXISTS tenon_cluster.plugin_role(text, text); \
             DROP FUNCTION IF EXISTS tenon_cluster.plugin_role(text, text, boolean); \
             DROP FUNCTION IF EXISTS tenon_cluster.plugin_role(text, text, boolean, text[]); \
             CREATE FUNCTION tenon_cluster.plugin_role(role_name text, verifier text, changes boolean, becomes text[]) \
                 RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $plugin_role${body}$plugin_role$; \
             REVOKE ALL ON FUNCTION tenon_cluster.plugin_role(text, text, boolean, text[]) FROM PUBLIC; \
             GRANT EXECUTE ON FUNCTION tenon_cluster.plugin_role(text, text, boolean, text[]) TO {owner}"
        );
        client.batch_execute(&sql).await.map_err(ManagedError::chore(failed))?;
    }
    Ok(())
}

fn refused(error: ConnectError) -> ManagedError {
    ManagedError::Refused(Box::new(error))
}
