//! Whether an expression would still be parsed as it was when it was printed.

use crate::qualified::mentions;
use crate::snapshot::{Kind, ObjectId, Property, Value};

use super::sides::text;
use super::{Repair, Sides};

/// Whether a cast that nobody expects may give a repair's expressions another meaning: among operators
/// PostgreSQL prefers those of `text`, once an enum is cast to it implicitly. What would be made then is not
/// what is wanted.
pub(super) fn is_parsed_otherwise(repair: &Repair, id: &ObjectId, sides: &Sides<'_>) -> bool {
    let has_expression = |sql: &&String| {
        ["CHECK", "WHERE", "USING", "WHEN", "EXCLUDE", "SELECT", " AS (", "DEFAULT"]
            .iter()
            .any(|word| sql.contains(word))
    };
    let columns = sides.live_parts(&id.owner(), Kind::Column);
    unexpected_casts(sides).any(|data_type| {
        let of_type =
            columns.iter().filter(|(_, column)| text(column, Property::DataType) == Some(data_type));
        let of_type: Vec<_> = of_type.map(|(column, _)| column.name.as_str()).collect();
        repair.sql.iter().filter(has_expression).any(|sql| {
            sql.contains(&format!("::{data_type}")) || of_type.iter().any(|column| mentions(sql, column))
        })
    })
}

/// The types, of those that are not PostgreSQL's own, with an implicit cast that is not expected.
fn unexpected_casts<'a>(sides: &Sides<'a>) -> impl Iterator<Item = &'a str> {
    let implicit = Value::Text("implicit".to_owned());
    let casts = sides.live.objects.iter().filter(move |(id, cast)| {
        id.kind == Kind::Cast
            && cast.get(&Property::Context) == Some(&implicit)
            && sides.expected.objects.get(id).and_then(|cast| cast.get(&Property::Context)) != Some(&implicit)
    });
    let types = casts.filter_map(|(id, _)| id.name.as_str().split_once(" AS "));
    types.flat_map(|(source, target)| [source, target]).filter(|name| name.contains('.'))
}
