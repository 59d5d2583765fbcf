//! What a statement does to what may stand already: the part of it that costs data, locks or time.
//!
//! Longer than 400 lines: it is one table, a row for each action of a statement.
//!
//! After the manual's pages of `ALTER TABLE` ("Notes"), `CREATE INDEX` and "Explicit Locking"; the suite
//! `locks` holds the modes against `pg_locks`.

mod alter_table;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};
use tenon_schema::{Ident, ObjectName};

use super::super::{LockMode, Statement};
use super::names::parts;
use crate::snapshot::Kind;

/// What a statement does, and to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The relation, type or index; of a schema or an extension the name, and no schema.
    pub of: ObjectName,
    pub what: EffectKind,
    /// How the relation is locked until the transaction ends; absent of what is no relation.
    pub lock: Option<LockMode>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectKind {
    /// The object goes. Of types, domains, schemas and extensions only if `CASCADE` takes something with
    /// them.
    Dropped(Kind),
    ColumnDropped(Ident),
    ConstraintDropped {
        name: Ident,
        cascade: bool,
    },
    /// Values become others: the type as it is written, and whether an expression converts them.
    ColumnRetyped {
        column: Ident,
        to: String,
        using: bool,
    },
    /// Every row is written anew, with what it held.
    Rewritten,
    /// `TRUNCATE`, and with `CASCADE` of the tables that refer to it too.
    Emptied {
        cascade: bool,
    },
    /// `DELETE` of all rows.
    RowsDeleted,
    /// `UPDATE` of all rows.
    RowsUpdated,
    /// An index is built over all rows.
    IndexBuilt,
    /// The table's indexes are built over all rows once more.
    Reindexed,
    /// All rows are read to check them.
    Scanned,
    /// The table is no longer a partition.
    Detached,
    /// The table gets a partition.
    PartitionAdded,
    /// The relation is locked, and nothing else that costs anything is done to it.
    Locked,
    /// An index goes.
    IndexDropped,
    /// An index is built once more.
    IndexRebuilt,
    /// An index is locked.
    IndexLocked,
    /// A domain's new rule is held against all values of it.
    DomainChecked,
    /// A composite type gets other attributes, with the tables that are made of it.
    Reshaped,
    Renamed(ObjectName),
    /// A label was added to an enum type.
    ValueAdded(String),
}

/// The lock of what is no relation.
const UNLOCKED: Option<LockMode> = None;

/// All effects of a statement, in their order. None where the parser must not be given it or cannot read it.
pub(in super::super) fn effects(statement: &Statement<'_>) -> Vec<Effect> {
    let Some(parse) = super::parsed(statement).filter(|parse| parse.errors().is_empty()) else {
        return Vec::new();
    };
    let root = parse.syntax_node();
    let mut effects = Effects::default();
    for node in root.descendants() {
        effects.add(&node);
    }
    effects.0
}

/// Whether it stands in what is only defined, and runs some other time.
fn is_defined(node: &SyntaxNode) -> bool {
    let mut ancestors = node.ancestors().skip(1);
    ancestors.any(|node| {
        let kind = node.kind();
        ast::CreateFunction::can_cast(kind)
            || ast::CreateProcedure::can_cast(kind)
            || ast::CreateRule::can_cast(kind)
    })
}

#[derive(Default)]
struct Effects(Vec<Effect>);

impl Effects {
    fn push(&mut self, name: Option<impl AstNode>, what: EffectKind, lock: impl Into<Option<LockMode>>) {
        if let Some(name) = name
            && let Some(of) = full(name.syntax())
            && !is_defined(name.syntax())
        {
            self.0.push(Effect { of, what, lock: lock.into() });
        }
    }

    fn push_all(
        &mut self,
        names: impl Iterator<Item = impl AstNode>,
        what: &EffectKind,
        lock: impl Into<Option<LockMode>>,
    ) {
        let lock = lock.into();
        for name in names {
            self.push(Some(name), what.clone(), lock);
        }
    }

    fn push_global(&mut self, names: impl Iterator<Item = impl AstNode>, kind: Kind) {
        let names = names.filter_map(|name| parts(name.syntax()).pop());
        self.0.extend(names.map(|name| Effect {
            of: ObjectName::new(Ident::default(), name),
            what: EffectKind::Dropped(kind),
            lock: None,
        }));
    }

    fn add(&mut self, node: &SyntaxNode) {
        let _ = self.altered(node)
            || self.dropped(node)
            || self.created(node)
            || self.rows_changed(node)
            || self.maintained(node);
    }

    fn altered(&mut self, node: &SyntaxNode) -> bool {
        use LockMode::{AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};
        let node = || node.clone();
        if let Some(alter) = ast::AlterTable::cast(node()) {
            self.alter_table(alter.table_relation_name(), &alter.actions().collect::<Vec<_>>());
        } else if let Some(alter) = ast::AlterForeignTable::cast(node()) {
            self.alter_table(alter.table_relation_name(), &alter.actions().collect::<Vec<_>>());
        } else if let Some(alter) = ast::AlterIndex::cast(node()) {
            let mode = match alter.action() {
                Some(
                    ast::AlterIndexAction::IndexRenameTo(_)
                    | ast::AlterIndexAction::AlterSetStatistics(_)
                    | ast::AlterIndexAction::SetOptions(_)
                    | ast::AlterIndexAction::ResetOptions(_),
                ) => ShareUpdateExclusive,
                Some(ast::AlterIndexAction::AttachIndexPartition(attach)) => {
                    self.push(attach.index_ref(), EffectKind::IndexLocked, AccessExclusive);
                    ShareUpdateExclusive
                }
                _ => AccessExclusive,
            };
            self.push(alter.index_ref(), EffectKind::IndexLocked, mode);
        } else if let Some(alter) = ast::AlterView::cast(node()) {
            self.push(alter.view_ref(), EffectKind::Locked, AccessExclusive);
        } else if let Some(alter) = ast::AlterMaterializedView::cast(node()) {
            let mode = |action| match action {
                ast::AlterMaterializedViewAction::AlterTableAction(action) => alter_table::lock(&action),
                _ => AccessExclusive,
            };
            let mode = alter.action().map(mode).max();
            self.push(alter.view_ref(), EffectKind::Locked, mode);
        } else if let Some(alter) = ast::AlterSequence::cast(node()) {
            let own = |action| matches!(action, ast::AlterSequenceAction::SequenceOption(_));
            let mode = if alter.actions().all(own) { ShareRowExclusive } else { AccessExclusive };
            self.push(alter.sequence_ref(), EffectKind::Locked, mode);
        } else if let Some(alter) = ast::AlterTrigger::cast(node()) {
            let on = alter.on_relation().and_then(|on| on.relation_name_ref());
            self.push(on, EffectKind::Locked, AccessExclusive);
        } else if let Some(alter) = ast::AlterRule::cast(node()) {
            let on = alter.on_relation().and_then(|on| on.relation_name_ref());
            self.push(on, EffectKind::Locked, AccessExclusive);
        } else if let Some(alter) = ast::AlterPolicy::cast(node()) {
            let on = alter.on_table().and_then(|on| on.table_name_ref());
            self.push(on, EffectKind::Locked, AccessExclusive);
        } else if let Some(alter) = ast::AlterDomain::cast(node()) {
            let checks = match alter.action() {
                Some(ast::AlterDomainAction::AddConstraint(add)) => {
                    add.constraint().is_some_and(|constraint| !constraint.is_not_valid())
                }
                Some(
                    ast::AlterDomainAction::SetNotNull(_) | ast::AlterDomainAction::ValidateConstraint(_),
                ) => true,
                _ => false,
            };
            if checks {
                self.push(alter.domain_ref(), EffectKind::DomainChecked, UNLOCKED);
            }
        } else if let Some(alter) = ast::AlterType::cast(node()) {
            match alter.action() {
                Some(ast::AlterTypeAction::AddValue(value)) => {
                    if let Some(label) = value.literal().and_then(|literal| literal.string_value()) {
                        self.push(alter.type_name_ref(), EffectKind::ValueAdded(label), UNLOCKED);
                    }
                }
                Some(
                    ast::AlterTypeAction::AlterTypeAttributeActionList(_)
                    | ast::AlterTypeAction::RenameAttribute(_),
                ) => self.push(alter.type_name_ref(), EffectKind::Reshaped, UNLOCKED),
                Some(ast::AlterTypeAction::TypeRenameTo(rename)) => {
                    let new = rename.type_name().and_then(|name| parts(name.syntax()).pop());
                    let of = alter.type_name_ref().and_then(|name| full(name.syntax()));
                    if let (Some(new), Some(of)) = (new, of) {
                        let renamed = EffectKind::Renamed(ObjectName::new(of.schema, new));
                        self.push(alter.type_name_ref(), renamed, UNLOCKED);
                    }
                }
                _ => {}
            }
        } else {
            return false;
        }
        true
    }

    fn dropped(&mut self, node: &SyntaxNode) -> bool {
        use LockMode::AccessExclusive;
        let node = || node.clone();
        if let Some(drop) = ast::DropTable::cast(node()) {
            self.push_all(drop.table_name_refs(), &EffectKind::Dropped(Kind::Table), AccessExclusive);
        } else if let Some(drop) = ast::DropSequence::cast(node()) {
            self.push_all(drop.sequence_refs(), &EffectKind::Dropped(Kind::Sequence), AccessExclusive);
        } else if let Some(drop) = ast::DropType::cast(node()) {
            if cascades(drop.drop_behavior().as_ref()) {
                self.push_all(drop.type_name_refs(), &EffectKind::Dropped(Kind::Enum), UNLOCKED);
            }
        } else if let Some(drop) = ast::DropDomain::cast(node()) {
            if cascades(drop.drop_behavior().as_ref()) {
                self.push_all(drop.domain_refs(), &EffectKind::Dropped(Kind::Domain), UNLOCKED);
            }
        } else if let Some(drop) = ast::DropSchema::cast(node()) {
            if cascades(drop.drop_behavior().as_ref()) {
                self.push_global(drop.schema_refs(), Kind::Schema);
            }
        } else if let Some(drop) = ast::DropExtension::cast(node()) {
            if cascades(drop.drop_behavior().as_ref()) {
                self.push_global(drop.extension_refs(), Kind::Extension);
            }
        } else if let Some(drop) = ast::DropIndex::cast(node()) {
            self.push_all(drop.index_refs(), &EffectKind::IndexDropped, AccessExclusive);
        } else if let Some(drop) = ast::DropView::cast(node()) {
            self.push_all(drop.view_refs(), &EffectKind::Locked, AccessExclusive);
        } else if let Some(drop) = ast::DropMaterializedView::cast(node()) {
            self.push_all(drop.view_refs(), &EffectKind::Locked, AccessExclusive);
        } else if let Some(drop) = ast::DropTrigger::cast(node()) {
            let on = drop.on_relation().and_then(|on| on.relation_name_ref());
            self.push(on, EffectKind::Locked, AccessExclusive);
        } else if let Some(drop) = ast::DropRule::cast(node()) {
            let on = drop.on_relation().and_then(|on| on.relation_name_ref());
            self.push(on, EffectKind::Locked, AccessExclusive);
        } else if let Some(drop) = ast::DropPolicy::cast(node()) {
            let on = drop.on_table().and_then(|on| on.table_name_ref());
            self.push(on, EffectKind::Locked, AccessExclusive);
        } else {
            return false;
        }
        true
    }

    fn created(&mut self, node: &SyntaxNode) -> bool {
        use LockMode::{AccessExclusive, Share, ShareRowExclusive, ShareUpdateExclusive};
        let node = || node.clone();
        if let Some(create) = ast::CreateTable::cast(node()) {
            self.referenced(create.syntax());
            let parents = create.inherits().into_iter().flat_map(|inherits| inherits.table_name_refs());
            self.push_all(parents, &EffectKind::Locked, ShareUpdateExclusive);
            let whole = create.partition_of().and_then(|of| of.table_name_ref());
            self.push(whole, EffectKind::PartitionAdded, AccessExclusive);
        } else if let Some(create) = ast::CreateIndex::cast(node()) {
            let table = create.table_relation_name();
            let only = table.as_ref().is_some_and(|table| table.only_token().is_some());
            let what = if only { EffectKind::Locked } else { EffectKind::IndexBuilt };
            self.push(table.and_then(|name| name.table_name_ref()), what, Share);
        } else if let Some(create) = ast::CreateTrigger::cast(node()) {
            let on = create.on_relation().and_then(|on| on.relation_name_ref());
            self.push(on, EffectKind::Locked, ShareRowExclusive);
        } else if let Some(create) = ast::CreateRule::cast(node()) {
            let on = create.rule_on().and_then(|on| on.relation_name_ref());
            if let Some(of) = on.and_then(|on| full(on.syntax())) {
                self.0.push(Effect { of, what: EffectKind::Locked, lock: Some(AccessExclusive) });
            }
        } else if let Some(create) = ast::CreatePolicy::cast(node()) {
            let on = create.on_table().and_then(|on| on.table_name_ref());
            self.push(on, EffectKind::Locked, AccessExclusive);
        } else if let Some(create) = ast::CreateView::cast(node()) {
            if create.or_replace().is_some() {
                self.push(create.view(), EffectKind::Locked, AccessExclusive);
            }
        } else if let Some(create) = ast::CreateStatistics::cast(node()) {
            let on = create.from_table().and_then(|from| from.table_name_ref());
            self.push(on, EffectKind::Locked, ShareUpdateExclusive);
        } else {
            return false;
        }
        true
    }

    fn rows_changed(&mut self, node: &SyntaxNode) -> bool {
        use LockMode::{AccessExclusive, RowExclusive};
        let node = || node.clone();
        if let Some(truncate) = ast::Truncate::cast(node()) {
            let tables = truncate.table_list().into_iter().flat_map(|list| list.table_relation_names());
            let cascade = cascades(truncate.drop_behavior().as_ref());
            let tables = tables.filter_map(|table| table.table_name_ref());
            self.push_all(tables, &EffectKind::Emptied { cascade }, AccessExclusive);
        } else if let Some(delete) = ast::Delete::cast(node()) {
            if delete.where_clause_or_current_of().is_none() && delete.using_clause().is_none() {
                let table = delete.relation_name().and_then(|name| name.relation_name_ref());
                self.push(table, EffectKind::RowsDeleted, RowExclusive);
            }
        } else if let Some(update) = ast::Update::cast(node()) {
            if update.where_clause_or_current_of().is_none() {
                let table = update.relation_name().and_then(|name| name.relation_name_ref());
                self.push(table, EffectKind::RowsUpdated, RowExclusive);
            }
        } else {
            return false;
        }
        true
    }

    fn maintained(&mut self, node: &SyntaxNode) -> bool {
        use LockMode::{AccessExclusive, Exclusive, Share, ShareUpdateExclusive};
        let node = || node.clone();
        if let Some(reindex) = ast::ReindexTargetTable::cast(node()) {
            self.push(reindex.table_name_ref(), EffectKind::Reindexed, Share);
        } else if let Some(reindex) = ast::ReindexTargetIndex::cast(node()) {
            self.push(reindex.index_ref(), EffectKind::IndexRebuilt, AccessExclusive);
        } else if let Some(refresh) = ast::Refresh::cast(node()) {
            let beside = refresh.concurrently_token().is_some();
            self.push(
                refresh.view_ref(),
                EffectKind::Rewritten,
                if beside { Exclusive } else { AccessExclusive },
            );
        } else if let Some(cluster) = ast::Cluster::cast(node()) {
            self.push(cluster.table_name_ref(), EffectKind::Rewritten, AccessExclusive);
        } else if let Some(analyze) = ast::Analyze::cast(node()) {
            let tables = analyze.table_and_columns_list().into_iter();
            let tables = tables.flat_map(|list| list.table_and_columnss());
            let tables = tables.filter_map(|table| table.table_relation_name()?.table_name_ref());
            self.push_all(tables, &EffectKind::Locked, ShareUpdateExclusive);
        } else if let Some(lock) = ast::Lock::cast(node()) {
            let mode = lock.lock_mode_clause().and_then(|clause| clause.lock_mode());
            let mode = mode.map_or(AccessExclusive, |mode| written(&mode));
            let relations = lock.relation_list().into_iter();
            let relations = relations.flat_map(|list| list.syntax().children().collect::<Vec<_>>());
            let names = relations.filter_map(ast::RelationName::cast);
            self.push_all(names.filter_map(|name| name.relation_name_ref()), &EffectKind::Locked, mode);
        } else if let Some(on) = ast::ObjectTable::cast(node()) {
            self.push(on.table_name_ref(), EffectKind::Locked, ShareUpdateExclusive);
        } else {
            return false;
        }
        true
    }
}

/// The mode that `LOCK TABLE` names.
fn written(mode: &ast::LockMode) -> LockMode {
    match mode {
        ast::LockMode::AccessShare(_) => LockMode::AccessShare,
        ast::LockMode::RowShare(_) => LockMode::RowShare,
        ast::LockMode::RowExclusive(_) => LockMode::RowExclusive,
        ast::LockMode::ShareUpdateExclusive(_) => LockMode::ShareUpdateExclusive,
        ast::LockMode::Share(_) => LockMode::Share,
        ast::LockMode::ShareRowExclusive(_) => LockMode::ShareRowExclusive,
        ast::LockMode::Exclusive(_) => LockMode::Exclusive,
        ast::LockMode::AccessExclusive(_) => LockMode::AccessExclusive,
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
            ("ALTER TABLE a.b DETACH PARTITION a.c", vec!["a.c Locked", "a.b Detached"]),
            ("CREATE UNIQUE INDEX i ON a.b (c)", vec!["a.b IndexBuilt"]),
            ("TRUNCATE a.b, c.d", vec!["a.b Emptied { cascade: false }", "c.d Emptied { cascade: false }"]),
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
            (
                "ALTER TYPE a.b RENAME TO \"d e\"",
                vec!["a.b Renamed(ObjectName { schema: Ident(\"a\"), name: Ident(\"d e\") })"],
            ),
            ("CREATE TABLE a.b (c int)", vec![]),
        ] {
            assert_eq!(effects(sql), told, "{sql}");
        }
    }
}
