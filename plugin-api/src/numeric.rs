//! PostgreSQL's `numeric`, exact, as text.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};
use serde::{Deserialize, Serialize};

use crate::param::{Element, EncodeError, Format, ParamValue};

/// A number exactly as PostgreSQL prints it, such as `12.50`, `-3`, `NaN` or `Infinity`.
///
/// Two values are equal here when their texts are: `1.0` is not `1.00`. In JSON it is a text, since a JSON
/// number would lose digits in most readers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Numeric(String);

impl Numeric {
    /// What a type of numbers prints.
    #[cfg(any(feature = "rust_decimal", feature = "bigdecimal"))]
    pub(crate) fn printed(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no number: write it like 12.50, -3, 1e6, NaN or Infinity")]
pub struct ParseNumericError(String);

impl FromStr for Numeric {
    type Err = ParseNumericError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let valid = matches!(text, "NaN" | "Infinity" | "-Infinity") || is_decimal(text);
        if valid { Ok(Self(text.to_owned())) } else { Err(ParseNumericError(text.to_owned())) }
    }
}

/// Whether the text is `[+-]digits[.digits][e[+-]digits]`, with a digit on one side of the point.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

impl TryFrom<String> for Numeric {
    type Error = ParseNumericError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Numeric> for String {
    fn from(numeric: Numeric) -> Self {
        numeric.0
    }
}

impl From<i64> for Numeric {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ParamValue for Numeric {
    const OID: u32 = 1700;
    const ARRAY_OID: u32 = 1231;
    const FORMAT: Format = Format::Text;

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, EncodeError> {
        out.put_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

impl Element for Numeric {}

impl ToSql for Numeric {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.write(out)
    }

    fn encode_format(&self, _: &Type) -> postgres_types::Format {
        postgres_types::Format::Text
    }

    accepts!(NUMERIC);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Numeric {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        decode(raw).map(Self).ok_or_else(|| "the bytes are no numeric".into())
    }

    accepts!(NUMERIC);
}

/// Reads the binary form (`numeric_send`): number of base-10000 digits, weight of the first one, sign, scale
/// of the display, the digits.
fn decode(raw: &[u8]) -> Option<String> {
    let mut words = raw.chunks_exact(2).map(|word| u16::from_be_bytes([word[0], word[1]]));
    let count = usize::from(words.next()?);
    let weight = i32::from(words.next()?.cast_signed());
    let sign = match words.next()? {
        0x0000 => "",
        0x4000 => "-",
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => return None,
    };
    let scale = usize::from(words.next()?);
    let digits: Vec<u16> = words.collect();
    if digits.len() != count || digits.iter().any(|digit| *digit > 9999) {
        return None;
    }
    // The digit that stands for 10000 to the power of `exponent`.
    let digit = |exponent: i32| {
        usize::try_from(weight - exponent).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0)
    };
    let whole: String = (0..=weight.max(0)).rev().map(|exponent| format!("{:04}", digit(exponent))).collect();
    let whole = whole.trim_start_matches('0');
    let mut text = format!("{sign}{}", if whole.is_empty() { "0" } else { whole });
    if scale > 0 {
        let fraction: String =
            (1..).take(scale.div_ceil(4)).map(|place: i32| format!("{:04}", digit(-place))).collect();
        text.push('.');
        text.push_str(&fraction[..scale]);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn binary_numbers_read_as_postgresql_prints_them() {
        // The words are what `SELECT numeric_send(n)` gives for the text beside them.
        for (words, text) in [
            (vec![0, 0, 0, 0], "0"),
            (vec![0, 0, 0, 2], "0.00"),
            (vec![2, 0, 0, 2, 12, 5000], "12.50"),
            (vec![2, 0, 0x4000, 2, 12, 5000], "-12.50"),
            (vec![1, 1, 0, 0, 1], "10000"),
            (vec![3, 1, 0, 3, 12, 3456, 7890], "123456.789"),
            (vec![1, 0xFFFF, 0, 4, 1], "0.0001"),
            (vec![1, 0xFFFE, 0, 6, 1200], "0.000012"),
            (vec![1, 2, 0, 1, 7], "700000000.0"),
            (vec![0, 0, 0xC000, 0], "NaN"),
            (vec![0, 0, 0xD000, 0x20], "Infinity"),
            (vec![0, 0, 0xF000, 0x20], "-Infinity"),
        ] {
            assert_eq!(decode(&bytes(&words)).as_deref(), Some(text));
        }
    }

    #[test]
    fn broken_bytes_are_refused() {
        for words in [vec![], vec![1, 0, 0, 0], vec![1, 0, 0, 0, 10000], vec![0, 0, 0x1234, 0]] {
            assert_eq!(decode(&bytes(&words)), None);
        }
    }

    #[test]
    fn only_numbers_are_numbers() {
        for text in ["0", "-1.50", "+.5", "1.", "1e6", "1E-6", "NaN", "Infinity", "-Infinity"] {
            assert!(text.parse::<Numeric>().is_ok(), "{text}");
        }
        for text in ["", ".", "-", "1e", "1,5", "0x10", "1 ", "nan", "1.2.3", "e5"] {
            assert!(text.parse::<Numeric>().is_err(), "{text}");
        }
    }
}
