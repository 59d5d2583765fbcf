//! What a statement does to what may stand already: the part of it that costs data, locks or time.
//!
//! After the manual's pages of `ALTER TABLE` ("Notes"), `CREATE INDEX` and "Explicit Locking".

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};
use tenon_schema::{Ident, ObjectName};

use super::super::Statement;
use super::names::parts;
use crate::reading::Kind;

/// What a statement does, and to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The relation, type or sequence; of a schema or an extension the name, and no schema.
    pub of: ObjectName,
    pub what: What,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It goes. Of types, domains, schemas and extensions only if `CASCADE` takes something with them.
    Dropped(Kind),
    ColumnDropped(Ident),
    /// Values become others: the type as it is written, and whether an expression converts them.
    ColumnRetyped {
        column: Ident,
        to: String,
        using: bool,
    },
    /// Every row is written anew, with what it held.
    Rewritten,
    /// `TRUNCATE`
    Emptied,
    /// `DELETE` of all rows.
    RowsDeleted,
    /// `UPDATE` of all rows.
    RowsUpdated,
    /// An index is built over all rows.
    IndexBuilt,
    /// All rows are read to check them.
    Scanned,
    /// It is no longer a partition.
    Detached,
    /// Nobody can use it until the transaction ends.
    Locked,
    Renamed(ObjectName),
    /// A label was added to an enum type.
    ValueAdded(String),
}

/// All effects of a statement, in their order. None where the parser must not be given it or cannot read it.
pub(in super::super) fn effects(statement: &Statement<'_>) -> Vec<Effect> {
    let Some(parse) = super::parse(statement).filter(|parse| parse.errors().is_empty()) else {
        return Vec::new();
    };
    let root = parse.syntax_node();
    let mut effects = Effects::default();
    for node in root.descendants() {
        effects.add(&node);
    }
    effects.0
}

#[derive(Default)]
struct Effects(Vec<Effect>);

impl Effects {
    fn push(&mut self, name: Option<impl AstNode>, what: What) {
        if let Some(of) = name.and_then(|name| full(name.syntax())) {
            self.0.push(Effect { of, what });
        }
    }

    fn push_all(&mut self, names: impl Iterator<Item = impl AstNode>, what: &What) {
        for name in names {
            self.push(Some(name), what.clone());
        }
    }

    fn push_global(&mut self, names: impl Iterator<Item = impl AstNode>, kind: Kind) {
        let names = names.filter_map(|name| parts(name.syntax()).pop());
        self.0.extend(
            names.map(|name| Effect {
                of: ObjectName::new(Ident::default(), name),
                what: What::Dropped(kind),
            }),
        );
    }

    fn add(&mut self, node: &SyntaxNode) {
        let node = || node.clone();
        if let Some(alter) = ast::AlterTable::cast(node()) {
            self.alter_table(&alter);
        } else if let Some(drop) = ast::DropTable::cast(node()) {
            self.push_all(drop.table_name_refs(), &What::Dropped(Kind::Table));
        } else if let Some(drop) = ast::DropSequence::cast(node()) {
            self.push_all(drop.sequence_refs(), &What::Dropped(Kind::Sequence));
        } else if let Some(drop) = ast::DropType::cast(node()) {
            if cascades(drop.drop_behavior().as_ref()) {
                self.push_all(drop.type_name_refs(), &What::Dropped(Kind::Enum));
            }
        } else if let Some(drop) = ast::DropDomain::cast(node()) {
            if cascades(drop.drop_behavior().as_ref()) {
                self.push_all(drop.domain_refs(), &What::Dropped(Kind::Domain));
            }
        } else if let Some(drop) = ast::DropSchema::cast(node()) {
            if cascades(drop.drop_behavior().as_ref()) {
                self.push_global(drop.schema_refs(), Kind::Schema);
            }
        } else if let Some(drop) = ast::DropExtension::cast(node()) {
            if cascades(drop.drop_behavior().as_ref()) {
                self.push_global(drop.extension_refs(), Kind::Extension);
            }
        } else if let Some(truncate) = ast::Truncate::cast(node()) {
            let tables = truncate.table_list().into_iter().flat_map(|list| list.table_relation_names());
            self.push_all(tables.filter_map(|table| table.table_name_ref()), &What::Emptied);
        } else if let Some(delete) = ast::Delete::cast(node()) {
            if delete.where_clause_or_current_of().is_none() && delete.using_clause().is_none() {
                let table = delete.relation_name().and_then(|name| name.relation_name_ref());
                self.push(table, What::RowsDeleted);
            }
        } else if let Some(update) = ast::Update::cast(node()) {
            if update.where_clause_or_current_of().is_none() {
                let table = update.relation_name().and_then(|name| name.relation_name_ref());
                self.push(table, What::RowsUpdated);
            }
        } else if let Some(index) = ast::CreateIndex::cast(node()) {
            let table = index.table_relation_name().and_then(|name| name.table_name_ref());
            self.push(table, What::IndexBuilt);
        } else if let Some(reindex) = ast::ReindexTargetTable::cast(node()) {
            self.push(reindex.table_name_ref(), What::IndexBuilt);
        } else if let Some(refresh) = ast::Refresh::cast(node()) {
            self.push(refresh.view_ref(), What::Rewritten);
        } else if let Some(cluster) = ast::Cluster::cast(node()) {
            self.push(cluster.table_name_ref(), What::Rewritten);
        } else if let Some(lock) = ast::Lock::cast(node()) {
            let relations = lock.relation_list().into_iter();
            let relations = relations.flat_map(|list| list.syntax().children().collect::<Vec<_>>());
            let names = relations.filter_map(ast::RelationName::cast);
            self.push_all(names.filter_map(|name| name.relation_name_ref()), &What::Locked);
        } else if let Some(alter) = ast::AlterType::cast(node())
            && let Some(ast::AlterTypeAction::AddValue(value)) = alter.action()
            && let Some(label) = value.literal().and_then(|literal| literal.string_value())
        {
            self.push(alter.type_name_ref(), What::ValueAdded(label));
        }
    }

    fn alter_table(&mut self, alter: &ast::AlterTable) {
        let Some(name) = alter.table_relation_name().and_then(|name| name.table_name_ref()) else { return };
        let Some(of) = full(name.syntax()) else { return };
        for action in alter.actions() {
            let what = match &action {
                ast::AlterTableAction::TableRenameTo(rename) => {
                    let new = rename.table_name().and_then(|name| parts(name.syntax()).pop());
                    new.map(|name| What::Renamed(ObjectName::new(of.schema.clone(), name)))
                }
                ast::AlterTableAction::SetSchema(set) => {
                    let new = set.schema_ref().and_then(|schema| parts(schema.syntax()).pop());
                    new.map(|schema| What::Renamed(ObjectName::new(schema, of.name.clone())))
                }
                ast::AlterTableAction::ValidateConstraint(_) => Some(What::Scanned),
                other => altered(other).or(Some(What::Locked)),
            };
            if let ast::AlterTableAction::AddConstraint(add) = &action
                && let Some(ast::Constraint::ForeignKeyConstraint(key)) = add.constraint()
            {
                // Of the referenced table no rows are read but those that are looked for; it is locked.
                self.push(key.table_name_ref(), What::Locked);
            }
            let what = what.into_iter();
            self.0.extend(what.map(|what| Effect { of: of.clone(), what }));
        }
    }
}

/// What an action of `ALTER TABLE` costs besides the lock.
fn altered(action: &ast::AlterTableAction) -> Option<What> {
    use ast::AlterTableAction as Action;
    match action {
        Action::DropColumn(drop) => column(drop.column_name_ref()).map(What::ColumnDropped),
        Action::AddColumn(add) => {
            let mut constraints = add.constraints();
            let ty = add.ty().map(|ty| ty.syntax().text().to_string().to_ascii_lowercase());
            let serial = ty.is_some_and(|ty| ty.ends_with("serial"));
            (serial || constraints.any(|constraint| rewrites(&constraint))).then_some(What::Rewritten)
        }
        Action::AddConstraint(add) => match add.constraint()? {
            constraint if constraint.is_not_valid() => None,
            ast::Constraint::PrimaryKeyConstraint(key) => {
                key.using_index().is_none().then_some(What::IndexBuilt)
            }
            ast::Constraint::UniqueConstraint(key) => key.using_index().is_none().then_some(What::IndexBuilt),
            ast::Constraint::ExcludeConstraint(_) => Some(What::IndexBuilt),
            _ => Some(What::Scanned),
        },
        Action::AlterColumn(alter) => match alter.option()? {
            ast::AlterColumnOption::SetType(set) => Some(What::ColumnRetyped {
                column: column(alter.column_name_ref())?,
                to: set.ty()?.syntax().text().to_string(),
                using: set.using_expr().is_some(),
            }),
            ast::AlterColumnOption::SetNotNull(_) => Some(What::Scanned),
            ast::AlterColumnOption::SetExpression(_) => Some(What::Rewritten),
            _ => None,
        },
        Action::SetLogged(_)
        | Action::SetUnlogged(_)
        | Action::SetAccessMethod(_)
        | Action::SetTablespace(_) => Some(What::Rewritten),
        Action::AttachPartition(_) => Some(What::Scanned),
        Action::DetachPartition(_) => Some(What::Detached),
        _ => None,
    }
}

/// Whether a new column has other values in each row: then every row is written. A default that calls a
/// function may be such a one, unless it is known to say the same for all rows of a statement.
fn rewrites(constraint: &ast::Constraint) -> bool {
    const STABLE: [&str; 5] =
        ["now", "transaction_timestamp", "statement_timestamp", "current_setting", "pg_catalog.now"];
    match constraint {
        ast::Constraint::GeneratedConstraint(generated) => match generated.generated_as() {
            Some(ast::GeneratedAs::GeneratedStored(stored)) => {
                !stored.syntax().text().to_string().to_ascii_lowercase().trim_end().ends_with("virtual")
            }
            _ => true,
        },
        ast::Constraint::DefaultConstraint(default) => {
            let calls = default.syntax().descendants().filter_map(ast::CallExpr::cast);
            let mut called = calls.map(|call| {
                let text = call.syntax().text().to_string().to_ascii_lowercase();
                text.split('(').next().unwrap_or_default().trim().to_owned()
            });
            called.any(|name| !STABLE.contains(&name.as_str()))
        }
        _ => false,
    }
}

fn column(name: Option<ast::ColumnNameRef>) -> Option<Ident> {
    parts(name?.syntax()).pop()
}

fn cascades(behavior: Option<&ast::DropBehavior>) -> bool {
    matches!(behavior, Some(ast::DropBehavior::Cascade(_)))
}

/// A name with its schema: `public`, which migrations run in, where it stands alone.
fn full(node: &SyntaxNode) -> Option<ObjectName> {
    let mut parts = parts(node);
    let name = parts.pop()?;
    Some(ObjectName::new(parts.pop().unwrap_or_else(|| Ident::from("public")), name))
}

#[cfg(test)]
mod tests {
    use super::super::super::parse;

    fn effects(sql: &str) -> Vec<String> {
        let effects = parse(sql).unwrap()[0].effects();
        effects.iter().map(|effect| format!("{} {:?}", effect.of, effect.what)).collect()
    }

    #[test]
    fn what_costs_something_is_told_of_each_object() {
        for (sql, told) in [
            ("DROP TABLE a.b, c", vec!["a.b Dropped(Table)", "public.c Dropped(Table)"]),
            ("DROP SCHEMA a CASCADE", vec!["\"\".a Dropped(Schema)"]),
            ("DROP TYPE a.b CASCADE", vec!["a.b Dropped(Enum)"]),
            ("DROP TYPE a.b", vec![]),
            ("ALTER TABLE ONLY a.b DROP COLUMN IF EXISTS c", vec!["a.b ColumnDropped(Ident(\"c\"))"]),
            ("ALTER TABLE a.b ADD c int DEFAULT 1, ADD d int NOT NULL", vec!["a.b Locked", "a.b Locked"]),
            ("ALTER TABLE a.b ADD c timestamptz DEFAULT now()", vec!["a.b Locked"]),
            ("ALTER TABLE a.b ADD c uuid DEFAULT gen_random_uuid()", vec!["a.b Rewritten"]),
            ("ALTER TABLE a.b ADD c bigserial", vec!["a.b Rewritten"]),
            ("ALTER TABLE a.b ADD c int GENERATED ALWAYS AS (d + 1) STORED", vec!["a.b Rewritten"]),
            ("ALTER TABLE a.b ADD c int GENERATED ALWAYS AS (d + 1) VIRTUAL", vec!["a.b Locked"]),
            ("ALTER TABLE a.b ADD CHECK (c > 0)", vec!["a.b Scanned"]),
            ("ALTER TABLE a.b ADD CONSTRAINT x CHECK (c > 0) NOT VALID", vec!["a.b Locked"]),
            ("ALTER TABLE a.b ADD FOREIGN KEY (c) REFERENCES d.e", vec!["d.e Locked", "a.b Scanned"]),
            ("ALTER TABLE a.b ADD PRIMARY KEY USING INDEX i", vec!["a.b Locked"]),
            ("ALTER TABLE a.b ADD UNIQUE (c)", vec!["a.b IndexBuilt"]),
            ("ALTER TABLE a.b ALTER c SET NOT NULL", vec!["a.b Scanned"]),
            (
                "ALTER TABLE a.b ALTER c TYPE int USING c::int",
                vec!["a.b ColumnRetyped { column: Ident(\"c\"), to: \"int\", using: true }"],
            ),
            (
                "ALTER TABLE a.b RENAME TO d",
                vec!["a.b Renamed(ObjectName { schema: Ident(\"a\"), name: Ident(\"d\") })"],
            ),
            ("ALTER TABLE a.b DETACH PARTITION a.c", vec!["a.b Detached"]),
            ("CREATE UNIQUE INDEX i ON a.b (c)", vec!["a.b IndexBuilt"]),
            ("TRUNCATE a.b, c.d", vec!["a.b Emptied", "c.d Emptied"]),
            ("DELETE FROM a.b", vec!["a.b RowsDeleted"]),
            ("DELETE FROM a.b WHERE c = 1", vec![]),
            (
                "WITH x AS (DELETE FROM a.b RETURNING *) INSERT INTO c.d SELECT * FROM x",
                vec!["a.b RowsDeleted"],
            ),
            ("UPDATE a.b SET c = 1", vec!["a.b RowsUpdated"]),
            ("LOCK TABLE a.b, c.d", vec!["a.b Locked", "c.d Locked"]),
            ("REFRESH MATERIALIZED VIEW a.b", vec!["a.b Rewritten"]),
            ("ALTER TYPE a.b ADD VALUE IF NOT EXISTS 'it''s' BEFORE 'x'", vec!["a.b ValueAdded(\"it's\")"]),
            ("CREATE TABLE a.b (c int)", vec![]),
        ] {
            assert_eq!(effects(sql), told, "{sql}");
        }
    }
}
