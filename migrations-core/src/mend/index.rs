//! Indexes that no constraint makes.

use tenon_schema::Ident;

use crate::compare::{Change, Difference};
use crate::ddl;
use crate::reading::{Object, ObjectId, Property};

use super::{Mend, Sides, is_set, list, text};

pub(super) fn mend(difference: &Difference, sides: &Sides<'_>) -> Option<Mend> {
    let id = &difference.object;
    match &difference.change {
        Change::Missing => Some(Mend::adding(0, create(id, sides.expected(id)?)?)),
        _ => None,
    }
}

/// The index as it was read; `None` where the reading does not say all of it.
fn create(id: &ObjectId, index: &Object) -> Option<Vec<String>> {
    if index.contains_key(&Property::KeyOptions) {
        return None;
    }
    let include: Vec<Ident> =
        list(index, Property::Include).iter().map(|name| Ident::new(name.as_str())).collect();
    let mut sql = format!(
        "CREATE {}INDEX {} ON {} USING {} ({}){}",
        if is_set(index, Property::Unique) { "UNIQUE " } else { "" },
        id.name.quoted(),
        id.owner().quoted(),
        Ident::new(text(index, Property::Method)?).quoted(),
        list(index, Property::Keys).join(", "),
        ddl::include(&include),
    );
    if is_set(index, Property::NullsNotDistinct) {
        sql.push_str(" NULLS NOT DISTINCT");
    }
    let options = list(index, Property::Options).iter().filter_map(|option| option.split_once('='));
    sql.push_str(&ddl::storage(&options.map(|(name, value)| (name.into(), value.into())).collect()));
    sql.push_str(&ddl::tablespace(text(index, Property::Tablespace).map(Ident::new).as_ref()));
    if let Some(predicate) = text(index, Property::Predicate) {
        sql.push_str(&format!(" WHERE {predicate}"));
    }
    Some(vec![sql])
}
