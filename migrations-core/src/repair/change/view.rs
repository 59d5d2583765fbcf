//! Changing a view or a materialized view.

use tenon_schema::Ident;

use crate::repair::address::{address, name};
use crate::repair::make::view::{Column, DEFAULT, SETTINGS, as_query, column_settings, columns, defaults};
use crate::repair::rank::{LAST, rank};
use crate::repair::replace::replace_with_users;
use crate::repair::sides::list;
use crate::repair::spelling::change_options;
use crate::repair::{Changed, Repair, Sides};
use crate::snapshot::{Kind, Object, ObjectId, Property};

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    // Which options a view can have depends on its query.
    let is_same =
        |property| (sides.live(id)?.get(&property) == sides.expected(id)?.get(&property)).then_some(());
    if changed.property == Property::Options && is_same(Property::Query).is_some() {
        let (expected, found) = changed.lists();
        let alter = |action| format!("ALTER VIEW {} {action}", name(id));
        return Some(changed.repair(rank(id.kind), change_options(expected, found).into_iter().map(alter)));
    }
    let view = sides.wanted(id)?;
    let live = list(sides.live(id)?, Property::Columns);
    let (wanted, found) = (columns(list(&view, Property::Columns), &[DEFAULT]), columns(live, &[DEFAULT]));
    if !can_stay(&wanted, &found) {
        return replace_with_users(id, sides);
    }
    let mut sql = vec![as_query("CREATE OR REPLACE", id, &view)?];
    sql.extend(defaults(id, &view, live));
    Some(Repair::new(rank(id.kind), sql))
}

/// Whether only columns are lacking, at the end. One that got another's name would be taken for it by what
/// reads the view, which knows columns by their places.
fn can_stay(wanted: &[Column<'_>], found: &[Column<'_>]) -> bool {
    let is_same = |(found, wanted): (&Column<'_>, &Column<'_>)| {
        (&found.name, found.data_type) == (&wanted.name, wanted.data_type)
    };
    found.len() <= wanted.len() && found.iter().zip(wanted).all(is_same)
}

/// Whether it has other columns than it should: grants on columns come back with those, if it is made anew.
pub(in crate::repair) fn has_other_columns(id: &ObjectId, sides: &Sides<'_>) -> bool {
    let columns = |view: Option<&Object>| view.map(|view| list(view, Property::Columns).to_vec());
    columns(sides.expected(id)) != columns(sides.live(id))
}

/// The view with its columns and all grants, where it has to be made anew for its columns.
pub(in crate::repair) fn with_grants(id: &ObjectId, sides: &Sides<'_>) -> Option<Repair> {
    if has_to_be_made_anew(id, sides) { replace_with_users(id, sides) } else { None }
}

/// Whether it is a view that has to be made anew for its columns: then all comes back that is said of it and
/// them.
pub(in crate::repair) fn has_to_be_made_anew(id: &ObjectId, sides: &Sides<'_>) -> bool {
    let (Kind::View, Some(wanted), Some(found)) = (id.kind, sides.expected(id), sides.live(id)) else {
        return false;
    };
    !can_stay(
        &columns(list(wanted, Property::Columns), &[DEFAULT]),
        &columns(list(found, Property::Columns), &[DEFAULT]),
    )
}

pub(in crate::repair) fn change_materialized(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    let alter = |action: String| Some(format!("ALTER {} {action}", address(id, sides)?));
    let (expected, found) = changed.lists();
    let repair = |sql: Vec<Option<String>>| {
        Some(changed.repair(rank(id.kind), sql.into_iter().collect::<Option<Vec<_>>>()?))
    };
    match changed.property {
        Property::Options => repair(change_options(expected, found).into_iter().map(alter).collect()),
        Property::Clustered => repair(vec![alter(match changed.expected_text() {
            Some(index) => format!("CLUSTER ON {}", Ident::new(index).quoted()),
            None => "SET WITHOUT CLUSTER".to_owned(),
        })]),
        Property::Tablespace => {
            let space = Ident::new(changed.expected_text().unwrap_or("pg_default"));
            repair(vec![alter(format!("SET TABLESPACE {}", space.quoted()))])
        }
        Property::Method => repair(vec![alter(format!(
            "SET ACCESS METHOD {}",
            Ident::new(changed.expected_text()?).quoted()
        ))]),
        Property::Populated => Some(Repair::new(LAST, [format!("REFRESH {}", address(id, sides)?)])),
        Property::Columns if same_shape(expected, found) => {
            let view = sides.wanted(id)?;
            Some(changed.repair(rank(id.kind), column_settings(id, &view, found, sides)?))
        }
        _ => replace_with_users(id, sides),
    }
}

fn same_shape(expected: &[String], found: &[String]) -> bool {
    let shape = |entries| {
        let columns = columns(entries, &SETTINGS);
        columns.into_iter().map(|column| (column.name, column.data_type)).collect::<Vec<_>>()
    };
    shape(expected) == shape(found)
}
