//! The statements that a plugin may send over its borrowed connection.

use std::collections::BTreeSet;
use std::sync::Arc;

use tenon_migrations_core::statements::{self, Beyond, Named, Statement, StatementKind};
use tenon_schema::Ident;

/// Why a plugin's statement is not sent to the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    #[error("the text cannot be split into statements: {0}")]
    Unreadable(String),
    #[error("one statement a call, and this text has {0}")]
    NotOne(usize),
    #[error("the route is declared autocommit: {0}")]
    Autocommit(&'static str),
    #[error("{what} is the host's alone, since {why}")]
    Refused { what: &'static str, why: &'static str },
    #[error(
        "{0} is not what a connection is lent for: a route reads and writes rows, calls procedures, locks tables, notifies and makes temporary tables"
    )]
    Beyond(String),
    #[error("{0} changes more than rows, which migrations do: the route is not declared `ddl(…)`")]
    DdlUndeclared(String),
    #[error(
        "{0} changes more than rows, and the administrator has not allowed that to the plugin: its id is not in `plugins.ddl`"
    )]
    DdlNotAllowed(String),
    #[error("{statement} may change more than the plugin's own: {why}")]
    DdlOutside { statement: String, why: String },
}

/// Whether a route may change its plugin's schemas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SchemaChanges {
    /// The manifest does not declare that the route changes the schema.
    #[default]
    Undeclared,
    /// The manifest declares it, and the administrator has not allowed it.
    NotAllowed,
    /// What stands in these.
    In(Arc<BTreeSet<Ident>>),
}

impl SchemaChanges {
    /// Lets a statement through that [changes the schema](Checked::is_ddl), if the route may send it.
    pub fn check(&self, sql: &str) -> Result<(), GuardError> {
        let statement = the_one(sql)?;
        let begins = match statement.beyond_rows() {
            Some(Beyond::Ddl(begins)) => begins,
            _ => return Ok(()),
        };
        match self {
            Self::Undeclared => Err(GuardError::DdlUndeclared(begins)),
            Self::NotAllowed => Err(GuardError::DdlNotAllowed(begins)),
            Self::In(schemas) => match statement.changes_outside(schemas) {
                Some(why) => Err(GuardError::DdlOutside { statement: begins, why }),
                None => Ok(()),
            },
        }
    }
}

/// What is known of a statement that may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Whether it reads or writes rows, so that a plan is made of it: no cursor, `SHOW`, `EXPLAIN` or
    /// `TRUNCATE`.
    pub is_query: bool,
    /// Whether it is a query, and calls no function but such as leave nothing in the session. What views
    /// and triggers do nobody sees here.
    pub is_plain: bool,
    /// Whether it names `NOTIFY` or `pg_notify`, of which those who listen are told by COMMIT alone. Of what
    /// functions do nobody knows.
    pub may_notify: bool,
    /// Whether it changes the schema, which [few routes may](SchemaChanges::check).
    pub is_ddl: bool,
}

/// Functions of PostgreSQL's own that do nothing but compute, or leave in the session what only they read
/// (`nextval`). Not all there are, but those that applications use.
const PLAIN: [&str; 86] = [
    "abs",
    "age",
    "array_agg",
    "array_append",
    "array_length",
    "array_position",
    "array_remove",
    "array_to_string",
    "avg",
    "bool_and",
    "bool_or",
    "btrim",
    "cardinality",
    "ceil",
    "ceiling",
    "char_length",
    "clock_timestamp",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "currval",
    "date_bin",
    "date_part",
    "date_trunc",
    "decode",
    "dense_rank",
    "encode",
    "every",
    "first_value",
    "floor",
    "format",
    "gen_random_uuid",
    "generate_series",
    "greatest",
    "initcap",
    "json_agg",
    "json_build_array",
    "json_build_object",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_array_elements",
    "jsonb_array_length",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_object_agg",
    "jsonb_set",
    "lag",
    "last_value",
    "lead",
    "least",
    "left",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "max",
    "md5",
    "min",
    "mod",
    "nextval",
    "now",
    "ntile",
    "nullif",
    "power",
    "random",
    "rank",
    "regexp_replace",
    "replace",
    "right",
    "round",
    "row_number",
    "row_to_json",
    "rpad",
    "rtrim",
    "split_part",
    "sqrt",
    "string_agg",
    "sum",
    "to_char",
    "to_date",
    "to_jsonb",
    "to_timestamp",
    "unnest",
];

fn the_one(sql: &str) -> Result<Statement<'_>, GuardError> {
    let statements = statements::parse(sql).map_err(|errors| {
        GuardError::Unreadable(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    })?;
    let count = statements.len();
    <[Statement<'_>; 1]>::try_from(statements)
        .map(|[statement]| statement)
        .map_err(|_| GuardError::NotOne(count))
}

/// Lets through one statement that stays inside the host's transaction and is of those that a connection is
/// lent for, and says what is known of it.
pub fn check(sql: &str) -> Result<Checked, GuardError> {
    let statement = &the_one(sql)?;
    let refused = |what, why| Err(GuardError::Refused { what, why });
    match statement.kind {
        StatementKind::TransactionControl => {
            refused("transaction control", "one call is one transaction; use the connection's savepoints")
        }
        StatementKind::NotInTransaction => {
            refused("this statement", "it cannot run inside the call's transaction")
        }
        StatementKind::SessionChange | StatementKind::StringSyntax => {
            refused("changing the session", "the connection is borrowed and others use it next")
        }
        StatementKind::CopyStdin | StatementKind::CopyServer => {
            refused("COPY", "it needs a client's stream, or the server's files and programs")
        }
        StatementKind::PsqlCommand => refused("a psql command", "psql is not there to run it"),
        StatementKind::Do => refused("DO", "code hidden in a text cannot be checked"),
        StatementKind::Listen => refused("LISTEN", "the connection does not stay with the plugin"),
        StatementKind::LocalSetting
        | StatementKind::Query
        | StatementKind::Dml
        | StatementKind::Ddl
        | StatementKind::Call
        | StatementKind::Notify
        | StatementKind::Lock
        | StatementKind::Other => {
            let is_ddl = match statement.beyond_rows() {
                None => false,
                Some(Beyond::Ddl(_)) => true,
                Some(beyond) => return Err(GuardError::Beyond(told(beyond))),
            };
            let is_query = is_query(statement);
            let is_plain = is_query && is_plain(statement);
            Ok(Checked { is_query, is_plain, may_notify: may_notify(sql), is_ddl })
        }
    }
}

fn is_query(statement: &statements::Statement<'_>) -> bool {
    let words: &[&str] = match statement.kind {
        StatementKind::Query => &["select", "with", "values", "table"],
        StatementKind::Dml => &["insert", "update", "delete", "merge", "with"],
        _ => return false,
    };
    words.iter().any(|word| statement.begins(&[word]))
}

/// Whether a query makes no table and calls plain functions alone.
fn is_plain(statement: &statements::Statement<'_>) -> bool {
    // SELECT INTO makes a table; that of an INSERT behind WITH is not told from it.
    let may_make = statement.kind == StatementKind::Query || statement.begins(&["with"]);
    let makes = may_make && statement.mentions(|word| word.as_str() == "into");
    let is_plain = |named: Named| named.schema.is_none() && PLAIN.binary_search(&named.name.as_str()).is_ok();
    !makes && statement.calls().is_some_and(|calls| calls.into_iter().all(is_plain))
}

fn may_notify(sql: &str) -> bool {
    const WORD: &[u8] = b"notify";
    sql.as_bytes().windows(WORD.len()).any(|word| word.eq_ignore_ascii_case(WORD))
}

fn told(beyond: Beyond) -> String {
    match beyond {
        Beyond::Ddl(begins) | Beyond::Unknown(begins) => begins,
        Beyond::Setting(name) => format!("changing the setting {name}"),
        Beyond::SqlAsText(function) => format!("running a text as SQL ({function})"),
        Beyond::EscapedName => "a name in Unicode escapes".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_statements_pass() {
        for sql in [
            "SELECT 1",
            "SELECT 1;",
            "INSERT INTO a.b VALUES ($1) RETURNING id",
            "TABLE a.b",
            "/* x */ select 1",
        ] {
            assert!(check(sql).is_ok(), "{sql}");
        }
    }

    #[test]
    fn plain_is_what_leaves_nothing_behind_that_can_be_seen() {
        assert!(PLAIN.is_sorted());
        for (sql, plain) in [
            ("SELECT id, lower(name) FROM a.b WHERE c = $1", true),
            ("INSERT INTO a.b (c) VALUES ($1) ON CONFLICT (c) DO UPDATE SET d = now() RETURNING id", true),
            ("WITH x AS (DELETE FROM a.b RETURNING *) SELECT count(*) FROM x", true),
            ("SELECT pg_advisory_lock(1)", false),
            ("SELECT a.b FROM c ORDER BY set_config('search_path', 'x', false)", false),
            ("SELECT shop.lower(name) FROM a.b", false),
            ("SELECT 1 INTO TEMP x", false),
            ("WITH x AS (DELETE FROM a.b RETURNING *) SELECT * INTO TEMP y FROM x", false),
            ("INSERT INTO a.b SELECT * FROM shop.f()", false),
            ("DECLARE c CURSOR WITH HOLD FOR SELECT 1", false),
            ("EXPLAIN ANALYZE SELECT shop.f()", false),
            ("CREATE TEMP TABLE x (a int)", false),
            ("SELECT this is no SQL at all (", false),
        ] {
            assert_eq!(check(sql).is_ok_and(|checked| checked.is_plain), plain, "{sql}");
        }
    }

    #[test]
    fn what_names_notify_in_any_way_may_do_it() {
        for (sql, may) in [
            ("NOTIFY shop", true),
            ("SELECT pg_Notify('shop', $1)", true),
            ("SELECT id FROM notice", false),
            ("", false),
        ] {
            assert_eq!(may_notify(sql), may, "{sql}");
        }
    }

    #[test]
    fn whatever_would_leave_the_calls_transaction_is_refused() {
        for sql in [
            "COMMIT",
            "/* hidden */ cOmMiT",
            "ROLLBACK",
            "BEGIN",
            "SAVEPOINT x",
            "SET search_path = x",
            "SET ROLE postgres",
            "SET LOCAL ROLE postgres",
            "RESET ALL",
            "DISCARD ALL",
            "VACUUM",
            "LISTEN x",
            "DO $$ BEGIN END $$",
            "COPY a.b FROM PROGRAM 'id'",
            "COPY a.b FROM STDIN",
            "SELECT 1; COMMIT",
            "",
        ] {
            assert!(check(sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn the_schema_is_changed_by_routes_that_are_declared_and_allowed_to_and_nowhere_else() {
        let own = SchemaChanges::In(Arc::new(BTreeSet::from([Ident::from("shop")])));
        for (sql, told) in [
            ("ALTER TABLE shop.item ADD note text", ""),
            ("SELECT 1", ""),
            ("DROP TABLE identity.account CASCADE", "has to be named with a schema of the plugin's own"),
            ("ALTER ROLE CURRENT_USER PASSWORD 'x'", "ALTER ROLE is not of what such a route may change"),
        ] {
            let checked = check(sql).unwrap();
            assert_eq!(checked.is_ddl, sql != "SELECT 1", "{sql}");
            let said = |changes: &SchemaChanges| changes.check(sql).err().map(|error| error.to_string());
            let of_own = said(&own).unwrap_or_default();
            assert!(of_own.contains(told) && of_own.is_empty() == told.is_empty(), "{sql}: {of_own}");
            if checked.is_ddl {
                let undeclared = said(&SchemaChanges::Undeclared).unwrap();
                assert!(undeclared.contains("not declared `ddl(…)`"), "{undeclared}");
                assert!(said(&SchemaChanges::NotAllowed).unwrap().contains("`plugins.ddl`"));
            }
        }
    }

    #[test]
    fn what_is_not_known_to_be_well_is_refused() {
        for (sql, told) in [
            ("SET LOCAL \"role\" = postgres", "changing the setting role"),
            ("SELECT set_config('role', 'postgres', true)", "changing the setting role"),
            ("ANALYZE a.b", "ANALYZE"),
            ("SELECT query_to_xml('SELECT 1', true, true, '')", "running a text as SQL (query_to_xml)"),
        ] {
            let error = check(sql).unwrap_err().to_string();
            assert!(
                error.starts_with(told) && error.contains("not what a connection is lent for"),
                "{error}"
            );
        }
    }
}
