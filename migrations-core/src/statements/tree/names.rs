//! The names of objects that stand in a statement: those that it makes, changes, drops or uses.

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};
use tenon_schema::{Ident, ObjectName};

use super::super::Statement;

/// The name of an object in a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    pub role: NameRole,
    /// Absent where the name stands alone.
    pub schema: Option<Ident>,
    pub name: Ident,
}

/// The space of names in which a name is to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameRole {
    /// A table, a view, a sequence, an index.
    Relation,
    Type,
    Routine,
    /// A routine, where it is only called.
    Call,
    Schema,
    Other,
}

impl Named {
    /// The full name, where a name that stands alone is one of `public`, which migrations run in.
    pub fn full(&self) -> ObjectName {
        let schema = self.schema.clone().unwrap_or_else(|| Ident::from("public"));
        ObjectName::new(schema, self.name.clone())
    }
}

/// All names in a statement and in the body of the routine that it makes or runs, without those that it gives
/// to its own subqueries. What SQL a routine puts together as text is not looked into.
///
/// `None` if the statement must not be given to the parser or cannot be read by it.
pub(in super::super) fn names(statement: &Statement<'_>) -> Option<Vec<Named>> {
    let parse = super::parsed(statement)?;
    if !parse.errors().is_empty() {
        return None;
    }
    let root = parse.syntax_node();
    let mut names = of(&root);
    for node in root.descendants() {
        let body = match_body(&node);
        names.extend(body.iter().flat_map(of));
    }
    names.sort();
    names.dedup();
    Some(names)
}

/// The tree of a routine's body.
fn match_body(node: &SyntaxNode) -> Option<SyntaxNode> {
    if let Some(function) = ast::CreateFunction::cast(node.clone()) {
        let sql = function.sql_body().map(|body| body.tree().syntax().clone());
        return sql.or_else(|| function.plpgsql().map(|body| body.tree().syntax().clone()));
    }
    if let Some(procedure) = ast::CreateProcedure::cast(node.clone()) {
        let sql = procedure.sql_body().map(|body| body.tree().syntax().clone());
        return sql.or_else(|| procedure.plpgsql().map(|body| body.tree().syntax().clone()));
    }
    let body = ast::Do::cast(node.clone())?.plpgsql()?;
    Some(body.tree().syntax().clone())
}

fn of(root: &SyntaxNode) -> Vec<Named> {
    let own: Vec<_> = root
        .descendants()
        .filter(|node| node.kind() == SyntaxKind::CTE_NAME)
        .filter_map(|node| parts(&node).pop())
        .collect();
    let named = root.descendants().filter_map(|node| named(&node));
    named.filter(|named| named.schema.is_some() || !own.contains(&named.name)).collect()
}

fn named(node: &SyntaxNode) -> Option<Named> {
    let parent = node.parent()?.kind();
    let role = match node.kind() {
        SyntaxKind::PATH | SyntaxKind::PATH_REF => match parent {
            // The front of a longer name.
            SyntaxKind::PATH | SyntaxKind::PATH_REF => return None,
            SyntaxKind::PATH_TYPE | SyntaxKind::TYPE_NAME | SyntaxKind::TYPE_NAME_REF => NameRole::Type,
            SyntaxKind::QUALIFIED_COLUMN_NAME_REF => return column(node),
            SyntaxKind::FUNCTION_NAME | SyntaxKind::FUNCTION_NAME_REF => NameRole::Routine,
            SyntaxKind::TABLE_NAME
            | SyntaxKind::TABLE_NAME_REF
            | SyntaxKind::RELATION_NAME_REF
            | SyntaxKind::VIEW
            | SyntaxKind::VIEW_REF
            | SyntaxKind::SEQUENCE
            | SyntaxKind::SEQUENCE_REF => NameRole::Relation,
            _ => NameRole::Other,
        },
        SyntaxKind::FIELD_EXPR if parent == SyntaxKind::CALL_EXPR => NameRole::Call,
        SyntaxKind::SCHEMA_REF | SyntaxKind::SCHEMA => NameRole::Schema,
        _ => return None,
    };
    let mut parts = parts(node);
    let name = parts.pop()?;
    Some(Named { role, schema: parts.pop(), name })
}

/// `schema.table.column` names a table.
fn column(node: &SyntaxNode) -> Option<Named> {
    let mut parts = parts(node);
    parts.pop()?;
    let name = parts.pop()?;
    Some(Named { role: NameRole::Relation, schema: parts.pop(), name })
}

/// The parts of a dotted name as the catalog would hold them.
pub(super) fn parts(node: &SyntaxNode) -> Vec<Ident> {
    let tokens = node.descendants_with_tokens().filter_map(SyntaxElement::into_token);
    let parts = tokens.filter(|token| {
        !matches!(token.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT | SyntaxKind::DOT)
    });
    parts.map(|token| folded(token.text())).collect()
}

/// A name as the catalog holds it: unquoted, in lower case unless it was quoted (manual, "Identifiers and Key
/// Words").
pub(in super::super) fn folded(text: &str) -> Ident {
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(quoted) => Ident::new(quoted.replace("\"\"", "\"")),
        None => Ident::new(text.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::parse;

    fn names(sql: &str) -> String {
        let names = parse(sql).unwrap()[0].names().unwrap();
        let name = |named: &super::Named| {
            let schema = named.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
            format!("{:?} {schema}{}", named.role, named.name)
        };
        names.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn every_object_is_named_once_and_no_column_is() {
        let cases = [
            (
                "SELECT o.status, Shop.f(1), s.a::shop.kind FROM shop.\"Orders\" o JOIN ONLY x.y s ON true",
                "Relation shop.\"Orders\", Relation x.y, Type shop.kind, Call shop.f",
            ),
            (
                "CREATE TABLE a.b (id int REFERENCES c.d (id), k shop.kind) INHERITS (z.t)",
                "Relation a.b, Relation c.d, Relation z.t, Type int, Type shop.kind",
            ),
            ("COMMENT ON COLUMN a.b.c IS 'x'", "Relation a.b"),
            ("DROP SCHEMA a CASCADE", "Schema a"),
            ("GRANT USAGE ON SCHEMA a TO r", "Schema a"),
            ("ALTER TABLE a.b SET SCHEMA z", "Relation a.b, Schema z"),
            ("WITH x AS (SELECT 1 FROM a.b) SELECT * FROM x, y", "Relation y, Relation a.b"),
            (
                "CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM x.y $$",
                "Relation x.y, Type int, Routine a.f",
            ),
            ("DO $$ BEGIN UPDATE x.y SET a = 1; DELETE FROM z; END $$", "Relation z, Relation x.y"),
            ("TRUNCATE a.b, ONLY c.d", "Relation a.b, Relation c.d"),
        ];
        for (sql, expected) in cases {
            assert_eq!(names(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_cannot_be_read_has_no_names() {
        assert_eq!(parse("CREATE TABEL a.b (c int)").unwrap()[0].names(), None);
    }

    #[test]
    fn no_body_ends_the_process() {
        for n in [500, 950, 5_000, 100_000] {
            for body in [
                format!("SELECT {}1{}", "(".repeat(n), ")".repeat(n)),
                format!("SELECT 1 {}", "+ 1".repeat(n)),
                "SELECT 1; ".repeat(n),
            ] {
                for sql in [
                    format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ {body} $$"),
                    format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS ' {body} '"),
                    format!("DO $x$ BEGIN {body}; END $x$"),
                ] {
                    let statements = parse(&sql).unwrap();
                    statements[0].names();
                    statements[0].parse_warning();
                }
            }
            for nested in ["IF true THEN ", "BEGIN ", "LOOP ", "CASE WHEN "] {
                let sql = format!("DO $x$ BEGIN {} END $x$", nested.repeat(n));
                parse(&sql).unwrap()[0].names();
            }
        }
    }
}
