//! Describing indexes that no constraint makes, and extended statistics.

use tenon_schema::{Ident, Index, ObjectName, Statistics};

use crate::repair::make;
use crate::repair::spelling::idents;
use crate::snapshot::{Kind, Property};

use super::about::comment;
use super::facts::{Facts, options};
use super::{Describer, text};

pub(super) fn all(describer: &mut Describer<'_>, relation: &ObjectName) -> Vec<Index> {
    describer.each_part(relation, Kind::Index, |_, facts| describe(facts))
}

fn describe(facts: &mut Facts<'_>) -> Result<Index, String> {
    if facts.is_denied(Property::Valid) {
        return Err("it is not valid".to_owned());
    }
    // Whoever makes the index of the partitioned table finds it.
    facts.implied(&[Property::AttachedTo, Property::Keys, Property::KeyOptions]);
    Ok(Index {
        name: Some(facts.id.name.clone()),
        unique: facts.is_set(Property::Unique),
        method: facts.needed(Property::Method)?.to_owned(),
        keys: make::index::keys(facts.object),
        include: idents(facts.list(Property::Include)),
        nulls_not_distinct: facts.is_set(Property::NullsNotDistinct),
        predicate: facts.text(Property::Predicate).map(str::to_owned),
        storage: options(facts, Property::Options),
        tablespace: facts.text(Property::Tablespace).map(Ident::from),
        comment: comment(facts),
    })
}

pub(super) fn statistics(describer: &mut Describer<'_>, relation: &ObjectName) -> Vec<Statistics> {
    describer.each_part(relation, Kind::Statistics, |_, facts| {
        if facts.id.name.as_str().contains('.') {
            return Err("it stands in another schema than its table".to_owned());
        }
        let target = facts.text(Property::StatisticsTarget).and_then(|target| target.parse().ok());
        Ok(Statistics {
            name: facts.id.name.clone(),
            kinds: facts.list(Property::Members).to_vec(),
            on: text::items(facts.needed(Property::Definition)?).into_iter().map(str::to_owned).collect(),
            target,
            comment: comment(facts),
        })
    })
}
