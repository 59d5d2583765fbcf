//! What belongs to a database and is in no dump of it: encoding and locale, who may connect, and the settings
//! that its sessions begin with.

use serde::{Deserialize, Serialize};
use tenon_migrations_core::ddl::literal;
use tenon_schema::Ident;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::error::BackupError;
use super::setting;

/// What belongs to a database and is in no dump of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DatabaseProperties {
    /// The role that owns it.
    pub owner: String,
    pub encoding: String,
    /// `libc`, `icu` or `builtin`.
    pub locale_provider: String,
    pub collate: String,
    pub ctype: String,
    /// The locale of another provider than the C library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icu_rules: Option<String>,
    /// The tablespace, unless it is the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// How many sessions there may be; -1 for as many as they like.
    pub connection_limit: i32,
    /// The rights on it; nothing where that is as PostgreSQL has it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<DatabaseGrant>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<DatabaseSetting>,
}

/// One right on a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DatabaseGrant {
    /// The role; nothing for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    pub privilege: String,
    pub grantable: bool,
}

/// One setting that sessions of a database begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DatabaseSetting {
    /// The role of these sessions; nothing for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    pub name: String,
    pub value: String,
}

const FAILED: &str = "read what belongs to the database";

/// Reads it.
pub(super) async fn read(client: &Client) -> Result<Option<DatabaseProperties>, BackupError> {
    read_all(client).await.map_err(BackupError::asked(FAILED))
}

async fn read_all(client: &Client) -> Result<Option<DatabaseProperties>, tokio_postgres::Error> {
    let grant = |row: &Row| {
        let (role, privilege) = (row.try_get("role")?, row.try_get("privilege")?);
        Ok(DatabaseGrant { role, privilege, grantable: row.try_get("grantable")? })
    };
    let setting = |row: &Row| {
        let (role, name) = (row.try_get("role")?, row.try_get("name")?);
        Ok(DatabaseSetting { role, name, value: row.try_get("value")? })
    };
    let rows = client.query_typed(include_str!("sql/database.sql"), &[]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let grants = client.query_typed(include_str!("sql/database_grants.sql"), &[]).await?;
    let grants = grants.iter().map(grant).collect::<Result<_, tokio_postgres::Error>>()?;
    let settings = client.query_typed(include_str!("sql/database_settings.sql"), &[]).await?;
    Ok(Some(DatabaseProperties {
        owner: row.try_get("owner")?,
        encoding: row.try_get("encoding")?,
        locale_provider: row.try_get("locale_provider")?,
        collate: row.try_get("collate")?,
        ctype: row.try_get("ctype")?,
        locale: row.try_get("locale")?,
        icu_rules: row.try_get("icu_rules")?,
        tablespace: row.try_get("tablespace")?,
        connection_limit: row.try_get("connection_limit")?,
        grants: row.try_get::<_, bool>("has_grants")?.then_some(grants),
        settings: settings.iter().map(setting).collect::<Result<_, tokio_postgres::Error>>()?,
    }))
}

/// Makes an empty database with this encoding, these locales and this tablespace, as far as the server has
/// them. Gives in words what it has not. Of a backup that does not say, it is as the cluster has it.
pub(super) async fn make(
    client: &Client,
    name: &Ident,
    owner: Option<&Ident>,
    wanted: Option<&DatabaseProperties>,
) -> Result<Vec<String>, BackupError> {
    let failed = "make a database for it";
    let owned = owner.map(|owner| format!(" OWNER {}", owner.quoted())).unwrap_or_default();
    let plain = format!("CREATE DATABASE {}{owned} TEMPLATE template0", name.quoted());
    let Some(wanted) = wanted else {
        client.batch_execute(&plain).await.map_err(BackupError::asked(failed))?;
        return Ok(Vec::new());
    };
    let mut told = Vec::new();
    let tablespace = match &wanted.tablespace {
        Some(tablespace) if may_use(client, tablespace).await? => {
            format!(" TABLESPACE {}", Ident::from(tablespace.as_str()).quoted())
        }
        Some(tablespace) => {
            told.push(format!(
                "it is not in the tablespace {tablespace}, which is not there or not for this role"
            ));
            String::new()
        }
        None => String::new(),
    };
    let encoding = format!(" ENCODING {}", literal(&wanted.encoding));
    // The same bytes in the same order, else the same bytes.
    let attempts = [wanted.locale_clause(), String::new(), " LOCALE_PROVIDER libc LOCALE 'C'".to_owned()];
    for (number, locale) in attempts.iter().enumerate() {
        let made = client.batch_execute(&format!("{plain}{encoding}{locale}{tablespace}")).await;
        match made {
            Ok(()) if number == 0 => return Ok(told),
            Ok(()) => {
                told.push(format!(
                    "it sorts otherwise: this server has not the locale {} ({})",
                    wanted.locale.as_deref().unwrap_or(&wanted.collate),
                    wanted.locale_provider
                ));
                return Ok(told);
            }
            Err(error) if is_about_locales(&error) && number + 1 < attempts.len() => {}
            Err(error) => return Err(BackupError::asked(failed)(error)),
        }
    }
    Ok(told)
}

fn is_about_locales(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [
            SqlState::INVALID_PARAMETER_VALUE,
            SqlState::FEATURE_NOT_SUPPORTED,
            SqlState::WRONG_OBJECT_TYPE,
            SqlState::UNDEFINED_OBJECT,
            SqlState::SYNTAX_ERROR,
        ]
        .contains(code)
    })
}

async fn may_use(client: &Client, tablespace: &str) -> Result<bool, BackupError> {
    let sql = "SELECT pg_catalog.has_tablespace_privilege(t.oid, 'CREATE') FROM pg_catalog.pg_tablespace t WHERE \
               t.spcname::pg_catalog.text OPERATOR(pg_catalog.=) $1";
    let found = client.query_typed(sql, &[(&tablespace, Type::TEXT)]).await;
    let found = found.map_err(BackupError::asked(FAILED))?;
    found.first().map_or(Ok(false), |row| row.try_get(0)).map_err(BackupError::asked(FAILED))
}

/// Gives a database its settings and rights, as far as this role may. Gives in words what it has not got.
pub(super) async fn apply(
    client: &Client,
    name: &Ident,
    owner: &str,
    wanted: &DatabaseProperties,
) -> Vec<String> {
    let mut told = Vec::new();
    for (what, sql) in wanted.statements(name, owner) {
        if let Err(error) = client.batch_execute(&sql).await {
            let why =
                error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
            told.push(format!("{what}: {why}"));
        }
    }
    told
}

impl DatabaseProperties {
    fn locale_clause(&self) -> String {
        let mut clause = format!(
            " LOCALE_PROVIDER {} LC_COLLATE {} LC_CTYPE {}",
            self.locale_provider,
            literal(&self.collate),
            literal(&self.ctype)
        );
        if let Some(locale) = &self.locale {
            let option = if self.locale_provider == "builtin" { "BUILTIN_LOCALE" } else { "ICU_LOCALE" };
            clause += &format!(" {option} {}", literal(locale));
        }
        clause += &self
            .icu_rules
            .as_ref()
            .map(|rules| format!(" ICU_RULES {}", literal(rules)))
            .unwrap_or_default();
        clause
    }

    /// Each with what it is about. The owner's own rights are the new owner's by themselves.
    fn statements(&self, name: &Ident, owner: &str) -> Vec<(String, String)> {
        let database = name.quoted();
        let mut all = Vec::new();
        for DatabaseSetting { role, name, value } in &self.settings {
            let of = role.as_ref().map(|role| format!(" of {role}")).unwrap_or_default();
            let whose = match role {
                Some(role) => {
                    format!("ALTER ROLE {} IN DATABASE {database}", Ident::from(role.as_str()).quoted())
                }
                None => format!("ALTER DATABASE {database}"),
            };
            all.push((format!("its setting {name}{of}"), format!("{whose} {}", setting::set(name, value))));
        }
        if let Some(grants) = &self.grants {
            let none = format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC");
            all.push(("what everybody may with it".to_owned(), none));
            let others = grants
                .iter()
                .filter(|one| one.role.as_ref().is_none_or(|role| *role != self.owner && role != owner));
            for DatabaseGrant { role, privilege, grantable } in others {
                // It comes from a file, and PostgreSQL's words are letters alone.
                let privilege: String =
                    privilege.chars().filter(|c| c.is_ascii_alphabetic() || *c == ' ').collect();
                let whom =
                    role.as_ref().map_or("PUBLIC".to_owned(), |role| Ident::from(role.as_str()).quoted());
                let more = if *grantable { " WITH GRANT OPTION" } else { "" };
                let told = format!("{privilege} on it for {}", role.as_deref().unwrap_or("everybody"));
                all.push((told, format!("GRANT {privilege} ON DATABASE {database} TO {whom}{more}")));
            }
        }
        if self.connection_limit >= 0 {
            let sql = format!("ALTER DATABASE {database} CONNECTION LIMIT {}", self.connection_limit);
            all.push(("its connection limit".to_owned(), sql));
        }
        all
    }

    /// What was said of the database that is replaced, an empty one, holds before what the backup says.
    pub(super) fn overridden_by(&self, there: &Self) -> Self {
        let is_set_there = |one: &DatabaseSetting| {
            there.settings.iter().any(|other| other.role == one.role && other.name == one.name)
        };
        let saved = self.settings.iter().filter(|one| !is_set_there(one));
        let limit = if there.connection_limit >= 0 { there.connection_limit } else { self.connection_limit };
        Self {
            settings: saved.chain(&there.settings).cloned().collect(),
            grants: there.grants.clone().or_else(|| self.grants.clone()),
            // Whose rights are the owner's.
            owner: if there.grants.is_some() { there.owner.clone() } else { self.owner.clone() },
            connection_limit: limit,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_settings_and_locales_are_said_as_sql() {
        let setting = |role: Option<&str>, name: &str, value: &str| DatabaseSetting {
            role: role.map(str::to_owned),
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let grant = |role: Option<&str>| DatabaseGrant {
            role: role.map(str::to_owned),
            privilege: "CONNECT".to_owned(),
            grantable: false,
        };
        let saved = DatabaseProperties {
            owner: "ana".to_owned(),
            encoding: "UTF8".to_owned(),
            locale_provider: "icu".to_owned(),
            collate: "C".to_owned(),
            ctype: "C".to_owned(),
            locale: Some("de-DE".to_owned()),
            icu_rules: None,
            tablespace: None,
            connection_limit: 7,
            grants: Some(vec![grant(None), grant(Some("ana")), grant(Some("b"))]),
            settings: vec![setting(None, "work_mem", "8MB"), setting(Some("b"), "search_path", "a, \"B\"")],
        };
        assert_eq!(
            saved.locale_clause(),
            " LOCALE_PROVIDER icu LC_COLLATE 'C' LC_CTYPE 'C' ICU_LOCALE 'de-DE'"
        );
        let said: Vec<_> =
            saved.statements(&Ident::from("d"), "new").into_iter().map(|(_, sql)| sql).collect();
        assert_eq!(
            said,
            [
                "ALTER DATABASE \"d\" SET \"work_mem\" TO '8MB'",
                "ALTER ROLE \"b\" IN DATABASE \"d\" SET \"search_path\" TO 'a', 'B'",
                "REVOKE ALL ON DATABASE \"d\" FROM PUBLIC",
                "GRANT CONNECT ON DATABASE \"d\" TO PUBLIC",
                "GRANT CONNECT ON DATABASE \"d\" TO \"b\"",
                "ALTER DATABASE \"d\" CONNECTION LIMIT 7",
            ]
        );
        let there = DatabaseProperties {
            grants: None,
            settings: vec![setting(None, "work_mem", "1MB")],
            connection_limit: -1,
            ..saved.clone()
        };
        let both = saved.overridden_by(&there);
        assert_eq!(both.settings, [saved.settings[1].clone(), there.settings[0].clone()]);
        assert_eq!((both.grants, both.connection_limit), (saved.grants, 7));
    }
}
