//! Decimal types of other crates, for PostgreSQL's `numeric`: behind features of their names.
//!
//! `numeric` has values that these types have not (`NaN`, infinities, and for `rust_decimal` more than 28
//! digits): to make one of a [`Numeric`] that does not fit is an error, and never another number.
//!
//! `rust_decimal::Decimal` can be read from a column as it is, as that crate does it. A `BigDecimal` is made
//! of a [`Numeric`] that was read.

#[cfg(feature = "bigdecimal")]
use std::str::FromStr;

use crate::numeric::Numeric;

/// A `numeric` that the decimal type cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{numeric} is no {kind}: {reason}")]
pub struct DecimalError {
    numeric: String,
    kind: &'static str,
    reason: String,
}

macro_rules! decimal {
    ($ty:ty, $kind:literal, $parse:path) => {
        impl From<$ty> for Numeric {
            fn from(value: $ty) -> Self {
                Self::from(&value)
            }
        }

        impl From<&$ty> for Numeric {
            fn from(value: &$ty) -> Self {
                Self::printed(value.to_string())
            }
        }

        impl TryFrom<&Numeric> for $ty {
            type Error = DecimalError;

            fn try_from(numeric: &Numeric) -> Result<Self, Self::Error> {
                $parse(numeric.as_str()).map_err(|error| DecimalError {
                    numeric: numeric.to_string(),
                    kind: $kind,
                    reason: error.to_string(),
                })
            }
        }

        impl TryFrom<Numeric> for $ty {
            type Error = DecimalError;

            fn try_from(numeric: Numeric) -> Result<Self, Self::Error> {
                Self::try_from(&numeric)
            }
        }

        impl crate::ParamValue for $ty {
            const OID: u32 = Numeric::OID;
            const ARRAY_OID: u32 = Numeric::ARRAY_OID;
            const FORMAT: crate::Format = Numeric::FORMAT;

            fn write(&self, out: &mut bytes::BytesMut) -> Result<postgres_types::IsNull, crate::EncodeError> {
                Numeric::from(self).write(out)
            }
        }

        impl crate::Element for $ty {}

        impl crate::ColumnType for $ty {
            fn sql_type() -> String {
                "numeric".to_owned()
            }
        }
    };
}

#[cfg(feature = "rust_decimal")]
decimal!(rust_decimal::Decimal, "rust_decimal::Decimal", exact);

#[cfg(feature = "bigdecimal")]
decimal!(bigdecimal::BigDecimal, "BigDecimal", bigdecimal::BigDecimal::from_str);

/// Without rounding.
#[cfg(feature = "rust_decimal")]
fn exact(text: &str) -> Result<rust_decimal::Decimal, rust_decimal::Error> {
    match text.contains(['e', 'E']) {
        true => rust_decimal::Decimal::from_scientific(text),
        false => rust_decimal::Decimal::from_str_exact(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "rust_decimal")]
    #[test]
    fn a_decimal_and_a_numeric_are_the_same_number_or_none() {
        for text in ["0", "-12.50", "79228162514264337593543950335", "0.0000000000000000000000000001"] {
            let numeric: Numeric = text.parse().unwrap();
            let decimal = rust_decimal::Decimal::try_from(&numeric).unwrap();
            assert_eq!(Numeric::from(decimal), numeric);
        }
        for text in ["NaN", "Infinity", "79228162514264337593543950336", "0.00000000000000000000000000001"] {
            let numeric: Numeric = text.parse().unwrap();
            let told = rust_decimal::Decimal::try_from(&numeric).unwrap_err().to_string();
            assert!(told.starts_with(&format!("{text} is no rust_decimal::Decimal: ")), "{told}");
        }
    }

    #[cfg(feature = "bigdecimal")]
    #[test]
    fn a_big_decimal_holds_every_finite_numeric() {
        for text in ["0", "-12.50", "123456789012345678901234567890.123456789012345678901234567890"] {
            let numeric: Numeric = text.parse().unwrap();
            let decimal = bigdecimal::BigDecimal::try_from(numeric.clone()).unwrap();
            assert_eq!(Numeric::from(&decimal), numeric);
        }
        assert!(bigdecimal::BigDecimal::try_from("NaN".parse::<Numeric>().unwrap()).is_err());
    }
}
