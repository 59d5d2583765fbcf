//! An enum type made anew with other labels, and with it what has columns of it: the one way in which a new label can be
//! used in the transaction that adds it.

use std::collections::BTreeSet;

use tenon_schema::{Descriptors, Ident, ObjectName};

use super::{Sides, address, create};
use crate::ddl;
use crate::reading::{Kind, ObjectId, Property, Reading, Value};

/// What the type cannot go without, as the server tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    /// The columns of the type and of arrays of it, but for those that children inherit.
    pub columns: Vec<User>,
    /// The columns with defaults that are values of it.
    pub defaults: Vec<(ObjectName, Ident)>,
    /// What has to go for a moment, in the order in which it can.
    pub taken: Vec<ObjectId>,
}

/// A column, or an attribute of a composite type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub of: ObjectName,
    pub name: Ident,
    pub is_array: bool,
    pub is_attribute: bool,
}

/// The statements that make the type anew with its labels as they are read, for a migration; `None` where something
/// that would have to go cannot be made again.
pub fn enum_type(
    of: &ObjectName,
    users: &Users,
    reading: &Reading,
    server_major: i32,
) -> Option<Vec<String>> {
    let id = ObjectId::standalone(Kind::Enum, of);
    let Some(Value::List(labels)) = reading.objects.get(&id)?.get(&Property::Labels) else { return None };
    // Whose it is was decided by whoever runs the migration.
    let mut owned = reading.clone();
    owned.objects.values_mut().for_each(|object| drop(object.remove(&Property::Owner)));
    let gone = owned.only(|id| !users.taken.contains(id));
    let descriptors = &Descriptors::default();
    let sides = Sides { expected: &owned, live: &gone, descriptors, unmanaged: &[], server_major };
    let mut sql = Vec::new();
    for one in &users.taken {
        sql.push(address::drop(one, &sides)?);
    }
    for (table, column) in &users.defaults {
        sql.push(format!(
            "ALTER TABLE ONLY {} ALTER COLUMN {} DROP DEFAULT",
            table.quoted(),
            column.quoted()
        ));
    }
    let new = unused(of, reading);
    let labels: Vec<_> = labels.iter().map(|label| ddl::literal(label)).collect();
    sql.push(format!("CREATE TYPE {} AS ENUM ({})", new.quoted(), labels.join(", ")));
    for user in &users.columns {
        sql.push(retype(user, &new));
    }
    sql.push(format!("DROP TYPE {}", of.quoted()));
    sql.push(format!("ALTER TYPE {} RENAME TO {}", new.quoted(), of.name.quoted()));
    if let Some(about) = super::about::all(&id, owned.objects.get(&id)?, &sides) {
        sql.extend(about);
    }
    for (table, column) in &users.defaults {
        let column_id = ObjectId::of_relation(Kind::Column, table, column.clone());
        let Some(Value::Text(default)) =
            owned.objects.get(&column_id)?.get(&Property::Default).map(Value::first)
        else {
            return None;
        };
        sql.push(format!(
            "ALTER TABLE ONLY {} ALTER COLUMN {} SET DEFAULT {default}",
            table.quoted(),
            column.quoted()
        ));
    }
    for one in users.taken.iter().rev() {
        sql.extend(create::make(one, &sides)?);
    }
    Some(sql)
}

fn retype(user: &User, new: &ObjectName) -> String {
    let User { of, name, is_array, is_attribute } = user;
    let (of, name, array) = (of.quoted(), name.quoted(), if *is_array { "[]" } else { "" });
    let new = new.quoted();
    if *is_attribute {
        return format!("ALTER TYPE {of} ALTER ATTRIBUTE {name} TYPE {new}{array} CASCADE");
    }
    format!("ALTER TABLE {of} ALTER COLUMN {name} TYPE {new}{array} USING {name}::text{array}::{new}{array}")
}

/// A name beside that of the type which nothing has.
fn unused(of: &ObjectName, reading: &Reading) -> ObjectName {
    let taken: BTreeSet<_> = reading.objects.keys().map(|id| (&id.schema, id.name.as_str())).collect();
    let mut name = format!("{}_anew", of.name.as_str().chars().take(40).collect::<String>());
    while taken.contains(&(&of.schema, name.as_str())) {
        name.push('_');
    }
    ObjectName::new(of.schema.clone(), Ident::from(name))
}
