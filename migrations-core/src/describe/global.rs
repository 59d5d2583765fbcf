//! Describing schemas, default privileges and what stands in no schema.

use tenon_schema::{
    About, DefaultObjects, DefaultPrivileges, Descriptors, EventTrigger, Extension, ForeignServer, Grant,
    Ident, ObjectName, Publication, PublishedTable, Schema,
};

use crate::repair::about::grants::{OWNER, privileges};
use crate::repair::spelling::{idents, items, leading_ident, split_outside_quotes};
use crate::snapshot::{Kind, Property};

use super::Describer;
use super::about::about;
use super::facts::{self, Facts, options};
use super::on_relation::{enabled, event};

/// The extension that each database has from the start.
const EVERYWHERE: &str = "plpgsql";

/// What others may stand on.
pub(super) fn before(describer: &mut Describer<'_>, made: &mut Descriptors) {
    let extensions = describer.each(Kind::Extension, |_, facts| {
        // Which version is there is left open.
        facts.implied(&[Property::Version]);
        let schema = facts.text(Property::ExtensionSchema).map(Ident::from);
        let name = facts.id.name.clone();
        Ok((name.as_str() != EVERYWHERE).then_some(Extension { name, version: None, schema }))
    });
    made.extensions = extensions.into_iter().flatten().collect();
    let schemas = describer.each(Kind::Schema, |_, facts| {
        let schema = Schema { name: facts.id.name.clone(), about: about(facts) };
        Ok((schema.about != About::default()).then_some(schema))
    });
    made.schemas = schemas.into_iter().flatten().collect();
    made.foreign_servers = describer.each(Kind::ForeignServer, |_, facts| {
        Ok(ForeignServer {
            name: facts.id.name.clone(),
            wrapper: Ident::from(facts.needed(Property::Wrapper)?),
            server_type: facts.text(Property::ServerType).map(str::to_owned),
            version: facts.text(Property::Version).map(str::to_owned),
            options: options(facts, Property::Options),
            about: about(facts),
        })
    });
}

/// What stands on others.
pub(super) fn after(describer: &mut Describer<'_>, made: &mut Descriptors) {
    made.default_privileges = describer.each(Kind::DefaultPrivileges, |_, facts| default_privileges(facts));
    made.event_triggers = describer.each(Kind::EventTrigger, |describer, facts| {
        let function = facts::name(facts.needed(Property::Function)?)?;
        is_within(describer, &function.schema)?;
        let event = facts.list(Property::Events).first().ok_or("its event was not read")?;
        Ok(EventTrigger {
            name: facts.id.name.clone(),
            event: event.clone(),
            tags: facts.list(Property::Tags).to_vec(),
            function,
            enabled: enabled(facts)?,
            about: about(facts),
        })
    });
    made.publications = describer.each(Kind::Publication, publication);
}

fn is_within(describer: &Describer<'_>, schema: &Ident) -> Result<(), String> {
    if describer.schemas.contains(schema) {
        return Ok(());
    }
    Err(format!("it concerns the schema {schema}, which is none of these"))
}

fn default_privileges(facts: &mut Facts<'_>) -> Result<DefaultPrivileges, String> {
    use DefaultObjects as O;
    let (objects, role) = facts.id.name.as_str().split_once(" by ").ok_or("whose they are was not read")?;
    let all = [O::Tables, O::Sequences, O::Functions, O::Types];
    let objects = all.into_iter().find(|known| known.sql() == objects);
    let objects = objects.ok_or("no descriptor has words for default privileges of such objects")?;
    let role = Ident::new(role);
    let mut grants = Vec::new();
    for (grantee, given) in privileges(facts.list(Property::Grants)) {
        let to = match leading_ident(&grantee) {
            _ if grantee == OWNER => role.clone(),
            Some((name, _)) => name,
            None => Ident::new(grantee),
        };
        for with_grant_option in [false, true] {
            let privileges: Vec<_> = given
                .iter()
                .filter(|(_, option)| **option == with_grant_option)
                .map(|(privilege, _)| privilege.clone())
                .collect();
            if !privileges.is_empty() {
                grants.push(Grant { to: to.clone(), privileges, with_grant_option });
            }
        }
    }
    Ok(DefaultPrivileges { schema: facts.id.schema.clone(), role, objects, grants })
}

fn publication(describer: &mut Describer<'_>, facts: &mut Facts<'_>) -> Result<Publication, String> {
    let tables = facts.list(Property::Tables).iter();
    let tables = tables.map(|text| published(text).ok_or_else(|| format!("it was not understood: {text}")));
    let tables = tables.collect::<Result<Vec<_>, _>>()?;
    let schemas = idents(facts.list(Property::Schemas));
    for schema in tables.iter().map(|table| &table.table.schema).chain(&schemas) {
        is_within(describer, schema)?;
    }
    let publish = facts.list(Property::Events).iter().map(|text| event(text));
    let publish = publish.collect::<Result<Vec<_>, _>>()?;
    if publish.is_empty() {
        return Err("no descriptor has words for a publication of no operation".to_owned());
    }
    Ok(Publication {
        name: facts.id.name.clone(),
        all_tables: facts.is_set(Property::AllTables),
        tables,
        schemas,
        publish: if publish.len() == 4 { Vec::new() } else { publish },
        via_root: facts.is_set(Property::ViaRoot),
        about: about(facts),
    })
}

/// `schema.table (column, column) WHERE (condition)`
pub(super) fn published(text: &str) -> Option<PublishedTable> {
    let (member, condition) = match split_outside_quotes(text, " WHERE ") {
        Some((member, condition)) => (member, Some(condition.to_owned())),
        None => (text, None),
    };
    let (schema, rest) = leading_ident(member)?;
    let (name, rest) = leading_ident(rest.strip_prefix('.')?)?;
    let columns = rest.trim().trim_start_matches('(').trim_end_matches(')');
    let columns = items(columns).filter_map(|column| Some(leading_ident(column)?.0)).collect();
    Some(PublishedTable { table: ObjectName::new(schema, name), columns, condition })
}
