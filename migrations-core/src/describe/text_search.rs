//! Describing text search dictionaries and configurations.

use tenon_schema::{Descriptors, Ident, TextSearchConfiguration, TextSearchDictionary, TextSearchMapping};

use crate::repair::spelling::items;
use crate::snapshot::{Kind, Property};

use super::Describer;
use super::about::about;

pub(super) fn all(describer: &mut Describer<'_>, made: &mut Descriptors) {
    made.text_search_dictionaries = describer.each(Kind::TextSearchDictionary, |_, facts| {
        let options = facts.list(Property::Options).iter().filter_map(|option| option.split_once(" = "));
        Ok(TextSearchDictionary {
            name: facts.id.owner(),
            template: facts.needed(Property::Template)?.to_owned(),
            options: options.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            about: about(facts),
        })
    });
    made.text_search_configurations = describer.each(Kind::TextSearchConfiguration, |_, facts| {
        let mapping = |text: &String| {
            let (token, dictionaries) = text.split_once(": ")?;
            let dictionaries = items(dictionaries).map(str::to_owned).collect();
            Some(TextSearchMapping { tokens: vec![Ident::new(token)], dictionaries })
        };
        Ok(TextSearchConfiguration {
            name: facts.id.owner(),
            parser: facts.needed(Property::Parser)?.to_owned(),
            mappings: facts.list(Property::Mappings).iter().filter_map(mapping).collect(),
            about: about(facts),
        })
    });
}
