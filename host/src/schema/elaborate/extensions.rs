//! What extensions bring, found wherever they are: descriptors may name it by a schema in which it is not
//! here.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::qualified::in_other_schemas;
use tenon_schema::{Descriptors, Ident};
use tokio_postgres::{Client, Error};

/// What the extensions here bring that stand in a schema of their own or in `public`.
#[derive(Debug, Default)]
pub(crate) struct Extensions {
    /// Where it is, by name.
    contents: BTreeMap<String, Ident>,
    /// What else has one of these names, in a schema in which no extension has put it.
    others: BTreeSet<(Ident, String)>,
}

impl Extensions {
    pub(crate) async fn look_up(client: &Client) -> Result<Self, Error> {
        let mut extensions = Self::default();
        for row in client.query_typed(include_str!("sql/extensions.sql"), &[]).await? {
            let (schema, name) = (Ident::new(row.try_get::<_, &str>("schema")?), row.try_get("name")?);
            if row.try_get("is_of_extension")? {
                extensions.contents.insert(name, schema);
            } else {
                extensions.others.insert((schema, name));
            }
        }
        Ok(extensions)
    }

    /// The SQL of these descriptors, which looks for an extension's things where they are: what it names as
    /// of `public`, or of the schema that it declares for an extension, and is not there.
    pub(crate) fn found<'a>(&self, sql: &'a str, descriptors: &Descriptors) -> Cow<'a, str> {
        if self.contents.is_empty() {
            return Cow::Borrowed(sql);
        }
        in_other_schemas(sql, |schema, name| {
            let declared = |schema: &Ident| {
                descriptors.extensions.iter().any(|extension| extension.schema.as_ref() == Some(schema))
            };
            let here = self.contents.get(name).filter(|here| *here != schema)?;
            let may_move = schema.as_str() == "public" || declared(schema);
            (may_move && !self.others.contains(&(schema.clone(), name.to_owned()))).then(|| here.clone())
        })
    }
}
