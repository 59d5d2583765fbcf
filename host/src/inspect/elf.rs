//! Reading an ELF shared library's headers and dynamic symbols.

use object::elf::{
    EM_386, EM_AARCH64, EM_ARM, EM_PPC64, EM_RISCV, EM_S390, EM_X86_64, ET_DYN, FileHeader64, Machine,
    PT_LOAD,
};
use object::read::elf::{ElfFile64, FileHeader, ProgramHeader};
use object::{Endianness, Object, ObjectSegment, ObjectSymbol};
use tenon_plugin_api::contract::{SYMBOL_MANIFEST, SYMBOL_PREFIX};

use super::Problem;

/// What the symbols of a library say.
pub(super) struct Look<'a> {
    /// The contract generations it exports.
    pub(super) generations: Vec<u32>,
    /// The manifest's bytes.
    pub(super) manifest: Option<&'a [u8]>,
    /// The symbols it takes from other libraries.
    pub(super) imports: Vec<&'a str>,
}

const REMEDY: &str = "put the plugin's shared library, built for this machine, in its place";

/// Looks at the bytes of a file that calls itself a shared library.
pub(super) fn look(bytes: &[u8]) -> Result<Look<'_>, Problem> {
    if bytes.is_empty() {
        return Err(Problem::new("empty", "the file is empty", REMEDY));
    }
    if !bytes.starts_with(b"\x7fELF") {
        let what = match bytes {
            [b'M', b'Z', ..] => "a Windows library",
            [0xcf, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => "a macOS library",
            _ if std::str::from_utf8(&bytes[..bytes.len().min(64)]).is_ok() => "a text file",
            _ => "some other kind of file",
        };
        return Err(Problem::new("not-elf", format!("it is not an ELF shared library but {what}"), REMEDY));
    }
    let damaged = |error: object::Error| {
        Problem::new("damaged", format!("its headers cannot be read, it may be truncated: {error}"), REMEDY)
    };
    if bytes.get(4) != Some(&2) {
        return Err(Problem::new("wrong-architecture", "it is a 32-bit library", REMEDY));
    }
    let header = FileHeader64::<Endianness>::parse(bytes).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;
    let machine = header.e_machine(endian);
    if machine != NATIVE {
        let reason = format!("it was built for {}, and this machine is {}", name(machine), name(NATIVE));
        return Err(Problem::new("wrong-architecture", reason, REMEDY));
    }
    if header.e_type(endian) != ET_DYN {
        return Err(Problem::new("not-shared", "it is an ELF file, but not a shared library", REMEDY));
    }
    // The loader maps these segments: a page beyond the end of the file would kill the process with SIGBUS.
    for segment in header.program_headers(endian, bytes).map_err(damaged)? {
        let end = segment.p_offset(endian).checked_add(segment.p_filesz(endian));
        if segment.p_type(endian) == PT_LOAD && end.is_none_or(|end| end > bytes.len() as u64) {
            return Err(Problem::new("truncated", "the file is shorter than its headers say", REMEDY));
        }
    }
    let file = ElfFile64::<Endianness>::parse(bytes).map_err(damaged)?;
    Ok(symbols(&file))
}

fn symbols<'a>(file: &ElfFile64<'a, Endianness>) -> Look<'a> {
    let mut look = Look { generations: Vec::new(), manifest: None, imports: Vec::new() };
    for symbol in file.dynamic_symbols() {
        let Ok(name) = symbol.name() else { continue };
        if symbol.is_undefined() {
            look.imports.push(name);
        } else if name == SYMBOL_MANIFEST {
            look.manifest = file
                .segments()
                .find_map(|segment| segment.data_range(symbol.address(), symbol.size()).ok().flatten());
        } else if let Some(generation) = name.strip_prefix(SYMBOL_PREFIX) {
            look.generations.extend(generation.parse::<u32>().ok());
        }
    }
    look
}

#[cfg(target_arch = "x86_64")]
const NATIVE: Machine = EM_X86_64;
#[cfg(target_arch = "aarch64")]
const NATIVE: Machine = EM_AARCH64;
#[cfg(target_arch = "riscv64")]
const NATIVE: Machine = EM_RISCV;

fn name(machine: Machine) -> String {
    match machine {
        EM_X86_64 => "x86_64".to_owned(),
        EM_AARCH64 => "aarch64".to_owned(),
        EM_386 => "x86 (32 bit)".to_owned(),
        EM_ARM => "arm (32 bit)".to_owned(),
        EM_RISCV => "riscv".to_owned(),
        EM_PPC64 => "ppc64".to_owned(),
        EM_S390 => "s390".to_owned(),
        other => format!("machine type {}", other.0),
    }
}
