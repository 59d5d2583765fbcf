//! What a statement needs besides owning what it changes, told by its tokens: what the server asks of whoever
//! runs it.

use tenon_schema::ObjectName;

use super::relations::name;
use super::scan::TokenKind;
use super::words::Words;
use super::{Statement, StatementKind, composed};

/// One thing that whoever runs a statement has to have or may do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// To use a language.
    Language(String),
    /// To make temporary tables in the database.
    Temporary,
    /// To make something in the database itself: a schema, a publication.
    Create,
    /// To make things in a tablespace.
    Tablespace(String),
    /// To install an extension.
    Extension(String),
    /// To refer to a table by a foreign key.
    References(ObjectName),
    /// To use a schema, for what it names there.
    Named(ObjectName),
    /// To change the rows of a table in this way: `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`.
    Rows(&'static str, ObjectName),
    /// To use a foreign-data wrapper.
    ForeignDataWrapper(String),
    /// To make roles.
    CreateRole,
    /// To be a superuser, for this.
    Superuser(&'static str),
}

/// What only a superuser may make: the words behind `CREATE`.
const OF_SUPERUSERS: [(&[&str], &str); 8] = [
    (&["event", "trigger"], "CREATE EVENT TRIGGER"),
    (&["foreign", "data", "wrapper"], "CREATE FOREIGN DATA WRAPPER"),
    (&["operator", "class"], "CREATE OPERATOR CLASS"),
    (&["operator", "family"], "CREATE OPERATOR FAMILY"),
    (&["access", "method"], "CREATE ACCESS METHOD"),
    (&["text", "search", "parser"], "CREATE TEXT SEARCH PARSER"),
    (&["text", "search", "template"], "CREATE TEXT SEARCH TEMPLATE"),
    (&["tablespace"], "CREATE TABLESPACE"),
];

/// What the statement needs, as far as its tokens tell; in no order.
pub(super) fn needs(statement: &Statement<'_>) -> Vec<Need> {
    let words = Words::new(statement.sql, &statement.tokens);
    let mut needs = Vec::new();
    if let Some(language) = composed::language_of(statement) {
        needs.push(Need::Language(language));
    }
    match statement.kind {
        StatementKind::Ddl => of_definition(statement, &words, &mut needs),
        StatementKind::Dml => of_rows(statement, &words, &mut needs),
        StatementKind::CopyServer => {}
        _ => {}
    }
    needs.extend(statement.dotted_names().into_iter().map(Need::Named));
    needs
}

fn of_definition(statement: &Statement<'_>, words: &Words<'_>, needs: &mut Vec<Need>) {
    let text = |at: usize| name(statement, at).map(|name| name.as_str().to_owned());
    let outer: Vec<usize> = words.outer().collect();
    let creates = words.is(0, "create");
    if creates && (1..4).any(|at| words.is_any(at, &["temp", "temporary"])) {
        needs.push(Need::Temporary);
    }
    if words.is_any(0, &["create", "alter"]) {
        let tablespaces =
            outer.iter().filter(|&&at| at > 1 && words.is(at, "tablespace") && !words.labels(at));
        needs.extend(tablespaces.filter_map(|&at| text(at + 1)).map(Need::Tablespace));
    }
    let references = (0..words.len()).filter(|&at| words.is(at, "references") && words.is_sign(at + 2, "."));
    let referred =
        references.filter_map(|at| Some(ObjectName::new(name(statement, at + 1)?, name(statement, at + 3)?)));
    if !words.is_any(0, &["grant", "revoke"]) {
        needs.extend(referred.map(Need::References));
    }
    if !creates {
        return;
    }
    let at = if words.is(1, "or") { 3 } else { 1 };
    let follows = |behind: &[&str]| behind.iter().enumerate().all(|(next, word)| words.is(at + next, word));
    let of_superusers = OF_SUPERUSERS.iter().filter(|(behind, _)| follows(behind));
    needs.extend(of_superusers.map(|(_, what)| Need::Superuser(what)));
    let unless_there = if follows(&["extension"]) && words.is(at + 1, "if") { at + 4 } else { at + 1 };
    if follows(&["extension"]) {
        needs.extend(text(unless_there).map(Need::Extension));
    }
    if follows(&["publication"]) {
        needs.push(Need::Create);
        let for_all = words.begins_anywhere(&["for", "all", "tables"])
            || words.begins_anywhere(&["tables", "in", "schema"]);
        if for_all {
            needs.push(Need::Superuser("CREATE PUBLICATION of all tables or of a schema's"));
        }
    }
    if follows(&["server"]) {
        let wrapper = outer.iter().find(|&&at| words.is(at, "data") && words.is(at + 1, "wrapper"));
        needs.extend(wrapper.and_then(|at| text(at + 2)).map(Need::ForeignDataWrapper));
    }
    if ["role", "user", "group"].iter().any(|word| follows(&[word])) && !words.is(at + 1, "mapping") {
        needs.push(Need::CreateRole);
    }
    if ["function", "procedure"].iter().any(|word| follows(&[word])) {
        let leakproof =
            outer.iter().any(|&at| words.is(at, "leakproof") && !words.is(at.saturating_sub(1), "not"));
        if leakproof {
            needs.push(Need::Superuser("LEAKPROOF"));
        }
    }
}

/// The table whose rows the statement begins with changing.
fn of_rows(statement: &Statement<'_>, words: &Words<'_>, needs: &mut Vec<Need>) {
    let begins = [
        ("INSERT", &["insert", "into"][..]),
        ("DELETE", &["delete", "from", "only"]),
        ("DELETE", &["delete", "from"]),
        ("UPDATE", &["update", "only"]),
        ("UPDATE", &["update"]),
        ("TRUNCATE", &["truncate", "table"]),
        ("TRUNCATE", &["truncate"]),
    ];
    let Some((right, begin)) = begins.iter().find(|(_, begin)| words.begins(begin)) else { return };
    let at = begin.len();
    if words.kind(at) == Some(TokenKind::Open) || !words.is_sign(at + 1, ".") {
        return;
    }
    let table = name(statement, at).zip(name(statement, at + 2));
    needs.extend(table.map(|(schema, table)| Need::Rows(right, ObjectName::new(schema, table))));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statements::parse;

    fn told(sql: &str) -> Vec<String> {
        let statements = parse(sql).unwrap();
        let needs = statements.iter().flat_map(needs);
        needs.filter(|need| !matches!(need, Need::Named(_))).map(|need| format!("{need:?}")).collect()
    }

    #[test]
    fn a_language_is_that_of_the_body_and_never_a_parameter_of_that_name() {
        for (sql, language) in [
            ("DO $$ BEGIN NULL; END $$", "plpgsql"),
            ("DO LANGUAGE plperl $$ 1 $$", "plperl"),
            ("CREATE FUNCTION a.f(language text) RETURNS int RETURN 1", "sql"),
            (
                "CREATE OR REPLACE FUNCTION a.f() RETURNS TABLE (language text) LANGUAGE 'plpgsql' AS ''",
                "plpgsql",
            ),
            ("CREATE PROCEDURE a.f() AS '' LANGUAGE SQL", "sql"),
        ] {
            assert_eq!(told(sql), [format!("Language({language:?})")], "{sql}");
        }
        assert_eq!(told("CREATE TABLE a.b (language text, tablespace text, temp int)"), [""; 0]);
    }

    #[test]
    fn what_a_definition_needs_is_told() {
        for (sql, expected) in [
            ("CREATE TEMP TABLE x (a int)", "Temporary"),
            ("CREATE TABLE a.b (c int) TABLESPACE fast", "Tablespace(\"fast\")"),
            ("ALTER TABLE a.b SET TABLESPACE \"Fast\"", "Tablespace(\"Fast\")"),
            ("CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA a", "Extension(\"hstore\")"),
            ("CREATE EXTENSION \"uuid-ossp\"", "Extension(\"uuid-ossp\")"),
            (
                "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION a.f()",
                "Superuser(\"CREATE EVENT TRIGGER\")",
            ),
            ("CREATE PUBLICATION p FOR TABLE a.b", "Create"),
            ("CREATE SERVER s FOREIGN DATA WRAPPER w", "ForeignDataWrapper(\"w\")"),
            ("CREATE ROLE r", "CreateRole"),
            ("INSERT INTO a.b SELECT 1", "Rows(\"INSERT\", a.b)"),
            ("UPDATE ONLY a.b SET c = 1", "Rows(\"UPDATE\", a.b)"),
            ("TRUNCATE TABLE a.b", "Rows(\"TRUNCATE\", a.b)"),
        ] {
            let told = told(sql);
            assert!(
                told.len() == 1 && told[0].replace("ObjectName", "").contains(&expected[..4]),
                "{sql}: {told:?}"
            );
        }
        assert!(told("ALTER TABLE a.b ADD FOREIGN KEY (c) REFERENCES d.e (f)")[0].starts_with("References("));
        for sql in
            ["CREATE USER MAPPING FOR u SERVER s", "GRANT REFERENCES ON a.b TO c", "CREATE TABLE a.b (c int)"]
        {
            assert_eq!(told(sql), [""; 0], "{sql}");
        }
    }
}
