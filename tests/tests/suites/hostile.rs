//! Casts, operators and functions that somebody made: our own SQL means what it means without them.

use tenon_tests::{TestServer, World};

/// Every cast between built-in types that PostgreSQL lets a superuser make, as the classic shims do.
const SHIMS: &str = "
    DO $$
    DECLARE
        types text[] := ARRAY['int2', 'int4', 'int8', 'oid', 'text', 'varchar', 'name', 'bool', '\"char\"', 'float4',
            'float8', 'numeric', 'regclass', 'regproc', 'regtype', 'regrole', 'regnamespace', 'timestamp', 'timestamptz',
            'date', 'interval', 'json', 'jsonb', 'uuid', 'bytea', 'xid', 'xid8', 'cid', 'pg_node_tree', 'aclitem'];
        source text;
        target text;
    BEGIN
        FOREACH source IN ARRAY types LOOP
            FOREACH target IN ARRAY types LOOP
                BEGIN
                    EXECUTE format('CREATE CAST (%s AS %s) WITH INOUT AS IMPLICIT', source, target);
                EXCEPTION WHEN OTHERS THEN NULL;
                END;
            END LOOP;
        END LOOP;
    END $$";

/// Operators and functions of other types, in a schema that stands first in everybody's path: better matches
/// than the catalogs' own for whoever names one without its schema, and each of them fails.
const OPERATORS: &str = "
    CREATE SCHEMA trap;
    CREATE FUNCTION trap.fail(name, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
    CREATE FUNCTION trap.fail(name, name) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
    CREATE FUNCTION trap.fail(oid, int4) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
    CREATE FUNCTION trap.fail(oid, oid) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
    CREATE FUNCTION trap.fail(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
    CREATE OPERATOR trap.= (LEFTARG = name, RIGHTARG = text, FUNCTION = trap.fail);
    CREATE OPERATOR trap.= (LEFTARG = name, RIGHTARG = name, FUNCTION = trap.fail);
    CREATE OPERATOR trap.= (LEFTARG = oid, RIGHTARG = int4, FUNCTION = trap.fail);
    CREATE OPERATOR trap.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = trap.fail);
    CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.fail);
    CREATE OPERATOR trap.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.fail);
    CREATE FUNCTION trap.quote_ident(name) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
    CREATE FUNCTION trap.current_setting(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
    CREATE FUNCTION trap.pg_backend_pid() RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END';
    CREATE FUNCTION trap.pg_is_in_recovery() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''trapped''; END'";

/// Goes the whole way: check, plan, heal of what is pending and of what was changed by hand, dry run,
/// rehearsal, the log.
fn goes_the_whole_way(prepare: &str) {
    ["reader", "writer", "keeper"].iter().for_each(|role| TestServer::shared().make_role(role));
    let world = World::with(&["identity", "inventory"]);
    assert_eq!(world.host().heal().word(), "succeeded");
    ["orders", "reporting", "every_kind", "stars"].iter().for_each(|plugin| world.install(plugin));
    world.sql("ALTER TABLE inventory.item ALTER qty DROP DEFAULT");
    world.sql(prepare);
    let run = world.tenon(&["check"]).expect_code(2);
    assert!(run.out.contains("column inventory.item.qty: default differs"), "{}", run.out);
    let consents: Vec<_> = world.host().asked().iter().map(|hazard| format!("--allow={hazard}")).collect();
    let plan: Vec<_> = std::iter::once("plan").chain(consents.iter().map(String::as_str)).collect();
    world.tenon(&plan).expect_code(2);
    world.tenon(&[&plan[..], &["--rehearse"]].concat()).expect_code(2);
    let heal: Vec<_> =
        ["heal", "--yes", "--as", "ops"].into_iter().chain(consents.iter().map(String::as_str)).collect();
    world.tenon(&[&heal[..], &["--dry-run"]].concat()).expect_code(0);
    let findings = world.host().findings();
    let default = findings.iter().find(|finding| finding.object == "column inventory.item.qty").unwrap();
    world.tenon(&[&heal[..], &["--repair", &default.id.to_string()]].concat()).expect_code(0);
    let left = world.host().findings();
    let left: Vec<_> = left
        .iter()
        .filter(|finding| !finding.object.starts_with("cast ") && !finding.object.starts_with("settings"))
        .collect();
    assert_eq!(left, Vec::<&_>::new());
    for command in
        [&["audit", "verify"][..], &["audit", "list"], &["schema", "read"], &["plugin", "lock", "stars"]]
    {
        world.tenon(command).expect_code(0);
    }
}

#[test]
fn implicit_casts_that_somebody_made_between_built_in_types_make_nothing_of_ours_ambiguous() {
    goes_the_whole_way(SHIMS);
}

#[test]
fn operators_and_functions_that_stand_first_in_the_search_path_are_none_of_ours() {
    goes_the_whole_way(&format!(
        "{OPERATORS}; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = trap, pg_catalog, public', current_database()); END $$"
    ));
}
