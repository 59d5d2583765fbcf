//! Wherever a setting is changed, of the server, of a database or of a role: what is read is the same, and
//! what a migration means.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use tenon_host::database::settings::{SETTINGS, Shapes, Verdict};
use tenon_host::heal::HealOutcome;
use tenon_migrations_core::health::Status;
use tenon_tests::mutate::SchemaSource;
use tenon_tests::{OwnServer, Role, TestDatabase, TestServer, World, artifacts};

use crate::corpus::split;

/// A value of each setting that is pinned or required which is not the usual one, with the first major that
/// knows it.
const OTHERWISE: [(&str, i32, &str); 38] = [
    ("TimeZone", 15, "Europe/Berlin"),
    ("DateStyle", 15, "SQL, DMY"),
    ("IntervalStyle", 15, "sql_standard"),
    ("bytea_output", 15, "escape"),
    ("extra_float_digits", 15, "-5"),
    ("lc_monetary", 15, "C.UTF-8"),
    ("lc_numeric", 15, "C.UTF-8"),
    ("lc_time", 15, "C.UTF-8"),
    ("client_encoding", 15, "LATIN1"),
    ("quote_all_identifiers", 15, "on"),
    ("standard_conforming_strings", 15, "off"),
    ("log_parameter_max_length_on_error", 15, "-1"),
    ("jit", 15, "on"),
    ("array_nulls", 15, "off"),
    ("backslash_quote", 15, "on"),
    ("transform_null_equals", 15, "on"),
    ("timezone_abbreviations", 15, "India"),
    ("xmloption", 15, "document"),
    ("xmlbinary", 15, "hex"),
    ("default_text_search_config", 15, "pg_catalog.german"),
    ("default_tablespace", 15, "pg_global"),
    ("check_function_bodies", 15, "off"),
    ("password_encryption", 15, "md5"),
    ("gin_fuzzy_search_limit", 15, "1"),
    ("synchronize_seqscans", 15, "on"),
    ("exit_on_error", 15, "on"),
    ("plpgsql.check_asserts", 15, "off"),
    ("plpgsql.extra_errors", 15, "all"),
    ("restrict_nonsystem_relation_kind", 15, "view"),
    ("createrole_self_grant", 16, "set"),
    ("icu_validation_level", 16, "error"),
    ("transaction_timeout", 17, "1min"),
    ("session_replication_role", 15, "replica"),
    ("event_triggers", 17, "off"),
    ("plpgsql.variable_conflict", 15, "use_column"),
    ("allow_system_table_mods", 15, "on"),
    ("zero_damaged_pages", 15, "on"),
    ("lo_compat_privileges", 15, "on"),
];

/// The settings of which there is no other value to try: PostgreSQL has one access method of its own, and
/// what remains can be changed neither for a database nor for a role.
const NOT_TRIED: [&str; 3] =
    ["default_table_access_method", "ignore_system_indexes", "ignore_checksum_failure"];

/// All of these that this server knows.
fn otherwise(on: &On) -> Vec<(&'static str, &'static str)> {
    let major: i32 =
        on.sql("postgres", "SELECT current_setting('server_version_num')::int / 10000").parse().unwrap();
    let known = OTHERWISE.iter().filter(|(_, since, _)| *since <= major);
    known.map(|(name, _, value)| (*name, *value)).collect()
}

/// Where settings are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Server,
    Database,
    Role,
}

/// A server of which databases are made and dumped.
enum On {
    Shared,
    Own(OwnServer),
}

impl On {
    fn program(&self, name: &str) -> Command {
        match self {
            Self::Shared => TestServer::shared().program(name),
            Self::Own(server) => server.program(name),
        }
    }

    fn psql(&self, database: &str) -> Command {
        match self {
            Self::Shared => TestServer::shared().psql(database),
            Self::Own(server) => server.command(database),
        }
    }

    fn url(&self, database: &str) -> String {
        match self {
            Self::Shared => TestServer::shared().url(database),
            Self::Own(server) => server.url(database),
        }
    }

    fn sql(&self, database: &str, sql: &str) -> String {
        let output = self.psql(database).args(["-c", sql]).output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Makes a role, which may be there for another test.
    fn make_role(&self, name: &str) {
        let made = format!("CREATE ROLE {name}");
        let _ = self.psql("postgres").args(["-c", &made]).output();
    }

    fn restore(&self, from: &str, to: &str) {
        self.sql("postgres", &format!("CREATE DATABASE {to}"));
        let dump = self.program("pg_dump").args(["--dbname", from]).output().unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), dump.stdout).unwrap();
        let mut psql = self.psql(to);
        // What restores has to get through where the server's own settings keep it from that.
        psql.env("PGOPTIONS", "-c exit_on_error=off -c default_tablespace=");
        let output = psql.arg("-f").arg(file.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Changes these settings at that place, for the database and the role.
fn change(on: &On, place: Place, database: &str, role: &str, settings: &[(&str, &str)]) {
    for (name, value) in settings {
        let set = format!("SET {name} = '{value}'");
        match place {
            Place::Nowhere => {}
            // Those of a language only where it is loaded.
            Place::Server if name.contains('.') => {}
            Place::Server => drop(on.sql("postgres", &format!("ALTER SYSTEM {set}"))),
            Place::Database => drop(on.sql("postgres", &format!("ALTER DATABASE {database} {set}"))),
            Place::Role => drop(on.sql("postgres", &format!("ALTER ROLE {role} {set}"))),
        }
    }
    if place == Place::Server {
        on.sql("postgres", "SELECT pg_reload_conf()");
    }
}

/// The samples, a plugin with every kind of object, and two schemas of others.
fn install(on: &On, world: &World) {
    ["reader", "writer", "keeper"].iter().for_each(|role| on.make_role(role));
    for plugin in ["identity", "inventory", "orders", "reporting", "every_kind", "calendar"] {
        world.install(plugin);
    }
    let corpus = SchemaSource::corpus().into_iter();
    for (number, source) in
        corpus.filter(|source| ["pagila", "temporal"].contains(&source.name.as_str())).enumerate()
    {
        source.roles().iter().for_each(|role| on.make_role(role));
        let id = format!("brings_{number:02}");
        world.write_library(&format!("lib{id}.so"), &artifacts::bringing(&id, &split(&source)));
    }
}

/// What a heal stored of each plugin, and what the whole database reads like.
#[derive(Debug, PartialEq, Eq)]
struct Stored {
    readings: String,
    whole: String,
}

impl Stored {
    /// Byte by byte.
    fn has_to_be(&self, plain: &Self, what: &str) {
        for (ours, plain) in [(&self.readings, &plain.readings), (&self.whole, &plain.whole)] {
            let differs = ours.bytes().zip(plain.bytes()).position(|(one, other)| one != other);
            let near = |text: &str| {
                text.chars().skip(differs.unwrap_or(0).saturating_sub(200)).take(400).collect::<String>()
            };
            assert!(ours == plain, "{what}: what is stored differs:\n{}\n{}", near(ours), near(plain));
        }
    }
}

/// Heals, checks, restores and checks where these settings are changed, and gives all that the heal stored
/// but the settings themselves, which it tells of, and what the whole database reads like.
fn stored(on: &On, place: Place, settings: &[(&str, &str)]) -> Stored {
    let world = World::with(&[]);
    install(on, &world);
    let name = &world.database.name;
    let (database, restored) = (format!("{name}_cell"), format!("{name}_back"));
    // One for all cells of a test, since what is read says who owns what.
    let role = format!("settings_{}", std::process::id());
    on.sql("postgres", &format!("CREATE DATABASE {database}"));
    on.sql("postgres", &format!("CREATE ROLE {role} LOGIN SUPERUSER"));
    change(on, place, &database, &role, settings);
    let url = |database: &str| on.url(database).replacen("harness@", &format!("{role}@"), 1);
    world.set_url(&url(&database));
    let outcome = world.host().heal_consenting();
    assert!(matches!(outcome, HealOutcome::Succeeded { .. }), "{place:?} {settings:?}: {outcome:#?}");
    let healthy = |what: &str| {
        let report = world.host().check();
        let findings: Vec<_> = report.findings().filter(|finding| !is_of_settings(&finding.object)).collect();
        assert_eq!(findings, Vec::<&_>::new(), "{place:?} {settings:?}, {what}");
        if place != Place::Database && place != Place::Role {
            assert_eq!(report.status, Status::Healthy);
        }
    };
    healthy("healed");
    // The core's reading also says which settings the heal found.
    let readings =
        "SELECT plugin || ' ' || objects FROM tenon.reading WHERE plugin <> 'core' ORDER BY plugin";
    let readings = on.sql(&database, readings);
    let mut whole = world.tenon(&["schema", "read", "--json"]).expect_code(0).json();
    without_settings(&mut whole);
    on.restore(&database, &restored);
    change(on, place, &restored, &role, settings);
    world.set_url(&url(&restored));
    healthy("restored");
    for database in [&database, &restored] {
        on.sql("postgres", &format!("DROP DATABASE {database} WITH (FORCE)"));
    }
    on.sql("postgres", &format!("DROP ROLE {role}"));
    Stored { readings, whole: serde_json::to_string_pretty(&whole).unwrap() }
}

/// Takes out what is read of settings.
fn without_settings(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|item| item["kind"] != "settings");
            items.iter_mut().for_each(without_settings);
        }
        Value::Object(fields) => fields.values_mut().for_each(without_settings),
        _ => {}
    }
}

/// A change of a setting that no heal accepts is told.
fn is_of_settings(object: &str) -> bool {
    object.starts_with("settings")
}

#[test]
fn every_setting_of_this_server_has_a_verdict_and_every_verdict_is_of_a_setting() {
    let database = TestDatabase::new();
    let major = i32::try_from(database.major()).unwrap();
    let there = database.sql(
        "DO $$ BEGIN END $$;
         SELECT name FROM pg_settings WHERE name !~ '\\.' OR name ~ '^plpgsql\\.' ORDER BY name",
    );
    let there: BTreeSet<&str> = there.lines().collect();
    let known: BTreeSet<_> = SETTINGS
        .iter()
        .filter(|setting| setting.majors.contains(&major))
        .map(|setting| setting.name)
        .collect();
    let unknown: Vec<_> = there.difference(&known).collect();
    assert!(unknown.is_empty(), "without a verdict on PostgreSQL {major}: {unknown:?}");
    let guarded = SETTINGS.iter().filter(|setting| setting.verdict != Verdict::Irrelevant);
    let guarded = guarded.filter(|setting| setting.majors.contains(&major)).map(|setting| setting.name);
    let gone: Vec<_> = guarded.filter(|name| !there.contains(name)).collect();
    assert!(gone.is_empty(), "pinned and not there on PostgreSQL {major}: {gone:?}");
}

#[test]
fn each_setting_that_is_guarded_is_tried_at_another_value() {
    let guarded: BTreeSet<_> = SETTINGS
        .iter()
        .filter(|setting| setting.verdict != Verdict::Irrelevant)
        .map(|setting| setting.name)
        .collect();
    let tried: BTreeSet<_> = OTHERWISE.iter().map(|(name, ..)| *name).chain(NOT_TRIED).collect();
    assert_eq!(guarded, tried);
}

#[test]
fn all_settings_changed_at_once_for_server_database_or_role_change_nothing_that_is_read_or_made() {
    let plain = stored(&On::Shared, Place::Nowhere, &[]);
    for place in [Place::Database, Place::Role] {
        assert!(
            stored(&On::Shared, place, &otherwise(&On::Shared)) == plain,
            "{place:?}: what is stored differs"
        );
    }
    let own = On::Own(OwnServer::start());
    let plain = stored(&own, Place::Nowhere, &[]);
    stored(&own, Place::Server, &otherwise(&own)).has_to_be(&plain, "server");
}

/// One after another, in the long form (`TENON_LONG=1`) at each place.
#[test]
fn each_setting_changed_by_itself_changes_nothing_that_is_read_or_made() {
    let long = tenon_tests::is_long();
    let plain = stored(&On::Shared, Place::Nowhere, &[]);
    let places = if long { vec![Place::Database, Place::Role] } else { vec![Place::Role] };
    let shapes_text = |name: &str| {
        let setting = SETTINGS.iter().find(|setting| setting.name == name);
        setting.is_some_and(|setting| matches!(setting.verdict, Verdict::Pinned { shapes: Shapes::Text, .. }))
    };
    let changed = otherwise(&On::Shared).into_iter().filter(|(name, _)| long || shapes_text(name));
    for (name, value) in tenon_tests::some_of(changed, 4) {
        for place in &places {
            stored(&On::Shared, *place, &[(name, value)]).has_to_be(&plain, name);
        }
    }
}

#[test]
fn a_setting_that_switches_constraints_off_and_that_the_role_may_not_change_refuses_the_heal_before_it_runs()
{
    let world = World::with(&["inventory"]);
    let role = Role::new(&world, "healing");
    let name = &world.database.name;
    world.sql(&format!("GRANT CREATE ON DATABASE {name} TO {}", role.name));
    world.sql(&format!("ALTER DATABASE {name} SET session_replication_role = replica"));
    world.set_url(&role.url());
    let plan = world.host().plan();
    let refusal = plan.refusals.iter().find(|refusal| refusal.rule == "setting").expect("a refusal");
    assert_eq!(refusal.place, "setting session_replication_role");
    assert!(refusal.reason.contains("replica"), "{refusal:?}");
    let run = world.tenon(&["heal", "--yes", "--as", "ops"]).expect_code(5);
    assert!(run.err.contains("session_replication_role"), "{}", run.err);
    assert_eq!(world.ledger(), "");
    let remedy = refusal.remedy.rsplit('`').nth(1).unwrap();
    assert!(remedy.starts_with("GRANT SET ON PARAMETER"), "{remedy}");
    world.sql(remedy);
    assert_eq!(world.host().plan().refusals, []);
    assert_eq!(world.host().heal_consenting().word(), "succeeded");
}

#[test]
fn a_database_in_which_constraints_are_switched_off_is_never_settled_as_expected() {
    let world = World::with(&["inventory"]);
    world.sql(&format!("ALTER DATABASE {} SET session_replication_role = replica", world.database.name));
    assert_eq!(world.host().heal_consenting().word(), "succeeded");
    let findings = world.host().findings();
    assert!(
        findings.iter().any(|finding| finding.message.contains("session_replication_role")),
        "{findings:#?}"
    );
}
