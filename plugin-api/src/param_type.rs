//! The types of a statement's parameters, as `sql!` declares them, and the values that are given for them.

use std::borrow::Cow;

use tenon_schema::DeclaredParam;

use crate::param::{Element, Param, ParamValue};
use crate::range::{Range, RangeElement};

/// A type that can be declared for a parameter: `&str` stands for a text of any lifetime.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be declared as the type of a parameter",
    note = "a type of your own needs `impl ParamType for {Self} {{ type Of<'a> = Self; }}` beside its `ParamValue`"
)]
pub trait ParamType: 'static {
    /// The value that is given for it in a call.
    type Of<'a>: ParamValue;
}

/// The types of all parameters of a statement: a tuple of [`ParamType`]s.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of parameters",
    note = "write the types as a tuple, such as `(i64, &str)`; there can be 16"
)]
pub trait Params: 'static {
    /// The values that are given for them in a call.
    type Of<'a>;

    /// Hands the values over as parameters.
    fn with<T>(values: Self::Of<'_>, body: impl FnOnce(&[&dyn Param]) -> T) -> T;
}

macro_rules! owned {
    ($($rust:ty),* $(,)?) => {$(
        impl ParamType for $rust {
            type Of<'a> = Self;
        }
    )*};
}

owned! {
    bool, i16, i32, i64, f32, f64, String, Vec<u8>, uuid::Uuid, jiff::Timestamp, jiff::civil::DateTime,
    jiff::civil::Date, jiff::civil::Time, serde_json::Value, crate::Numeric, crate::Interval, std::net::IpAddr,
}

#[cfg(feature = "cidr")]
owned!(cidr::IpInet, cidr::IpCidr);

impl<T: RangeElement + 'static> ParamType for Range<T> {
    type Of<'a> = Self;
}

impl ParamType for &'static str {
    type Of<'a> = &'a str;
}

impl ParamType for &'static [u8] {
    type Of<'a> = &'a [u8];
}

impl ParamType for Cow<'static, str> {
    type Of<'a> = Cow<'a, str>;
}

impl<T: ParamValue + 'static> ParamType for &'static T {
    type Of<'a> = &'a T;
}

impl<T: ParamType> ParamType for Option<T> {
    type Of<'a> = Option<T::Of<'a>>;
}

impl<T: ParamType> ParamType for Vec<T>
where
    for<'a> T::Of<'a>: Element,
{
    type Of<'a> = Vec<T::Of<'a>>;
}

impl<T: ParamType> ParamType for &'static [T]
where
    for<'a> T::Of<'a>: Element,
{
    type Of<'a> = &'a [T::Of<'a>];
}

macro_rules! params {
    ($($name:ident $at:tt),*) => {
        impl<$($name: ParamType),*> Params for ($($name,)*) {
            type Of<'a> = ($($name::Of<'a>,)*);

            fn with<Done>(values: Self::Of<'_>, body: impl FnOnce(&[&dyn Param]) -> Done) -> Done {
                let _ = &values;
                body(&[$(&values.$at),*])
            }
        }
    };
}

params!();
params!(A 0);
params!(A 0, B 1);
params!(A 0, B 1, C 2);
params!(A 0, B 1, C 2, D 3);
params!(A 0, B 1, C 2, D 3, E 4);
params!(A 0, B 1, C 2, D 3, E 4, F 5);
params!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
params!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
params!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
params!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
params!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
params!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
params!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12);
params!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13);
params!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14);
params!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15);

/// What is told of a parameter to whoever proves the plugin.
pub fn declared_param<T: ParamType>(enum_name: Option<&'static str>) -> DeclaredParam {
    DeclaredParam {
        rust: crate::rows::short_name::<T>(),
        oid: <T::Of<'static> as ParamValue>::OID,
        enum_name: enum_name.map(str::to_owned),
    }
}
