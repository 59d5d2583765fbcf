//! Statements that name something without its schema: they are seen to run only since `public` is looked
//! through.
//!
//! Each statement is first tried where nothing but the system's own is found by a bare name. PostgreSQL
//! itself then says which name it misses, in whatever kind of statement, also in the body of a routine that
//! it looks into.

use std::collections::BTreeSet;
use std::convert::Infallible;

use tenon_migrations_core::migration::{MigrationId, PluginId, PluginMigration};
use tenon_migrations_core::plan::{PlanRule, Refusal};
use tenon_migrations_core::statements::{NameRole, Statement};
use tenon_schema::Ident;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use crate::database::migration_session::{
    MigrationError, MigrationObserver, NoRequest, PreparedReset, Turn, Where,
};
use crate::database::unavailable::DbFailure;

/// What was found so far in the migrations of one plugin.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    client: &'a Client,
    plugin: &'a PluginId,
    migration: Option<MigrationId>,
    /// The path with which it began.
    path: String,
    pub(crate) found: Vec<Refusal>,
}

impl MigrationObserver for Names<'_> {
    type Error = MigrationError;
    type Request = NoRequest;

    const STEP_BY_STEP: bool = true;

    async fn turn(
        &mut self,
        of: Where<'_>,
        statement: &Statement<'_>,
        _reset: &PreparedReset,
    ) -> Result<Turn, MigrationError> {
        if of.migration.id.plugin != *self.plugin {
            return Ok(Turn::Run);
        }
        let failed = |source| MigrationError::in_statement(of.migration, of.statement, source);
        self.run(of.migration, statement).await.map_err(failed)?;
        Ok(Turn::Ran)
    }

    fn answered(&mut self, answer: Infallible) -> Result<(), MigrationError> {
        match answer {}
    }
}

impl<'a> Names<'a> {
    pub(crate) fn new(client: &'a Client, plugin: &'a PluginId) -> Self {
        Self { client, plugin, migration: None, path: String::new(), found: Vec::new() }
    }

    /// Runs a statement, and tells if it needs a name to be looked for. Where the file has set a path of its
    /// own, that is what its author means.
    async fn run(&mut self, migration: &PluginMigration, statement: &Statement<'_>) -> Result<(), Error> {
        if self.migration.as_ref() != Some(&migration.id) {
            // The session is as the migration finds it.
            (self.migration, self.path) = (Some(migration.id.clone()), self.path_now().await?);
        }
        if self.path_now().await? != self.path {
            return self.client.execute_typed(statement.text(), &[]).await.map(drop);
        }
        self.client.batch_execute("SAVEPOINT tenon_names; SET LOCAL search_path = ''").await?;
        match self.client.execute_typed(statement.text(), &[]).await {
            Ok(_) => {
                self.client.batch_execute("RELEASE SAVEPOINT tenon_names").await?;
                let name = match self.passed_over(statement).await? {
                    None => self.in_body(statement).await?,
                    name => name,
                };
                if let Some(name) = name {
                    let why = format!("{name} has no schema");
                    self.found.push(refusal(migration, statement, None, &why));
                }
                // Unless the statement has set another.
                if self.path_now().await?.chars().all(|c| c == '"' || c == ' ') {
                    self.set_path().await?;
                }
            }
            Err(error) => {
                self.client.batch_execute("ROLLBACK TO SAVEPOINT tenon_names").await?;
                let before = self.landed().await?;
                self.client.execute_typed(statement.text(), &[]).await?;
                self.client.batch_execute("RELEASE SAVEPOINT tenon_names").await?;
                let lands = self.landed().await? > before;
                let said = DbFailure::find(&error);
                let sqlstate = said.as_ref().map(|said| said.sqlstate.as_str()).unwrap_or_default();
                if lands || !self.is_of_extensions(statement, sqlstate).await? {
                    let position = said.as_ref().and_then(|said| said.position);
                    let why = said.map_or_else(|| error.to_string(), |said| said.message);
                    self.found.push(refusal(migration, statement, position, &why));
                }
            }
        }
        Ok(())
    }

    async fn path_now(&self) -> Result<String, Error> {
        let row =
            self.client.query_typed_one("SELECT pg_catalog.current_setting('search_path')", &[]).await?;
        row.try_get(0)
    }

    async fn set_path(&self) -> Result<(), Error> {
        let sql = "SELECT pg_catalog.set_config('search_path', $1, true)";
        self.client.query_typed(sql, &[(&self.path, Type::TEXT)]).await.map(drop)
    }

    /// How much of nobody's but the migrations' is in the schemas that bare names lead to.
    async fn landed(&self) -> Result<i64, Error> {
        self.client.query_typed_one(include_str!("sql/landed.sql"), &[]).await?.try_get(0)
    }

    /// Whether what has no schema, and is missed with this SQLSTATE, comes with an extension, which stands
    /// wherever the administrator put it.
    async fn is_of_extensions(&self, statement: &Statement<'_>, sqlstate: &str) -> Result<bool, Error> {
        if statement.begins(&["create", "extension"]) {
            return Ok(true);
        }
        let rows = self.client.query_typed(include_str!("sql/members.sql"), &[]).await?;
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for row in &rows {
            if row.try_get::<_, &str>("sqlstate")? == sqlstate {
                names.insert(row.try_get("name")?);
            }
        }
        let is_word = |name: &str| name.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let operators = names.iter().filter(|name| !is_word(name));
        Ok(statement.mentions(|word: &Ident| names.contains(word.as_str()))
            || operators.clone().any(|operator| statement.text().contains(operator)))
    }

    /// A relation that the body of a routine without a path of its own names without a schema: it will be
    /// looked for when the routine runs.
    async fn in_body(&self, statement: &Statement<'_>) -> Result<Option<Ident>, Error> {
        let says = |word: &str| statement.mentions(|one| one.as_str() == word);
        let routine = statement.begins(&["create"]) && (says("function") || says("procedure"));
        if !routine || says("search_path") {
            return Ok(None);
        }
        let bare = statement.names().unwrap_or_default().into_iter();
        for named in bare.filter(|named| named.schema.is_none() && named.role == NameRole::Relation) {
            let name = [(&named.name.as_str() as _, Type::TEXT)];
            let row = self.client.query_typed_one(include_str!("sql/is_relation.sql"), &name).await?;
            if row.try_get(0)? {
                return Ok(Some(named.name));
            }
        }
        Ok(None)
    }

    /// What a statement that passes over what is not there names without a schema.
    async fn passed_over(&self, statement: &Statement<'_>) -> Result<Option<Ident>, Error> {
        let may = statement.begins(&["drop"]) || statement.begins(&["alter"]);
        if !may || !statement.mentions(|word| word.as_str() == "exists") {
            return Ok(None);
        }
        // Of these the parser does not say in which space of names they are.
        let others = ["index", "collation", "statistics", "domain", "aggregate", "routine"];
        let other = others.into_iter().any(|kind| statement.begins(&["drop", kind]));
        let bare = statement.names().unwrap_or_default().into_iter().filter(|named| {
            let counts = matches!(named.role, NameRole::Relation | NameRole::Type | NameRole::Routine);
            named.schema.is_none() && (counts || other)
        });
        for named in bare {
            let known = [(&named.name.quoted() as _, Type::TEXT)];
            let row = self.client.query_typed_one(include_str!("sql/known_bare.sql"), &known).await?;
            if !row.try_get::<_, bool>(0)? {
                return Ok(Some(named.name));
            }
        }
        Ok(None)
    }
}

fn refusal(
    migration: &PluginMigration,
    statement: &Statement<'_>,
    position: Option<u32>,
    why: &str,
) -> Refusal {
    let place = position.map_or(statement.position, |position| statement.locate(position));
    Refusal {
        plugin: Some(migration.id.plugin.clone()),
        rule: PlanRule::UnqualifiedName,
        place: format!("{}:{}:{}", migration.id, place.line, place.column),
        excerpt: statement.excerpt(),
        reason: format!(
            "it names something without its schema, which is then looked for or made in public ({why})"
        ),
        remedy: "write the schema before every name, such as inventory.item".to_owned(),
        allow: None,
    }
}
