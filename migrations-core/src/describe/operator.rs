//! Describing operators, their families and classes, and casts.

use std::collections::BTreeSet;

use tenon_schema::{
    Cast, CastContext, CastMethod, Descriptors, Ident, Operator, OperatorClass, OperatorFamily,
};

use crate::repair::make::operator::{family_of, members_of};
use crate::repair::spelling::{items, split_outside_quotes, without_types};
use crate::snapshot::{Kind, Property};

use super::Describer;
use super::about::about;
use super::facts::{self, Facts};
use super::routine::name;

pub(super) fn all(describer: &mut Describer<'_>, made: &mut Descriptors) {
    made.operators = describer.each(Kind::Operator, |_, facts| operator(facts));
    made.operator_classes = describer.each(Kind::OperatorClass, class);
    made.operator_families = describer.each(Kind::OperatorFamily, family);
    made.casts = describer.each(Kind::Cast, |_, facts| cast(facts));
}

fn operator(facts: &mut Facts<'_>) -> Result<Operator, String> {
    let spelled = facts.id.name.as_str();
    let types = spelled.strip_prefix(without_types(spelled)).and_then(|types| types.strip_prefix('('));
    let types = types.and_then(|types| types.strip_suffix(')')).unwrap_or_default();
    let types: Vec<_> = items(types).collect();
    let [left, right] = types.as_slice() else { return Err("its types were not understood".to_owned()) };
    let mut other = |property| facts.text(property).map(|text| facts::name(without_types(text))).transpose();
    let (commutator, negator) = (other(Property::Commutator)?, other(Property::Negator)?);
    Ok(Operator {
        name: name(facts),
        left: (*left != "NONE").then(|| (*left).to_owned()),
        right: (*right).to_owned(),
        function: without_types(facts.needed(Property::Function)?).to_owned(),
        commutator,
        negator,
        restrict: facts.text(Property::Restrict).map(str::to_owned),
        join: facts.text(Property::Join).map(str::to_owned),
        hashes: facts.is_set(Property::Hashes),
        merges: facts.is_set(Property::Merges),
        about: about(facts),
    })
}

/// The access method of a class or family.
fn method(facts: &Facts<'_>) -> Result<Ident, String> {
    let method = facts.id.name.as_str().rsplit_once(" USING ").map(|(_, method)| Ident::new(method));
    method.ok_or_else(|| "its access method was not read".to_owned())
}

fn class(describer: &mut Describer<'_>, facts: &mut Facts<'_>) -> Result<OperatorClass, String> {
    let data_type = facts.needed(Property::DataType)?.to_owned();
    let family = facts::name(facts.needed(Property::Family)?)?;
    let of_family = family_of(facts.id, facts.object).and_then(|id| describer.object(&id));
    let of_family = of_family.ok_or_else(|| format!("what its family {family} is made of was not read"))?;
    let mut members: Vec<_> = members_of(facts.object, of_family).into_iter().cloned().collect();
    members.extend(facts.text(Property::Storage).map(|storage| format!("STORAGE {storage}")));
    Ok(OperatorClass {
        name: name(facts),
        method: method(facts)?,
        data_type,
        default: facts.is_set(Property::IsDefault),
        family: Some(family),
        members,
        about: about(facts),
    })
}

/// The family, with those members that no class of it brings.
fn family(describer: &mut Describer<'_>, facts: &mut Facts<'_>) -> Result<OperatorFamily, String> {
    let classes = describer.objects(Kind::OperatorClass).into_iter();
    let classes = classes.filter(|(id, class)| family_of(id, class).as_ref() == Some(facts.id));
    let of_classes: BTreeSet<_> = classes.flat_map(|(_, class)| members_of(class, facts.object)).collect();
    let members = facts.list(Property::Members).iter().filter(|member| !of_classes.contains(member));
    Ok(OperatorFamily {
        name: name(facts),
        method: method(facts)?,
        members: members.cloned().collect(),
        about: about(facts),
    })
}

fn cast(facts: &mut Facts<'_>) -> Result<Cast, String> {
    let types = split_outside_quotes(facts.id.name.as_str(), " AS ");
    let (source, target) = types.ok_or("its types were not understood")?;
    let function = facts.text(Property::Function);
    Ok(Cast {
        source: source.to_owned(),
        target: target.to_owned(),
        method: match facts.needed(Property::Method)? {
            "function" => CastMethod::Function(function.ok_or("its function was not read")?.to_owned()),
            "inout" => CastMethod::InOut,
            _ => CastMethod::Binary,
        },
        context: match facts.needed(Property::Context)? {
            "assignment" => CastContext::Assignment,
            "implicit" => CastContext::Implicit,
            _ => CastContext::Explicit,
        },
    })
}
