//! Functions, procedures and aggregates.

use tenon_schema::{
    Aggregate, Argument, ArgumentMode, Body, Function, ObjectName, Parallel, RoutineKind, Volatility,
};

use super::{DdlStatement, Placement, literal};

pub(super) fn create(function: &Function, placement: &Placement) -> DdlStatement {
    let arguments: Vec<_> = function.arguments.iter().map(argument).collect();
    let mut sql = format!(
        "CREATE {} {}({})",
        function.kind.sql(),
        placement.place(&function.name).quoted(),
        arguments.join(", ")
    );
    let mut clause = |text: String| {
        sql.push('\n');
        sql.push_str(&text);
    };
    if let Some(returns) = &function.returns {
        clause(format!("RETURNS {returns}"));
    }
    clause(format!("LANGUAGE {}", function.language.quoted()));
    if !function.transforms.is_empty() {
        let types: Vec<_> = function.transforms.iter().map(|name| format!("FOR TYPE {name}")).collect();
        clause(format!("TRANSFORM {}", types.join(", ")));
    }
    if function.window {
        clause("WINDOW".to_owned());
    }
    if function.kind == RoutineKind::Function {
        if function.volatility != Volatility::default() {
            clause(function.volatility.sql().to_owned());
        }
        if function.parallel != Parallel::default() {
            clause(function.parallel.sql().to_owned());
        }
    }
    for (set, words) in [
        (function.strict, "STRICT"),
        (function.security_definer, "SECURITY DEFINER"),
        (function.leakproof, "LEAKPROOF"),
    ] {
        if set {
            clause(words.to_owned());
        }
    }
    for (word, value) in [("COST", &function.cost), ("ROWS", &function.rows), ("SUPPORT", &function.support)]
    {
        if let Some(value) = value {
            clause(format!("{word} {value}"));
        }
    }
    for (name, value) in &function.settings {
        clause(format!("SET {} TO {value}", tenon_schema::Ident::new(name.as_str()).quoted()));
    }
    clause(match &function.body {
        Body::Text(text) => format!("AS {}", dollar_quoted(text)),
        Body::Sql(sql) => sql.trim().trim_end_matches(';').to_owned(),
        Body::Library { file, symbol } => format!("AS {}, {}", literal(file), literal(symbol)),
    });
    DdlStatement { object: format!("{} {}", function.kind.sql().to_ascii_lowercase(), function.name), sql }
}

pub(super) fn create_aggregate(aggregate: &Aggregate, placement: &Placement) -> DdlStatement {
    let list = |arguments: &[Argument]| arguments.iter().map(argument).collect::<Vec<_>>().join(", ");
    let arguments = match (aggregate.arguments.is_empty(), aggregate.order_by.is_empty()) {
        (true, true) => "*".to_owned(),
        (_, true) => list(&aggregate.arguments),
        _ => format!("{} ORDER BY {}", list(&aggregate.arguments), list(&aggregate.order_by)),
    };
    DdlStatement {
        object: format!("aggregate {}", aggregate.name),
        sql: format!(
            "CREATE AGGREGATE {}({}) ({})",
            placement.place(&aggregate.name).quoted(),
            arguments.trim_start(),
            aggregate.definition
        ),
    }
}

/// The name with the types by which PostgreSQL knows the function among its overloads.
pub(super) fn signature(name: &ObjectName, arguments: &[Argument], placement: &Placement) -> String {
    let types: Vec<_> = inputs(arguments).collect();
    format!("{}({})", placement.place(name).quoted(), types.join(", "))
}

/// The types of the arguments that tell overloads apart.
pub(crate) fn inputs(arguments: &[Argument]) -> impl Iterator<Item = &str> {
    arguments
        .iter()
        .filter(|argument| argument.mode != ArgumentMode::Out)
        .map(|argument| argument.data_type.as_str())
}

fn argument(argument: &Argument) -> String {
    let mut sql = match argument.mode {
        ArgumentMode::In => String::new(),
        mode => format!("{} ", mode.sql()),
    };
    if let Some(name) = &argument.name {
        sql.push_str(&format!("{} ", name.quoted()));
    }
    sql.push_str(&argument.data_type);
    if let Some(default) = &argument.default {
        sql.push_str(&format!(" DEFAULT {default}"));
    }
    sql
}

/// The body between two tags of which none stands in it.
pub(crate) fn dollar_quoted(body: &str) -> String {
    let mut tag = "$body$".to_owned();
    let mut number = 0;
    // A body that ends in part of a tag would close it too early.
    while body.contains(tag.trim_end_matches('$')) {
        number += 1;
        tag = format!("$body_{number}$");
    }
    format!("{tag}{body}{tag}")
}
