//! The plugins that the tests load, good and bad: each an example beside this folder, built as a library.
//!
//! A package of its own, so that no change of the host builds them anew.
