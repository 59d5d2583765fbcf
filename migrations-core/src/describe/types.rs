//! Describing types and collations.

use tenon_schema::{
    Attribute, Collation, CompositeType, Descriptors, Domain, DomainCheck, EnumType, RangeType,
};

use crate::repair::make;
use crate::repair::sides;
use crate::repair::spelling::{leading_ident, split_outside_quotes};
use crate::snapshot::{Kind, Object, Property};

use super::Describer;
use super::about::about;
use super::facts::{Facts, name};

pub(super) fn all(describer: &mut Describer<'_>, made: &mut Descriptors) {
    made.collations = describer.each(Kind::Collation, |_, facts| collation(facts));
    made.enums = describer.each(Kind::Enum, |_, facts| {
        let labels = facts.list(Property::Labels).to_vec();
        Ok(EnumType { name: facts.id.owner(), labels, about: about(facts) })
    });
    made.domains = describer.each(Kind::Domain, |_, facts| domain(facts));
    made.composites = describer.each(Kind::Composite, |_, facts| {
        let attributes = facts.list(Property::Attributes).iter().map(|text| attribute(text));
        let attributes = attributes.collect::<Result<_, _>>()?;
        Ok(CompositeType { name: facts.id.owner(), attributes, about: about(facts) })
    });
    made.ranges = describer.each(Kind::Range, |_, facts| range(facts));
}

fn collation(facts: &mut Facts<'_>) -> Result<Collation, String> {
    facts.implied(&[Property::Provider, Property::Locale, Property::Deterministic]);
    let definition = make::types::collation_definition(facts.object);
    let definition = definition.ok_or("no descriptor has words for its rules")?;
    Ok(Collation { name: facts.id.owner(), definition, about: about(facts) })
}

fn domain(facts: &mut Facts<'_>) -> Result<Domain, String> {
    if sides::text(facts.object, Property::NotNullName).is_some_and(|name| name.starts_with('(')) {
        facts.implied(&[Property::NotNullName]);
    }
    let mut checks = Vec::new();
    for text in facts.list(Property::Checks) {
        match check(text) {
            Some(check) => checks.push(check),
            None => facts.cannot(format!("no descriptor has words for the check {text}")),
        }
    }
    Ok(Domain {
        name: facts.id.owner(),
        data_type: facts.needed(Property::DataType)?.to_owned(),
        collation: facts.text(Property::Collation).map(str::to_owned),
        not_null: facts.is_set(Property::NotNull),
        default: facts.text(Property::Default).map(str::to_owned),
        checks,
        about: about(facts),
    })
}

/// `name CHECK (expression)`; of one that is not valid there are no words.
pub(super) fn check(text: &str) -> Option<DomainCheck> {
    let (name, rest) = leading_ident(text)?;
    let expression = rest.strip_prefix(" CHECK (")?.strip_suffix(')')?;
    Some(DomainCheck { name: Some(name), expression: expression.to_owned() })
}

/// `name type COLLATE collation`
pub(super) fn attribute(text: &str) -> Result<Attribute, String> {
    let (name, rest) =
        leading_ident(text).ok_or_else(|| format!("its attribute {text} was not understood"))?;
    let rest = rest.trim_start();
    let (data_type, collation) = match split_outside_quotes(rest, " COLLATE ") {
        Some((data_type, collation)) => (data_type, Some(collation.to_owned())),
        None => (rest, None),
    };
    Ok(Attribute { name, data_type: data_type.to_owned(), collation })
}

fn range(facts: &mut Facts<'_>) -> Result<RangeType, String> {
    use Property as P;
    let properties = [P::Subtype, P::OperatorClass, P::Collation, P::Canonical, P::SubtypeDiff];
    facts.implied(&properties);
    if facts.object.contains_key(&P::Canonical) {
        return Err("a canonical function needs the type before it is made".to_owned());
    }
    let range = facts.id.owner();
    if let Some(multirange) = facts.text(P::Multirange) {
        let multirange = name(multirange)?;
        if multirange.schema != range.schema || multirange.name.as_str() != multirange_of(range.name.as_str())
        {
            facts
                .cannot(format!("no descriptor has words for the name of its multirange type, {multirange}"));
        }
    }
    let said: Object = facts
        .object
        .iter()
        .filter(|(property, _)| properties.contains(property))
        .map(|(property, value)| (*property, value.clone()))
        .collect();
    let definition = make::types::range_definition(&said).ok_or("its subtype was not read")?;
    Ok(RangeType { name: range, definition, about: about(facts) })
}

/// The name that PostgreSQL gives a multirange type.
pub(super) fn multirange_of(range: &str) -> String {
    let multirange = match range.split_once("range") {
        Some((before, after)) => format!("{before}multirange{after}"),
        None => format!("{range}_multirange"),
    };
    multirange.chars().take(tenon_schema::MAX_IDENTIFIER_BYTES).collect()
}
