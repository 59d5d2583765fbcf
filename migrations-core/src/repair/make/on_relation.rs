//! Making what acts on a relation: a trigger, a rule, a policy; and extended statistics.

use tenon_schema::Ident;

use crate::ddl;
use crate::repair::address::name;
use crate::repair::sides::{is_set, list, text};
use crate::repair::spelling::idents;
use crate::snapshot::{Kind, Object, ObjectId, Property};

pub(in crate::repair) fn create_trigger(id: &ObjectId, trigger: &Object) -> Option<Vec<String>> {
    let is_constraint = trigger.contains_key(&Property::ConstraintType);
    let columns: Vec<_> = idents(list(trigger, Property::Columns)).iter().map(Ident::quoted).collect();
    let event = |event: &String| match event.as_str() {
        "UPDATE" if !columns.is_empty() => format!("UPDATE OF {}", columns.join(", ")),
        event => event.to_owned(),
    };
    let events: Vec<_> = list(trigger, Property::Events).iter().map(event).collect();
    let mut sql = format!(
        "CREATE {}TRIGGER {} {} {} ON {}",
        if is_constraint { "CONSTRAINT " } else { "" },
        id.name.quoted(),
        text(trigger, Property::Timing)?,
        events.join(" OR "),
        id.owner().quoted()
    );
    if let Some(other) = text(trigger, Property::References) {
        sql.push_str(&format!(" FROM {other}"));
    }
    if is_set(trigger, Property::Deferrable) {
        sql.push_str(" DEFERRABLE");
    }
    if is_set(trigger, Property::InitiallyDeferred) {
        sql.push_str(" INITIALLY DEFERRED");
    }
    let tables = [("OLD", Property::OldTable), ("NEW", Property::NewTable)];
    let tables: Vec<_> = tables
        .into_iter()
        .filter_map(|(word, property)| Some((word, Ident::new(text(trigger, property)?))))
        .map(|(word, name)| format!("{word} TABLE AS {}", name.quoted()))
        .collect();
    if !tables.is_empty() {
        sql.push_str(&format!(" REFERENCING {}", tables.join(" ")));
    }
    sql.push_str(&format!(" FOR EACH {}", text(trigger, Property::Level)?));
    if let Some(condition) = text(trigger, Property::Condition) {
        sql.push_str(&format!(" WHEN ({condition})"));
    }
    let arguments: Vec<_> =
        list(trigger, Property::Arguments).iter().map(|text| ddl::literal(text)).collect();
    sql.push_str(&format!(
        " EXECUTE FUNCTION {}({})",
        text(trigger, Property::Function)?,
        arguments.join(", ")
    ));
    Some([Some(sql), switched(id, trigger)].into_iter().flatten().collect())
}

pub(in crate::repair) fn create_rule(id: &ObjectId, rule: &Object) -> Option<Vec<String>> {
    let create = text(rule, Property::Definition)?.trim_end().trim_end_matches(';').to_owned();
    Some([Some(create), switched(id, rule)].into_iter().flatten().collect())
}

/// How it is switched, where that is not as it is made.
fn switched(id: &ObjectId, object: &Object) -> Option<String> {
    let state = text(object, Property::Enabled).filter(|state| *state != "ENABLE")?;
    Some(switch(id, state))
}

pub(in crate::repair) fn switch(id: &ObjectId, state: &str) -> String {
    let word = if id.kind == Kind::Rule { "RULE" } else { "TRIGGER" };
    format!("ALTER TABLE {} {state} {word} {}", id.owner().quoted(), id.name.quoted())
}

pub(in crate::repair) fn create_policy(id: &ObjectId, policy: &Object) -> Option<Vec<String>> {
    let role = |name: &String| match name.as_str() {
        "public" => "PUBLIC".to_owned(),
        name => Ident::new(name).quoted(),
    };
    let roles: Vec<_> = list(policy, Property::Roles).iter().map(role).collect();
    let mut sql = format!(
        "CREATE POLICY {} ON {} AS {} FOR {} TO {}",
        id.name.quoted(),
        id.owner().quoted(),
        text(policy, Property::Permissive)?,
        text(policy, Property::Command)?,
        roles.join(", ")
    );
    for (property, words) in [(Property::Using, "USING"), (Property::WithCheck, "WITH CHECK")] {
        if let Some(condition) = text(policy, property) {
            sql.push_str(&format!(" {words} ({condition})"));
        }
    }
    Some(vec![sql])
}

pub(in crate::repair) fn create_statistics(id: &ObjectId, statistics: &Object) -> Option<Vec<String>> {
    let kinds = list(statistics, Property::Members);
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let name = name(id);
    let mut sql = vec![format!(
        "CREATE STATISTICS {name}{kinds} ON {} FROM {}",
        text(statistics, Property::Definition)?,
        id.owner().quoted()
    )];
    if let Some(target) = text(statistics, Property::StatisticsTarget) {
        sql.push(format!("ALTER STATISTICS {name} SET STATISTICS {target}"));
    }
    Some(sql)
}
