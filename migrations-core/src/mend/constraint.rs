//! Constraints of tables.

use tenon_schema::Ident;

use crate::ddl;
use crate::reading::{Kind, Object, ObjectId, Property, Value};

use super::address::{FOREIGN_KEYS, name, rank as rank_of};
use super::create::order;
use super::sides::{is_set, list, text};
use super::spelling::{change_options, idents, leading_ident, options};
use super::{Changed, Hazard, HazardRule, Mend, Sides, create, family, table};

/// The place in the order: foreign keys after what they refer to, indexes after keys.
pub(super) fn rank(id: &ObjectId, sides: &Sides<'_>) -> i16 {
    let object = sides.expected(id).or_else(|| sides.live(id));
    match object.and_then(|object| text(object, Property::ConstraintType)) {
        Some("FOREIGN KEY") => FOREIGN_KEYS,
        _ => rank_of(id.kind),
    }
}

pub(super) fn add(id: &ObjectId, constraint: &Object) -> Option<Vec<String>> {
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
        "PRIMARY KEY" => sql.push_str(&format!("PRIMARY KEY {}", table::key(constraint))),
        "UNIQUE" => {
            let nulls =
                if is_set(constraint, Property::NullsNotDistinct) { " NULLS NOT DISTINCT" } else { "" };
            sql.push_str(&format!("UNIQUE{nulls} {}", table::key(constraint)));
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

pub(super) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Mend> {
    let id = changed.id;
    let (expected, live) = (sides.expected(id)?, sides.live(id)?);
    let (wanted, found) = changed.lists();
    let alter_index = |action: String| format!("ALTER INDEX {} {action}", name(id));
    match changed.property {
        Property::Validated
            if changed.expects_flag() && differs_only_in(expected, live, &[Property::Validated]) =>
        {
            let sql = format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", id.owner().quoted(), id.name.quoted());
            Some(Mend::new(order(id, sides), [sql]))
        }
        Property::Deferrable | Property::InitiallyDeferred
            if text(expected, Property::ConstraintType) == Some("FOREIGN KEY")
                && differs_only_in(expected, live, &[Property::Deferrable, Property::InitiallyDeferred]) =>
        {
            let words =
                match (is_set(expected, Property::Deferrable), is_set(expected, Property::InitiallyDeferred))
                {
                    (_, true) => "DEFERRABLE INITIALLY DEFERRED",
                    (true, false) => "DEFERRABLE INITIALLY IMMEDIATE",
                    (false, false) => "NOT DEFERRABLE",
                };
            let sql =
                format!("ALTER TABLE {} ALTER CONSTRAINT {} {words}", id.owner().quoted(), id.name.quoted());
            Some(Mend::new(order(id, sides), [sql]))
        }
        Property::Options => {
            Some(changed.mend(order(id, sides), change_options(wanted, found).into_iter().map(alter_index)))
        }
        Property::Tablespace => {
            let space = Ident::new(changed.expected_text().unwrap_or("pg_default"));
            let mend =
                changed.mend(order(id, sides), [alter_index(format!("SET TABLESPACE {}", space.quoted()))]);
            Some(mend.hazard(Hazard::new(HazardRule::RewriteTable, id)))
        }
        Property::Inherited => declare(id, expected, live),
        Property::AttachedTo => family::attach_index(changed, sides),
        Property::Enabled | Property::ReferencedEnabled => {
            replace(&of_whole(id, live, sides).unwrap_or_else(|| id.clone()), sides)
        }
        _ => replace(id, sides),
    }
}

/// Makes a check that the table has from a parent its own too. It ceases to be by no statement.
fn declare(id: &ObjectId, expected: &Object, live: &Object) -> Option<Mend> {
    let is_taken_back = expected.contains_key(&Property::Inherited);
    if is_taken_back || !differs_only_in(expected, live, &[Property::Inherited]) {
        return None;
    }
    Some(Mend::adding(rank_of(id.kind), add(id, expected)?))
}

/// The foreign key of the partitioned table of which this one is the part's: that cannot go alone.
fn of_whole(id: &ObjectId, constraint: &Object, sides: &Sides<'_>) -> Option<ObjectId> {
    let table = sides.live(&family::relation(id))?;
    let whole = text(table, Property::PartitionOf)?.parse().ok()?;
    let of_whole = ObjectId::of_relation(id.kind, &whole, id.name.clone());
    let same = |property| {
        sides.live(&of_whole).is_some_and(|other| other.get(&property) == constraint.get(&property))
    };
    let of_whole = (same(Property::Columns) && same(Property::References)).then_some(of_whole)?;
    let above = sides.live(&of_whole).and_then(|object| self::of_whole(&of_whole, object, sides));
    Some(above.unwrap_or(of_whole))
}

fn differs_only_in(expected: &Object, live: &Object, allowed: &[Property]) -> bool {
    let open = [
        Property::Comment,
        Property::IndexComment,
        Property::DependsOn,
        Property::Options,
        Property::Tablespace,
    ];
    let all = expected.keys().chain(live.keys());
    all.filter(|property| !allowed.contains(property) && !open.contains(property))
        .all(|property| expected.get(property) == live.get(property))
}

/// Drops and adds it, with the foreign keys that hang on it.
fn replace(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    if refers_to_another(sides.expected(id)?, sides) {
        return None;
    }
    let hanging = referencing(id, sides);
    let mut mend = match text(sides.expected(id)?, Property::ConstraintType)? {
        "CHECK" | "FOREIGN KEY" => create::replace(id, sides)?,
        _ => family::replace(id, sides)?,
    };
    mend.sql.extend(table::uses_of(id, sides));
    let mut sql = Vec::new();
    for (key, _) in &hanging {
        sql.push(super::address::drop(key, sides)?);
    }
    sql.append(&mut mend.sql);
    for (key, object) in hanging {
        sql.extend(add(key, sides.expected(key).unwrap_or(object))?);
    }
    Some(Mend { sql, ..mend })
}

/// Whether something else has the name of the table that a foreign key refers to.
pub(super) fn refers_to_another(constraint: &Object, sides: &Sides<'_>) -> bool {
    let referenced = text(constraint, Property::References).and_then(|name| name.parse().ok());
    referenced.is_some_and(|name| {
        let table = ObjectId::standalone(Kind::Table, &name);
        sides.live(&table).is_none() && create::is_name_taken(&table, sides)
    })
}

/// The foreign keys, of whomever, that refer to this key or unique index.
pub(super) fn referencing<'a>(id: &ObjectId, sides: &Sides<'a>) -> Vec<(&'a ObjectId, &'a Object)> {
    let Some(live) = sides.live(id) else { return Vec::new() };
    let is_index = id.kind == Kind::Index && is_set(live, Property::Unique);
    if !is_index && !matches!(text(live, Property::ConstraintType), Some("PRIMARY KEY" | "UNIQUE")) {
        return Vec::new();
    }
    let mut key: Vec<String> = if is_index {
        let columns = list(live, Property::Keys).iter().filter_map(|key| leading_ident(key));
        columns.map(|(column, _)| column.as_str().to_owned()).collect()
    } else {
        list(live, Property::Columns).to_vec()
    };
    key.sort();
    let refers = |object: &Object| {
        let table = text(object, Property::References).and_then(|name| name.parse().ok());
        let mut referenced = list(object, Property::ReferencedColumns).to_vec();
        referenced.sort();
        table == Some(id.owner()) && referenced == key
    };
    let all = sides.live.objects.iter().filter(|(other, _)| other.kind == Kind::Constraint);
    all.filter(|(_, object)| refers(object)).collect()
}
