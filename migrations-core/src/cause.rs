//! Why something is wrong, in one word.

use serde::{Deserialize, Serialize};

macro_rules! causes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $noun:literal;)*) => {
        /// Why something is wrong. Kept apart, since the remedies differ.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Cause {
            $($(#[$doc])* $variant,)*
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name, as JSON has it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The cause in words.
            pub fn noun(self) -> &'static str {
                match self {
                    $(Self::$variant => $noun,)*
                }
            }
        }
    };
}

causes! {
    /// A migration is in a plugin, and not in the ledger.
    Pending = "pending", "pending";
    /// A migration was applied with another checksum.
    Edited = "edited", "edited";
    /// A migration is in the ledger, but no plugin brings it.
    Missing = "missing", "missing";
    /// A migration was applied and is another file now: the ledger is to say so.
    Ledger = "ledger", "ledger";
    /// The database was changed by hand since the last heal.
    Drifted = "drifted", "drifted";
    /// The plugin's descriptors are not what its own migrations make, or not what was last verified.
    DescriptorMismatch = "descriptor_mismatch", "descriptor mismatch";
    /// Two plugins claim one id or one object.
    Conflict = "conflict", "conflict";
    /// The plugin's file cannot be used.
    Unloadable = "unloadable", "unloadable";
    /// The plugin's login role is not there, or may less or more than it should.
    Rights = "rights", "rights";
    /// The plugin did harm, or an administrator wished it: its routes do not answer.
    Quarantined = "quarantined", "quarantined";
    /// Something could not be found out.
    Unknown = "unknown", "unknown";
}
