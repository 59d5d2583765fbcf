//! Making a text search dictionary or configuration.

use tenon_schema::Ident;

use crate::repair::address::name;
use crate::repair::sides::{list, text};
use crate::snapshot::{Object, ObjectId, Property};

pub(in crate::repair) fn create_dictionary(id: &ObjectId, dictionary: &Object) -> Option<Vec<String>> {
    let options: String =
        list(dictionary, Property::Options).iter().map(|option| format!(", {option}")).collect();
    let template = text(dictionary, Property::Template)?;
    Some(vec![format!("CREATE TEXT SEARCH DICTIONARY {} (TEMPLATE = {template}{options})", name(id))])
}

pub(in crate::repair) fn create_configuration(id: &ObjectId, configuration: &Object) -> Option<Vec<String>> {
    let parser = text(configuration, Property::Parser)?;
    let mut sql = vec![format!("CREATE TEXT SEARCH CONFIGURATION {} (PARSER = {parser})", name(id))];
    for mapping in list(configuration, Property::Mappings) {
        sql.push(map(id, "ADD", mapping)?);
    }
    Some(sql)
}

/// A mapping is read as `token: dictionary, dictionary`.
pub(in crate::repair) fn map(id: &ObjectId, word: &str, mapping: &str) -> Option<String> {
    let (token, dictionaries) = mapping.split_once(": ")?;
    let token = Ident::new(token).quoted();
    Some(format!(
        "ALTER TEXT SEARCH CONFIGURATION {} {word} MAPPING FOR {token} WITH {dictionaries}",
        name(id)
    ))
}
