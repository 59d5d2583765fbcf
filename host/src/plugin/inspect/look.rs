//! Reading a library, whatever its format.

use super::library::{LibraryInfo, REMEDY};
use super::{elf, foreign};
use crate::plugin::problem::{Problem, ProblemCode};

/// Looks at the bytes of a file that calls itself a shared library.
pub(super) fn look(bytes: &[u8]) -> Result<LibraryInfo, Problem> {
    match bytes {
        [] => Err(Problem::new(ProblemCode::Empty, "the file is empty", REMEDY)),
        [0x7f, b'E', b'L', b'F', ..] => elf::look(bytes),
        [b'M', b'Z', ..] => foreign::pe(bytes),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe | 0xbf, ..] => foreign::mach_o(bytes),
        _ => {
            let text = std::str::from_utf8(bytes.get(..64).unwrap_or(bytes)).is_ok();
            let what = if text { "a text file" } else { "some other kind of file" };
            let reason = format!("it is not an ELF shared library but {what}");
            Err(Problem::new(ProblemCode::NotALibrary, reason, REMEDY))
        }
    }
}
