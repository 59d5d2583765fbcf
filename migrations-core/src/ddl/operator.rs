//! Operators, their families and classes, casts, and text search.

use tenon_schema::{
    Cast, CastMethod, ObjectName, Operator, OperatorClass, OperatorFamily, TextSearchConfiguration,
    TextSearchDictionary,
};

use super::{DdlStatement, Placement};

/// An operator's name as SQL: its symbol cannot be quoted.
pub(super) fn symbol(name: &ObjectName) -> String {
    let symbol = name.name.as_str();
    let is_symbol = !symbol.is_empty() && symbol.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c));
    // What is no symbol is quoted, and the server says what is wrong with it.
    if is_symbol { format!("{}.{symbol}", name.schema.quoted()) } else { name.quoted() }
}

pub(super) fn create(operator: &Operator, placement: &Placement) -> DdlStatement {
    let mut parts = vec![format!("FUNCTION = {}", operator.function)];
    if let Some(left) = &operator.left {
        parts.push(format!("LEFTARG = {left}"));
    }
    parts.push(format!("RIGHTARG = {}", operator.right));
    for (word, other) in [("COMMUTATOR", &operator.commutator), ("NEGATOR", &operator.negator)] {
        if let Some(other) = other {
            parts.push(format!("{word} = OPERATOR({})", symbol(&placement.place(other))));
        }
    }
    for (word, function) in [("RESTRICT", &operator.restrict), ("JOIN", &operator.join)] {
        if let Some(function) = function {
            parts.push(format!("{word} = {function}"));
        }
    }
    for (set, word) in [(operator.hashes, "HASHES"), (operator.merges, "MERGES")] {
        if set {
            parts.push(word.to_owned());
        }
    }
    DdlStatement {
        object: format!("operator {}", operator.name),
        sql: format!("CREATE OPERATOR {} ({})", symbol(&placement.place(&operator.name)), parts.join(", ")),
    }
}

pub(super) fn create_family(family: &OperatorFamily, placement: &Placement) -> Vec<DdlStatement> {
    let object = format!("operator family {}", family.name);
    let name = format!("{} USING {}", placement.place(&family.name).quoted(), family.method.quoted());
    let mut made =
        vec![DdlStatement { object: object.clone(), sql: format!("CREATE OPERATOR FAMILY {name}") }];
    if !family.members.is_empty() {
        let sql = format!("ALTER OPERATOR FAMILY {name} ADD {}", family.members.join(", "));
        made.push(DdlStatement { object, sql });
    }
    made
}

/// A scratch class is never the default: the type is the real one and has its default already.
pub(super) fn create_class(class: &OperatorClass, placement: &Placement) -> DdlStatement {
    let default = if class.default && !placement.is_scratch() { " DEFAULT" } else { "" };
    let family = class.family.as_ref();
    let family =
        family.map_or_else(String::new, |name| format!(" FAMILY {}", placement.place(name).quoted()));
    DdlStatement {
        object: format!("operator class {}", class.name),
        sql: format!(
            "CREATE OPERATOR CLASS {}{default} FOR TYPE {} USING {}{family} AS {}",
            placement.place(&class.name).quoted(),
            class.data_type,
            class.method.quoted(),
            class.members.join(", ")
        ),
    }
}

pub(super) fn create_cast(cast: &Cast) -> DdlStatement {
    let method = match &cast.method {
        CastMethod::Function(function) => format!("WITH FUNCTION {function}"),
        CastMethod::Binary => "WITHOUT FUNCTION".to_owned(),
        CastMethod::InOut => "WITH INOUT".to_owned(),
    };
    let sql = format!("CREATE CAST ({} AS {}) {method} {}", cast.source, cast.target, cast.context.sql());
    DdlStatement {
        object: format!("cast {} AS {}", cast.source, cast.target),
        sql: sql.trim_end().to_owned(),
    }
}

pub(super) fn create_dictionary(item: &TextSearchDictionary, placement: &Placement) -> DdlStatement {
    let options: String = item.options.iter().map(|(name, value)| format!(", {name} = {value}")).collect();
    DdlStatement {
        object: format!("text search dictionary {}", item.name),
        sql: format!(
            "CREATE TEXT SEARCH DICTIONARY {} (TEMPLATE = {}{options})",
            placement.place(&item.name).quoted(),
            item.template
        ),
    }
}

pub(super) fn create_configuration(
    item: &TextSearchConfiguration,
    placement: &Placement,
) -> Vec<DdlStatement> {
    let object = format!("text search configuration {}", item.name);
    let name = placement.place(&item.name).quoted();
    let create = format!("CREATE TEXT SEARCH CONFIGURATION {name} (PARSER = {})", item.parser);
    let mut made = vec![DdlStatement { object: object.clone(), sql: create }];
    for mapping in &item.mappings {
        let tokens: Vec<_> = mapping.tokens.iter().map(tenon_schema::Ident::quoted).collect();
        made.push(DdlStatement {
            object: object.clone(),
            sql: format!(
                "ALTER TEXT SEARCH CONFIGURATION {name} ADD MAPPING FOR {} WITH {}",
                tokens.join(", "),
                mapping.dictionaries.join(", ")
            ),
        });
    }
    made
}
