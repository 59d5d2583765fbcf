//! How an object is addressed in `ALTER`, `DROP` and `COMMENT ON`.

use tenon_schema::{Ident, ObjectName};

use crate::snapshot::{Kind, ObjectId, Property};

use super::Sides;
use super::sides::text;
use super::spelling::{leading_ident, without_types};

/// The kind and the name as SQL, such as `TABLE "inv"."item"` or `TRIGGER "t" ON "inv"."item"`; `None` for
/// what has no name of its own.
pub(super) fn address(id: &ObjectId, sides: &Sides<'_>) -> Option<String> {
    let standing = |word: &str| Some(format!("{word} {}", name(id)));
    let on = |word: &str| Some(format!("{word} {} ON {}", id.name.quoted(), id.owner().quoted()));
    let global = |word: &str| Some(format!("{word} {}", id.name.quoted()));
    match id.kind {
        Kind::Table => standing(if is_foreign(id, sides) { "FOREIGN TABLE" } else { "TABLE" }),
        Kind::Column => Some(format!("COLUMN {}.{}", id.owner().quoted(), id.name.quoted())),
        Kind::Constraint => on("CONSTRAINT"),
        Kind::Trigger => on("TRIGGER"),
        Kind::Rule => on("RULE"),
        Kind::Policy => on("POLICY"),
        Kind::Index => standing("INDEX"),
        Kind::Statistics => standing("STATISTICS"),
        Kind::Enum | Kind::Composite | Kind::Range => standing("TYPE"),
        Kind::Domain => standing("DOMAIN"),
        Kind::Collation => standing("COLLATION"),
        Kind::Sequence => standing("SEQUENCE"),
        Kind::View => standing("VIEW"),
        Kind::MaterializedView => standing("MATERIALIZED VIEW"),
        // One of no arguments is called by a star, which no routine is.
        Kind::Aggregate if id.name.as_str().ends_with("()") => standing("AGGREGATE"),
        Kind::Function | Kind::Aggregate => standing("ROUTINE"),
        Kind::Operator => standing("OPERATOR"),
        Kind::OperatorFamily => standing("OPERATOR FAMILY"),
        Kind::OperatorClass => standing("OPERATOR CLASS"),
        Kind::Cast => Some(format!("CAST ({})", id.name.as_str())),
        Kind::TextSearchDictionary => standing("TEXT SEARCH DICTIONARY"),
        Kind::TextSearchConfiguration => standing("TEXT SEARCH CONFIGURATION"),
        Kind::Schema => global("SCHEMA"),
        Kind::Extension => global("EXTENSION"),
        Kind::ForeignServer => global("SERVER"),
        Kind::EventTrigger => global("EVENT TRIGGER"),
        Kind::Publication => global("PUBLICATION"),
        Kind::DefaultPrivileges | Kind::Settings => None,
    }
}

/// The qualified name as SQL, with the types by which overloads are told apart.
pub(super) fn name(id: &ObjectId) -> String {
    let spelled = id.name.as_str();
    let bare = |name: &str| ObjectName::new(id.schema.clone(), name).quoted();
    match id.kind {
        Kind::Function | Kind::Aggregate => {
            let name = without_types(spelled);
            let types = &spelled[name.len()..];
            // An aggregate of no arguments takes a star.
            let none = id.kind == Kind::Aggregate && types == "()";
            format!("{}{}", bare(name), if none { "(*)" } else { types })
        }
        Kind::Operator => format!("{}.{spelled}", id.schema.quoted()),
        // One that stands in another schema than its table is named with it.
        Kind::Statistics => {
            match leading_ident(spelled).and_then(|(schema, rest)| Some((schema, rest.strip_prefix('.')?))) {
                Some((schema, name)) => ObjectName::new(schema, name).quoted(),
                None => bare(spelled),
            }
        }
        Kind::OperatorFamily | Kind::OperatorClass => match spelled.rsplit_once(" USING ") {
            Some((name, method)) => format!("{} USING {}", bare(name), Ident::new(method).quoted()),
            None => bare(spelled),
        },
        _ => bare(spelled),
    }
}

/// The statement that removes it.
pub(super) fn drop(id: &ObjectId, sides: &Sides<'_>) -> Option<String> {
    let on_table = |what: &str| {
        Some(format!("ALTER TABLE {} DROP {what} IF EXISTS {}", id.owner().quoted(), id.name.quoted()))
    };
    match id.kind {
        Kind::Column => on_table("COLUMN"),
        Kind::Constraint => on_table("CONSTRAINT"),
        Kind::Index => Some(format!("DROP INDEX IF EXISTS {}", name(id))),
        // They go with what they act on, where that is made anew.
        Kind::Trigger | Kind::Rule | Kind::Policy => {
            let (word, rest) =
                address(id, sides)?.split_once(' ').map(|(word, rest)| (word.to_owned(), rest.to_owned()))?;
            Some(format!("DROP {word} IF EXISTS {rest}"))
        }
        _ => Some(format!("DROP {}", address(id, sides)?)),
    }
}

/// Whether it is a foreign table.
pub(super) fn is_foreign(id: &ObjectId, sides: &Sides<'_>) -> bool {
    let object = sides.expected(id).or_else(|| sides.live(id));
    object.and_then(|object| text(object, Property::RelationKind)) == Some("foreign table")
}
