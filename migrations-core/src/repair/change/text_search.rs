//! Changing a text search dictionary or configuration.

use tenon_schema::Ident;

use crate::repair::address::name;
use crate::repair::make::text_search::map;
use crate::repair::rank::rank;
use crate::repair::replace::replace_with_users;
use crate::repair::spelling::beside;
use crate::repair::{Changed, Hazard, HazardRule, Repair, Sides};
use crate::snapshot::{Kind, Object, ObjectId, Property};

pub(in crate::repair) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let id = changed.id;
    let (expected, found) = changed.lists();
    match (id.kind, changed.property) {
        (Kind::TextSearchDictionary, Property::Options) if has_template(id, sides) => {
            let option = |option: &String| option.split_once(" = ").map(|(name, _)| name.to_owned());
            let gone = beside(found, expected).into_iter().map(option).collect::<Option<Vec<_>>>()?;
            let set = beside(expected, found).into_iter().cloned();
            let kept: Vec<_> = expected.iter().map(option).collect::<Option<Vec<_>>>()?;
            let all: Vec<_> = gone.into_iter().filter(|name| !kept.contains(name)).chain(set).collect();
            let sql = format!("ALTER TEXT SEARCH DICTIONARY {} ({})", name(id), all.join(", "));
            Some(changed.repair(rank(id.kind), [sql]))
        }
        (Kind::TextSearchConfiguration, Property::Mappings) => mappings(id, expected, found),
        _ => replace_with_users(id, sides),
    }
}

/// Whether it has the template that it should: of another, all options are other ones.
fn has_template(id: &ObjectId, sides: &Sides<'_>) -> bool {
    let template =
        |object: Option<&Object>| object.and_then(|object| object.get(&Property::Template)).cloned();
    template(sides.expected(id)) == template(sides.live(id))
}

fn mappings(id: &ObjectId, expected: &[String], found: &[String]) -> Option<Repair> {
    let token = |mapping: &str| mapping.split_once(": ").map(|(token, _)| token.to_owned());
    let tokens =
        |mappings: &[String]| mappings.iter().map(|mapping| token(mapping)).collect::<Option<Vec<_>>>();
    let (wanted, has) = (tokens(expected)?, tokens(found)?);
    let mut sql = Vec::new();
    let gone: Vec<_> = has.iter().filter(|token| !wanted.contains(token)).collect();
    for token in &gone {
        let token = Ident::new(token.as_str()).quoted();
        sql.push(format!("ALTER TEXT SEARCH CONFIGURATION {} DROP MAPPING FOR {token}", name(id)));
    }
    let mut additive = gone.is_empty();
    for mapping in beside(expected, found) {
        let is_there = has.contains(&token(mapping)?);
        additive &= !is_there;
        sql.push(map(id, if is_there { "ALTER" } else { "ADD" }, mapping)?);
    }
    let loses = !gone.is_empty();
    let repair = Repair { additive, ..Repair::new(rank(id.kind), sql) };
    // Words of that kind are found no more.
    Some(repair.hazard_if(loses, || Hazard::new(HazardRule::Drop(Kind::TextSearchConfiguration), id)))
}
