//! What the actions of `ALTER TABLE` do, and how they lock (manual, `ALTER TABLE`; `AlterTableGetLockLevel`).

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};
use tenon_schema::ObjectName;

use super::super::super::LockMode;
use super::super::names::parts;
use super::{Effect, EffectKind, Effects, cascades, column, full};

impl Effects {
    /// One statement locks its table once, as the strongest of its actions needs.
    pub(super) fn alter_table(
        &mut self,
        table: Option<ast::TableRelationName>,
        actions: &[ast::AlterTableAction],
    ) {
        let Some(of) = table.and_then(|name| name.table_name_ref()).and_then(|name| full(name.syntax()))
        else {
            return;
        };
        let Some(mode) = actions.iter().map(lock).max() else { return };
        for action in actions {
            self.others(&of, action);
            let whats = done(&of, action);
            let whats = if whats.is_empty() { vec![EffectKind::Locked] } else { whats };
            self.0.extend(whats.into_iter().map(|what| Effect { of: of.clone(), what, lock: Some(mode) }));
        }
    }

    /// What an action does to other tables that it names.
    fn others(&mut self, of: &ObjectName, action: &ast::AlterTableAction) {
        use ast::AlterTableAction as Action;
        match action {
            Action::AddConstraint(add) => self.referenced(add.syntax()),
            Action::AddColumn(add) => self.referenced(add.syntax()),
            // The rows of what becomes a partition are read, and not those that are there already.
            Action::AttachPartition(attach) => {
                self.push(attach.table_name_ref(), EffectKind::Scanned, LockMode::AccessExclusive);
                self.0.push(Effect {
                    of: of.clone(),
                    what: EffectKind::PartitionAdded,
                    lock: Some(LockMode::ShareUpdateExclusive),
                });
            }
            Action::DetachPartition(detach) => {
                self.push(detach.table_name_ref(), EffectKind::Locked, LockMode::AccessExclusive);
            }
            Action::InheritTable(inherit) => {
                self.push(inherit.table_name_ref(), EffectKind::Locked, LockMode::ShareUpdateExclusive);
            }
            _ => {}
        }
    }

    /// The tables that foreign keys refer to: triggers are made on them, and no rows are read but those that
    /// are looked for.
    pub(super) fn referenced(&mut self, node: &SyntaxNode) {
        for node in node.descendants() {
            if let Some(key) = ast::ForeignKeyConstraint::cast(node.clone()) {
                self.push(key.table_name_ref(), EffectKind::Locked, LockMode::ShareRowExclusive);
            } else if let Some(key) = ast::ReferencesConstraint::cast(node) {
                self.push(key.table(), EffectKind::Locked, LockMode::ShareRowExclusive);
            }
        }
    }
}

/// How an action locks the table. What is not known to take less takes the strongest, as in PostgreSQL.
pub(super) fn lock(action: &ast::AlterTableAction) -> LockMode {
    use ast::AlterTableAction as Action;
    match action {
        Action::AddConstraint(add) => match add.constraint() {
            Some(ast::Constraint::ForeignKeyConstraint(_)) => LockMode::ShareRowExclusive,
            _ => LockMode::AccessExclusive,
        },
        Action::DisableTrigger(_)
        | Action::EnableTrigger(_)
        | Action::EnableReplicaTrigger(_)
        | Action::EnableAlwaysTrigger(_) => LockMode::ShareRowExclusive,
        Action::ValidateConstraint(_)
        | Action::ClusterOn(_)
        | Action::SetWithoutCluster(_)
        | Action::AttachPartition(_) => LockMode::ShareUpdateExclusive,
        Action::SetOptions(set) => parameters(set.attribute_list()),
        Action::ResetOptions(reset) => parameters(reset.attribute_list()),
        Action::AlterColumn(alter) => match alter.option() {
            Some(
                ast::AlterColumnOption::SetStatistics(_)
                | ast::AlterColumnOption::SetOptions(_)
                | ast::AlterColumnOption::SetOptionsList(_)
                | ast::AlterColumnOption::ResetOptions(_),
            ) => LockMode::ShareUpdateExclusive,
            _ => LockMode::AccessExclusive,
        },
        _ => LockMode::AccessExclusive,
    }
}

/// The storage parameters of tables that no statement has to see at once.
const HARMLESS: [&str; 6] = [
    "fillfactor",
    "toast_tuple_target",
    "parallel_workers",
    "vacuum_index_cleanup",
    "vacuum_truncate",
    "log_autovacuum_min_duration",
];

/// How storage parameters lock the table.
fn parameters(list: Option<ast::AttributeList>) -> LockMode {
    let Some(list) = list else { return LockMode::AccessExclusive };
    let harmless = |option: ast::AttributeOption| {
        let name = option.name().map(|name| name.syntax().text().to_string().to_ascii_lowercase());
        name.is_some_and(|name| HARMLESS.contains(&&*name) || name.starts_with("autovacuum_"))
    };
    if list.attribute_options().all(harmless) {
        LockMode::ShareUpdateExclusive
    } else {
        LockMode::AccessExclusive
    }
}

/// What an action does besides locking.
fn done(of: &ObjectName, action: &ast::AlterTableAction) -> Vec<EffectKind> {
    use ast::AlterTableAction as Action;
    let what = match action {
        Action::TableRenameTo(rename) => {
            let new = rename.table_name().and_then(|name| parts(name.syntax()).pop());
            new.map(|name| EffectKind::Renamed(ObjectName::new(of.schema.clone(), name)))
        }
        Action::SetSchema(set) => {
            let new = set.schema_ref().and_then(|schema| parts(schema.syntax()).pop());
            new.map(|schema| EffectKind::Renamed(ObjectName::new(schema, of.name.clone())))
        }
        Action::ValidateConstraint(_) => Some(EffectKind::Scanned),
        Action::DropColumn(drop) => column(drop.column_name_ref()).map(EffectKind::ColumnDropped),
        Action::DropConstraint(drop) => {
            let name = drop.constraint_name_ref().and_then(|name| parts(name.syntax()).pop());
            let cascade = cascades(drop.drop_behavior().as_ref());
            name.map(|name| EffectKind::ConstraintDropped { name, cascade })
        }
        Action::AddColumn(add) => return column_added(add),
        Action::AddConstraint(add) => add.constraint().and_then(|constraint| constraint_added(&constraint)),
        Action::AlterColumn(alter) => alter.option().and_then(|option| match option {
            ast::AlterColumnOption::SetType(set) => Some(EffectKind::ColumnRetyped {
                column: column(alter.column_name_ref())?,
                to: set.ty()?.syntax().text().to_string(),
                using: set.using_expr().is_some(),
            }),
            ast::AlterColumnOption::SetNotNull(_) => Some(EffectKind::Scanned),
            ast::AlterColumnOption::SetExpression(_) => Some(EffectKind::Rewritten),
            _ => None,
        }),
        Action::SetLogged(_)
        | Action::SetUnlogged(_)
        | Action::SetAccessMethod(_)
        | Action::SetTablespace(_) => Some(EffectKind::Rewritten),
        Action::DetachPartition(_) => Some(EffectKind::Detached),
        _ => None,
    };
    what.into_iter().collect()
}

fn constraint_added(constraint: &ast::Constraint) -> Option<EffectKind> {
    let unchecked =
        |option| matches!(option, ast::ConstraintOption::NotValid(_) | ast::ConstraintOption::NotEnforced(_));
    match constraint {
        constraint if constraint.constraint_options().any(unchecked) => None,
        ast::Constraint::PrimaryKeyConstraint(key) => {
            key.using_index().is_none().then_some(EffectKind::IndexBuilt)
        }
        ast::Constraint::UniqueConstraint(key) => {
            key.using_index().is_none().then_some(EffectKind::IndexBuilt)
        }
        ast::Constraint::ExcludeConstraint(_) => Some(EffectKind::IndexBuilt),
        _ => Some(EffectKind::Scanned),
    }
}

fn column_added(add: &ast::AddColumn) -> Vec<EffectKind> {
    let ty = add.ty().map(|ty| ty.syntax().text().to_string().to_ascii_lowercase());
    let serial = ty.is_some_and(|ty| ty.ends_with("serial"));
    let mut whats = Vec::new();
    if serial || add.constraints().any(|constraint| rewrites(&constraint)) {
        whats.push(EffectKind::Rewritten);
    }
    for constraint in add.constraints() {
        match constraint {
            ast::Constraint::PrimaryKeyConstraint(_) | ast::Constraint::UniqueConstraint(_) => {
                whats.push(EffectKind::IndexBuilt);
            }
            ast::Constraint::CheckConstraint(_) => whats.push(EffectKind::Scanned),
            _ => {}
        }
    }
    whats
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
