//! What a statement reaches out of the plugins' schemas for: the server's files and programs, other servers,
//! roles, what PostgreSQL itself brings, and what holds for the whole database or server.
//!
//! Decided on tokens, those of routines' bodies too. What SQL puts together while it runs is not seen here.

mod lists;

pub use self::lists::EXTENSIONS;
use self::lists::{
    ACTS, CALLER, CATALOG, CODE, EVENTS, FAMILIES, FILES, FUNCTIONS, POWERLESS, PROGRAMS, ROLES, SERVERS,
    SETTINGS, TRIGGERS, TRUSTED,
};
use super::lent::OF_HOST;
use super::scan::{TokenKind, tokens};
use super::words::{Words, contains};
use super::{Statement, StatementKind, tree};

/// Something outside, and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    /// What is reached, with its kind: `server inbox`, `role app`, `server programs`.
    pub object: String,
    /// What that does, after "it".
    pub does: &'static str,
}

/// Everything that it reaches, each once, by name.
pub(super) fn reached(statement: &Statement<'_>) -> Vec<Reached> {
    let words = Words::new(statement.sql, &statement.tokens);
    let mut found = Found(Vec::new());
    found.look_at(&words);
    found.of_language(statement);
    for body in tree::bodies(statement).into_iter().flatten() {
        let tokens = tokens(&body);
        found.look_at(&Words::new(&body, &tokens));
    }
    let Found(mut found) = found;
    found.sort();
    found.dedup();
    found
}

struct Found(Vec<Reached>);

impl Found {
    fn add(&mut self, kind: &str, name: Option<&str>, does: &'static str) {
        let object = name.map_or_else(|| kind.to_owned(), |name| format!("{kind} {name}"));
        self.0.push(Reached { object, does });
    }

    /// Adds what is named there, which has no schema.
    fn named(&mut self, words: &Words<'_>, at: usize, kind: &str, does: &'static str) {
        let name = words.folded(at).map(|name| name.to_string());
        self.add(kind, name.as_deref(), does);
    }

    fn look_at(&mut self, words: &Words<'_>) {
        self.of_functions(words);
        self.of_caller(words);
        for at in (0..words.len()).filter(|&at| begins(words, at)) {
            let end = (at..words.len()).find(|&end| words.is_sign(end, ";")).unwrap_or(words.len());
            self.of_command(words, at, end);
        }
    }

    fn of_command(&mut self, words: &Words<'_>, at: usize, end: usize) {
        let Some(first) = words.word(at) else { return };
        match first.to_ascii_lowercase().as_str() {
            "copy" => self.of_copy(words, at, end),
            "create" | "alter" | "drop" => {
                self.of_object(words, at, end);
                self.of_catalog(words, at, end);
            }
            "grant" | "revoke" => self.of_grant(words, at, end),
            "import" => self.of_server(words, at, end),
            "insert" | "update" | "delete" | "merge" | "truncate" => self.of_rows(words, at, end),
            "comment" | "security" => self.of_catalog(words, at, end),
            "set" => self.of_setting(words, at),
            "load" => self.add("server files", None, CODE),
            _ => {}
        }
    }

    fn of_copy(&mut self, words: &Words<'_>, at: usize, end: usize) {
        let ends = outer(words, at, end).filter(|&at| words.is_any(at, &["from", "to"]));
        for at in ends.map(|at| at + 1) {
            if words.is(at, "program") && words.kind(at + 1) == Some(TokenKind::Text) {
                self.add("server programs", None, PROGRAMS);
            } else if words.kind(at) == Some(TokenKind::Text) {
                self.add("server files", None, FILES);
            }
        }
    }

    fn of_object(&mut self, words: &Words<'_>, at: usize, end: usize) {
        let drops = words.is(at, "drop");
        let after = |kind: &[&str]| {
            let is_it = kind.iter().enumerate().all(|(more, word)| words.is(at + 1 + more, word));
            is_it.then(|| after_if(words, at + 1 + kind.len()))
        };
        if let Some(name) = after(&["event", "trigger"]) {
            self.named(words, name, "event trigger", EVENTS);
        } else if after(&["user", "mapping"]).is_some() || after(&["foreign", "table"]).is_some() {
            self.of_server(words, at, end);
        } else if let Some(name) = after(&["server"]).filter(|_| !drops) {
            self.named(words, name, "server", SERVERS);
        } else if let Some(name) = after(&["foreign", "data", "wrapper"]).filter(|_| !drops) {
            self.named(words, name, "foreign-data wrapper", SERVERS);
        } else if let Some(name) = after(&["subscription"]) {
            self.named(words, name, "subscription", SERVERS);
        } else if let Some(name) = after(&["database"]).or_else(|| after(&["tablespace"])) {
            let kind = words.word(at + 1).unwrap_or_default().to_ascii_lowercase();
            self.named(words, name, &kind, SETTINGS);
        } else if after(&["system"]).is_some() {
            self.add("server settings", None, SETTINGS);
        } else if let Some(name) = after(&["extension"]).filter(|_| words.is(at, "create")) {
            if words.folded(name).is_some_and(|name| is_reaching(name.as_str())) {
                self.named(words, name, "extension", SERVERS);
            }
        } else if let Some(name) = ["role", "user", "group"].iter().find_map(|kind| after(&[kind])) {
            let is_powerless = |at: usize| words.is_any(at, &POWERLESS);
            // A user may log in.
            let is_group = words.is(at, "create") && !words.is(at + 1, "user");
            if !(is_group && (name + 1..end).all(is_powerless)) {
                self.named(words, name, "role", ROLES);
            }
        } else if words.is(at, "create") && outer(words, at, end).take(6).any(|at| words.is(at, "language")) {
            self.of_new_language(words, at);
        }
        self.of_triggers(words, at, end);
    }

    /// `CREATE [OR REPLACE] [TRUSTED] [PROCEDURAL] LANGUAGE name`, and no routine's `LANGUAGE`.
    fn of_new_language(&mut self, words: &Words<'_>, at: usize) {
        let kind = (at + 1..)
            .find(|&at| !words.is_any(at, &["or", "replace", "trusted", "procedural"]))
            .unwrap_or(at);
        if words.is(kind, "language") {
            self.named(words, kind + 1, "language", CODE);
        }
    }

    fn of_triggers(&mut self, words: &Words<'_>, at: usize, end: usize) {
        if !words.is(at, "alter") {
            return;
        }
        let off = |at: usize| {
            words.is(at, "disable") && words.is_any(at + 1, &["trigger", "rule"])
                || words.is(at, "enable")
                    && words.is(at + 1, "replica")
                    && words.is_any(at + 2, &["trigger", "rule"])
        };
        if outer(words, at, end).any(off) {
            let table = after_if(words, at + 2);
            let table = if words.is(table, "only") { table + 1 } else { table };
            self.add("triggers of", qualified(words, table).as_deref(), TRIGGERS);
        }
    }

    /// Notes the server that is named behind that word.
    fn of_server(&mut self, words: &Words<'_>, at: usize, end: usize) {
        let server = outer(words, at, end).find(|&at| words.is(at, "server") && !words.labels(at));
        if let Some(server) = server {
            self.named(words, server + 1, "server", SERVERS);
        }
    }

    fn of_grant(&mut self, words: &Words<'_>, at: usize, end: usize) {
        let to = outer(words, at, end).find(|&at| words.is_any(at, &["to", "from"])).unwrap_or(end);
        let Some(on) = outer(words, at, to).find(|&at| words.is(at, "on")) else {
            // Membership.
            let is_role = |at: &usize| words.folded(*at).is_some() && !words.is_any(*at, &["option", "for"]);
            for role in (at + 1..to).filter(is_role) {
                self.named(words, role, "role", ROLES);
            }
            return;
        };
        match words.word(on + 1).unwrap_or_default().to_ascii_lowercase().as_str() {
            "foreign" if words.is(on + 2, "server") => self.named(words, on + 3, "server", SERVERS),
            "foreign" => self.named(words, on + 4, "foreign-data wrapper", SERVERS),
            "parameter" => self.named(words, on + 2, "parameter", SETTINGS),
            "database" => self.named(words, on + 2, "database", SETTINGS),
            "tablespace" => self.named(words, on + 2, "tablespace", SETTINGS),
            "language" => self.named(words, on + 2, "language", CODE),
            _ => self.of_catalog(words, on, to),
        }
    }

    fn of_rows(&mut self, words: &Words<'_>, at: usize, end: usize) {
        let is_plain = |at: &usize| !words.is_any(*at, &["into", "from", "only", "table"]);
        let Some(table) = (at + 1..end).find(is_plain) else { return };
        let (first, second) = (words.folded(table), words.folded(table + 2));
        let is_qualified = words.is_sign(table + 1, ".");
        let of_catalog = match (first, second) {
            (Some(schema), Some(_)) if is_qualified => is_postgresqls(schema.as_str()),
            // Which stands before all else that the path names.
            (Some(name), _) => name.as_str().starts_with("pg_"),
            (None, _) => false,
        };
        if of_catalog {
            self.add("schema pg_catalog", None, CATALOG);
        }
    }

    /// Notes the first qualified name, which is of what the statement is about.
    fn of_catalog(&mut self, words: &Words<'_>, at: usize, end: usize) {
        const STOPS: [&str; 9] =
            ["as", "returns", "from", "execute", "using", "default", "of", "inherits", "type"];
        let is_about = |&position: &usize| position <= at + 1 || !words.is_any(position, &STOPS);
        let mut named =
            (at..end).take_while(|&at| words.kind(at) != Some(TokenKind::Open)).take_while(is_about);
        let schema = named.find(|&at| words.folded(at).is_some() && words.is_sign(at + 1, "."));
        if schema.and_then(|at| words.folded(at)).is_some_and(|schema| is_postgresqls(schema.as_str())) {
            self.add("schema pg_catalog", None, CATALOG);
        }
    }

    fn of_setting(&mut self, words: &Words<'_>, at: usize) {
        let name = if words.is_any(at + 1, &["local", "session"]) { at + 2 } else { at + 1 };
        let Some(setting) = words.folded(name) else { return };
        match setting.as_str() {
            "session_replication_role" => self.add("triggers", None, TRIGGERS),
            "role" => {
                let of = if words.is_sign(name + 1, "=") || words.is(name + 1, "to") {
                    name + 2
                } else {
                    name + 1
                };
                let quoted = words.text(of).and_then(tree::decoded);
                let role = quoted.or_else(|| words.folded(of).map(|role| role.to_string()));
                if role.as_deref() != Some("none") {
                    self.add("role", role.as_deref(), ACTS);
                }
            }
            "authorization" => self.add("role", None, ACTS),
            _ => {}
        }
    }

    /// Notes a setting of the host's own behind `SET`, which may also be a clause of a routine or of a role.
    fn of_caller(&mut self, words: &Words<'_>) {
        let own = |at: usize| {
            let name = words.folded(at).map(|name| name.as_str().to_ascii_lowercase()).unwrap_or_default();
            name.starts_with(OF_HOST) || format!("{name}.") == OF_HOST && words.is_sign(at + 1, ".")
        };
        let names = (0..words.len())
            .filter(|&at| words.is_any(at, &["set", "reset"]))
            .map(|at| if words.is_any(at + 1, &["local", "session"]) { at + 2 } else { at + 1 });
        if names.into_iter().any(own) {
            self.add("caller", None, CALLER);
        }
    }

    fn of_functions(&mut self, words: &Words<'_>) {
        for (at, name) in words.names().filter(|(at, _)| words.kind(at + 1) == Some(TokenKind::Open)) {
            if !["pg_", "lo_", "dblink", "set_config"].iter().any(|part| contains(name, part)) {
                continue;
            }
            let name = tree::folded(name);
            let name = name.as_str();
            let known = FUNCTIONS.iter().find(|(known, _)| *known == name);
            let family = || FAMILIES.iter().find(|(beginning, _)| name.starts_with(beginning));
            // One of this name in a schema of the plugin's own is another; extensions are anywhere.
            let elsewhere = at > 1
                && words.is_sign(at - 1, ".")
                && words.folded(at - 2).is_some_and(|schema| !is_postgresqls(schema.as_str()));
            match known.or_else(family) {
                Some((_, does)) if !elsewhere || name.starts_with("dblink") => {
                    self.add("function", Some(name), does);
                }
                _ if name == "set_config" => self.of_configured(words, at + 2),
                _ => {}
            }
        }
    }

    /// Notes the setting of a call of `set_config` whose first argument stands there.
    fn of_configured(&mut self, words: &Words<'_>, at: usize) {
        let name = words.text(at).and_then(tree::decoded).map(|name| name.to_ascii_lowercase());
        match name.as_deref() {
            Some("session_replication_role") => self.add("triggers", None, TRIGGERS),
            Some("role" | "session_authorization") => self.add("role", None, ACTS),
            Some(name) if name.starts_with(OF_HOST) => self.add("caller", None, CALLER),
            _ => {}
        }
    }

    /// Notes the language of the routine that the statement makes, or of the block that it runs.
    fn of_language(&mut self, statement: &Statement<'_>) {
        if !matches!(statement.kind, StatementKind::Ddl | StatementKind::Do) {
            return;
        }
        let language = super::composed::language_of(statement);
        if let Some(language) = language.filter(|language| TRUSTED.binary_search(&language.as_str()).is_err())
        {
            self.add("language", Some(&language), CODE);
        }
    }
}

/// Whether a statement may begin there: at the beginning, behind the end of another, in parentheses, and in
/// PL/pgSQL behind the words that introduce statements.
fn begins(words: &Words<'_>, at: usize) -> bool {
    at == 0
        || words.is_sign(at - 1, ";")
        || words.kind(at - 1) == Some(TokenKind::Open)
        || words.is_any(at - 1, &["atomic", "begin", "else", "loop", "then"])
}

/// The tokens of a part that stand outside of its parentheses.
fn outer(words: &Words<'_>, from: usize, to: usize) -> impl Iterator<Item = usize> {
    let mut depth = 0usize;
    (from..to).filter(move |&at| {
        match words.kind(at) {
            Some(TokenKind::Open) => depth += 1,
            Some(TokenKind::Close) => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    })
}

/// Behind `IF [NOT] EXISTS`, if that stands there.
fn after_if(words: &Words<'_>, at: usize) -> usize {
    match (words.is(at, "if"), words.is(at + 1, "not")) {
        (true, true) => at + 3,
        (true, false) => at + 2,
        _ => at,
    }
}

/// The name there, with its schema if it has one.
fn qualified(words: &Words<'_>, at: usize) -> Option<String> {
    let first = words.folded(at)?;
    let second = words.is_sign(at + 1, ".").then(|| words.folded(at + 2)).flatten();
    Some(second.map_or_else(|| first.to_string(), |second| format!("{first}.{second}")))
}

fn is_postgresqls(schema: &str) -> bool {
    matches!(schema, "pg_catalog" | "information_schema" | "pg_toast")
}

fn is_reaching(extension: &str) -> bool {
    let is_untrusted_language = extension.starts_with("pl") && extension.ends_with('u');
    EXTENSIONS.binary_search(&extension).is_ok() || extension.ends_with("_fdw") || is_untrusted_language
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn told(sql: &str) -> Vec<String> {
        let statements = parse(sql).unwrap();
        assert_eq!(statements.len(), 1, "{sql}");
        reached(&statements[0]).into_iter().map(|one| one.object).collect()
    }

    #[test]
    fn lists_are_sorted() {
        assert!(
            TRUSTED.is_sorted() && EXTENSIONS.is_sorted() && FUNCTIONS.is_sorted() && FAMILIES.is_sorted()
        );
        assert!(POWERLESS.is_sorted());
    }

    #[test]
    fn what_stays_in_the_database_reaches_nothing() {
        for sql in [
            "CREATE TABLE shop.item (id int, server text, role text, copy text DEFAULT 'x')",
            "CREATE TABLE shop.a AS SELECT * FROM pg_catalog.pg_class",
            "ALTER TABLE shop.item ADD c pg_catalog.int8",
            "ALTER TABLE shop.item ALTER c TYPE pg_catalog.int8",
            "CREATE DOMAIN shop.mail AS pg_catalog.text",
            "CREATE FUNCTION shop.f(a pg_catalog.int4) RETURNS pg_catalog.int4 LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION shop.f() RETURNS int RETURN 1",
            "CREATE TRIGGER t BEFORE INSERT ON shop.item EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()",
            "CREATE ROLE reader",
            "CREATE ROLE reader WITH NOLOGIN NOSUPERUSER",
            "GRANT SELECT ON shop.item TO reader",
            "GRANT USAGE ON SCHEMA shop TO reader",
            "REVOKE ALL ON shop.item FROM reader",
            "CREATE EXTENSION IF NOT EXISTS citext",
            "ALTER TABLE shop.item ENABLE TRIGGER t",
            "SET LOCAL statement_timeout = '1s'",
            "SET LOCAL ROLE NONE",
            "SELECT shop.lo_export(1)",
            "SELECT 'pg_read_file(x)'",
            "SELECT pg_notify('a', 'b'), pg_advisory_xact_lock(1)",
            "DO $$ BEGIN PERFORM 1; UPDATE shop.item SET id = 1; END $$",
            "INSERT INTO shop.item SELECT 1",
            "DROP SERVER s",
        ] {
            assert_eq!(told(sql), Vec::<String>::new(), "{sql}");
        }
    }

    #[test]
    fn what_reaches_out_is_named_in_whatever_spelling() {
        for (sql, object) in [
            ("COPY shop.item TO PROGRAM 'cat'", "server programs"),
            ("copy/**/(SELECT 1) tO pRogram $$x$$", "server programs"),
            ("COPY shop.item FROM '/etc/passwd'", "server files"),
            ("DO $$ BEGIN COPY shop.item FROM '/etc/passwd'; END $$", "server files"),
            ("CREATE SERVER IF NOT EXISTS \"In\" FOREIGN DATA WRAPPER w", "server \"In\""),
            ("CREATE FOREIGN TABLE shop.f (server text) SERVER inbox", "server inbox"),
            ("CREATE USER MAPPING FOR public SERVER inbox", "server inbox"),
            ("IMPORT FOREIGN SCHEMA x FROM SERVER inbox INTO shop", "server inbox"),
            ("ALTER SERVER inbox OPTIONS (SET host 'x')", "server inbox"),
            ("GRANT USAGE ON FOREIGN SERVER inbox TO app", "server inbox"),
            ("CREATE FOREIGN DATA WRAPPER w", "foreign-data wrapper w"),
            ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "subscription s"),
            ("CREATE EXTENSION postgres_fdw", "extension postgres_fdw"),
            ("CREATE EXTENSION IF NOT EXISTS \"dblink\" SCHEMA shop", "extension dblink"),
            ("CREATE EXTENSION plpython3u", "extension plpython3u"),
            ("SELECT * FROM dblink('host=x', 'SELECT 1') AS t (a int)", "function dblink"),
            ("SELECT shop.dblink_exec('x')", "function dblink_exec"),
            ("CREATE ROLE app LOGIN", "role app"),
            ("CREATE USER app", "role app"),
            ("ALTER ROLE app SUPERUSER", "role app"),
            ("ALTER USER app SET search_path = x", "role app"),
            ("DROP ROLE app", "role app"),
            ("GRANT pg_read_server_files TO app", "role pg_read_server_files"),
            ("SET LOCAL ROLE postgres", "role postgres"),
            ("SELECT set_config('role', 'postgres', true)", "role"),
            ("SELECT set_config('Tenon.caller', 'eve', true)", "caller"),
            ("SET LOCAL tenon.caller = 'eve'", "caller"),
            (
                "CREATE FUNCTION shop.f() RETURNS int LANGUAGE sql SET \"tenon.caller\" = 'eve' AS 'SELECT 1'",
                "caller",
            ),
            (
                "CREATE FUNCTION shop.f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET LOCAL tenon.caller = 'eve'; END $$",
                "caller",
            ),
            ("CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION shop.f()", "event trigger t"),
            ("ALTER EVENT TRIGGER t DISABLE", "event trigger t"),
            ("CREATE FUNCTION pg_catalog.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "schema pg_catalog"),
            ("CREATE OPERATOR pg_catalog.+ (FUNCTION = shop.f)", "schema pg_catalog"),
            ("ALTER FUNCTION pg_catalog.now() OWNER TO app", "schema pg_catalog"),
            (
                "CREATE TRIGGER t BEFORE INSERT ON pg_catalog.pg_class EXECUTE FUNCTION shop.f()",
                "schema pg_catalog",
            ),
            ("UPDATE pg_class SET relname = 'x'", "schema pg_catalog"),
            ("WITH x AS (DELETE FROM ONLY pg_catalog.pg_depend RETURNING 1) SELECT 1", "schema pg_catalog"),
            ("GRANT SELECT ON pg_catalog.pg_authid TO app", "schema pg_catalog"),
            ("ALTER TABLE IF EXISTS ONLY shop.item DISABLE TRIGGER ALL", "triggers of shop.item"),
            ("ALTER TABLE shop.item ENABLE REPLICA TRIGGER t", "triggers of shop.item"),
            ("SET LOCAL session_replication_role = replica", "triggers"),
            ("SELECT set_config('Session_Replication_Role', 'replica', true)", "triggers"),
            ("CREATE FUNCTION shop.f() RETURNS int LANGUAGE c AS 'x', 'y'", "language c"),
            (
                "CREATE FUNCTION shop.f() RETURNS int AS 'return 1' LANGUAGE 'plpython3u'",
                "language plpython3u",
            ),
            ("DO LANGUAGE plperlu $$ $$", "language plperlu"),
            ("CREATE TRUSTED LANGUAGE x HANDLER shop.h", "language x"),
            ("GRANT CREATE ON DATABASE shop TO app", "database shop"),
            ("REVOKE ALL ON DATABASE shop FROM PUBLIC", "database shop"),
            ("REVOKE reader FROM app", "role reader"),
            ("GRANT USAGE ON LANGUAGE plpgsql TO app", "language plpgsql"),
            ("ALTER DATABASE shop SET work_mem = '1GB'", "database shop"),
            ("GRANT SET ON PARAMETER work_mem TO app", "parameter work_mem"),
            ("SELECT pg_catalog.\"pg_read_file\" ('x')", "function pg_read_file"),
            ("SELECT pg_ls_dir('.')", "function pg_ls_dir"),
            ("SELECT pg_terminate_backend(1)", "function pg_terminate_backend"),
            (
                "CREATE FUNCTION shop.f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN IF true THEN CREATE ROLE app LOGIN; END IF; END $$",
                "role app",
            ),
            (
                "CREATE FUNCTION shop.f() RETURNS oid LANGUAGE sql BEGIN ATOMIC SELECT lo_import('x'); END",
                "function lo_import",
            ),
            ("LOAD 'x'", "server files"),
        ] {
            assert_eq!(told(sql), [object], "{sql}");
        }
    }
}
