//! Describing what acts on a relation: triggers, rules, policies.

use tenon_schema::{
    Enabled, ForEach, Ident, ObjectName, Policy, PolicyCommand, Rule, Trigger, TriggerEvent, TriggerTiming,
};

use crate::repair::spelling::idents;
use crate::snapshot::{Kind, ObjectId, Property};

use super::Describer;
use super::about::comment;
use super::constraint::deferrability;
use super::facts::{Facts, name, same_but_for};
use super::text::at_keyword;

/// The triggers of a relation, but for those that come with the partitioned table of which it is a part.
pub(super) fn triggers(
    describer: &mut Describer<'_>,
    relation: &ObjectName,
    whole: Option<&ObjectName>,
) -> Vec<Trigger> {
    let triggers = describer.each_part(relation, Kind::Trigger, |describer, facts| {
        let of_whole = whole.map(|whole| ObjectId::of_relation(Kind::Trigger, whole, facts.id.name.clone()));
        let Some(of_whole) = of_whole.and_then(|id| describer.object(&id)) else {
            return trigger(facts).map(Some);
        };
        facts.all_implied();
        if !same_but_for(facts.object, of_whole, &[Property::Comment, Property::DependsOn]) {
            facts.cannot("it is switched otherwise than that of the partitioned table".to_owned());
        }
        Ok(None)
    });
    triggers.into_iter().flatten().collect()
}

fn trigger(facts: &mut Facts<'_>) -> Result<Trigger, String> {
    let timing = match facts.needed(Property::Timing)? {
        "BEFORE" => TriggerTiming::Before,
        "AFTER" => TriggerTiming::After,
        _ => TriggerTiming::InsteadOf,
    };
    let events: Result<_, _> = facts.list(Property::Events).iter().map(|text| event(text)).collect();
    let from = facts.text(Property::References);
    Ok(Trigger {
        name: facts.id.name.clone(),
        timing,
        events: events?,
        columns: idents(facts.list(Property::Columns)),
        for_each: if facts.needed(Property::Level)? == "ROW" { ForEach::Row } else { ForEach::Statement },
        when: facts.text(Property::Condition).map(str::to_owned),
        function: name(facts.needed(Property::Function)?)?,
        arguments: facts.list(Property::Arguments).to_vec(),
        old_table: facts.text(Property::OldTable).map(Ident::from),
        new_table: facts.text(Property::NewTable).map(Ident::from),
        constraint: facts.text(Property::ConstraintType).is_some(),
        from: from.map(name).transpose()?,
        deferrability: deferrability(facts),
        enabled: enabled(facts)?,
        comment: comment(facts),
    })
}

pub(super) fn event(text: &str) -> Result<TriggerEvent, String> {
    use TriggerEvent as E;
    let all = [E::Insert, E::Update, E::Delete, E::Truncate];
    all.into_iter().find(|event| event.sql() == text).ok_or_else(|| format!("the event {text} is not known"))
}

pub(super) fn enabled(facts: &mut Facts<'_>) -> Result<Enabled, String> {
    let text = facts.text(Property::Enabled).unwrap_or("ENABLE");
    let all = [Enabled::Origin, Enabled::Disabled, Enabled::Replica, Enabled::Always];
    let found = all.into_iter().find(|enabled| enabled.sql() == text);
    found.ok_or_else(|| format!("how it is switched is not known: {text}"))
}

pub(super) fn policies(describer: &mut Describer<'_>, table: &ObjectName) -> Vec<Policy> {
    describer.each_part(table, Kind::Policy, |_, facts| {
        use PolicyCommand as C;
        let command = facts.needed(Property::Command)?;
        let all = [C::All, C::Select, C::Insert, C::Update, C::Delete];
        let command = all.into_iter().find(|known| known.sql() == command);
        let roles = facts.list(Property::Roles);
        let everybody = roles.len() == 1 && roles.iter().all(|role| role == "public");
        Ok(Policy {
            name: facts.id.name.clone(),
            restrictive: facts.needed(Property::Permissive)? == "RESTRICTIVE",
            command: command.ok_or("its command is not known")?,
            roles: if everybody { Vec::new() } else { idents(roles) },
            using: facts.text(Property::Using).map(str::to_owned),
            with_check: facts.text(Property::WithCheck).map(str::to_owned),
            comment: comment(facts),
        })
    })
}

pub(super) fn rules(describer: &mut Describer<'_>, relation: &ObjectName) -> Vec<Rule> {
    describer.each_part(relation, Kind::Rule, |_, facts| {
        let definition = facts.needed(Property::Definition)?;
        let parts = parts(definition).ok_or_else(|| format!("it was not understood: {definition}"))?;
        Ok(Rule {
            name: facts.id.name.clone(),
            event: event(parts.event)?,
            condition: parts.condition.map(str::to_owned),
            instead: parts.instead,
            action: parts.action.to_owned(),
            enabled: enabled(facts)?,
            comment: comment(facts),
        })
    })
}

/// A rule as it is printed, in its parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RuleParts<'a> {
    pub(super) event: &'a str,
    pub(super) condition: Option<&'a str>,
    pub(super) instead: bool,
    pub(super) action: &'a str,
}

/// Takes `CREATE RULE name AS ON event TO relation WHERE condition DO INSTEAD action;` apart.
pub(super) fn parts(definition: &str) -> Option<RuleParts<'_>> {
    let (head, action) = at_keyword(definition, "DO")?;
    let (_, event) = at_keyword(head, "ON")?;
    let event = event.split_whitespace().next()?;
    let condition = at_keyword(head, "WHERE").map(|(_, condition)| condition);
    let (instead, action) = match action.strip_prefix("INSTEAD") {
        Some(action) => (true, action),
        None => (false, action),
    };
    Some(RuleParts { event, condition, instead, action: action.trim().trim_end_matches(';') })
}
