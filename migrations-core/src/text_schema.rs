//! The JSON schemas of what is a value here and one text in JSON.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

/// The schema of a type that is one text in JSON: what it is, the pattern of the text, and an example.
macro_rules! text_schema {
    ($Type:ident, $doc:literal, $pattern:literal, $example:literal) => {
        impl utoipa::PartialSchema for $Type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::text_schema::text($doc, $pattern, $example)
            }
        }

        impl utoipa::ToSchema for $Type {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($Type).into()
            }
        }
    };
}

pub(crate) use text_schema;

/// The schema of a text of this pattern.
pub(crate) fn text(description: &str, pattern: &str, example: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .description(Some(description))
        .pattern(Some(pattern))
        .examples([serde_json::Value::from(example)]);
    RefOr::T(text.into())
}

/// The schema of a text that is one of these words.
pub(crate) fn one_of(words: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(words));
    RefOr::T(text.into())
}
