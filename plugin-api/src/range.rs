//! PostgreSQL's ranges.

use std::ops::Bound;
use std::str;

use bytes::{BufMut, BytesMut};
use postgres_protocol::types::{Range as RawRange, RangeBound, range_from_sql};
use postgres_types::{FromSql, IsNull, Kind, Type};
use serde::{Deserialize, Serialize};

use crate::Numeric;
use crate::param::{Element, EncodeError, Format, ParamValue};

/// A range: nothing at all, or what lies between two bounds.
///
/// PostgreSQL writes a range of whole numbers or dates so that its lower bound is in it and the upper one is
/// not: `1..=3` comes back as `1..4`. In JSON it is `{"lower": 1, "upper": 4, "bounds": "[)"}`, with `null`
/// for no bound, or `{"empty": true}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RangeForm<T>", into = "RangeForm<T>")]
#[serde(bound(serialize = "T: Serialize + Clone", deserialize = "T: Deserialize<'de>"))]
pub enum Range<T> {
    /// Nothing is in it.
    Empty,
    /// What lies between the lower and the upper bound.
    Between(Bound<T>, Bound<T>),
}

impl<T> Range<T> {
    /// The lower bound; `None` of what is empty.
    pub fn lower(&self) -> Option<Bound<&T>> {
        match self {
            Self::Empty => None,
            Self::Between(lower, _) => Some(lower.as_ref()),
        }
    }

    /// The upper bound; `None` of what is empty.
    pub fn upper(&self) -> Option<Bound<&T>> {
        match self {
            Self::Empty => None,
            Self::Between(_, upper) => Some(upper.as_ref()),
        }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl<T: PartialOrd> Range<T> {
    /// Whether a value is in it.
    pub fn contains(&self, value: &T) -> bool {
        use std::ops::RangeBounds;
        match self {
            Self::Empty => false,
            Self::Between(lower, upper) => (lower.as_ref(), upper.as_ref()).contains(value),
        }
    }
}

impl<T: PartialOrd> From<std::ops::Range<T>> for Range<T> {
    fn from(range: std::ops::Range<T>) -> Self {
        if range.start < range.end {
            Self::Between(Bound::Included(range.start), Bound::Excluded(range.end))
        } else {
            Self::Empty
        }
    }
}

impl<T> From<std::ops::RangeFrom<T>> for Range<T> {
    fn from(range: std::ops::RangeFrom<T>) -> Self {
        Self::Between(Bound::Included(range.start), Bound::Unbounded)
    }
}

impl<T> From<std::ops::RangeTo<T>> for Range<T> {
    fn from(range: std::ops::RangeTo<T>) -> Self {
        Self::Between(Bound::Unbounded, Bound::Excluded(range.end))
    }
}

/// A range in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RangeForm<T> {
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    empty: Option<bool>,
    #[serde(default = "Option::default")]
    lower: Option<T>,
    #[serde(default = "Option::default")]
    upper: Option<T>,
    #[serde(default = "usual_bounds")]
    bounds: String,
}

fn usual_bounds() -> String {
    "[)".to_owned()
}

impl<T> TryFrom<RangeForm<T>> for Range<T> {
    type Error = String;

    fn try_from(form: RangeForm<T>) -> Result<Self, Self::Error> {
        if form.empty == Some(true) {
            return Ok(Self::Empty);
        }
        let bound = |value: Option<T>, is_in: bool| match value {
            None => Bound::Unbounded,
            Some(value) if is_in => Bound::Included(value),
            Some(value) => Bound::Excluded(value),
        };
        let (lower, upper) = match form.bounds.as_str() {
            "[)" => (true, false),
            "[]" => (true, true),
            "(]" => (false, true),
            "()" => (false, false),
            other => return Err(format!("{other:?} are no bounds: write \"[)\", \"[]\", \"(]\" or \"()\"")),
        };
        Ok(Self::Between(bound(form.lower, lower), bound(form.upper, upper)))
    }
}

impl<T> From<Range<T>> for RangeForm<T> {
    fn from(range: Range<T>) -> Self {
        let Range::Between(lower, upper) = range else {
            return Self { empty: Some(true), lower: None, upper: None, bounds: usual_bounds() };
        };
        let opens = if matches!(lower, Bound::Included(_)) { '[' } else { '(' };
        let closes = if matches!(upper, Bound::Included(_)) { ']' } else { ')' };
        let value = |bound| match bound {
            Bound::Included(value) | Bound::Excluded(value) => Some(value),
            Bound::Unbounded => None,
        };
        Self { empty: None, lower: value(lower), upper: value(upper), bounds: format!("{opens}{closes}") }
    }
}

/// A type of which PostgreSQL has ranges.
#[diagnostic::on_unimplemented(
    message = "PostgreSQL has no ranges of `{Self}`",
    note = "there are ranges of i32, i64, Numeric, Date, Timestamp and civil::DateTime"
)]
pub trait RangeElement: ParamValue {
    /// The OID of the range type.
    const RANGE_OID: u32;
    /// The OID of an array of that.
    const RANGE_ARRAY_OID: u32;
    /// The range type as SQL.
    const RANGE: &'static str;
}

macro_rules! range_elements {
    ($($rust:ty, $name:ident, $array:ident, $oid:literal, $array_oid:literal, $sql:literal;)*) => {
        $(
            impl RangeElement for $rust {
                const RANGE_OID: u32 = $oid;
                const RANGE_ARRAY_OID: u32 = $array_oid;
                const RANGE: &'static str = $sql;
            }
        )*

        #[cfg(test)]
        const RANGE_OIDS: &[(Type, u32, Type, u32, &str)] =
            &[$((Type::$name, $oid, Type::$array, $array_oid, $sql)),*];
    };
}

range_elements! {
    i32, INT4_RANGE, INT4_RANGE_ARRAY, 3904, 3905, "int4range";
    i64, INT8_RANGE, INT8_RANGE_ARRAY, 3926, 3927, "int8range";
    Numeric, NUM_RANGE, NUM_RANGE_ARRAY, 3906, 3907, "numrange";
    jiff::civil::DateTime, TS_RANGE, TS_RANGE_ARRAY, 3908, 3909, "tsrange";
    jiff::Timestamp, TSTZ_RANGE, TSTZ_RANGE_ARRAY, 3910, 3911, "tstzrange";
    jiff::civil::Date, DATE_RANGE, DATE_RANGE_ARRAY, 3912, 3913, "daterange";
}

impl<T: RangeElement> ParamValue for Range<T> {
    const OID: u32 = T::RANGE_OID;
    const ARRAY_OID: u32 = T::RANGE_ARRAY_OID;
    const FORMAT: Format = T::FORMAT;

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, EncodeError> {
        match T::FORMAT {
            Format::Binary => write_binary(self, out)?,
            Format::Text => write_text(self, out)?,
        }
        Ok(IsNull::No)
    }
}

impl<T: RangeElement> Element for Range<T> {}

/// The binary form (`range_recv`): flags, then each bound that there is with its length.
fn write_binary<T: ParamValue>(range: &Range<T>, out: &mut BytesMut) -> Result<(), EncodeError> {
    let Range::Between(lower, upper) = range else {
        out.put_u8(0x01);
        return Ok(());
    };
    let flags = |bound: &Bound<T>, included: u8, unbounded: u8| match bound {
        Bound::Included(_) => included,
        Bound::Excluded(_) => 0,
        Bound::Unbounded => unbounded,
    };
    out.put_u8(flags(lower, 0x02, 0x08) | flags(upper, 0x04, 0x10));
    for bound in [lower, upper] {
        if let Bound::Included(value) | Bound::Excluded(value) = bound {
            let start = out.len();
            out.put_i32(0);
            value.write(out)?;
            let len = i32::try_from(out.len() - start - 4)?;
            out[start..start + 4].copy_from_slice(&len.to_be_bytes());
        }
    }
    Ok(())
}

/// The text form, every bound in double quotes (manual, chapter 8.17.5).
fn write_text<T: ParamValue>(range: &Range<T>, out: &mut BytesMut) -> Result<(), EncodeError> {
    let Range::Between(lower, upper) = range else {
        out.put_slice(b"empty");
        return Ok(());
    };
    let quoted = |bound: &Bound<T>, out: &mut BytesMut| -> Result<(), EncodeError> {
        if let Bound::Included(value) | Bound::Excluded(value) = bound {
            let mut text = BytesMut::new();
            value.write(&mut text)?;
            let text = str::from_utf8(&text)?.replace('\\', "\\\\").replace('"', "\\\"");
            out.put_slice(format!("\"{text}\"").as_bytes());
        }
        Ok(())
    };
    out.put_u8(if matches!(lower, Bound::Included(_)) { b'[' } else { b'(' });
    quoted(lower, out)?;
    out.put_u8(b',');
    quoted(upper, out)?;
    out.put_u8(if matches!(upper, Bound::Included(_)) { b']' } else { b')' });
    Ok(())
}

impl<'a, T: FromSql<'a>> FromSql<'a> for Range<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, EncodeError> {
        let Kind::Range(element) = ty.kind() else { return Err(format!("{ty} is no range").into()) };
        let bound = |raw: RangeBound<Option<&'a [u8]>>| -> Result<Bound<T>, EncodeError> {
            Ok(match raw {
                RangeBound::Inclusive(value) => Bound::Included(T::from_sql_nullable(element, value)?),
                RangeBound::Exclusive(value) => Bound::Excluded(T::from_sql_nullable(element, value)?),
                RangeBound::Unbounded => Bound::Unbounded,
            })
        };
        Ok(match range_from_sql(raw)? {
            RawRange::Empty => Self::Empty,
            RawRange::Nonempty(lower, upper) => Self::Between(bound(lower)?, bound(upper)?),
        })
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Range(element) if T::accepts(element))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oids_are_those_of_the_catalog() {
        for (range, oid, array, array_oid, name) in RANGE_OIDS {
            assert_eq!((range.oid(), array.oid(), range.name()), (*oid, *array_oid, *name));
        }
    }

    #[test]
    fn what_is_sent_is_read_back() {
        use Bound::{Excluded, Included, Unbounded};
        for range in [
            Range::Empty,
            Range::from(1_i64..4),
            Range::from(2..),
            Range::from(..2),
            Range::Between(Unbounded, Unbounded),
            Range::Between(Excluded(1), Included(i64::MAX)),
        ] {
            let mut out = BytesMut::new();
            range.write(&mut out).unwrap();
            assert_eq!(Range::<i64>::from_sql(&Type::INT8_RANGE, &out).unwrap(), range);
            let json = serde_json::to_string(&range).unwrap();
            assert_eq!(serde_json::from_str::<Range<i64>>(&json).unwrap(), range, "{json}");
        }
    }

    #[test]
    fn a_range_of_texts_has_them_in_quotes() {
        let number = |text: &str| text.parse::<Numeric>().unwrap();
        let mut out = BytesMut::new();
        Range::Between(Bound::Included(number("1.50")), Bound::Unbounded).write(&mut out).unwrap();
        assert_eq!(out, "[\"1.50\",)");
        let mut out = BytesMut::new();
        Range::<Numeric>::Empty.write(&mut out).unwrap();
        assert_eq!(out, "empty");
    }

    #[test]
    fn a_range_is_read_from_ranges_of_its_elements_alone() {
        assert!(<Range<i64> as FromSql>::accepts(&Type::INT8_RANGE));
        for other in [Type::INT4_RANGE, Type::INT8, Type::INT8_RANGE_ARRAY] {
            assert!(!<Range<i64> as FromSql>::accepts(&other), "{other}");
        }
        let (none, some) = (Range::from(3..3), Range::from(1..3));
        assert!(none.is_empty() && some.contains(&2) && !some.contains(&3));
        let wrong = "{\"lower\": 1, \"bounds\": \"[\"}";
        assert!(serde_json::from_str::<Range<i64>>(wrong).unwrap_err().to_string().contains("are no bounds"));
    }
}
