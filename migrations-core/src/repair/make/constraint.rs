//! Making a constraint of a table.

use tenon_schema::Ident;

use crate::ddl;
use crate::repair::address::name;
use crate::repair::sides::{is_set, list, text};
use crate::repair::spelling::{idents, options};
use crate::snapshot::{Object, ObjectId, Property, Value};

pub(in crate::repair) fn add(id: &ObjectId, constraint: &Object) -> Option<Vec<String>> {
    // How its own triggers are switched cannot be said by their names.
    if constraint.contains_key(&Property::Enabled)
        || constraint.contains_key(&Property::ReferencedEnabled)
        || constraint.get(&Property::Valid).is_some_and(|valid| *valid == Value::Flag(false))
    {
        return None;
    }
    let kind = text(constraint, Property::ConstraintType)?;
    let mut sql = format!("ALTER TABLE {} ADD CONSTRAINT {} ", id.owner().quoted(), id.name.quoted());
    match kind {
        "PRIMARY KEY" => sql.push_str(&format!("PRIMARY KEY {}", key(constraint))),
        "UNIQUE" => {
            let nulls =
                if is_set(constraint, Property::NullsNotDistinct) { " NULLS NOT DISTINCT" } else { "" };
            sql.push_str(&format!("UNIQUE{nulls} {}", key(constraint)));
        }
        "FOREIGN KEY" => sql.push_str(&foreign_key(constraint)?),
        "CHECK" => sql.push_str(&format!("CHECK ({})", text(constraint, Property::Expression)?)),
        // Whole, with when it is checked.
        _ => {
            sql.push_str(text(constraint, Property::Definition)?);
            let space = text(constraint, Property::Tablespace).map(Ident::new);
            let space =
                space.map(|space| format!("ALTER INDEX {} SET TABLESPACE {}", name(id), space.quoted()));
            return Some(std::iter::once(sql).chain(space).collect());
        }
    }
    if matches!(kind, "PRIMARY KEY" | "UNIQUE") {
        sql.push_str(&ddl::storage(&options(list(constraint, Property::Options))));
        if let Some(tablespace) = text(constraint, Property::Tablespace) {
            sql.push_str(&format!(" USING INDEX TABLESPACE {}", Ident::new(tablespace).quoted()));
        }
    }
    for (property, words) in [
        (Property::NoInherit, " NO INHERIT"),
        (Property::Deferrable, " DEFERRABLE"),
        (Property::InitiallyDeferred, " INITIALLY DEFERRED"),
    ] {
        if is_set(constraint, property) {
            sql.push_str(words);
        }
    }
    if constraint.get(&Property::Enforced) == Some(&Value::Flag(false)) {
        sql.push_str(" NOT ENFORCED");
    } else if !is_set(constraint, Property::Validated) {
        sql.push_str(" NOT VALID");
    }
    Some(vec![sql])
}

fn foreign_key(constraint: &Object) -> Option<String> {
    let columns = |property| {
        ddl::foreign_columns(&idents(list(constraint, property)), is_set(constraint, Property::Period))
    };
    let mut sql = format!(
        "FOREIGN KEY {} REFERENCES {} {}",
        columns(Property::Columns),
        text(constraint, Property::References)?,
        columns(Property::ReferencedColumns)
    );
    for (property, words) in
        [(Property::Match, "MATCH"), (Property::OnUpdate, "ON UPDATE"), (Property::OnDelete, "ON DELETE")]
    {
        sql.push_str(&format!(" {words} {}", text(constraint, property)?));
    }
    Some(sql)
}

/// The columns of an index or key as SQL.
pub(in crate::repair) fn key(object: &Object) -> String {
    let include = ddl::include(&idents(list(object, Property::Include)));
    let columns = idents(list(object, Property::Columns));
    format!("{}{include}", ddl::key_columns(&columns, is_set(object, Property::Period)))
}
