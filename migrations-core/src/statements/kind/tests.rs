use super::StatementKind::{self, *};
use crate::statements::parse;

fn kind(sql: &str) -> StatementKind {
    let statements = parse(sql).unwrap();
    assert_eq!(statements.len(), 1, "{sql}");
    statements[0].kind
}

fn all_are(wanted: StatementKind, statements: &[&str]) {
    for sql in statements {
        assert_eq!(kind(sql), wanted, "{sql}");
    }
}

#[test]
fn transaction_control_is_recognised_in_every_spelling() {
    all_are(
        TransactionControl,
        &[
            "BEGIN",
            "begin work",
            "START TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "COMMIT",
            "commit/**/and chain",
            "COMMIT PREPARED 'x'",
            "END",
            "ROLLBACK",
            "ROLLBACK TO SAVEPOINT a",
            "ABORT",
            "SAVEPOINT a",
            "RELEASE SAVEPOINT a",
            "PREPARE TRANSACTION 'x'",
            "SET TRANSACTION READ ONLY",
            "SET LOCAL TRANSACTION READ ONLY",
            "SET LOCAL transaction_read_only = on",
            "SET LOCAL \"transaction_isolation\" = 'serializable'",
            "/* a */ -- b\n /* c /* d */ */ COMMIT",
        ],
    );
}

#[test]
fn statements_that_postgresql_refuses_in_a_transaction_are_recognised() {
    all_are(
        NotInTransaction,
        &[
            "CREATE INDEX CONCURRENTLY ON t (a)",
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
            "DROP INDEX CONCURRENTLY i",
            "REINDEX INDEX CONCURRENTLY i",
            "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
            "REINDEX SCHEMA s",
            "REINDEX (VERBOSE) DATABASE d",
            "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
            "VACUUM",
            "VACUUM (FULL) t",
            "ALTER SYSTEM SET work_mem = '1MB'",
            "CREATE DATABASE d",
            "DROP DATABASE d",
            "ALTER DATABASE d SET TABLESPACE x",
            "CREATE TABLESPACE x LOCATION '/x'",
            "DROP TABLESPACE x",
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p",
            "DROP SUBSCRIPTION s",
            "CLUSTER",
            "CLUSTER (VERBOSE)",
            "DISCARD ALL",
        ],
    );
}

#[test]
fn their_harmless_siblings_are_let_through() {
    all_are(
        Ddl,
        &[
            "CREATE INDEX concurrently_made ON t (a)",
            "CREATE INDEX \"concurrently\" ON t (a)",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "REINDEX TABLE t",
            "REINDEX (CONCURRENTLY false) TABLE t",
            "ALTER TABLE t DETACH PARTITION p",
            "ALTER TABLE t ADD COLUMN \"concurrently\" int",
            "ALTER DATABASE d SET work_mem = '1MB'",
            "CLUSTER t USING i",
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = false)",
            "CREATE TABLE vacuum (id int)",
        ],
    );
}

#[test]
fn what_outlasts_the_transaction_is_a_session_change() {
    all_are(
        SessionChange,
        &[
            "SET search_path = ''",
            "SET SESSION work_mem = '1MB'",
            "SET ROLE r",
            "SET SESSION AUTHORIZATION u",
            "SET LOCAL SESSION AUTHORIZATION u",
            "SET TIME ZONE 'UTC'",
            "RESET ALL",
            "RESET ROLE",
            "DISCARD PLANS",
            "PREPARE p AS SELECT 1",
            "DEALLOCATE ALL",
            "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        ],
    );
    all_are(
        LocalSetting,
        &["SET LOCAL search_path = ''", "SET LOCAL ROLE r", "SET CONSTRAINTS ALL IMMEDIATE"],
    );
    all_are(
        StringSyntax,
        &["SET LOCAL standard_conforming_strings = off", "SET Standard_Conforming_Strings TO on"],
    );
}

#[test]
fn copy_is_told_apart_by_its_other_end() {
    all_are(
        CopyStdin,
        &["COPY t FROM STDIN", "copy t (a, b) from stdin with (format csv)", "COPY (SELECT 1) TO STDOUT"],
    );
    all_are(
        CopyServer,
        &["COPY t FROM '/x'", "COPY t FROM PROGRAM 'ls'", "COPY (SELECT a FROM stdin) TO '/x'"],
    );
}

#[test]
fn a_with_that_writes_anywhere_is_not_a_query() {
    all_are(
        Dml,
        &[
            "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
            "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a",
            "with recursive a as not materialized (select 1), b as (update t set x = 1) table b",
            "EXPLAIN ANALYZE DELETE FROM t",
            "TRUNCATE t",
        ],
    );
    all_are(
        Query,
        &[
            "SELECT 1",
            "(SELECT 1) UNION (SELECT 2)",
            "VALUES (1)",
            "TABLE t",
            "SELECT * FROM t FOR UPDATE",
            "WITH a AS (SELECT 1) SELECT * FROM a FOR UPDATE",
            "WITH update AS (SELECT 1) SELECT * FROM update",
            "SHOW ALL",
            "EXPLAIN SELECT 1",
            "FETCH ALL FROM c",
        ],
    );
    all_are(Ddl, &["SELECT 1 AS a INTO t"]);
}

#[test]
fn the_rest_is_named_by_its_first_word() {
    all_are(Do, &["DO $$ BEGIN COMMIT; END $$"]);
    all_are(Call, &["CALL p(1)"]);
    all_are(Listen, &["LISTEN c", "UNLISTEN *"]);
    all_are(Notify, &["NOTIFY c, 'x'"]);
    all_are(Lock, &["LOCK TABLE t IN SHARE MODE"]);
    all_are(Other, &["ANALYZE t", "CHECKPOINT", "FROBNICATE t"]);
    all_are(PsqlCommand, &["\\set ON_ERROR_STOP on"]);
}
