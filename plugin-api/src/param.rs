//! Parameters of a statement: how Rust values go to PostgreSQL.

use std::borrow::Cow;
use std::error::Error;

use bytes::{BufMut, BytesMut};
use postgres_types::{IsNull, ToSql, Type};

/// Why a value could not be encoded.
pub type EncodeError = Box<dyn Error + Sync + Send>;

/// PostgreSQL's format codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// The value as people read it.
    Text = 0,
    /// The value as the type's send and receive functions have it.
    Binary = 1,
}

/// What was appended to the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded {
    /// The type's OID; 0 leaves it to the server to infer.
    pub oid: u32,
    /// The format of the bytes.
    pub format: Format,
    /// NULL: nothing was appended.
    pub null: bool,
}

/// A value that can stand for `$1`. Every [`ParamValue`] is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no PostgreSQL type, so it cannot be a parameter",
    note = "send it as text: `value.to_string()`, and let PostgreSQL read it"
)]
pub trait Param {
    /// Appends the value to `out`.
    ///
    /// # Errors
    ///
    /// When the value does not fit PostgreSQL's type.
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, EncodeError>;
}

/// A Rust type with its PostgreSQL type.
///
/// Texts (and enums) are sent without a type, so that the server infers it: a `&str` fits a column of type
/// `text`, `varchar`, `citext`, `uuid`, `date` or an enum alike. Where it has nothing to infer it from, say
/// it: `$1::text`.
pub trait ParamValue {
    /// The type's OID; 0 leaves it to the server to infer.
    const OID: u32;
    /// The OID of an array of the type.
    const ARRAY_OID: u32;
    /// The format that [`write`](Self::write) writes.
    const FORMAT: Format;

    /// Appends the value to `out`.
    ///
    /// # Errors
    ///
    /// When the value does not fit PostgreSQL's type.
    fn write(&self, out: &mut BytesMut) -> Result<IsNull, EncodeError>;
}

/// A type of which there are arrays.
pub trait Element: ParamValue {}

impl<T: ParamValue> Param for T {
    fn encode(&self, out: &mut BytesMut) -> Result<Encoded, EncodeError> {
        let null = matches!(self.write(out)?, IsNull::Yes);
        Ok(Encoded { oid: T::OID, format: T::FORMAT, null })
    }
}

/// Types whose encoding postgres-types knows: Rust type, PostgreSQL type, its array type.
macro_rules! binary {
    ($($rust:ty, $name:ident, $array:ident, $oid:literal, $array_oid:literal;)*) => {$(
        impl ParamValue for $rust {
            const OID: u32 = $oid;
            const ARRAY_OID: u32 = $array_oid;
            const FORMAT: Format = Format::Binary;

            fn write(&self, out: &mut BytesMut) -> Result<IsNull, EncodeError> {
                ToSql::to_sql(self, &Type::$name, out)
            }
        }

        impl Element for $rust {}
    )*

        #[cfg(test)]
        const BINARY_OIDS: &[(Type, u32, Type, u32)] = &[$((Type::$name, $oid, Type::$array, $array_oid)),*];
    };
}

binary! {
    bool, BOOL, BOOL_ARRAY, 16, 1000;
    i16, INT2, INT2_ARRAY, 21, 1005;
    i32, INT4, INT4_ARRAY, 23, 1007;
    i64, INT8, INT8_ARRAY, 20, 1016;
    f32, FLOAT4, FLOAT4_ARRAY, 700, 1021;
    f64, FLOAT8, FLOAT8_ARRAY, 701, 1022;
    Vec<u8>, BYTEA, BYTEA_ARRAY, 17, 1001;
    &[u8], BYTEA, BYTEA_ARRAY, 17, 1001;
    uuid::Uuid, UUID, UUID_ARRAY, 2950, 2951;
    jiff::Timestamp, TIMESTAMPTZ, TIMESTAMPTZ_ARRAY, 1184, 1185;
    jiff::civil::DateTime, TIMESTAMP, TIMESTAMP_ARRAY, 1114, 1115;
    jiff::civil::Date, DATE, DATE_ARRAY, 1082, 1182;
    jiff::civil::Time, TIME, TIME_ARRAY, 1083, 1183;
    serde_json::Value, JSONB, JSONB_ARRAY, 3802, 3807;
    std::net::IpAddr, INET, INET_ARRAY, 869, 1041;
}

/// Addresses with the length of their prefix.
#[cfg(feature = "cidr")]
mod networks {
    use super::*;

    macro_rules! networks {
        ($($rust:ty, $name:ident, $oid:literal, $array_oid:literal;)*) => {$(
            impl ParamValue for $rust {
                const OID: u32 = $oid;
                const ARRAY_OID: u32 = $array_oid;
                const FORMAT: Format = Format::Binary;

                fn write(&self, out: &mut BytesMut) -> Result<IsNull, EncodeError> {
                    ToSql::to_sql(self, &Type::$name, out)
                }
            }

            impl Element for $rust {}
        )*};
    }

    networks! {
        cidr::IpInet, INET, 869, 1041;
        cidr::IpCidr, CIDR, 650, 651;
    }
}

macro_rules! text {
    ($($rust:ty),*) => {$(
        impl ParamValue for $rust {
            const OID: u32 = 0;
            const ARRAY_OID: u32 = 0;
            const FORMAT: Format = Format::Text;

            fn write(&self, out: &mut BytesMut) -> Result<IsNull, EncodeError> {
                out.put_slice(self.as_bytes());
                Ok(IsNull::No)
            }
        }

        impl Element for $rust {}
    )*};
}

text!(String, &str, Cow<'_, str>);

impl<T: ParamValue> ParamValue for Option<T> {
    const OID: u32 = T::OID;
    const ARRAY_OID: u32 = T::ARRAY_OID;
    const FORMAT: Format = T::FORMAT;

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, EncodeError> {
        match self {
            Some(value) => value.write(out),
            None => Ok(IsNull::Yes),
        }
    }
}

impl<T: Element> Element for Option<T> {}

impl<T: ParamValue> ParamValue for &T {
    const OID: u32 = T::OID;
    const ARRAY_OID: u32 = T::ARRAY_OID;
    const FORMAT: Format = T::FORMAT;

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, EncodeError> {
        T::write(self, out)
    }
}

impl<T: Element> Element for &T {}

macro_rules! array {
    ($([$($generics:tt)*] $rust:ty),*) => {$(
        impl<T: Element, $($generics)*> ParamValue for $rust {
            const OID: u32 = T::ARRAY_OID;
            const ARRAY_OID: u32 = T::ARRAY_OID;
            const FORMAT: Format = T::FORMAT;

            fn write(&self, out: &mut BytesMut) -> Result<IsNull, EncodeError> {
                match T::FORMAT {
                    Format::Text => write_text_array(self, out)?,
                    Format::Binary => write_binary_array(self, out)?,
                }
                Ok(IsNull::No)
            }
        }
    )*};
}

array!([] Vec<T>, [] &[T], [const N: usize] [T; N]);

/// The binary form of a one-dimensional array (`array_recv`): dimensions, flags, element type, length, lower
/// bound, then every element with its length.
fn write_binary_array<T: Element>(values: &[T], out: &mut BytesMut) -> Result<(), EncodeError> {
    out.put_i32(i32::from(!values.is_empty()));
    out.put_i32(1);
    out.put_u32(T::OID);
    if !values.is_empty() {
        out.put_i32(i32::try_from(values.len())?);
        out.put_i32(1);
    }
    for value in values {
        let start = out.len();
        out.put_i32(-1);
        if matches!(value.write(out)?, IsNull::No) {
            let len = i32::try_from(out.len() - start - 4)?;
            out[start..start + 4].copy_from_slice(&len.to_be_bytes());
        }
    }
    Ok(())
}

/// The text form of an array, every element in double quotes (manual, chapter 8.15.2).
fn write_text_array<T: Element>(values: &[T], out: &mut BytesMut) -> Result<(), EncodeError> {
    out.put_u8(b'{');
    let mut element = BytesMut::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.put_u8(b',');
        }
        element.clear();
        if matches!(value.write(&mut element)?, IsNull::Yes) {
            out.put_slice(b"NULL");
            continue;
        }
        out.put_u8(b'"');
        for &byte in &element {
            if matches!(byte, b'"' | b'\\') {
                out.put_u8(b'\\');
            }
            out.put_u8(byte);
        }
        out.put_u8(b'"');
    }
    out.put_u8(b'}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use postgres_types::FromSql;

    fn encode(param: &dyn Param) -> (Encoded, Vec<u8>) {
        let mut out = BytesMut::new();
        let encoded = param.encode(&mut out).unwrap();
        (encoded, out.to_vec())
    }

    #[test]
    fn the_oids_are_those_of_the_catalog() {
        for (name, oid, array, array_oid) in BINARY_OIDS {
            assert_eq!((name.oid(), array.oid()), (*oid, *array_oid), "{name}");
        }
    }

    #[test]
    fn a_text_is_sent_without_a_type() {
        let sent = Encoded { oid: 0, format: Format::Text, null: false };
        assert_eq!(encode(&"new"), (sent, b"new".to_vec()));
    }

    #[test]
    fn a_missing_value_keeps_its_type() {
        let sent = Encoded { oid: 23, format: Format::Binary, null: true };
        assert_eq!(encode(&None::<i32>), (sent, Vec::new()));
    }

    #[test]
    fn quotes_in_an_array_of_texts_cannot_end_an_element() {
        let (encoded, bytes) = encode(&vec![Some(r#"a","b"#), None, Some(r"c\"), Some("NULL"), Some("")]);
        assert_eq!((encoded.oid, encoded.format), (0, Format::Text));
        assert_eq!(String::from_utf8(bytes).unwrap(), r#"{"a\",\"b",NULL,"c\\","NULL",""}"#);
    }

    #[test]
    fn an_array_is_read_back_as_it_was_sent() {
        for values in [vec![], vec![Some(1_i64), None, Some(i64::MIN)]] {
            let (encoded, bytes) = encode(&values);
            assert_eq!((encoded.oid, encoded.format), (1016, Format::Binary));
            assert_eq!(Vec::<Option<i64>>::from_sql(&Type::INT8_ARRAY, &bytes).unwrap(), values);
        }
    }

    #[test]
    fn bytes_are_one_value_and_not_an_array() {
        assert_eq!(encode(&vec![1_u8, 2]).0.oid, 17);
        assert_eq!(encode(&[1_u8, 2].as_slice()).0.oid, 17);
        assert_eq!(encode(&vec![vec![1_u8]]).0.oid, 1001);
    }
}
