//! What the dynamic table leads to: symbols, needed libraries, versions, relocations, constructors and
//! destructors.

use std::ffi::CStr;

use object::elf::{self, Dyn64, DynamicTag, Rela64, Sym64, Vernaux, Verneed};
use object::read::ReadRef;
use object::read::elf::{Dyn, GnuHashTable, Rela, Sym};
use object::{Endianness, U32};

use super::super::Problem;
use super::super::glibc::Glibc;
use super::super::library::{LibraryInfo, damaged};
use super::image::Image;
use crate::plugin::load::{ENTRY, Generation};

/// How many versions one library may ask of others: a bound for a list that may run in a circle.
const MOST_VERSIONS: usize = 10_000;

/// How many bytes a name may have: a bound for many names that all end at the end of a long table.
const LONGEST_NAME: usize = 1 << 14;

/// The dynamic table and what it leads to.
#[derive(Debug)]
pub(super) struct Tables<'a> {
    image: &'a Image<'a>,
    entries: Vec<(DynamicTag, u64)>,
    strings: &'a [u8],
    symbols: &'a [Sym64<Endianness>],
}

impl<'a> Tables<'a> {
    pub(super) fn new(image: &'a Image<'a>) -> Result<Self, Problem> {
        let endian = image.endian;
        let rest = image.from(image.dynamic)?;
        let table: &[Dyn64<Endianness>] = rest
            .read_slice_at(0, rest.len() / size_of::<Dyn64<Endianness>>())
            .map_err(|()| damaged("its dynamic table is not aligned"))?;
        let entries = table.iter().map(|one| (one.d_tag(endian), one.d_val(endian)));
        let mut tables = Self {
            image,
            entries: entries.take_while(|(tag, _)| *tag != elf::DT_NULL).collect(),
            strings: &[],
            symbols: &[],
        };
        if let Some(address) = tables.value(elf::DT_STRTAB) {
            tables.strings = image.bytes(address, tables.value(elf::DT_STRSZ).unwrap_or_default())?;
        }
        if let Some(address) = tables.value(elf::DT_SYMTAB) {
            tables.symbols = image.table(address, tables.count()?)?;
        }
        Ok(tables)
    }

    fn value(&self, wanted: DynamicTag) -> Option<u64> {
        self.entries.iter().find(|(tag, _)| *tag == wanted).map(|(_, value)| *value)
    }

    fn values(&self, wanted: DynamicTag) -> impl Iterator<Item = u64> {
        self.entries.iter().filter(move |(tag, _)| *tag == wanted).map(|(_, value)| *value)
    }

    /// How many symbols there are stands nowhere: the hash tables know.
    fn count(&self) -> Result<u64, Problem> {
        if let Some(address) = self.value(elf::DT_HASH) {
            let header: &[U32<Endianness>] = self.image.table(address, 2)?;
            let chains = header.get(1).map(|count| count.get(self.image.endian));
            return Ok(chains.unwrap_or_default().into());
        }
        let Some(address) = self.value(elf::DT_GNU_HASH) else { return Ok(0) };
        let endian = self.image.endian;
        let table = GnuHashTable::<elf::FileHeader64<Endianness>>::parse(endian, self.image.from(address)?)
            .map_err(damaged)?;
        if let Some(length) = table.symbol_table_length(endian) {
            return Ok(length.into());
        }
        // It knows of exported symbols alone, and this library exports nothing. Linkers put the names behind
        // the symbols.
        let (symbols, names) = (self.value(elf::DT_SYMTAB), self.value(elf::DT_STRTAB));
        let room = names.zip(symbols).and_then(|(names, symbols)| names.checked_sub(symbols));
        Ok(room.unwrap_or_default() / size_of::<Sym64<Endianness>>() as u64)
    }

    fn text(&self, offset: u64) -> Result<&'a str, Problem> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.strings.get(offset..));
        let text = rest.map(|rest| rest.get(..LONGEST_NAME).unwrap_or(rest)).map(CStr::from_bytes_until_nul);
        let text =
            text.and_then(Result::ok).ok_or_else(|| damaged("a name lies outside of the table of names"))?;
        text.to_str().map_err(|_| damaged("a name is no text"))
    }

    /// What it exports and imports, and the manifest.
    pub(super) fn symbols(&self, look: &mut LibraryInfo) -> Result<(), Problem> {
        let endian = self.image.endian;
        for symbol in self.symbols {
            let name = self.text(symbol.st_name(endian).into())?;
            if name.is_empty() {
                continue;
            }
            if symbol.is_undefined(endian) {
                look.imports.push(name.to_owned());
                continue;
            }
            if Generation::ALL.iter().any(|one| one.symbol() == name) {
                look.entry_fault = look.entry_fault.or_else(|| self.entry_fault(symbol));
            }
            if look.export(name) {
                let (address, size) = (symbol.st_value(endian), symbol.st_size(endian));
                look.manifest = self.image.bytes(address, size).ok().map(<[u8]>::to_vec);
            }
        }
        Ok(())
    }

    /// Why the contract's symbol is not what the host will read there, once the library is loaded, as a
    /// static of the contract's type: of a function or a smaller object of that name anything could come.
    fn entry_fault(&self, symbol: &Sym64<Endianness>) -> Option<&'static str> {
        let endian = self.image.endian;
        let (address, size) = (symbol.st_value(endian), symbol.st_size(endian));
        match ENTRY {
            _ if symbol.st_type() != elf::STT_OBJECT => Some("it is not that of a static"),
            // What is absolute is not moved to where the library is loaded.
            _ if symbol.st_shndx(endian).0 >= elf::SHN_LORESERVE => {
                Some("it is in none of the library's sections")
            }
            entry if size < entry.size() as u64 => {
                Some("what stands there is smaller than the contract's header")
            }
            entry if !address.is_multiple_of(entry.align() as u64) => Some("it is not aligned"),
            _ if !self.image.is_data(address, size) => Some("it does not lie in memory for data"),
            _ => None,
        }
    }

    /// Notes the libraries that come with the file, and where they are looked for.
    pub(super) fn libraries(&self, look: &mut LibraryInfo) -> Result<(), Problem> {
        // With a filter the loader opens the libraries that it names, too.
        for tag in [elf::DT_NEEDED, elf::DT_AUXILIARY, elf::DT_FILTER] {
            for name in self.values(tag) {
                look.needed.push(self.text(name)?.to_owned());
            }
        }
        for path in self.values(elf::DT_RPATH).chain(self.values(elf::DT_RUNPATH)) {
            look.run_path.extend(self.text(path)?.split(':').map(str::to_owned));
        }
        Ok(())
    }

    /// The newest version of glibc of which it wants symbols.
    pub(super) fn glibc(&self) -> Result<Option<Glibc>, Problem> {
        let Some(address) = self.value(elf::DT_VERNEED) else { return Ok(None) };
        let endian = self.image.endian;
        let (mut newest, mut left, mut at) = (None, MOST_VERSIONS, address);
        let ends = || damaged("its list of versions does not end");
        loop {
            let [need] = self.image.table::<Verneed<Endianness>>(at, 1)? else { return Err(ends()) };
            let mut of_file = at.checked_add(need.vn_aux.get(endian).into()).ok_or_else(ends)?;
            for _ in 0..need.vn_cnt.get(endian) {
                left = left.checked_sub(1).ok_or_else(ends)?;
                let [one] = self.image.table::<Vernaux<Endianness>>(of_file, 1)? else { return Err(ends()) };
                newest = newest.max(Glibc::of_symbols(self.text(one.vna_name.get(endian).into())?));
                of_file = of_file.checked_add(one.vna_next.get(endian).into()).ok_or_else(ends)?;
            }
            left = left.checked_sub(1).ok_or_else(ends)?;
            match need.vn_next.get(endian) {
                0 => return Ok(newest),
                next => at = at.checked_add(next.into()).ok_or_else(ends)?,
            }
        }
    }

    /// Whether it is a program that can lie anywhere, which has the type of a library.
    pub(super) fn is_program(&self) -> bool {
        elf::DynamicFlags1(self.value(elf::DT_FLAGS_1).unwrap_or_default()).contains(elf::DF_1_PIE)
    }

    /// Whether code is written to while it is loaded.
    pub(super) fn text_relocations(&self) -> bool {
        let flags = elf::DynamicFlags(self.value(elf::DT_FLAGS).unwrap_or_default());
        self.value(elf::DT_TEXTREL).is_some() || flags.contains(elf::DF_TEXTREL)
    }

    /// How many functions run when it is opened, apart from `_init`, which is empty in every library that a
    /// compiler of our days makes.
    pub(super) fn constructors(&self) -> Result<usize, Problem> {
        if self.value(elf::DT_INIT).is_some_and(|address| address != 0 && !self.image.is_code(address)) {
            return Err(damaged("its first function lies where no code is"));
        }
        self.functions(elf::DT_INIT_ARRAY, elf::DT_INIT_ARRAYSZ, "a constructor lies where no code is")
    }

    /// How many functions are for the end of the process, apart from a `_fini` that is empty, as a compiler
    /// makes it.
    pub(super) fn destructors(&self) -> Result<usize, Problem> {
        let last = match self.value(elf::DT_FINI).filter(|address| *address != 0) {
            Some(address) if !self.image.is_code(address) => {
                return Err(damaged("its last function lies where no code is"));
            }
            Some(address) => usize::from(!returns_at_once(self.image.from(address)?)),
            None => 0,
        };
        let listed =
            self.functions(elf::DT_FINI_ARRAY, elf::DT_FINI_ARRAYSZ, "a destructor lies where no code is")?;
        Ok(listed + last)
    }

    /// How many functions a list has, which all have to be code.
    fn functions(&self, list: DynamicTag, size: DynamicTag, no_code: &str) -> Result<usize, Problem> {
        let size = self.value(size).unwrap_or_default();
        let Some(address) = self.value(list).filter(|_| size > 0) else { return Ok(0) };
        let functions = self.image.bytes(address, size)?.len() / 8;
        let within = |at: u64| (address..address.saturating_add(size)).contains(&at);
        for one in self.relocations()?.filter(|one| within(one.r_offset(self.image.endian))) {
            let target = one.r_addend(self.image.endian).cast_unsigned();
            if one.r_sym(self.image.endian, false) == 0 && !self.image.is_code(target) {
                return Err(damaged(no_code));
            }
        }
        Ok(functions)
    }

    fn relocations(&self) -> Result<impl Iterator<Item = &'a Rela64<Endianness>> + use<'a>, Problem> {
        let mut all: [&[Rela64<Endianness>]; 2] = [&[], &[]];
        let tables = [(elf::DT_RELA, elf::DT_RELASZ), (elf::DT_JMPREL, elf::DT_PLTRELSZ)];
        for (list, (table, size)) in all.iter_mut().zip(tables) {
            if let Some(address) = self.value(table) {
                let size = self.value(size).unwrap_or_default();
                *list = self.image.table(address, size / size_of::<Rela64<Endianness>>() as u64)?;
            }
        }
        let [data, calls] = all;
        Ok(data.iter().chain(calls))
    }

    /// The loader writes wherever these say: outside of the library it would kill the process.
    pub(super) fn relocations_fit(&self) -> Result<(), Problem> {
        let endian = self.image.endian;
        let text = self.text_relocations();
        // The type 0 is that of no relocation at all, on every machine.
        for one in self.relocations()?.filter(|one| one.r_type(endian, false).0 != 0) {
            if !text && !self.image.is_writable(one.r_offset(endian)) {
                return Err(damaged("a relocation writes where nothing may be written"));
            }
            if one.r_sym(endian, false) as usize >= self.symbols.len().max(1) {
                return Err(damaged("a relocation names a symbol that is not there"));
            }
        }
        Ok(())
    }
}

/// Whether it is the `_fini` of the C library's crti.o and crtn.o, which makes room on the stack and gives it
/// back.
fn returns_at_once(code: &[u8]) -> bool {
    // x86_64: sub $8,%rsp; add $8,%rsp; ret, behind endbr64 where that is asked for.
    let x86_64 = [0x48, 0x83, 0xec, 0x08, 0x48, 0x83, 0xc4, 0x08, 0xc3];
    let behind = code.strip_prefix(&[0xf3, 0x0f, 0x1e, 0xfa]).unwrap_or(code);
    if behind.starts_with(&x86_64) {
        return true;
    }
    // aarch64: stp x29,x30,[sp,#-16]!; mov x29,sp; ldp x29,x30,[sp],#16; ret, and what only hints between
    // them (nop, bti, paciasp, autiasp).
    let words = code.chunks_exact(4).take(8).map(|word| word.try_into().map_or(0, u32::from_le_bytes));
    let meant = words.filter(|word| word & 0xffff_f01f != 0xd503_201f).take(4);
    meant.eq([0xa9bf_7bfd, 0x9100_03fd, 0xa8c1_7bfd, 0xd65f_03c0])
}

#[cfg(test)]
mod tests {
    use super::returns_at_once;

    #[test]
    fn the_compilers_own_last_function_does_nothing() {
        let x86_64 = b"\x48\x83\xec\x08\x48\x83\xc4\x08\xc3";
        assert!(returns_at_once(x86_64));
        assert!(returns_at_once(&[b"\xf3\x0f\x1e\xfa", &x86_64[..]].concat()));
        assert!(!returns_at_once(b"\x48\x83\xec\x08\xe8\x00\x00\x00\x00\x48\x83\xc4\x08\xc3"));
        let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
        let (stp, mov, ldp, ret) = (0xa9bf_7bfd, 0x9100_03fd, 0xa8c1_7bfd, 0xd65f_03c0);
        assert!(returns_at_once(&words(&[0xd503_201f, stp, mov, ldp, ret])));
        assert!(returns_at_once(&words(&[0xd503_233f, stp, mov, ldp, 0xd503_23bf, ret])));
        assert!(!returns_at_once(&words(&[stp, mov, 0x9400_0001, ldp, ret])));
        assert!(!returns_at_once(b""));
    }
}
