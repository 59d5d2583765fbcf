//! The JSON schemas of what is a value here and one text in JSON.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, schema::SchemaType};
use utoipa::{PartialSchema, ToSchema};

use crate::checksum::Checksum;
use crate::migration::{MigrationId, PluginId};
use crate::plan::PlanRule;
use crate::repair::Hazard;
use crate::statements::LockMode;

/// A type that is one text in JSON: what it is, the pattern of the text, and an example.
macro_rules! text {
    ($($Type:ty: $name:literal, $doc:literal, $pattern:literal, $example:literal;)*) => {
        $(
            impl PartialSchema for $Type {
                fn schema() -> RefOr<Schema> {
                    let text = ObjectBuilder::new()
                        .schema_type(SchemaType::new(Type::String))
                        .description(Some($doc))
                        .pattern(Some($pattern))
                        .examples([serde_json::Value::from($example)]);
                    RefOr::T(text.into())
                }
            }

            impl ToSchema for $Type {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed($name)
                }
            }
        )*
    };
}

/// The schema of a text that is one of these words.
pub(crate) fn one_of(words: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(words));
    RefOr::T(text.into())
}

text! {
    Checksum: "Checksum", "A sha256 in lower-case hexadecimal", "^[0-9a-f]{64}$",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    Hazard: "Hazard", "What an administrator has to consent to by name: what is done, and to what",
        "^[a-z-]+:.+$", "drop-column:inventory.item.note";
    LockMode: "LockMode", "A lock of a table, in PostgreSQL's words", "^[A-Z ]+$", "ACCESS EXCLUSIVE";
    MigrationId: "MigrationId", "A migration: its plugin and the name of its file", "^[a-z][a-z0-9_]*/.+$",
        "inventory/0001_items.sql";
    PlanRule: "PlanRule", "The rule that refuses or notes a step", "^[a-z-]+$", "undeclared-object";
    PluginId: "PluginId", "A plugin's id", "^[a-z][a-z0-9_]*$", "inventory";
}
