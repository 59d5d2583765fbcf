//! The statements that a plugin says it sends (`sql!`), prepared where its migrations have run: whether they
//! are what PostgreSQL takes, and whether the Rust types on both of their sides are those of the database.

mod fault;
mod row;

pub use fault::{StatementFault, StatementRule};

use std::collections::BTreeMap;

use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::ownership::{ForeignAccess, Ownership};
use tenon_migrations_core::statements;
use tenon_schema::{DeclaredParam, DeclaredStatement};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{Kind, Type};
use tokio_postgres::{Client, Error, Statement};

use self::row::Nullable;
use crate::database::guard::{self, GuardError};
use crate::database::unavailable::DbFailure;
use crate::plugin::registry::Registered;

/// The search path with which a plugin's call begins, unless the database or the role has another.
const PATH_OF_CALLS: &str = "SET LOCAL search_path = \"$user\", public; SET LOCAL row_security = on";

/// What was found.
#[derive(Debug, Default)]
pub(super) struct StatementFaults {
    pub faults: Vec<StatementFault>,
    /// What may go wrong with some rows, in words, each with its place.
    pub warnings: Vec<String>,
}

/// Prepares all statements of a plugin in the transaction in which its migrations have run.
pub(super) async fn check(
    client: &Client,
    plugin: &Registered,
    ownership: &Ownership,
) -> Result<StatementFaults, Error> {
    let mut found = StatementFaults::default();
    if plugin.statements.is_empty() {
        return Ok(found);
    }
    client.batch_execute(PATH_OF_CALLS).await?;
    let mut nullable = Nullable::default();
    for one in distinct(&plugin.statements) {
        let refused = refused(one, &plugin.info.id, ownership);
        if !refused.is_empty() && !may_be_misspelled(one) {
            found.faults.extend(refused);
            continue;
        }
        let types: Vec<Type> = one.params.iter().flatten().map(sent_as).collect();
        match prepared(client, &one.sql, &types).await? {
            // Of what is misspelled PostgreSQL says where.
            Err(error) if error.code() == Some(&SqlState::SYNTAX_ERROR) => {
                found.faults.push(failed(client, one, &error).await?);
            }
            _ if !refused.is_empty() => found.faults.extend(refused),
            Ok(prepared) => {
                found.faults.extend(params(one, &prepared));
                found.faults.extend(row::check(one, prepared.columns()));
                nullable.ask(one, prepared.columns());
            }
            Err(error) => found.faults.push(failed(client, one, &error).await?),
        }
    }
    found.warnings = nullable.warnings(client).await?;
    Ok(found)
}

/// Prepares a statement, and leaves the transaction as it is.
async fn prepared(client: &Client, sql: &str, types: &[Type]) -> Result<Result<Statement, Error>, Error> {
    client.batch_execute("SAVEPOINT tenon_statement").await?;
    let prepared = client.prepare_typed(sql, types).await;
    client.batch_execute("ROLLBACK TO SAVEPOINT tenon_statement; RELEASE SAVEPOINT tenon_statement").await?;
    Ok(prepared)
}

/// Whether a statement is refused since nobody knows what it is.
fn may_be_misspelled(one: &DeclaredStatement) -> bool {
    matches!(guard::check(&one.sql), Err(GuardError::Beyond(_)))
}

/// Each statement once, though a generic function may leave one several times.
fn distinct(statements: &[DeclaredStatement]) -> impl Iterator<Item = &DeclaredStatement> {
    let mut former = None;
    statements.iter().filter(move |one| former.replace(*one) != Some(*one))
}

/// What keeps the statement from being sent at all, or from being sent by this plugin.
fn refused(one: &DeclaredStatement, plugin: &PluginId, ownership: &Ownership) -> Vec<StatementFault> {
    if let Err(refusal) = guard::check(&one.sql) {
        let remedy = "send another one over the connection, or leave it to a migration".to_owned();
        return vec![StatementFault::of(one, StatementRule::Refused, refusal.to_string(), remedy)];
    }
    let parsed = statements::parse(&one.sql).unwrap_or_default();
    let foreign = parsed.iter().flat_map(|statement| ownership.foreign_accesses(plugin, statement));
    foreign.map(|access| foreign_object(one, plugin, &access)).collect()
}

fn foreign_object(one: &DeclaredStatement, plugin: &PluginId, access: &ForeignAccess) -> StatementFault {
    let ForeignAccess { object, owner, owner_name } = access;
    let (reason, remedy) = if owner.is_core() {
        (
            format!("{object} is the host's own, and no plugin's to read or write"),
            "leave the host's tables to the host".to_owned(),
        )
    } else {
        (
            format!("{object} belongs to {owner_name}, which {plugin} does not require"),
            format!("have {plugin} require {owner} in export_plugin!, or leave the object alone"),
        )
    };
    StatementFault::of(one, StatementRule::ForeignObject, reason, remedy)
}

/// The type with which a parameter is sent.
fn sent_as(param: &DeclaredParam) -> Type {
    let unknown = || Type::new("unknown".to_owned(), param.oid, Kind::Simple, String::new());
    Type::from_oid(param.oid).unwrap_or_else(unknown)
}

/// Where a parameter is declared as an enum, and the statement wants something else.
fn params(one: &DeclaredStatement, prepared: &Statement) -> Vec<StatementFault> {
    let declared = one.params.iter().flatten().zip(prepared.params()).zip(1..);
    let wrong = declared.filter_map(|((param, wanted), number)| {
        let name = param.enum_name.as_deref()?;
        let is_text = matches!(*wanted, Type::TEXT | Type::VARCHAR | Type::BPCHAR);
        let fits = is_text || full_name(wanted) == name;
        (!fits).then(|| wrong_param(one, number, param, wanted))
    });
    wrong.collect()
}

fn wrong_param(
    one: &DeclaredStatement,
    number: usize,
    param: &DeclaredParam,
    wanted: &Type,
) -> StatementFault {
    let is = match &param.enum_name {
        Some(name) => name.clone(),
        None => shown(&sent_as(param)),
    };
    let wanted = shown(wanted);
    let reason = format!(
        "the parameter ${number} is declared as {} ({is}), and the statement wants {wanted}",
        param.rust
    );
    let remedy =
        format!("declare the Rust type of {wanted} for it, or cast it in the statement: ${number}::…");
    StatementFault::of(one, StatementRule::ParamType, reason, remedy)
}

/// Why a statement could not be prepared. Where it can be without the declared types, they are what is wrong.
async fn failed(client: &Client, one: &DeclaredStatement, error: &Error) -> Result<StatementFault, Error> {
    let is_typed = one.params.iter().flatten().any(|param| param.oid != 0);
    if is_typed {
        let wrong = prepared(client, &one.sql, &[]).await?.ok().and_then(|inferred| {
            let declared = one.params.iter().flatten().zip(inferred.params()).zip(1..);
            let mut differing =
                declared.filter(|((param, wanted), _)| param.oid != 0 && param.oid != wanted.oid());
            differing.next().map(|((param, wanted), number)| wrong_param(one, number, param, wanted))
        });
        if let Some(wrong) = wrong {
            return Ok(wrong);
        }
    }
    let Some(said) = DbFailure::find(error) else {
        return Ok(StatementFault::of(one, StatementRule::Sql, error.to_string(), String::new()));
    };
    let reason = match &said.detail {
        Some(detail) => format!("{}: {detail}", said.message),
        None => said.message.clone(),
    };
    let remedy = match (&said.hint, said.sqlstate.as_str()) {
        (Some(hint), _) => hint.clone(),
        (None, UNDEFINED_TABLE | UNDEFINED_COLUMN) => {
            "name what the plugin's migrations make, with its schema; or write the migration that makes it"
                .to_owned()
        }
        (None, INDETERMINATE) => "say the type in the statement, such as $1::text".to_owned(),
        (None, _) => "correct the statement".to_owned(),
    };
    let fault = StatementFault::of(one, StatementRule::Sql, reason, remedy);
    Ok(match said.position {
        Some(position) => fault.at(one, position),
        None => fault,
    })
}

/// SQLSTATE `undefined_table`.
const UNDEFINED_TABLE: &str = "42P01";
/// SQLSTATE `undefined_column`.
const UNDEFINED_COLUMN: &str = "42703";
/// SQLSTATE `indeterminate_datatype`.
const INDETERMINATE: &str = "42P18";

/// A type as `schema.name`.
fn full_name(data_type: &Type) -> String {
    format!("{}.{}", data_type.schema(), data_type.name())
}

/// A type as people write it.
fn shown(data_type: &Type) -> String {
    let name = data_type.name();
    let spelled: BTreeMap<_, _> = SPELLED.into_iter().collect();
    match data_type.kind() {
        Kind::Array(element) => format!("{}[]", shown(element)),
        _ if data_type.schema() != "pg_catalog" => full_name(data_type),
        _ => (*spelled.get(name).unwrap_or(&name)).to_owned(),
    }
}

/// Names of the catalog that nobody writes.
const SPELLED: [(&str, &str); 12] = [
    ("bool", "boolean"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("bpchar", "character"),
    ("timetz", "time with time zone"),
    ("varbit", "bit varying"),
    ("unknown", "a text"),
    ("record", "a row"),
    ("void", "nothing"),
];
