//! Views and materialized views.

use tenon_schema::Ident;

use crate::ddl;
use crate::reading::{Kind, Object, ObjectId, Property};

use super::address::{LAST, address, name, rank};
use super::create::{make, replace_with_users};
use super::sides::{list, text};
use super::spelling::{change_options, leading_ident, options};
use super::{Changed, Mend, Sides, column};

pub(super) fn create(id: &ObjectId, view: &Object, sides: &Sides<'_>) -> Option<Vec<String>> {
    let mut sql = vec![as_query("CREATE", id, view)?];
    sql.extend(defaults(id, view, &[]));
    for kind in [Kind::Trigger, Kind::Rule] {
        for (part, _) in sides.parts(&id.owner(), kind) {
            sql.extend(make(part, sides)?);
        }
    }
    Some(sql)
}

fn as_query(create: &str, id: &ObjectId, view: &Object) -> Option<String> {
    let options = ddl::storage(&options(list(view, Property::Options)));
    Some(format!("{create} VIEW {}{options} AS\n{}", name(id), query(view)?))
}

fn query(view: &Object) -> Option<&str> {
    Some(text(view, Property::Query)?.trim_end().trim_end_matches(';'))
}

pub(super) fn create_materialized(id: &ObjectId, view: &Object, sides: &Sides<'_>) -> Option<Vec<String>> {
    let method = text(view, Property::Method).map(Ident::new);
    let mut sql = vec![format!(
        "CREATE {}{}{}{} AS\n{}",
        address(id, sides)?,
        method.map_or_else(String::new, |name| format!(" USING {}", name.quoted())),
        ddl::storage(&options(list(view, Property::Options))),
        ddl::tablespace(text(view, Property::Tablespace).map(Ident::new).as_ref()),
        query(view)?
    )];
    sql.extend(column_settings(id, view, &[], sides)?);
    for kind in [Kind::Index, Kind::Statistics] {
        for (part, _) in sides.parts(&id.owner(), kind) {
            sql.extend(make(part, sides)?);
        }
    }
    if let Some(index) = text(view, Property::Clustered) {
        sql.push(format!("ALTER {} CLUSTER ON {}", address(id, sides)?, Ident::new(index).quoted()));
    }
    Some(sql)
}

/// A column of a view as it is read: name, type, and what else is said.
#[derive(Debug, PartialEq)]
struct Column<'a> {
    name: Ident,
    data_type: &'a str,
    rest: &'a str,
}

fn columns<'a>(entries: &'a [String], mark: &[&str]) -> Vec<Column<'a>> {
    let column = |entry: &'a String| {
        let (name, rest) = leading_ident(entry)?;
        let rest = rest.trim_start();
        let end = mark.iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
        Some(Column { name, data_type: &rest[..end], rest: &rest[end..] })
    };
    entries.iter().filter_map(column).collect()
}

const DEFAULT: &str = " DEFAULT ";

/// The defaults of a view's columns that are other than those found.
fn defaults(id: &ObjectId, view: &Object, found: &[String]) -> Vec<String> {
    let found = columns(found, &[DEFAULT]);
    let was =
        |name: &Ident| found.iter().find(|column| column.name == *name).map_or("", |column| column.rest);
    columns(list(view, Property::Columns), &[DEFAULT])
        .iter()
        .filter(|column| column.rest != was(&column.name))
        .map(|column| {
            let action = if column.rest.is_empty() {
                "DROP DEFAULT".to_owned()
            } else {
                format!("SET{}", column.rest)
            };
            format!("ALTER VIEW {} ALTER COLUMN {} {action}", name(id), column.name.quoted())
        })
        .collect()
}

pub(super) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Mend> {
    let id = changed.id;
    // Which options a view can have depends on its query.
    let is_same =
        |property| (sides.live(id)?.get(&property) == sides.expected(id)?.get(&property)).then_some(());
    if changed.property == Property::Options && is_same(Property::Query).is_some() {
        let (expected, found) = changed.lists();
        let alter = |action| format!("ALTER VIEW {} {action}", name(id));
        return Some(changed.mend(rank(id.kind), change_options(expected, found).into_iter().map(alter)));
    }
    let view = sides.wanted(id)?;
    let live = list(sides.live(id)?, Property::Columns);
    let (wanted, found) = (columns(list(&view, Property::Columns), &[DEFAULT]), columns(live, &[DEFAULT]));
    if !can_stay(&wanted, &found) {
        return replace_with_users(id, sides);
    }
    let mut sql = vec![as_query("CREATE OR REPLACE", id, &view)?];
    sql.extend(defaults(id, &view, live));
    Some(Mend::new(rank(id.kind), sql))
}

/// Whether only columns are lacking, at the end. One that got another's name would be taken for it by what reads the
/// view, which knows columns by their places.
fn can_stay(wanted: &[Column<'_>], found: &[Column<'_>]) -> bool {
    let is_same = |(found, wanted): (&Column<'_>, &Column<'_>)| {
        (&found.name, found.data_type) == (&wanted.name, wanted.data_type)
    };
    found.len() <= wanted.len() && found.iter().zip(wanted).all(is_same)
}

/// The view with its columns and all grants, where it has to be made anew for its columns.
pub(super) fn with_grants(id: &ObjectId, sides: &Sides<'_>) -> Option<Mend> {
    let columns_of = |object| columns(list(object, Property::Columns), &[DEFAULT]);
    let (wanted, found) = (columns_of(sides.expected(id)?), columns_of(sides.live(id)?));
    if can_stay(&wanted, &found) { None } else { replace_with_users(id, sides) }
}

pub(super) fn change_materialized(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Mend> {
    let id = changed.id;
    let alter = |action: String| Some(format!("ALTER {} {action}", address(id, sides)?));
    let (expected, found) = changed.lists();
    let mend = |sql: Vec<Option<String>>| {
        Some(changed.mend(rank(id.kind), sql.into_iter().collect::<Option<Vec<_>>>()?))
    };
    match changed.property {
        Property::Options => mend(change_options(expected, found).into_iter().map(alter).collect()),
        Property::Clustered => mend(vec![alter(match changed.expected_text() {
            Some(index) => format!("CLUSTER ON {}", Ident::new(index).quoted()),
            None => "SET WITHOUT CLUSTER".to_owned(),
        })]),
        Property::Tablespace => {
            let space = Ident::new(changed.expected_text().unwrap_or("pg_default"));
            mend(vec![alter(format!("SET TABLESPACE {}", space.quoted()))])
        }
        Property::Method => {
            mend(vec![alter(format!("SET ACCESS METHOD {}", Ident::new(changed.expected_text()?).quoted()))])
        }
        Property::Populated => Some(Mend::new(LAST, [format!("REFRESH {}", address(id, sides)?)])),
        Property::Columns if same_shape(expected, found) => {
            let view = sides.wanted(id)?;
            Some(changed.mend(rank(id.kind), column_settings(id, &view, found, sides)?))
        }
        _ => replace_with_users(id, sides),
    }
}

const SETTINGS: [&str; 4] = [" STORAGE ", " COMPRESSION ", " STATISTICS ", " OPTIONS ("];

fn same_shape(expected: &[String], found: &[String]) -> bool {
    let shape = |entries| {
        let columns = columns(entries, &SETTINGS);
        columns.into_iter().map(|column| (column.name, column.data_type)).collect::<Vec<_>>()
    };
    shape(expected) == shape(found)
}

/// What is said of a materialized view's columns beside their types; `None` where it has to be taken back to
/// what the type says, and that is not known.
fn column_settings(id: &ObjectId, view: &Object, found: &[String], sides: &Sides<'_>) -> Option<Vec<String>> {
    let found = columns(found, &SETTINGS);
    let mut sql = Vec::new();
    for entry in columns(list(view, Property::Columns), &SETTINGS) {
        let was = found.iter().find(|other| other.name == entry.name).map_or("", |other| other.rest);
        for setting in SETTINGS {
            let (wanted, has) = (setting_of(entry.rest, setting), setting_of(was, setting));
            if wanted == has {
                continue;
            }
            let action = match (setting, wanted) {
                (" OPTIONS (", Some(options)) => format!("SET ({options})"),
                (" STATISTICS ", None) => "SET STATISTICS -1".to_owned(),
                (" COMPRESSION ", None) => "SET COMPRESSION default".to_owned(),
                (setting, Some(value)) => format!("SET{setting}{value}"),
                (_, None) => format!("SET STORAGE {}", column::storage_of_type(entry.data_type)?),
            };
            sql.push(format!("ALTER {} ALTER COLUMN {} {action}", address(id, sides)?, entry.name.quoted()));
        }
    }
    Some(sql)
}

fn setting_of<'a>(rest: &'a str, setting: &str) -> Option<&'a str> {
    let (_, value) = rest.split_once(setting)?;
    Some(if setting == " OPTIONS (" { value.trim_end_matches(')') } else { value.split(' ').next()? })
}
