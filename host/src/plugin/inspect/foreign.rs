//! Libraries of other systems, asked the same questions as far as their formats have them: on Windows and
//! macOS these are the native ones.

use object::macho::{FatArch32, FatArch64};
use object::read::macho::{FatArch, MachOFatFile, MachOFatFile32, MachOFatFile64};
use object::{Architecture, ExportTarget, File, NameOrOrdinal, Object, ObjectKind, ObjectSegment};

use super::library::{LibraryFormat, LibraryInfo, REMEDY, damaged, not_shared};
use crate::plugin::problem::{Problem, ProblemCode};

/// A Windows library.
pub(super) fn pe(bytes: &[u8]) -> Result<LibraryInfo, Problem> {
    look(bytes, LibraryFormat::Pe, "a PE", "")
}

/// A macOS library, or several of them for several architectures, of which the first is looked at that could
/// be meant for this machine.
pub(super) fn mach_o(bytes: &[u8]) -> Result<LibraryInfo, Problem> {
    let of_one = |bytes| look(bytes, LibraryFormat::MachO, "a Mach-O", "_");
    match bytes.get(..4) {
        Some([0xca, 0xfe, 0xba, 0xbe]) => {
            of_one(one_of::<FatArch32>(&MachOFatFile32::parse(bytes).map_err(damaged)?, bytes)?)
        }
        Some([0xca, 0xfe, 0xba, 0xbf]) => {
            of_one(one_of::<FatArch64>(&MachOFatFile64::parse(bytes).map_err(damaged)?, bytes)?)
        }
        _ => of_one(bytes),
    }
}

fn one_of<'a, Fat: FatArch>(fat: &MachOFatFile<'a, Fat>, bytes: &'a [u8]) -> Result<&'a [u8], Problem> {
    let native = |one: &&Fat| architecture(one.architecture()) == std::env::consts::ARCH;
    let one = fat.arches().iter().find(native).or_else(|| fat.arches().first());
    let one = one.ok_or_else(|| damaged("it holds no library at all"))?;
    one.data(bytes).map_err(damaged)
}

/// `prefix` is what the system's C compiler puts before every name.
fn look(bytes: &[u8], format: LibraryFormat, called: &str, prefix: &str) -> Result<LibraryInfo, Problem> {
    let file = File::parse(bytes).map_err(damaged)?;
    if !file.is_64() {
        return Err(Problem::new(ProblemCode::WrongArchitecture, "it is a 32-bit library", REMEDY));
    }
    if file.kind() != ObjectKind::Dynamic {
        return Err(not_shared(called));
    }
    let mut look = LibraryInfo::new(format, architecture(file.architecture()));
    let plain = |name: &[u8]| {
        let name = String::from_utf8_lossy(name).into_owned();
        name.strip_prefix(prefix).map(str::to_owned).unwrap_or(name)
    };
    for export in file.exports().map_err(damaged)? {
        let export = export.map_err(damaged)?;
        let NameOrOrdinal::Name(name) = export.name() else { continue };
        if look.export(&plain(name))
            && let ExportTarget::Address { address } = export.target()
        {
            look.manifest = from(&file, address);
        }
    }
    for import in file.imports().map_err(damaged)? {
        if let NameOrOrdinal::Name(name) = import.map_err(damaged)?.name() {
            look.imports.push(plain(name));
        }
    }
    for library in file.import_libraries().map_err(damaged)? {
        look.needed.push(String::from_utf8_lossy(library.map_err(damaged)?.name()).into_owned());
    }
    Ok(look.sorted())
}

/// What lies at an address, up to the end of its segment: these formats know no sizes.
fn from(file: &File<'_>, address: u64) -> Option<Vec<u8>> {
    file.segments().find_map(|segment| {
        let offset = usize::try_from(address.checked_sub(segment.address())?).ok()?;
        Some(segment.data().ok()?.get(offset..)?.to_vec())
    })
}

/// The architecture in the words of target triples.
fn architecture(architecture: Architecture) -> String {
    match architecture {
        Architecture::X86_64 => "x86_64".to_owned(),
        Architecture::Aarch64 => "aarch64".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}
