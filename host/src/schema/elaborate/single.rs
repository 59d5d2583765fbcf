//! What there can be only one of, and so no scratch copy: casts, extensions, defaults of operator classes.
//!
//! Of these the server is asked how it spells what they name, and the rest is as declared.

use std::collections::BTreeMap;

use tenon_migrations_core::claims::spelled;
use tenon_migrations_core::declared;
use tenon_migrations_core::snapshot::{CatalogSnapshot, Kind, Object, ObjectId, Property, Value};
use tenon_schema::{CastContext, CastMethod, Descriptors, Ident, ObjectName};
use tokio_postgres::types::{Oid, Type};
use tokio_postgres::{Client, Error};

use super::Added;
use super::extensions::Extensions;

/// The types and functions that descriptors name, by the names they give them.
#[derive(Debug, Default)]
pub(crate) struct Found {
    types: BTreeMap<String, Oid>,
    functions: BTreeMap<String, Oid>,
}

/// Looks them up by the search path under which everything was built.
pub(crate) async fn look_up(
    client: &Client,
    descriptors: &Descriptors,
    extensions: &Extensions,
) -> Result<Found, Error> {
    let casts = descriptors.casts.iter().flat_map(|cast| [cast.source.as_str(), cast.target.as_str()]);
    let types: Vec<&str> = declared::types(descriptors).chain(casts).collect();
    let functions = descriptors.casts.iter().filter_map(|cast| match &cast.method {
        CastMethod::Function(name) => Some(name.as_str()),
        CastMethod::Binary | CastMethod::InOut => None,
    });
    let functions: Vec<&str> = functions.collect();
    let ask = async |names: Vec<&str>, sql| -> Result<BTreeMap<String, Oid>, Error> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let here: Vec<_> = names.iter().map(|name| extensions.found(name, descriptors)).collect();
        let rows = client.query_typed(sql, &[(&here, Type::TEXT_ARRAY)]).await?;
        let found = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        let found = found.collect::<Result<BTreeMap<String, Oid>, Error>>()?;
        let named = names
            .iter()
            .zip(&here)
            .filter_map(|(name, here)| Some(((*name).to_owned(), *found.get(&**here)?)));
        Ok(named.collect())
    };
    Ok(Found {
        types: ask(types, include_str!("sql/types.sql")).await?,
        functions: ask(functions, include_str!("sql/functions.sql")).await?,
    })
}

impl Found {
    /// Adds what was not built, takes out what was only `added`, and marks what is left open. The search path
    /// is `pg_catalog` alone by now.
    pub(crate) async fn complete(
        &self,
        client: &Client,
        descriptors: &Descriptors,
        snapshot: &mut CatalogSnapshot,
        added: Added,
    ) -> Result<(), Error> {
        for class in descriptors.operator_classes.iter().filter(|class| class.default) {
            let name = spelled::with_method(&class.name.name, &class.method);
            let name = ObjectName::new(class.name.schema.clone(), name);
            let id = ObjectId::standalone(Kind::OperatorClass, &name);
            if let Some(object) = snapshot.objects.get_mut(&id) {
                object.insert(Property::IsDefault, Value::Flag(true));
            }
        }
        let spelling = self.spelling(client).await?;
        let canonical = |name: &str| spelling.get(name).cloned().unwrap_or_else(|| name.to_owned());
        if added == Added::ByEventTriggers {
            declared::take_out_added(snapshot, descriptors, canonical);
        }
        declared::leave_open(snapshot, descriptors, canonical);
        for extension in &descriptors.extensions {
            let text =
                |text: Option<&str>| text.map_or(Value::Undeclared, |text| Value::Text(text.to_owned()));
            let object = Object::from([
                (Property::Version, text(extension.version.as_deref())),
                (Property::ExtensionSchema, text(extension.schema.as_ref().map(Ident::as_str))),
            ]);
            snapshot.objects.insert(ObjectId::global(Kind::Extension, &extension.name), object);
        }
        self.casts(client, descriptors, snapshot).await
    }

    async fn spelling(&self, client: &Client) -> Result<BTreeMap<&str, String>, Error> {
        if self.types.is_empty() {
            return Ok(BTreeMap::new());
        }
        let oids: Vec<Oid> = self.types.values().copied().collect();
        let sql = "SELECT o.oid, format_type(o.oid, NULL) FROM unnest($1::oid[]) AS o (oid)";
        let rows = client.query_typed(sql, &[(&oids, Type::OID_ARRAY)]).await?;
        let spelled = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        let spelled = spelled.collect::<Result<BTreeMap<Oid, String>, Error>>()?;
        let named =
            self.types.iter().filter_map(|(name, oid)| Some((name.as_str(), spelled.get(oid)?.clone())));
        Ok(named.collect())
    }

    async fn casts(
        &self,
        client: &Client,
        descriptors: &Descriptors,
        snapshot: &mut CatalogSnapshot,
    ) -> Result<(), Error> {
        for cast in &descriptors.casts {
            let (Some(source), Some(target)) = (self.types.get(&cast.source), self.types.get(&cast.target))
            else {
                continue;
            };
            let (method, function) = match &cast.method {
                CastMethod::Function(name) => ("function", self.functions.get(name).copied()),
                CastMethod::Binary => ("binary", None),
                CastMethod::InOut => ("inout", None),
            };
            let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] =
                [(source, Type::OID), (target, Type::OID), (&function, Type::OID)];
            let rows = client.query_typed(include_str!("sql/cast.sql"), &parameters).await?;
            let Some(row) = rows.first() else { continue };
            let context = match cast.context {
                CastContext::Explicit => "explicit",
                CastContext::Assignment => "assignment",
                CastContext::Implicit => "implicit",
            };
            let mut object = Object::from([
                (Property::Method, Value::Text(method.to_owned())),
                (Property::Context, Value::Text(context.to_owned())),
                (Property::Comment, Value::Undeclared),
            ]);
            if let Some(function) = row.try_get::<_, Option<String>>("function")? {
                object.insert(Property::Function, Value::Text(function));
            }
            let name = ObjectName::new(row.try_get::<_, &str>("schema")?, row.try_get::<_, &str>("name")?);
            snapshot.objects.insert(ObjectId::standalone(Kind::Cast, &name), object);
        }
        Ok(())
    }
}
