//! What reaches out of a database, by the names of languages, extensions and functions.

pub(super) const PROGRAMS: &str = "runs programs on the database's server";
pub(super) const FILES: &str = "reads or writes files of the database's server";
pub(super) const SERVERS: &str = "has the database's server open connections to others";
pub(super) const ROLES: &str = "gives a role power, or changes one that is the whole server's";
pub(super) const ACTS: &str = "acts as another role";
pub(super) const CALLER: &str = "says who calls, which the host alone knows";
pub(super) const EVENTS: &str = "has code run at every change of a schema, whoever makes it";
pub(super) const CATALOG: &str = "changes what PostgreSQL itself brings";
pub(super) const TRIGGERS: &str = "switches triggers off, and with them foreign keys";
pub(super) const CODE: &str = "brings code in a language that may do whatever the server may";
pub(super) const SETTINGS: &str = "changes what holds for the whole database or server";
pub(super) const SESSIONS: &str = "steers the server, or sessions of others";

/// The languages whose code may do no more than its SQL (manual, chapter 42: "trusted").
pub(super) const TRUSTED: [&str; 5] = ["plperl", "plpgsql", "pltcl", "plv8", "sql"];

/// The options of a role that give it no power (manual, `CREATE ROLE`).
pub(super) const POWERLESS: [&str; 10] = [
    "inherit",
    "nobypassrls",
    "nocreatedb",
    "nocreaterole",
    "noinherit",
    "nologin",
    "noreplication",
    "nosuperuser",
    "role",
    "with",
];

/// The extensions that open connections or run programs and that no property shows to do so. One that brings
/// a foreign-data wrapper or a language that is not trusted is known by that.
pub const EXTENSIONS: [&str; 18] = [
    "adminpack",
    "aws_lambda",
    "aws_s3",
    "azure_storage",
    "dblink",
    "http",
    "mongo_fdw",
    "pg_background",
    "pg_cron",
    "pg_curl",
    "pg_net",
    "pg_tle",
    "pgagent",
    "pgsql_http",
    "plproxy",
    "plsh",
    "vault",
    "wrappers",
];

/// Functions that reach out (manual, chapter 9.28, "System Administration Functions", and 35.4, "Server-Side
/// Functions" of large objects).
pub(super) const FUNCTIONS: [(&str, &str); 22] = [
    ("lo_export", FILES),
    ("lo_import", FILES),
    ("pg_backup_start", SESSIONS),
    ("pg_backup_stop", SESSIONS),
    ("pg_cancel_backend", SESSIONS),
    ("pg_create_restore_point", SESSIONS),
    ("pg_current_logfile", FILES),
    ("pg_import_system_collations", CATALOG),
    ("pg_log_backend_memory_contexts", SESSIONS),
    ("pg_log_standby_snapshot", SESSIONS),
    ("pg_promote", SESSIONS),
    ("pg_read_binary_file", FILES),
    ("pg_read_file", FILES),
    ("pg_reload_conf", SESSIONS),
    ("pg_restore_attribute_stats", CATALOG),
    ("pg_restore_relation_stats", CATALOG),
    ("pg_rotate_logfile", SESSIONS),
    ("pg_stat_file", FILES),
    ("pg_switch_wal", SESSIONS),
    ("pg_terminate_backend", SESSIONS),
    ("pg_wal_replay_pause", SESSIONS),
    ("pg_wal_replay_resume", SESSIONS),
];

/// The beginnings of names of functions that do so.
pub(super) const FAMILIES: [(&str, &str); 7] = [
    ("dblink", SERVERS),
    ("pg_create_logical_replication", SESSIONS),
    ("pg_create_physical_replication", SESSIONS),
    ("pg_file_", FILES),
    ("pg_logical_slot", SESSIONS),
    ("pg_ls_", FILES),
    ("pg_replication_", SESSIONS),
];
