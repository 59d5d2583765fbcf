//! What a statement does that a borrowed connection is not lent for.
//!
//! Decided on the statement's tokens, so that neither spelling nor comments hide anything, and by what is
//! known to be well: rows are read and written, procedures called, tables locked, listeners notified and
//! temporary tables made. What functions and triggers of the plugin's own do, nobody sees here: those act
//! with the rights of its role.

use std::collections::BTreeSet;

use tenon_schema::Ident;

use super::scan::TokenKind;
use super::words::Words;
use super::{NameRole, Named, Statement, StatementKind, tree};

/// What a borrowed connection is not lent for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beyond {
    /// Changes the schema, rights, roles, or what else outlasts the rows: these are the words it begins with.
    Ddl(String),
    /// Changes a setting that is not the plugin's to change, or for longer than the transaction.
    Setting(String),
    /// Has this function run SQL that is given as text.
    SqlAsText(String),
    /// Spells a name in Unicode escapes, so that it is not seen what it names.
    EscapedName,
    /// Begins with these words, of which nothing is known.
    Unknown(String),
}

/// Functions of PostgreSQL's own that run a text as SQL (manual, chapters 9.13, "Text Search Functions", and
/// 9.15, "XML Functions").
const SQL_AS_TEXT: [&str; 5] =
    ["query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "ts_stat", "ts_rewrite"];

/// What a plugin may set for its transaction: how values are read and printed, how long it waits, how it is
/// planned. Of each group (`enable_seqscan`, `pg_trgm.similarity_threshold`, a name of the application's own)
/// those too that are not named.
const SETTINGS: [&str; 32] = [
    "bytea_output",
    "cpu_index_tuple_cost",
    "cpu_operator_cost",
    "cpu_tuple_cost",
    "cursor_tuple_fraction",
    "datestyle",
    "default_text_search_config",
    "effective_cache_size",
    "extra_float_digits",
    "from_collapse_limit",
    "geqo",
    "gin_fuzzy_search_limit",
    "hash_mem_multiplier",
    "idle_in_transaction_session_timeout",
    "intervalstyle",
    "jit",
    "join_collapse_limit",
    "lc_monetary",
    "lc_numeric",
    "lc_time",
    "lock_timeout",
    "max_parallel_workers_per_gather",
    "plan_cache_mode",
    "random_page_cost",
    "search_path",
    "seq_page_cost",
    "statement_timeout",
    "synchronous_commit",
    "timezone",
    "transaction_timeout",
    "work_mem",
    "xmlbinary",
];

pub(super) fn beyond(statement: &Statement<'_>) -> Option<Beyond> {
    let words = Words::new(statement.sql, &statement.tokens);
    if words.names().any(|(_, name)| is_escaped(name)) {
        return Some(Beyond::EscapedName);
    }
    of_functions(&words).or_else(|| match statement.kind {
        StatementKind::Query | StatementKind::Dml | StatementKind::Ddl => of_rows(&words, statement.kind),
        StatementKind::LocalSetting => of_setting(&words),
        StatementKind::Call | StatementKind::Notify | StatementKind::Lock => None,
        _ => Some(Beyond::Unknown(beginning(&words, 0))),
    })
}

/// A name such as `U&"r\006fle"`.
fn is_escaped(name: &str) -> bool {
    name.ends_with('"') && !name.starts_with('"')
}

/// The first words from there, which say what kind of statement it is.
fn beginning(words: &Words<'_>, at: usize) -> String {
    let first = (at..words.len()).map_while(|at| words.word(at)).take(2);
    first.map(str::to_ascii_uppercase).collect::<Vec<_>>().join(" ")
}

fn of_rows(words: &Words<'_>, kind: StatementKind) -> Option<Beyond> {
    let at = if words.is(0, "explain") { explained(words) } else { 0 };
    if words.is_any(at, &["create", "drop"]) {
        return (!is_temporary(words, at)).then(|| Beyond::Ddl(beginning(words, at)));
    }
    let reads = ["select", "with", "values", "table", "show", "declare", "fetch", "move", "close"];
    let writes = ["insert", "update", "delete", "merge", "truncate"];
    let is_known =
        words.kind(at) == Some(TokenKind::Open) || words.is_any(at, &reads) || words.is_any(at, &writes);
    if !is_known {
        let beginning = beginning(words, at);
        let is_ddl = kind == StatementKind::Ddl;
        return Some(if is_ddl { Beyond::Ddl(beginning) } else { Beyond::Unknown(beginning) });
    }
    // The rule of this view changes settings.
    let is_settings = |(_, name): (usize, &str)| *tree::folded(name).as_str() == *"pg_settings";
    if kind == StatementKind::Dml && words.names().any(is_settings) {
        return Some(Beyond::Setting("by way of pg_settings".to_owned()));
    }
    makes_a_table(words).then(|| Beyond::Ddl("SELECT INTO".to_owned()))
}

/// Where the statement begins that is explained.
fn explained(words: &Words<'_>) -> usize {
    if words.kind(1) == Some(TokenKind::Open) && !words.is_any(2, &["select", "with", "values", "table"]) {
        return words.after_parenthesis(1);
    }
    (1..words.len()).find(|&at| !words.is_any(at, &["analyze", "analyse", "verbose"])).unwrap_or(words.len())
}

/// Whether it is a `SELECT … INTO` that makes another table than a temporary one.
fn makes_a_table(words: &Words<'_>) -> bool {
    let into = |&at: &usize| {
        words.is(at, "into") && !words.labels(at) && !(at > 0 && words.is_any(at - 1, &["insert", "merge"]))
    };
    (0..words.len()).filter(into).any(|at| {
        let at = if words.is_any(at + 1, &["local", "global"]) { at + 2 } else { at + 1 };
        !words.is_any(at, &["temp", "temporary"]) && !is_in_temporary_schema(words, at)
    })
}

/// Whether all that it makes or drops belongs to this session alone.
fn is_temporary(words: &Words<'_>, at: usize) -> bool {
    const KINDS: [&str; 3] = ["table", "view", "sequence"];
    if words.is(at, "drop") {
        let names = after(words, at + 2, &["if", "exists"]);
        return (words.is_any(at + 1, &KINDS) || words.is(at + 1, "index")) && all_temporary(words, names);
    }
    let kind = after(words, at + 1, &["or", "replace"]);
    let kind = if words.is_any(kind, &["local", "global"]) { kind + 1 } else { kind };
    if words.is_any(kind, &["temp", "temporary"]) {
        return words.is_any(after(words, kind + 1, &["recursive"]), &KINDS);
    }
    if words.is(kind, "table") {
        return is_in_temporary_schema(words, after(words, kind + 1, &["if", "not", "exists"]));
    }
    if words.is(after(words, kind, &["unique"]), "index") {
        let on = words.outer().find(|&at| words.is(at, "on") && !words.labels(at));
        return on.is_some_and(|on| is_in_temporary_schema(words, after(words, on + 1, &["only"])));
    }
    false
}

/// Behind these words, if they stand there.
fn after(words: &Words<'_>, at: usize, skipped: &[&str]) -> usize {
    let are_there = skipped.iter().enumerate().all(|(more, word)| words.is(at + more, word));
    if are_there { at + skipped.len() } else { at }
}

/// Whether a name stands there of something in the session's own schema.
fn is_in_temporary_schema(words: &Words<'_>, at: usize) -> bool {
    words.folded(at).is_some_and(|name| name.as_str() == "pg_temp") && words.is_sign(at + 1, ".")
}

/// Whether from there on stands a list of names in it, and nothing but how what depends on them is treated.
fn all_temporary(words: &Words<'_>, mut at: usize) -> bool {
    loop {
        if !(is_in_temporary_schema(words, at) && words.folded(at + 2).is_some()) {
            return false;
        }
        at += 3;
        if !words.is_sign(at, ",") {
            return at == words.len() || words.is(at, "restrict") && at + 1 == words.len();
        }
        at += 1;
    }
}

/// What a plugin that may change its schemas may change in them: no routine, whose rights could be its
/// maker's, and nothing that stands in no schema.
const CHANGEABLE: [&[&str]; 8] = [
    &["table"],
    &["unlogged", "table"],
    &["index"],
    &["unique", "index"],
    &["view"],
    &["materialized", "view"],
    &["sequence"],
    &["type"],
];

/// Why a statement that changes the schema changes more than what stands in these schemas, if it may.
pub(super) fn outside(statement: &Statement<'_>, schemas: &BTreeSet<Ident>) -> Option<String> {
    let words = Words::new(statement.sql, &statement.tokens);
    if ["owner", "tablespace", "extension"].into_iter().any(|word| words.has(word)) {
        return Some("it names an owner, a tablespace or an extension".to_owned());
    }
    let Some(targets) = targets(&words) else {
        return Some(format!("{} is not of what such a route may change", beginning(&words, 0)));
    };
    let stands_there = |at: usize| {
        words.is_sign(at + 1, ".") && words.folded(at).is_some_and(|schema| schemas.contains(&schema))
    };
    if !targets.into_iter().all(stands_there) {
        return Some("what it changes has to be named with a schema of the plugin's own".to_owned());
    }
    let Some(names) = statement.names() else {
        return Some("it is not seen what it names".to_owned());
    };
    let is_outside = |named: &&Named| match (named.role, &named.schema) {
        (NameRole::Schema, _) | (NameRole::Relation, None) => true,
        (_, None) => false,
        (NameRole::Type | NameRole::Routine | NameRole::Call, Some(schema))
            if schema.as_str() == "pg_catalog" =>
        {
            false
        }
        (_, Some(schema)) => !schemas.contains(schema),
    };
    let outside = names.iter().find(is_outside)?;
    Some(match &outside.schema {
        Some(schema) => format!("{schema}.{} does not stand in a schema of the plugin's own", outside.name),
        None => format!("{} is named without a schema of the plugin's own", outside.name),
    })
}

/// Where the names stand of what it makes, changes or drops; `None` if it is not of a kind that is known.
fn targets(words: &Words<'_>) -> Option<Vec<usize>> {
    let kind_at = |at: usize| {
        let kind =
            CHANGEABLE.iter().find(|kind| kind.iter().enumerate().all(|(n, word)| words.is(at + n, word)))?;
        Some((kind.last().copied().unwrap_or_default(), at + kind.len()))
    };
    if words.begins(&["refresh", "materialized", "view"]) {
        return Some(vec![3]);
    }
    if words.begins(&["comment", "on"]) {
        return if words.is(2, "column") { Some(vec![3]) } else { kind_at(2).map(|(_, at)| vec![at]) };
    }
    if words.is(0, "create") {
        let (kind, at) = kind_at(after(words, 1, &["or", "replace"]))?;
        if kind == "index" {
            let on = words.outer().find(|&at| words.is(at, "on") && !words.labels(at))?;
            return Some(vec![after(words, on + 1, &["only"])]);
        }
        return Some(vec![after(words, at, &["if", "not", "exists"])]);
    }
    if words.is(0, "alter") {
        let (_, at) = kind_at(1)?;
        return Some(vec![after(words, after(words, at, &["if", "exists"]), &["only"])]);
    }
    let (_, at) = kind_at(1).filter(|_| words.is(0, "drop"))?;
    let at = after(words, at, &["if", "exists"]);
    let commas = (at..words.len()).filter(|&at| words.is_sign(at, ",")).map(|at| at + 1);
    Some(std::iter::once(at).chain(commas).collect())
}

fn of_setting(words: &Words<'_>) -> Option<Beyond> {
    if words.is(1, "constraints") {
        return None;
    }
    // SET LOCAL name, SET LOCAL a.b, SET LOCAL TIME ZONE.
    let name = match words.folded(2) {
        Some(_) if words.is(2, "time") && words.is(3, "zone") => "timezone".to_owned(),
        Some(name) if words.is_sign(3, ".") => {
            format!(
                "{}.{}",
                name.as_str(),
                words.folded(4).map(|name| name.as_str().to_owned()).unwrap_or_default()
            )
        }
        Some(name) => name.as_str().to_owned(),
        None => beginning(words, 0),
    };
    (!may_set(&name)).then_some(Beyond::Setting(name))
}

/// What the settings of the host's own begin with, by which it says who calls.
pub(super) const OF_HOST: &str = "tenon.";

/// Whether this setting is a plugin's to change for its transaction.
fn may_set(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if name.starts_with(OF_HOST) {
        return false;
    }
    SETTINGS.binary_search(&name.as_str()).is_ok() || name.starts_with("enable_") || name.contains('.')
}

/// What a statement does beyond rows by calls of functions that change settings or run texts.
fn of_functions(words: &Words<'_>) -> Option<Beyond> {
    let calls = words.names().filter(|(at, _)| words.kind(at + 1) == Some(TokenKind::Open));
    let mut found = calls.filter_map(|(at, name)| {
        let name = tree::folded(name);
        match name.as_str() {
            "set_config" => configured(words, at + 1),
            name if SQL_AS_TEXT.contains(&name) => Some(Beyond::SqlAsText(name.to_owned())),
            _ => None,
        }
    });
    found.next()
}

/// What a call of `set_config` does whose parenthesis opens there: the setting has to be named by a text, and
/// to be as it was after the transaction.
fn configured(words: &Words<'_>, open: usize) -> Option<Beyond> {
    let name = words.text(open + 1).and_then(tree::decoded);
    let name = name.filter(|_| words.is_sign(open + 2, ","));
    let Some(name) = name else { return Some(Beyond::Setting("that an expression names".to_owned())) };
    let close = words.after_parenthesis(open).saturating_sub(1);
    let last = close.saturating_sub(1);
    let is_local = last > open + 3 && words.is(last, "true") && words.is_sign(last - 1, ",");
    if !may_set(&name) {
        return Some(Beyond::Setting(name));
    }
    (!is_local).then(|| Beyond::Setting(format!("{name} for longer than the transaction")))
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn told(sql: &str) -> Option<Beyond> {
        let statements = parse(sql).unwrap();
        assert_eq!(statements.len(), 1, "{sql}");
        statements[0].beyond_rows()
    }

    #[test]
    fn settings_are_sorted() {
        assert!(SETTINGS.is_sorted());
    }

    #[test]
    fn what_a_connection_is_lent_for_passes() {
        for sql in [
            "SELECT 1",
            "(SELECT 1) UNION SELECT 2",
            "SELECT a AS into FROM b.c",
            "WITH x AS (INSERT INTO a.b VALUES (1) RETURNING *) SELECT * FROM x",
            "INSERT INTO a.b SELECT * FROM a.c",
            "MERGE INTO a.b USING a.c ON true WHEN MATCHED THEN DELETE",
            "UPDATE a.b SET c = 1",
            "TRUNCATE a.b",
            "VALUES (1)",
            "TABLE a.b",
            "SHOW search_path",
            "SELECT setting FROM pg_settings WHERE name = 'work_mem'",
            "EXPLAIN SELECT 1",
            "EXPLAIN ANALYZE VERBOSE UPDATE a.b SET c = 1",
            "EXPLAIN (ANALYZE, FORMAT json) WITH x AS (SELECT 1) TABLE x",
            "EXPLAIN (SELECT 1)",
            "EXPLAIN CREATE TEMP TABLE x AS SELECT 1",
            "DECLARE c CURSOR FOR SELECT 1",
            "FETCH 10 FROM c",
            "CLOSE c",
            "CALL a.p(1)",
            "LOCK TABLE a.b IN SHARE MODE",
            "NOTIFY shop, 'x'",
            "CREATE TEMP TABLE x (a int) ON COMMIT DROP",
            "CREATE LOCAL TEMPORARY TABLE IF NOT EXISTS x AS SELECT 1",
            "CREATE OR REPLACE TEMP VIEW v AS SELECT 1",
            "CREATE TEMPORARY RECURSIVE VIEW v (a) AS SELECT 1",
            "CREATE TEMP SEQUENCE s",
            "CREATE TABLE \"pg_temp\".x (a int)",
            "CREATE UNIQUE INDEX ON pg_temp.x (a)",
            "SELECT 1 AS a INTO TEMP x",
            "SELECT 1 AS a INTO pg_temp.x",
            "DROP TABLE IF EXISTS pg_temp.x, pg_temp.\"y\"",
            "DROP VIEW pg_temp.v RESTRICT",
            "SET CONSTRAINTS ALL DEFERRED",
            "SET LOCAL statement_timeout = '1s'",
            "SET LOCAL \"search_path\" TO shop",
            "SET LOCAL TIME ZONE 'UTC'",
            "SET LOCAL enable_seqscan = off",
            "SET LOCAL shop.customer = '1'",
            "SELECT set_config('shop.customer', $1, true)",
            "SELECT pg_catalog.set_config('Work_Mem', (SELECT '1MB'), TRUE), 1",
        ] {
            assert_eq!(told(sql), None, "{sql}");
        }
    }

    #[test]
    fn who_calls_is_the_hosts_to_say_in_whatever_spelling() {
        for sql in [
            "SET LOCAL tenon.caller = 'eve'",
            "SET LOCAL \"tenon\".\"caller\" TO 'eve'",
            "SET LOCAL \"tenon.caller\" TO 'eve'",
            "SET LOCAL Tenon . Caller TO DEFAULT",
            "SELECT set_config('tenon.caller', 'eve', true)",
            "SELECT pg_catalog.\"set_config\"('Tenon.Caller', 'eve', true)",
            "WITH x AS (SELECT set_config($$tenon.caller$$, 'eve', true)) SELECT * FROM a.b, x",
            "SELECT set_config('ten' || 'on.caller', 'eve', true)",
            "SELECT set_config($1, 'eve', true)",
            "SELECT set_config(E'tenon\\x2ecaller', 'eve', true)",
            "SELECT set_config(U&'tenon\\002ecaller', 'eve', true)",
            "SELECT set_config(setting_name => 'tenon.caller', new_value => 'eve', is_local => true)",
            "UPDATE pg_settings SET setting = 'eve' WHERE name = 'tenon.caller'",
        ] {
            assert!(matches!(told(sql), Some(Beyond::Setting(_))), "{sql}: {:?}", told(sql));
        }
        for sql in ["SHOW tenon.caller", "SELECT current_setting('tenon.caller', true)"] {
            assert_eq!(told(sql), None, "{sql}");
        }
    }

    #[test]
    fn what_changes_the_schema_or_whatever_outlasts_the_rows_is_told_by_its_words() {
        for (sql, words) in [
            ("DROP TABLE identity.account CASCADE", "DROP TABLE"),
            ("/* SELECT */ dRoP/**/TABLE a.b", "DROP TABLE"),
            ("ALTER ROLE CURRENT_USER PASSWORD 'x'", "ALTER ROLE"),
            ("CREATE TABLE a.b ()", "CREATE TABLE"),
            ("CREATE TABLE temp (a int)", "CREATE TABLE"),
            ("CREATE UNLOGGED TABLE pg_temp.x (a int)", "CREATE UNLOGGED"),
            ("CREATE INDEX ON a.b (pg_temp.f(c))", "CREATE INDEX"),
            ("CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE FUNCTION"),
            ("CREATE OR REPLACE VIEW a.v AS SELECT 1", "CREATE OR"),
            ("CREATE EXTENSION dblink", "CREATE EXTENSION"),
            ("CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION f()", "CREATE EVENT"),
            ("CREATE SERVER s FOREIGN DATA WRAPPER w", "CREATE SERVER"),
            ("DROP TABLE pg_temp.x, a.b", "DROP TABLE"),
            ("DROP TABLE x", "DROP TABLE"),
            ("DROP VIEW pg_temp.v CASCADE", "DROP VIEW"),
            ("DROP OWNED BY CURRENT_USER", "DROP OWNED"),
            ("DROP SCHEMA pg_temp.x", "DROP SCHEMA"),
            ("GRANT ALL ON a.b TO PUBLIC", "GRANT ALL"),
            ("COMMENT ON TABLE a.b IS ''", "COMMENT ON"),
            ("REFRESH MATERIALIZED VIEW a.m", "REFRESH MATERIALIZED"),
            ("SECURITY LABEL ON TABLE a.b IS ''", "SECURITY LABEL"),
            ("EXPLAIN ANALYZE CREATE TABLE a.b AS SELECT 1", "CREATE TABLE"),
            ("EXPLAIN (ANALYZE) CREATE MATERIALIZED VIEW a.b AS SELECT 1", "CREATE MATERIALIZED"),
            ("SELECT 1 AS a INTO a.b", "SELECT INTO"),
            ("SELECT 1 AS a INTO temporarily", "SELECT INTO"),
            ("(SELECT 1 AS a INTO a.b)", "SELECT INTO"),
            ("WITH x AS (SELECT 1) SELECT * INTO UNLOGGED y FROM x", "SELECT INTO"),
            ("EXPLAIN ANALYZE SELECT 1 AS a INTO a.b", "SELECT INTO"),
        ] {
            assert_eq!(told(sql), Some(Beyond::Ddl(words.to_owned())), "{sql}");
        }
    }

    #[test]
    fn of_what_nothing_is_known_is_not_called_well() {
        for (sql, words) in [
            ("ANALYZE a.b", "ANALYZE"),
            ("LOAD '/tmp/x'", "LOAD"),
            ("EXECUTE x", "EXECUTE"),
            ("EXPLAIN ANALYZE EXECUTE x", "EXECUTE"),
            ("CHECKPOINT", "CHECKPOINT"),
            ("REPACK a.b", "REPACK"),
        ] {
            let told = told(sql);
            assert!(
                matches!(&told, Some(Beyond::Unknown(begins)) if begins.starts_with(words)),
                "{sql}: {told:?}"
            );
        }
    }

    #[test]
    fn settings_that_change_who_acts_or_outlive_the_call_are_told_in_whatever_spelling() {
        for (sql, setting) in [
            ("SET LOCAL ROLE postgres", "role"),
            ("SET/**/LOCAL\n\"role\" = postgres", "role"),
            ("SET LOCAL session_replication_role = replica", "session_replication_role"),
            ("SET LOCAL row_security = off", "row_security"),
            ("SELECT set_config('role', 'postgres', true)", "role"),
            ("SELECT \"set_config\" ('ROLE', 'postgres', true)", "ROLE"),
            ("SELECT pg_catalog . set_config($1, 'x', true)", "that an expression names"),
            ("SELECT set_config('ro' || 'le', 'x', true)", "that an expression names"),
            ("SELECT set_config(E'role', 'x', true)", "that an expression names"),
            ("SELECT set_config('search_path', 'x', false)", "search_path for longer than the transaction"),
            ("SELECT set_config('search_path', 'x', $1)", "search_path for longer than the transaction"),
            ("CREATE TEMP TABLE x AS SELECT set_config('role', 'x', true)", "role"),
            ("CALL a.p(set_config('role', 'x', true))", "role"),
            ("UPDATE pg_settings SET setting = 'x' WHERE name = 'role'", "by way of pg_settings"),
            (
                "WITH x AS (UPDATE pg_catalog.\"pg_settings\" SET setting = 'x') SELECT 1",
                "by way of pg_settings",
            ),
        ] {
            assert_eq!(told(sql), Some(Beyond::Setting(setting.to_owned())), "{sql}");
        }
        assert_eq!(told("SELECT U&\"set\\005fconfig\"('role', 'x', true)"), Some(Beyond::EscapedName));
    }

    #[test]
    fn who_may_change_a_schema_changes_that_alone() {
        let schemas = BTreeSet::from([Ident::from("own"), Ident::from("Also Own")]);
        let told = |sql: &str| parse(sql).unwrap()[0].changes_outside(&schemas);
        for sql in [
            "CREATE TABLE own.a (id int PRIMARY KEY, b own.kind, c pg_catalog.text)",
            "CREATE UNLOGGED TABLE IF NOT EXISTS \"Also Own\".a (id int)",
            "ALTER TABLE IF EXISTS ONLY own.a ADD COLUMN c text",
            "CREATE UNIQUE INDEX by_c ON own.a (lower(c))",
            "CREATE OR REPLACE VIEW own.v AS SELECT id FROM own.a",
            "CREATE TYPE own.kind AS ENUM ('a')",
            "DROP TABLE own.a, own.b CASCADE",
            "DROP INDEX IF EXISTS own.by_c",
            "REFRESH MATERIALIZED VIEW own.m",
            "COMMENT ON TABLE own.a IS 'x'",
            "COMMENT ON COLUMN own.a.b IS 'x'",
        ] {
            assert_eq!(told(sql), None, "{sql}");
        }
        for sql in [
            "CREATE TABLE a (id int)",
            "CREATE TABLE other.a (id int)",
            "CREATE TABLE own.a (id int REFERENCES identity.account)",
            "CREATE TABLE own.a AS SELECT * FROM account",
            "DROP TABLE own.a, identity.account",
            "DROP TABLE identity.account CASCADE",
            "DROP TYPE kind",
            "DROP SCHEMA own",
            "ALTER TABLE own.a OWNER TO postgres",
            "ALTER TABLE own.a SET SCHEMA other",
            "ALTER INDEX by_c RENAME TO x",
            "CREATE FUNCTION own.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE TRIGGER t BEFORE INSERT ON own.a EXECUTE FUNCTION own.f()",
            "CREATE EXTENSION dblink SCHEMA own",
            "CREATE ROLE x",
            "ALTER ROLE CURRENT_USER PASSWORD 'x'",
            "GRANT ALL ON own.a TO PUBLIC",
            "ALTER SYSTEM SET work_mem = '1GB'",
            "CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION own.f()",
            "COMMENT ON DATABASE x IS ''",
            "SELECT 1 AS a INTO own.a",
        ] {
            assert!(told(sql).is_some(), "{sql}");
        }
    }

    #[test]
    fn sql_in_a_text_is_not_run_by_functions_of_postgresqls_own() {
        for sql in [
            "SELECT query_to_xml('SELECT set_config(''role'', ''x'', true)', true, true, '')",
            "SELECT * FROM Pg_Catalog.TS_STAT('SELECT 1')",
        ] {
            assert!(matches!(told(sql), Some(Beyond::SqlAsText(_))), "{sql}");
        }
    }
}
