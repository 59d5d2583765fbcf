//! A table as a struct: a row of it, and its entity where an entity can say all of it.

use std::collections::BTreeSet;

use tenon_schema::{
    Column, Constraint, ConstraintRule, Deferrability, Ident, Identity, Index, ReferentialAction, Table,
};

use super::rust_name::{self, literal};
use super::rust_type::{OwnTypes, RustType, usual_words};

/// The struct of a table.
#[derive(Debug)]
pub(super) struct RowStruct {
    /// What stands above the struct, without the derives.
    pub(super) attributes: Vec<String>,
    /// Each with its attributes in front.
    pub(super) fields: Vec<String>,
    pub(super) is_entity: bool,
    /// Why the descriptor stays in the file, if it does.
    pub(super) why_no_entity: Option<String>,
    /// The columns that are not read, as `name (type)`.
    pub(super) unread: Vec<String>,
}

/// The table as an entity says it, in the order in which an entity does.
pub(super) fn as_entity(table: &Table) -> Table {
    let mut said = table.clone();
    for column in &mut said.columns {
        column.data_type = usual_words(&column.data_type);
    }
    let usual_key = format!("{}_pkey", table.name.name.as_str());
    for constraint in &mut said.constraints {
        let is_key = matches!(constraint.rule, ConstraintRule::PrimaryKey { .. });
        // PostgreSQL itself would choose that.
        if is_key
            && usual_key.len() <= tenon_schema::MAX_IDENTIFIER_BYTES
            && constraint.name.as_ref().is_some_and(|name| name.as_str() == usual_key)
        {
            constraint.name = None;
        }
    }
    said.constraints.sort_by_key(|constraint| match &constraint.rule {
        ConstraintRule::PrimaryKey { columns, .. } => {
            if columns.len() == 1 {
                0
            } else {
                1
            }
        }
        ConstraintRule::Unique { .. } => 2,
        ConstraintRule::ForeignKey { .. } => 3,
        ConstraintRule::Check { .. } => 4,
        ConstraintRule::Exclude { .. } => 5,
    });
    said
}

/// Why no entity says all of this table, if none does.
fn why_not(table: &Table) -> Option<String> {
    let plain = |name: &Ident| {
        let name = name.as_str();
        !name.is_empty() && !name.contains(['.', '"', ' ', '(', ')'])
    };
    if !plain(&table.name.schema) || !plain(&table.name.name) {
        return Some("its name needs quotes".to_owned());
    }
    let refers_to_odd = table.constraints.iter().any(|constraint| match &constraint.rule {
        ConstraintRule::ForeignKey { references, .. } => {
            !plain(&references.schema) || !plain(&references.name)
        }
        _ => false,
    });
    if refers_to_odd {
        return Some("a table that it refers to has a name that needs quotes".to_owned());
    }
    let said = Table {
        name: table.name.clone(),
        columns: table.columns.iter().map(said_of_column).collect(),
        constraints: table.constraints.iter().map(said_of_constraint).collect(),
        indexes: table.indexes.iter().map(said_of_index).collect(),
        ..Table::default()
    };
    if said == *table {
        return None;
    }
    let value = |table: &Table| serde_json::to_value(table).unwrap_or_default();
    let (said, whole) = (value(&said), value(table));
    let fields = whole.as_object().into_iter().flatten();
    let more: Vec<_> = fields
        .filter(|(key, value)| said.get(key.as_str()) != Some(*value))
        .map(|(key, _)| words(key))
        .collect();
    Some(format!("an entity does not say all of its {}", more.join(", ")))
}

fn words(key: &str) -> &str {
    match key {
        "about" => "owner, grants or comment",
        "row_security" | "force_row_security" => "row security",
        "partition_by" | "partition_of" => "partitions",
        "replica_identity" => "replica identity",
        "clustered_on" => "order of rows",
        "of_type" => "type",
        "inherits" => "parents",
        "storage" => "parameters",
        other => other,
    }
}

fn said_of_column(column: &Column) -> Column {
    Column {
        name: column.name.clone(),
        data_type: column.data_type.clone(),
        not_null: column.not_null,
        default: column.default.clone(),
        identity: column.identity,
        generated: column.generated.clone(),
        collation: column.collation.clone(),
        ..Column::default()
    }
}

fn said_of_constraint(constraint: &Constraint) -> Constraint {
    Constraint {
        name: constraint.name.clone(),
        deferrability: constraint.deferrability,
        ..Constraint::new(constraint.rule.clone())
    }
}

fn said_of_index(index: &Index) -> Index {
    Index {
        name: index.name.clone(),
        unique: index.unique,
        method: index.method.clone(),
        keys: index.keys.clone(),
        include: index.include.clone(),
        nulls_not_distinct: index.nulls_not_distinct,
        predicate: index.predicate.clone(),
        ..Index::default()
    }
}

/// The struct of a table that is as [`as_entity`] gives it; `None` where the table lists not all of its
/// columns, or none that is read.
pub(super) fn row_struct(table: &Table, own: &OwnTypes) -> Option<RowStruct> {
    if table.partition_of.is_some() || !table.inherits.is_empty() || table.of_type.is_some() {
        return None;
    }
    let types: Vec<Option<RustType>> = table.columns.iter().map(|column| own.of(&column.data_type)).collect();
    let unread: Vec<_> = table
        .columns
        .iter()
        .zip(&types)
        .filter(|(_, of)| of.is_none())
        .map(|(column, _)| format!("{} ({})", column.name, column.data_type))
        .collect();
    if unread.len() == table.columns.len() {
        return None;
    }
    let why_no_entity = why_not(table)
        .or_else(|| (!unread.is_empty()).then(|| format!("no Rust type is read from {}", unread.join(", "))));
    let is_entity = why_no_entity.is_none();
    let mut taken = BTreeSet::new();
    let columns = table.columns.iter().zip(&types);
    let fields = columns.filter_map(|(column, of)| {
        let ident = rust_name::free(rust_name::field(column.name.as_str()), &mut taken);
        Some(field(table, column, of.as_ref()?, &ident, is_entity))
    });
    let fields = fields.collect();
    let attributes = if is_entity { entity_attributes(table) } else { Vec::new() };
    Some(RowStruct { attributes, fields, is_entity, why_no_entity, unread })
}

fn field(table: &Table, column: &Column, of: &RustType, ident: &str, is_entity: bool) -> String {
    let mut said = Vec::new();
    if ident.strip_prefix("r#").unwrap_or(ident) != column.name.as_str() {
        said.push(format!("name = {}", literal(column.name.as_str())));
    }
    if is_entity {
        let is_own_key = |constraint: &&Constraint| {
            let ConstraintRule::PrimaryKey { columns, .. } = &constraint.rule else { return false };
            is_on_field(constraint) && columns.first() == Some(&column.name)
        };
        if let Some(key) = table.constraints.iter().find(is_own_key) {
            let options = options(key);
            let options =
                if options.is_empty() { String::new() } else { format!("({})", options.join(", ")) };
            said.push(format!("primary_key{options}"));
        }
        if column.data_type != of.sql {
            said.push(format!("type = {}", literal(&column.data_type)));
        }
        said.extend(column.identity.map(|identity| match identity {
            Identity::Always => "identity = \"always\"".to_owned(),
            Identity::ByDefault => "identity = \"by_default\"".to_owned(),
        }));
        for (word, text) in
            [("default", &column.default), ("generated", &column.generated), ("collation", &column.collation)]
        {
            said.extend(text.as_ref().map(|text| format!("{word} = {}", literal(text))));
        }
    }
    let attribute =
        if said.is_empty() { String::new() } else { format!("#[column({})]\n    ", said.join(", ")) };
    let rust = if column.not_null { of.text.clone() } else { format!("Option<{}>", of.text) };
    format!("{attribute}pub {ident}: {rust},")
}

/// Whether a constraint is said at its field: the primary key of one column.
fn is_on_field(constraint: &Constraint) -> bool {
    matches!(&constraint.rule, ConstraintRule::PrimaryKey { columns, include } if columns.len() == 1 && include.is_empty())
}

fn options(constraint: &Constraint) -> Vec<String> {
    let mut options = Vec::new();
    options.extend(constraint.name.as_ref().map(|name| format!("name = {}", literal(name.as_str()))));
    options.extend(match constraint.deferrability {
        Deferrability::NotDeferrable => None,
        Deferrability::InitiallyImmediate => Some("deferrable = \"immediate\"".to_owned()),
        Deferrability::InitiallyDeferred => Some("deferrable = \"deferred\"".to_owned()),
    });
    options
}

fn entity_attributes(table: &Table) -> Vec<String> {
    let name = format!("{}.{}", table.name.schema.as_str(), table.name.name.as_str());
    let mut said = vec![format!("table = {}", literal(&name))];
    let constraints = table.constraints.iter().filter(|constraint| !is_on_field(constraint));
    said.extend(constraints.map(|constraint| {
        let (word, mut parts) = rule(&constraint.rule);
        parts.extend(options(constraint));
        format!("{word}({})", parts.join(", "))
    }));
    said.extend(table.indexes.iter().map(index));
    said
}

fn list(word: &str, names: &[Ident]) -> Option<String> {
    let names: Vec<_> = names.iter().map(|name| literal(name.as_str())).collect();
    (!names.is_empty()).then(|| format!("{word}({})", names.join(", ")))
}

fn rule(rule: &ConstraintRule) -> (&'static str, Vec<String>) {
    let mut parts = Vec::new();
    let word = match rule {
        ConstraintRule::PrimaryKey { columns, include } => {
            parts.extend(list("columns", columns));
            parts.extend(list("include", include));
            "primary_key"
        }
        ConstraintRule::Unique { columns, include, nulls_not_distinct } => {
            parts.extend(list("columns", columns));
            parts.extend(list("include", include));
            parts.extend(nulls_not_distinct.then(|| "nulls_not_distinct".to_owned()));
            "unique"
        }
        ConstraintRule::ForeignKey {
            columns,
            references,
            referenced_columns,
            on_delete,
            on_delete_columns,
            on_update,
            match_full,
        } => {
            parts.extend(list("columns", columns));
            let name = format!("{}.{}", references.schema.as_str(), references.name.as_str());
            parts.push(format!("references = {}", literal(&name)));
            parts.extend(list("referenced", referenced_columns));
            parts.extend(action("on_delete", *on_delete));
            parts.extend(list("on_delete_columns", on_delete_columns));
            parts.extend(action("on_update", *on_update));
            parts.extend(match_full.then(|| "match_full".to_owned()));
            "foreign_key"
        }
        ConstraintRule::Check { expression, no_inherit } => {
            parts.push(literal(expression));
            parts.extend(no_inherit.then(|| "no_inherit".to_owned()));
            "check"
        }
        ConstraintRule::Exclude { definition } => {
            parts.push(literal(definition));
            "exclude"
        }
    };
    (word, parts)
}

fn action(word: &str, action: ReferentialAction) -> Option<String> {
    let value = match action {
        ReferentialAction::NoAction => return None,
        ReferentialAction::Restrict => "restrict",
        ReferentialAction::Cascade => "cascade",
        ReferentialAction::SetNull => "set_null",
        ReferentialAction::SetDefault => "set_default",
    };
    Some(format!("{word} = {}", literal(value)))
}

fn index(index: &Index) -> String {
    let keys: Vec<_> = index.keys.iter().map(|key| literal(key)).collect();
    let mut parts = vec![format!("keys({})", keys.join(", "))];
    parts.extend(index.name.as_ref().map(|name| format!("name = {}", literal(name.as_str()))));
    parts.extend(index.unique.then(|| "unique".to_owned()));
    if index.method != "btree" {
        parts.push(format!("method = {}", literal(&index.method)));
    }
    parts.extend(list("include", &index.include));
    parts.extend(index.nulls_not_distinct.then(|| "nulls_not_distinct".to_owned()));
    parts.extend(index.predicate.as_ref().map(|predicate| format!("where = {}", literal(predicate))));
    format!("index({})", parts.join(", "))
}
