//! Partitioned tables of other plugins, of which declared tables are parts: scratch copies of them hand on
//! what the real ones do, so that a part's copy is what the part is.

use std::collections::BTreeSet;

use tenon_migrations_core::ddl::{DdlStatement, Placement};
use tenon_schema::{Descriptors, Ident, ObjectName};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use crate::database::search_path::{OWN, SEARCH_PATH};

/// The partitioned tables, with all that they hand on.
#[derive(Debug, Default)]
pub(crate) struct Parents(Vec<Inheritance>);

/// One thing that a partitioned table hands on; every name is there as the server spells it in the text.
#[derive(Debug)]
struct Inheritance {
    parent: ObjectName,
    spelled: String,
    part: Part,
    text: String,
}

#[derive(Debug)]
enum Part {
    /// The text is its partition key.
    Key,
    /// The text is the constraint of this name, which refers to another table.
    ForeignKey {
        name: Ident,
        references: ObjectName,
        spelled: String,
    },
    Trigger,
}

impl Parents {
    /// Asks for the parents that these descriptors name and do not declare. The search path is that of
    /// migrations again afterwards.
    pub(crate) async fn look_up(client: &Client, descriptors: &Descriptors) -> Result<Self, Error> {
        let own: BTreeSet<_> = descriptors.tables.iter().map(|table| &table.name).collect();
        let parents = descriptors.tables.iter().filter_map(|table| table.partition_of.as_ref());
        let parents: BTreeSet<_> =
            parents.map(|part| &part.parent).filter(|name| !own.contains(name)).collect();
        if parents.is_empty() {
            return Ok(Self::default());
        }
        // Under which every name is printed with its schema.
        client.batch_execute(OWN).await?;
        let schemas: Vec<&str> = parents.iter().map(|name| name.schema.as_str()).collect();
        let names: Vec<&str> = parents.iter().map(|name| name.name.as_str()).collect();
        let wanted: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
            [(&schemas, Type::NAME_ARRAY), (&names, Type::NAME_ARRAY)];
        let rows = client.query_typed(include_str!("sql/parents.sql"), &wanted).await?;
        client.batch_execute(SEARCH_PATH).await?;
        let inheritance = |row: &tokio_postgres::Row| {
            let name = |column| row.try_get::<_, &str>(column).map(Ident::new);
            let part = match row.try_get("kind")? {
                "foreign key" => Part::ForeignKey {
                    name: name("part")?,
                    references: ObjectName::new(name("other_schema")?, name("other_name")?),
                    spelled: row.try_get("other")?,
                },
                "trigger" => Part::Trigger,
                _ => Part::Key,
            };
            let parent = ObjectName::new(name("schema")?, name("name")?);
            Ok(Inheritance { parent, spelled: row.try_get("spelled")?, part, text: row.try_get("text")? })
        };
        rows.iter().map(inheritance).collect::<Result<_, _>>().map(Self)
    }

    /// The tables, and those that their foreign keys refer to.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &ObjectName> {
        self.0.iter().map(|one| match &one.part {
            Part::ForeignKey { references, .. } => references,
            Part::Key | Part::Trigger => &one.parent,
        })
    }

    /// The partition key of this table, if it is one of them.
    pub(crate) fn key(&self, table: &ObjectName) -> Option<&str> {
        let key = |one: &&Inheritance| one.parent == *table && matches!(one.part, Part::Key);
        self.0.iter().find(key).map(|one| one.text.as_str())
    }

    /// What comes to the copies, and with them to their parts, once all tables are there.
    pub(crate) fn handed_on(&self, placement: &Placement) -> Vec<DdlStatement> {
        let statement = |one: &Inheritance| {
            let Inheritance { parent, spelled, part, text } = one;
            let copy = placement.place(parent).quoted();
            let (object, sql) = match part {
                Part::Key => return None,
                Part::ForeignKey { name, references, spelled } => {
                    let other = placement.place(references).quoted();
                    let text = text.replacen(
                        &format!(" REFERENCES {spelled}("),
                        &format!(" REFERENCES {other}("),
                        1,
                    );
                    let sql = format!("ALTER TABLE {copy} ADD CONSTRAINT {} {text}", name.quoted());
                    (format!("foreign key {name}"), sql)
                }
                Part::Trigger => {
                    let sql = text.replacen(&format!(" ON {spelled} "), &format!(" ON {copy} "), 1);
                    ("trigger".to_owned(), sql)
                }
            };
            Some(DdlStatement { object: format!("{object} of {parent}, of which its tables are parts"), sql })
        };
        self.0.iter().filter_map(statement).collect()
    }
}
