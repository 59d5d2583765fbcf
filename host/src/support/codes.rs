//! An enum of codes: each variant with its name, and the list of all.

/// Makes an enum whose variants are codes, with `ALL` and `as_str`.
macro_rules! codes {
    ($(#[$meta:meta])* $Enum:ident: $($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        $(#[$meta])*
        pub enum $Enum {
            $($(#[$doc])* $variant,)*
        }

        impl $Enum {
            /// Every code, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name, as reports have it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl $crate::support::code::Coded for $Enum {
            fn name(&self) -> &'static str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $Enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(crate) use codes;
