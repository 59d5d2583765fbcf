//! What came of proving the audit log, and of closing what stood open in it.

use serde::Serialize;

use crate::audit::chain::{Broken, Head};

/// The proof of the audit log: whether it is what was written.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum AuditProof {
    /// `head` is the last row.
    Sound { sound: bool, head: Head },
    /// `first` is the first place at which it is not.
    Broken { sound: bool, first: Broken, message: String },
}

impl From<Result<Head, Broken>> for AuditProof {
    fn from(proved: Result<Head, Broken>) -> Self {
        match proved {
            Ok(head) => Self::Sound { sound: true, head },
            Err(broken) => {
                let message = broken.to_string();
                Self::Broken { sound: false, first: broken, message }
            }
        }
    }
}

/// How many open entries of the audit log were closed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Closed {
    pub closed: usize,
}
