//! The statements of a plugin: every `sql!` leaves one here, wherever it stands, and the linker gathers them.

use std::marker::PhantomData;
use std::sync::OnceLock;

use linkme::distributed_slice;
use postgres_types::{FromSql, Kind, Type};
use tenon_schema::{DeclaredField, DeclaredParam, DeclaredRow, DeclaredStatement, ReadableTypes};

use crate::PgEnum;
use crate::rows::short_name;

/// One `sql!`, as the macro leaves it.
#[derive(Debug)]
pub struct RegisteredSql {
    pub sql: &'static str,
    pub file: &'static str,
    pub line: u32,
    pub column: u32,
    pub params: fn() -> Option<Vec<DeclaredParam>>,
    pub row: fn() -> DeclaredRow,
}

/// Every `sql!`, in no order.
#[distributed_slice]
pub static STATEMENTS: [RegisteredSql];

/// What is told of all of them, by place.
pub(crate) fn declared_statements() -> Vec<DeclaredStatement> {
    let declared = |one: &RegisteredSql| DeclaredStatement {
        sql: one.sql.to_owned(),
        file: one.file.to_owned(),
        line: one.line,
        column: one.column,
        params: (one.params)(),
        row: (one.row)(),
    };
    let mut statements: Vec<_> = STATEMENTS.iter().map(declared).collect();
    statements.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    statements
}

/// Asks what a type stands for, where that is known: `(&EnumProbe::<T>::NEW).enum_name()`.
#[derive(Debug)]
pub struct EnumProbe<T: ?Sized>(PhantomData<fn() -> T>);

impl<T: ?Sized> EnumProbe<T> {
    pub const NEW: Self = Self(PhantomData);
}

/// The answer for an enum.
pub trait IsEnum {
    fn enum_name(&self) -> Option<&'static str>;
}

impl<T: PgEnum> IsEnum for EnumProbe<T> {
    fn enum_name(&self) -> Option<&'static str> {
        Some(T::NAME)
    }
}

impl<T: PgEnum> IsEnum for EnumProbe<Option<T>> {
    fn enum_name(&self) -> Option<&'static str> {
        Some(T::NAME)
    }
}

/// The answer for all else, which the compiler comes to after that.
pub trait IsNoEnum {
    fn enum_name(&self) -> Option<&'static str>;
}

impl<T: ?Sized> IsNoEnum for &EnumProbe<T> {
    fn enum_name(&self) -> Option<&'static str> {
        None
    }
}

/// What is told of a value that is read from a row.
pub fn declared_field<T: for<'r> FromSql<'r>>(
    column: &str,
    enum_name: Option<&'static str>,
) -> DeclaredField {
    let accepts = |name: &str| T::accepts(&Type::new(name.to_owned(), 0, Kind::Simple, String::new()));
    DeclaredField {
        column: column.to_owned(),
        rust: short_name::<T>(),
        nullable: T::from_sql_null(&Type::TEXT).is_ok(),
        reads: ReadableTypes {
            oids: built_in().iter().filter(|ty| T::accepts(ty)).map(Type::oid).collect(),
            names: OF_EXTENSIONS.iter().filter(|name| accepts(name)).map(|name| (*name).to_owned()).collect(),
            any: accepts("tenon_any_type"),
            enum_name: enum_name.map(str::to_owned),
        },
    }
}

/// The types of extensions that postgres-types knows by name.
const OF_EXTENSIONS: [&str; 5] = ["citext", "hstore", "ltree", "lquery", "ltxtquery"];

/// The built-in types. postgres-types has no list of them, and knows each by its number.
fn built_in() -> &'static [Type] {
    static BUILT_IN: OnceLock<Vec<Type>> = OnceLock::new();
    BUILT_IN.get_or_init(|| (1..10_000).filter_map(Type::from_oid).collect())
}
