//! Whatever has a place in a database, and whatever its name is.

use super::*;
