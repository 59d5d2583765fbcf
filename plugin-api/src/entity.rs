//! How Rust types describe tables and enum types.

use tenon_schema::{EnumType, Table};

use crate::interval::Interval;
use crate::numeric::Numeric;
use crate::range::{Range, RangeElement};

/// A struct that describes a table. Derive it.
pub trait Entity {
    /// The table as it is at the end of the plugin's migrations.
    fn table() -> Table;
}

/// A Rust enum that stands for a PostgreSQL enum type. Derive it with `#[derive(EnumType)]`.
pub trait PgEnum: Copy + Sized + 'static {
    /// The type's schema-qualified name.
    const NAME: &'static str;
    /// All values, in the order of the labels.
    const ALL: &'static [Self];

    /// The label of this value.
    fn label(self) -> &'static str;

    /// The value with that label.
    fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.label() == label)
    }

    /// The type's descriptor.
    fn enum_type() -> EnumType;
}

/// The PostgreSQL type of a column whose field has this Rust type.
#[diagnostic::on_unimplemented(
    message = "no PostgreSQL type is known for `{Self}`",
    note = "say which one the column has: `#[column(type = \"…\")]`"
)]
pub trait ColumnType {
    /// The type as SQL, such as `timestamptz`.
    fn sql_type() -> String;
}

macro_rules! column_types {
    ($($rust:ty, $sql:literal;)*) => {$(
        impl ColumnType for $rust {
            fn sql_type() -> String {
                $sql.to_owned()
            }
        }
    )*};
}

column_types! {
    bool, "boolean";
    i16, "smallint";
    i32, "integer";
    i64, "bigint";
    f32, "real";
    f64, "double precision";
    String, "text";
    Vec<u8>, "bytea";
    uuid::Uuid, "uuid";
    jiff::Timestamp, "timestamptz";
    jiff::civil::DateTime, "timestamp";
    jiff::civil::Date, "date";
    jiff::civil::Time, "time";
    serde_json::Value, "jsonb";
    Numeric, "numeric";
    Interval, "interval";
    std::net::IpAddr, "inet";
}

#[cfg(feature = "cidr")]
column_types! {
    cidr::IpInet, "inet";
    cidr::IpCidr, "cidr";
}

impl<T: RangeElement> ColumnType for Range<T> {
    fn sql_type() -> String {
        T::RANGE.to_owned()
    }
}

impl<T: ColumnType> ColumnType for Option<T> {
    fn sql_type() -> String {
        T::sql_type()
    }
}

impl<T: ColumnType> ColumnType for Vec<T> {
    fn sql_type() -> String {
        format!("{}[]", T::sql_type())
    }
}
