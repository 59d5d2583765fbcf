//! Triggers, rules and policies, and the switches of a table that concern them.

use tenon_schema::{
    Deferrability, Enabled, ForEach, ObjectName, Policy, PolicyCommand, Rule, Trigger, TriggerEvent,
};

use super::{DdlStatement, Placement, about, literal};

/// All triggers of one relation.
pub(super) fn create_all(
    relation: &ObjectName,
    triggers: &[Trigger],
    placement: &Placement,
) -> Vec<DdlStatement> {
    let mut made = Vec::new();
    for trigger in triggers {
        made.push(create(relation, trigger, placement));
        made.extend(switch(relation, "TRIGGER", &trigger.name, trigger.enabled, placement));
    }
    made
}

fn create(relation: &ObjectName, trigger: &Trigger, placement: &Placement) -> DdlStatement {
    let event = |event: &TriggerEvent| match event {
        TriggerEvent::Update if !trigger.columns.is_empty() => {
            let names: Vec<_> = trigger.columns.iter().map(tenon_schema::Ident::quoted).collect();
            format!("UPDATE OF {}", names.join(", "))
        }
        event => event.sql().to_owned(),
    };
    let events: Vec<_> = trigger.events.iter().map(event).collect();
    let mut sql = format!(
        "CREATE {}TRIGGER {} {} {} ON {}",
        if trigger.constraint { "CONSTRAINT " } else { "" },
        trigger.name.quoted(),
        trigger.timing.sql(),
        events.join(" OR "),
        placement.place(relation).quoted()
    );
    if let Some(from) = &trigger.from {
        sql.push_str(&format!(" FROM {}", from.quoted()));
    }
    match trigger.deferrability {
        Deferrability::NotDeferrable => {}
        Deferrability::InitiallyImmediate => sql.push_str(" DEFERRABLE INITIALLY IMMEDIATE"),
        Deferrability::InitiallyDeferred => sql.push_str(" DEFERRABLE INITIALLY DEFERRED"),
    }
    let tables = [("OLD", &trigger.old_table), ("NEW", &trigger.new_table)];
    let tables: Vec<_> = tables
        .into_iter()
        .filter_map(|(word, name)| Some(format!("{word} TABLE AS {}", name.as_ref()?.quoted())))
        .collect();
    if !tables.is_empty() {
        sql.push_str(&format!(" REFERENCING {}", tables.join(" ")));
    }
    let for_each = if trigger.constraint { ForEach::Row } else { trigger.for_each };
    sql.push_str(&format!(" FOR EACH {}", for_each.sql()));
    if let Some(when) = &trigger.when {
        sql.push_str(&format!(" WHEN ({when})"));
    }
    // The real function, wherever the table is made: both sides then say the same of it.
    let arguments: Vec<_> = trigger.arguments.iter().map(|argument| literal(argument)).collect();
    sql.push_str(&format!(" EXECUTE FUNCTION {}({})", trigger.function.quoted(), arguments.join(", ")));
    DdlStatement { object: format!("trigger {} of {relation}", trigger.name), sql }
}

/// All rules of one relation.
pub(super) fn create_rules(
    relation: &ObjectName,
    rules: &[Rule],
    placement: &Placement,
) -> Vec<DdlStatement> {
    let mut made = Vec::new();
    for rule in rules {
        let condition = rule.condition.as_ref().map_or_else(String::new, |text| format!(" WHERE ({text})"));
        made.push(DdlStatement {
            object: format!("rule {} of {relation}", rule.name),
            sql: format!(
                "CREATE RULE {} AS ON {} TO {}{condition} DO {}{}",
                rule.name.quoted(),
                rule.event.sql(),
                placement.place(relation).quoted(),
                if rule.instead { "INSTEAD " } else { "ALSO " },
                rule.action.trim().trim_end_matches(';')
            ),
        });
        made.extend(switch(relation, "RULE", &rule.name, rule.enabled, placement));
    }
    made
}

fn switch(
    relation: &ObjectName,
    kind: &str,
    name: &tenon_schema::Ident,
    enabled: Enabled,
    placement: &Placement,
) -> Option<DdlStatement> {
    (enabled != Enabled::default()).then(|| DdlStatement {
        object: format!("{} {name} of {relation}", kind.to_ascii_lowercase()),
        sql: format!(
            "ALTER TABLE {} {} {kind} {}",
            placement.place(relation).quoted(),
            enabled.sql(),
            name.quoted()
        ),
    })
}

/// All policies of one table.
pub(super) fn create_policies(
    table: &ObjectName,
    policies: &[Policy],
    placement: &Placement,
) -> Vec<DdlStatement> {
    let create = |policy: &Policy| {
        let mut sql =
            format!("CREATE POLICY {} ON {}", policy.name.quoted(), placement.place(table).quoted());
        if policy.restrictive {
            sql.push_str(" AS RESTRICTIVE");
        }
        if policy.command != PolicyCommand::default() {
            sql.push_str(&format!(" FOR {}", policy.command.sql()));
        }
        if !policy.roles.is_empty() {
            let roles: Vec<_> = policy.roles.iter().map(about::role).collect();
            sql.push_str(&format!(" TO {}", roles.join(", ")));
        }
        for (words, condition) in [("USING", &policy.using), ("WITH CHECK", &policy.with_check)] {
            if let Some(condition) = condition {
                sql.push_str(&format!(" {words} ({condition})"));
            }
        }
        DdlStatement { object: format!("policy {} of {table}", policy.name), sql }
    };
    policies.iter().map(create).collect()
}
