//! Rows that are read by position: tuples, and single values.

use postgres_types::FromSql;
use tenon_schema::DeclaredRow;

use crate::registered::declared_field;
use crate::rows::{FromRow, Row, mismatch};
use crate::{Interval, Numeric, PluginError, Range};

/// Whether there are as many columns as values are read.
fn only(row: &Row, wanted: usize) -> Result<(), PluginError> {
    let there = row.column_names().count();
    if there == wanted {
        return Ok(());
    }
    Err(mismatch(format!("the result has {there} columns, and {wanted} are read by position")))
}

/// Reads a single value from a row of one column.
pub fn single<T: for<'r> FromSql<'r>>(row: &Row) -> Result<T, PluginError> {
    only(row, 1)?;
    row.get(0)
}

macro_rules! tuples {
    ($($name:ident $at:tt),*) => {
        impl<$($name: for<'r> FromSql<'r>),*> FromRow for ($($name,)*) {
            fn from_row(row: &Row) -> Result<Self, PluginError> {
                only(row, [$($at),*].len())?;
                Ok(($(row.get::<$name>($at)?,)*))
            }

            fn declared() -> DeclaredRow {
                DeclaredRow::Position(vec![$(declared_field::<$name>("", None)),*])
            }
        }
    };
}

tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

macro_rules! singles {
    ($([$($generics:tt)*] $rust:ty),* $(,)?) => {$(
        impl<$($generics)*> FromRow for $rust {
            fn from_row(row: &Row) -> Result<Self, PluginError> {
                single(row)
            }

            fn declared() -> DeclaredRow {
                DeclaredRow::Position(vec![declared_field::<Self>("", None)])
            }
        }
    )*};
}

singles! {
    [] bool, [] i16, [] i32, [] i64, [] f32, [] f64, [] String, [] uuid::Uuid, [] jiff::Timestamp,
    [] jiff::civil::DateTime, [] jiff::civil::Date, [] jiff::civil::Time, [] serde_json::Value, [] Numeric,
    [] Interval, [] std::net::IpAddr, [T: for<'r> FromSql<'r>] Range<T>,
    [T: for<'r> FromSql<'r>] Option<T>,
}

#[cfg(feature = "cidr")]
singles!([] cidr::IpInet, [] cidr::IpCidr);

impl<T> FromRow for Vec<T>
where
    Self: for<'r> FromSql<'r>,
{
    fn from_row(row: &Row) -> Result<Self, PluginError> {
        single(row)
    }

    fn declared() -> DeclaredRow {
        DeclaredRow::Position(vec![declared_field::<Self>("", None)])
    }
}
