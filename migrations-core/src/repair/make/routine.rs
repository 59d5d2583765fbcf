//! Making a function, a procedure or an aggregate.

use tenon_schema::{Ident, ObjectName};

use crate::ddl;
use crate::repair::sides::{is_parsed, is_set, list, text};
use crate::repair::spelling::{leading_ident, without_types};
use crate::snapshot::{Kind, Object, ObjectId, Property};

pub(in crate::repair) fn create(id: &ObjectId, routine: &Object) -> Option<String> {
    if id.kind == Kind::Aggregate {
        aggregate("CREATE", id, routine)
    } else {
        function("CREATE", id, routine)
    }
}

fn bare_name(id: &ObjectId) -> String {
    ObjectName::new(id.schema.clone(), without_types(id.name.as_str())).quoted()
}

pub(in crate::repair) fn function(create: &str, id: &ObjectId, function: &Object) -> Option<String> {
    let kind = text(function, Property::RoutineKind)?;
    let word = if kind == "procedure" { "PROCEDURE" } else { "FUNCTION" };
    let mut sql = format!(
        "{create} {word} {}({})",
        bare_name(id),
        text(function, Property::Arguments).unwrap_or_default()
    );
    let mut clause = |text: String| {
        sql.push('\n');
        sql.push_str(&text);
    };
    if let Some(returns) = text(function, Property::Returns) {
        clause(format!("RETURNS {returns}"));
    }
    let language = text(function, Property::Language)?;
    clause(format!("LANGUAGE {}", Ident::new(language).quoted()));
    let transforms = list(function, Property::Transforms);
    if !transforms.is_empty() {
        let types: Vec<_> = transforms.iter().map(|name| format!("FOR TYPE {name}")).collect();
        clause(format!("TRANSFORM {}", types.join(", ")));
    }
    if word == "FUNCTION" {
        if kind == "window function" {
            clause("WINDOW".to_owned());
        }
        clause(text(function, Property::Volatility)?.to_owned());
        clause(format!("PARALLEL {}", text(function, Property::Parallel)?));
        for (property, words) in [(Property::Strict, "STRICT"), (Property::Leakproof, "LEAKPROOF")] {
            if is_set(function, property) {
                clause(words.to_owned());
            }
        }
        for (property, word) in
            [(Property::Cost, "COST"), (Property::Rows, "ROWS"), (Property::Support, "SUPPORT")]
        {
            if let Some(value) = text(function, property) {
                clause(format!("{word} {value}"));
            }
        }
    }
    if is_set(function, Property::SecurityDefiner) {
        clause("SECURITY DEFINER".to_owned());
    }
    for setting in list(function, Property::Settings) {
        let (name, value) = setting.split_once('=')?;
        clause(format!("SET {} TO {}", setting_name(name), setting_value(name, value)));
    }
    let body = text(function, Property::Body).unwrap_or_default();
    clause(match text(function, Property::Library) {
        Some(library) => format!("AS {}, {}", ddl::literal(library), ddl::literal(body)),
        None if is_parsed(function) => body.to_owned(),
        None => format!("AS {}", ddl::routine::dollar_quoted(body)),
    });
    Some(sql)
}

fn setting_name(name: &str) -> String {
    name.split('.').map(|part| Ident::new(part).quoted()).collect::<Vec<_>>().join(".")
}

/// Lists of names are kept as SQL, all else as it is (`GUC_LIST_QUOTE` in PostgreSQL's `guc.h`).
pub(crate) fn setting_value(name: &str, value: &str) -> String {
    const LISTS: [&str; 5] = [
        "search_path",
        "temp_tablespaces",
        "session_preload_libraries",
        "shared_preload_libraries",
        "local_preload_libraries",
    ];
    if !LISTS.contains(&name.to_ascii_lowercase().as_str()) {
        return ddl::literal(value);
    }
    let mut names = Vec::new();
    let mut rest = value;
    // An empty list is kept as an empty name.
    while let Some((name, after)) = leading_ident(rest.trim_start()) {
        names.push(ddl::literal(name.as_str()));
        rest = after.trim_start().strip_prefix(',').unwrap_or_default();
    }
    names.join(", ")
}

pub(in crate::repair) fn aggregate(create: &str, id: &ObjectId, aggregate: &Object) -> Option<String> {
    let arguments = text(aggregate, Property::Arguments).filter(|text| !text.is_empty()).unwrap_or("*");
    Some(format!("{create} AGGREGATE {}({arguments}) ({})", bare_name(id), aggregate_definition(aggregate)?))
}

/// What stands between the second parentheses of `CREATE AGGREGATE`.
pub(crate) fn aggregate_definition(aggregate: &Object) -> Option<String> {
    let definition = text(aggregate, Property::Definition)?;
    // The sort operator is read with its types, which cannot be said here, as the last.
    let definition = match definition.rsplit_once("SORTOP = ") {
        Some((rest, operator)) if operator.ends_with(')') => {
            format!("{rest}SORTOP = OPERATOR({})", without_types(operator))
        }
        _ => definition.to_owned(),
    };
    let parallel = text(aggregate, Property::Parallel)?;
    let hypothetical = text(aggregate, Property::RoutineKind)?.starts_with("hypothetical");
    let hypothetical = if hypothetical { ", HYPOTHETICAL" } else { "" };
    Some(format!("{definition}, PARALLEL = {parallel}{hypothetical}"))
}
