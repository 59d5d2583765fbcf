//! Making a view or a materialized view.

use tenon_schema::Ident;

use crate::ddl;
use crate::repair::Sides;
use crate::repair::address::{address, name};
use crate::repair::sides::{list, text};
use crate::repair::spelling::{leading_ident, options};
use crate::snapshot::{Kind, Object, ObjectId, Property};

use super::{column, part};

pub(in crate::repair) fn create(id: &ObjectId, view: &Object, sides: &Sides<'_>) -> Option<Vec<String>> {
    let mut sql = vec![as_query("CREATE", id, view)?];
    sql.extend(defaults(id, view, &[]));
    for kind in [Kind::Trigger, Kind::Rule] {
        for (part, _) in sides.parts(&id.owner(), kind) {
            sql.extend(part::make(part, sides)?);
        }
    }
    Some(sql)
}

pub(in crate::repair) fn as_query(create: &str, id: &ObjectId, view: &Object) -> Option<String> {
    let options = ddl::storage(&options(list(view, Property::Options)));
    Some(format!("{create} VIEW {}{options} AS\n{}", name(id), query(view)?))
}

fn query(view: &Object) -> Option<&str> {
    Some(text(view, Property::Query)?.trim_end().trim_end_matches(';'))
}

pub(in crate::repair) fn create_materialized(
    id: &ObjectId,
    view: &Object,
    sides: &Sides<'_>,
) -> Option<Vec<String>> {
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
            sql.extend(part::make(part, sides)?);
        }
    }
    if let Some(index) = text(view, Property::Clustered) {
        sql.push(format!("ALTER {} CLUSTER ON {}", address(id, sides)?, Ident::new(index).quoted()));
    }
    Some(sql)
}

/// A column of a view as it is read: name, type, and what else is said.
#[derive(Debug, PartialEq)]
pub(crate) struct Column<'a> {
    pub(crate) name: Ident,
    pub(in crate::repair) data_type: &'a str,
    pub(crate) rest: &'a str,
}

pub(crate) fn columns<'a>(entries: &'a [String], mark: &[&str]) -> Vec<Column<'a>> {
    let column = |entry: &'a String| {
        let (name, rest) = leading_ident(entry)?;
        let rest = rest.trim_start();
        let end = mark.iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
        Some(Column { name, data_type: &rest[..end], rest: &rest[end..] })
    };
    entries.iter().filter_map(column).collect()
}

pub(crate) const DEFAULT: &str = " DEFAULT ";

/// The defaults of a view's columns that are other than those found.
pub(in crate::repair) fn defaults(id: &ObjectId, view: &Object, found: &[String]) -> Vec<String> {
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

pub(crate) const SETTINGS: [&str; 4] = [" STORAGE ", " COMPRESSION ", " STATISTICS ", " OPTIONS ("];

/// What is said of a materialized view's columns beside their types; `None` where it has to be taken back to
/// what the type says, and that is not known.
pub(in crate::repair) fn column_settings(
    id: &ObjectId,
    view: &Object,
    found: &[String],
    sides: &Sides<'_>,
) -> Option<Vec<String>> {
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
