//! Names of objects in the attributes of the macros.

/// The two parts of `schema.name`.
pub(crate) fn object_name(text: &str) -> Option<(&str, &str)> {
    let (schema, name) = text.split_once('.')?;
    let plain = |part: &str| !part.is_empty() && !part.contains(['.', '"', ' ', '(', ')']);
    (plain(schema) && plain(name)).then_some((schema, name))
}
