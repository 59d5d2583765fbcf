//! Reading an ELF shared library as the system's loader does: from its segments and its dynamic table.
//! Section headers, which the loader does not look at, may say anything.

mod image;
mod tables;

use object::Endianness;
use object::elf::{self, FileHeader64, Machine, ProgramHeader64};
use object::read::elf::{FileHeader, ProgramHeader};

use super::library::{LibraryFormat, LibraryInfo, REMEDY, damaged, not_shared};
use crate::plugin::problem::{Problem, ProblemCode};
use image::Image;
use tables::Tables;

/// What stands in the headers and tables of a 64-bit library.
pub(crate) fn look(bytes: &[u8]) -> Result<LibraryInfo, Problem> {
    if bytes.get(4) != Some(&2) {
        return Err(if bytes.len() < 16 {
            damaged("the file ends within its first header")
        } else {
            Problem::new(ProblemCode::WrongArchitecture, "it is a 32-bit library", REMEDY)
        });
    }
    let header = FileHeader64::<Endianness>::parse(bytes).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;
    if header.e_type(endian) != elf::ET_DYN {
        return Err(not_shared("an ELF"));
    }
    // The loader has no need of the sections; but where their table is cut off the file is, wherever it is
    // cut.
    let sections = u64::from(header.e_shnum(endian)) * u64::from(header.e_shentsize(endian));
    if header.e_shoff(endian).saturating_add(sections) > bytes.len() as u64 {
        return Err(Problem::new(ProblemCode::Truncated, "the file is shorter than its headers say", REMEDY));
    }
    let segments = header.program_headers(endian, bytes).map_err(damaged)?;
    let image = Image::new(bytes, endian, segments)?;
    let mut look = LibraryInfo::new(LibraryFormat::Elf, architecture(header.e_machine(endian), endian));
    // Without the header the loader assumes the worst (elf(5)).
    let stack = segments.iter().find(|segment| segment.p_type(endian) == elf::PT_GNU_STACK);
    look.executable_stack = stack.is_none_or(|stack| stack.p_flags(endian).contains(elf::PF_X));
    look.writable_code = image.has_writable_code();
    let relro = segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_GNU_RELRO);
    let strays =
        |one: &ProgramHeader64<Endianness>| !image.is_within_data(one.p_vaddr(endian), one.p_memsz(endian));
    look.stray_relro = relro.filter(|one| one.p_memsz(endian) > 0).any(strays);
    let tables = Tables::new(&image)?;
    if tables.is_program() {
        return Err(not_shared("an ELF"));
    }
    tables.symbols(&mut look)?;
    tables.libraries(&mut look)?;
    look.glibc = tables.glibc()?;
    look.text_relocations = tables.text_relocations();
    look.constructors = tables.constructors()?;
    look.destructors = tables.destructors()?;
    tables.relocations_fit()?;
    Ok(look.sorted())
}

/// The architecture in the words of target triples.
fn architecture(machine: Machine, endian: Endianness) -> String {
    let little = endian == Endianness::Little;
    match machine {
        elf::EM_X86_64 => "x86_64".to_owned(),
        elf::EM_AARCH64 => "aarch64".to_owned(),
        elf::EM_386 => "i686".to_owned(),
        elf::EM_ARM => "arm".to_owned(),
        elf::EM_RISCV => "riscv64gc".to_owned(),
        elf::EM_PPC64 if little => "powerpc64le".to_owned(),
        elf::EM_PPC64 => "powerpc64".to_owned(),
        elf::EM_S390 => "s390x".to_owned(),
        elf::EM_LOONGARCH => "loongarch64".to_owned(),
        other => format!("machine type {}", other.0),
    }
}
