//! What it takes to give a column another type.

/// What becomes of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retype {
    /// The values stay as they are on disk (manual, `ALTER TABLE`, "Notes").
    Free,
    /// The values are written anew, and none is lost.
    Widening,
    /// Some values may not fit, or be kept in part.
    Lossy,
}

/// What it takes to go from a type as PostgreSQL prints it to one as somebody wrote it.
pub(super) fn retype(from: &str, to: &str) -> Retype {
    let (from, to) = (Written::of(from), Written::of(to));
    if from == to {
        return Retype::Free;
    }
    let wider =
        |lengths: (&[u32], &[u32])| lengths.1.is_empty() || (!lengths.0.is_empty() && lengths.0 <= lengths.1);
    match (from.name.as_str(), to.name.as_str()) {
        ("character varying", "text") => Retype::Free,
        ("character varying", "character varying") | ("bit varying", "bit varying")
            if wider((&from.modifiers, &to.modifiers)) =>
        {
            Retype::Free
        }
        ("numeric", "numeric") if to.modifiers.is_empty() => Retype::Free,
        ("text", "character varying") if to.modifiers.is_empty() => Retype::Free,
        ("cidr", "inet") => Retype::Free,
        ("smallint", "integer" | "bigint" | "numeric")
        | ("integer", "bigint" | "numeric")
        | ("bigint", "numeric")
        | ("real", "double precision")
        | ("smallint" | "integer", "double precision")
            if to.modifiers.is_empty() =>
        {
            Retype::Widening
        }
        _ => Retype::Lossy,
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Written {
    name: String,
    modifiers: Vec<u32>,
}

impl Written {
    fn of(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        let text = text.strip_prefix("pg_catalog.").unwrap_or(&text);
        let (name, modifiers) = match text.split_once('(') {
            Some((name, rest)) => {
                let (inner, after) = rest.split_once(')').unwrap_or((rest, ""));
                let modifiers = inner.split(',').filter_map(|number| number.trim().parse().ok()).collect();
                (format!("{}{after}", name.trim()), modifiers)
            }
            None => (text.to_owned(), Vec::new()),
        };
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = match name.as_str() {
            "int2" => "smallint",
            "int" | "int4" => "integer",
            "int8" => "bigint",
            "varchar" => "character varying",
            "varbit" => "bit varying",
            "decimal" => "numeric",
            "float4" => "real",
            "float8" | "float" => "double precision",
            "bool" => "boolean",
            "timestamptz" => "timestamp with time zone",
            "timestamp" => "timestamp without time zone",
            "timetz" => "time with time zone",
            "time" => "time without time zone",
            other => other,
        };
        Self { name: name.to_owned(), modifiers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_type_keeps_every_value_and_another_may_not() {
        for (from, to, expected) in [
            ("integer", "int4", Retype::Free),
            ("character varying(20)", "varchar(40)", Retype::Free),
            ("character varying(20)", "text", Retype::Free),
            ("numeric(10,2)", "numeric", Retype::Free),
            ("timestamp with time zone", "timestamptz", Retype::Free),
            ("integer", "bigint", Retype::Widening),
            ("real", "float8", Retype::Widening),
            ("character varying(20)", "varchar(10)", Retype::Lossy),
            ("character varying", "varchar(10)", Retype::Lossy),
            ("text", "integer", Retype::Lossy),
            ("bigint", "integer", Retype::Lossy),
            ("integer", "numeric(3, 1)", Retype::Lossy),
            ("timestamp with time zone", "timestamp", Retype::Lossy),
            ("integer[]", "integer", Retype::Lossy),
        ] {
            assert_eq!(retype(from, to), expected, "{from} -> {to}");
        }
    }
}
