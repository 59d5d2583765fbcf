//! Where an import finds what it imports.

use super::*;
