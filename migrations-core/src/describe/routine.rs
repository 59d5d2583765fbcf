//! Describing functions, procedures and aggregates.

use tenon_schema::{
    Aggregate, Argument, ArgumentMode, Body, Descriptors, Function, Ident, ObjectName, Parallel, RoutineKind,
    Volatility,
};

use crate::repair::make;
use crate::repair::sides::is_parsed;
use crate::repair::spelling::{bare_name, leading_ident};
use crate::snapshot::{Kind, Property};

use super::Describer;
use super::about::about;
use super::facts::Facts;
use super::text::{at_keyword, items};

pub(super) fn all(describer: &mut Describer<'_>, made: &mut Descriptors) {
    made.functions = describer.each(Kind::Function, |_, facts| function(facts));
    made.aggregates = describer.each(Kind::Aggregate, |_, facts| aggregate(facts));
}

/// The schema and the name of what is known by its types too.
pub(super) fn name(facts: &Facts<'_>) -> ObjectName {
    ObjectName::new(facts.id.schema.clone(), bare_name(facts.id))
}

fn function(facts: &mut Facts<'_>) -> Result<Function, String> {
    let kind = facts.needed(Property::RoutineKind)?;
    let language = facts.needed(Property::Language)?;
    let is_compiled = matches!(language, "c" | "internal");
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let unless = |value: Option<&str>, usual: &str| owned(value.filter(|value| *value != usual));
    let library = owned(facts.text(Property::Library));
    let body = facts.text(Property::Body).unwrap_or_default().to_owned();
    let arguments = arguments(facts.text(Property::Arguments).unwrap_or_default());
    let settings = facts.list(Property::Settings).iter().filter_map(|setting| setting.split_once('='));
    let settings = settings.map(|(name, value)| (name.to_owned(), make::routine::setting_value(name, value)));
    Ok(Function {
        name: name(facts),
        kind: if kind == "procedure" { RoutineKind::Procedure } else { RoutineKind::Function },
        arguments: arguments?,
        returns: owned(facts.text(Property::Returns)),
        language: Ident::new(language),
        body: match library {
            Some(file) => Body::Library { file, symbol: body },
            None if is_parsed(facts.object) => Body::Sql(body),
            None => Body::Text(body),
        },
        window: kind == "window function",
        volatility: match facts.needed(Property::Volatility)? {
            "IMMUTABLE" => Volatility::Immutable,
            "STABLE" => Volatility::Stable,
            _ => Volatility::Volatile,
        },
        parallel: match facts.needed(Property::Parallel)? {
            "SAFE" => Parallel::Safe,
            "RESTRICTED" => Parallel::Restricted,
            _ => Parallel::Unsafe,
        },
        strict: facts.is_set(Property::Strict),
        security_definer: facts.is_set(Property::SecurityDefiner),
        leakproof: facts.is_set(Property::Leakproof),
        cost: unless(facts.text(Property::Cost), if is_compiled { "1" } else { "100" }),
        rows: unless(facts.text(Property::Rows), "1000"),
        support: owned(facts.text(Property::Support)),
        transforms: facts.list(Property::Transforms).to_vec(),
        settings: settings.collect(),
        about: about(facts),
    })
}

fn aggregate(facts: &mut Facts<'_>) -> Result<Aggregate, String> {
    // The state and the final function say what it returns.
    facts.implied(&[Property::RoutineKind, Property::Returns, Property::Parallel, Property::Definition]);
    let definition = make::routine::aggregate_definition(facts.object);
    let text = facts.text(Property::Arguments).unwrap_or_default();
    let (direct, order_by) = match at_keyword(text, "ORDER") {
        Some((direct, order_by)) => (direct, order_by.strip_prefix("BY").unwrap_or(order_by)),
        None => (text, ""),
    };
    Ok(Aggregate {
        name: name(facts),
        arguments: arguments(direct)?,
        order_by: arguments(order_by)?,
        definition: definition.ok_or("its definition was not read")?,
        about: about(facts),
    })
}

/// The arguments as `pg_get_function_arguments` prints them.
pub(super) fn arguments(text: &str) -> Result<Vec<Argument>, String> {
    if text == "*" {
        return Ok(Vec::new());
    }
    let argument = |text| argument(text).ok_or_else(|| format!("its argument {text} was not understood"));
    items(text).into_iter().map(argument).collect()
}

/// Types of more than one word, which begin with what a name of an argument begins with.
const LONG_TYPES: [&str; 7] = [
    "double precision",
    "character varying",
    "bit varying",
    "time with",
    "time without",
    "timestamp with",
    "timestamp without",
];

fn argument(text: &str) -> Option<Argument> {
    let (text, default) = match at_keyword(text, "DEFAULT") {
        Some((text, default)) => (text, Some(default.to_owned())),
        None => (text, None),
    };
    use ArgumentMode as M;
    let modes = [M::InOut, M::In, M::Out, M::Variadic];
    let with_mode =
        modes.into_iter().find_map(|mode| Some((mode, text.strip_prefix(mode.sql())?.strip_prefix(' ')?)));
    let (mode, rest) = with_mode.unwrap_or((M::In, text));
    let (name, data_type) = match leading_ident(rest)? {
        _ if LONG_TYPES.iter().any(|long| rest.starts_with(long)) => (None, rest),
        (name, after) => match after.strip_prefix(' ') {
            Some(data_type) => (Some(name), data_type),
            None => (None, rest),
        },
    };
    Some(Argument { mode, name, data_type: data_type.to_owned(), default })
}
