//! A library as it will lie in memory.

use object::elf::{self, ProgramHeader64};
use object::read::ReadRef;
use object::read::elf::ProgramHeader;
use object::{Endianness, Pod};

use super::super::library::{REMEDY, damaged};
use super::super::{Problem, ProblemCode};
use crate::support::machine::page_size;

/// A part of the file that the loader maps.
#[derive(Debug, Clone, Copy)]
struct Segment<'a> {
    address: u64,
    /// How far it reaches in memory; what lies beyond `bytes` is zero.
    end: u64,
    bytes: &'a [u8],
    flags: elf::ProgramFlags,
}

impl Segment<'_> {
    fn is_data(&self) -> bool {
        self.flags.contains(elf::PF_R | elf::PF_W) && !self.flags.contains(elf::PF_X)
    }
}

/// The segments, and where the dynamic table is.
#[derive(Debug)]
pub(super) struct Image<'a> {
    pub(super) endian: Endianness,
    segments: Vec<Segment<'a>>,
    pub(super) dynamic: u64,
}

impl<'a> Image<'a> {
    /// Refuses what would kill the process when it is touched, such as a page beyond the end of the file.
    pub(super) fn new(
        bytes: &'a [u8],
        endian: Endianness,
        headers: &[ProgramHeader64<Endianness>],
    ) -> Result<Self, Problem> {
        let mut segments: Vec<Segment<'a>> = Vec::new();
        for header in headers.iter().filter(|header| header.p_type(endian) == elf::PT_LOAD) {
            let address = header.p_vaddr(endian);
            let Ok(bytes) = header.data(endian, bytes) else {
                let reason = "the file is shorter than its headers say";
                return Err(Problem::new(ProblemCode::Truncated, reason, REMEDY));
            };
            let size = header.p_memsz(endian);
            let end = address.checked_add(size).filter(|_| size >= bytes.len() as u64);
            let end = end.ok_or_else(|| damaged("a segment has an impossible size"))?;
            // The loader maps them into one range that begins with the first and ends with the last.
            if segments.last().is_some_and(|former| address < former.end) {
                return Err(damaged("its segments overlap"));
            }
            segments.push(Segment { address, end, bytes, flags: header.p_flags(endian) });
        }
        let dynamic = headers.iter().find(|header| header.p_type(endian) == elf::PT_DYNAMIC);
        let dynamic = dynamic.ok_or_else(|| damaged("it has no dynamic table"))?.p_vaddr(endian);
        Ok(Self { endian, segments, dynamic })
    }

    fn segment(&self, address: u64) -> Option<&Segment<'a>> {
        self.segments.iter().find(|segment| (segment.address..segment.end).contains(&address))
    }

    /// Whether a part of it may be written to and run at once.
    pub(super) fn has_writable_code(&self) -> bool {
        self.segments.iter().any(|segment| segment.flags.contains(elf::PF_W | elf::PF_X))
    }

    /// Whether all that lies there is data of one segment that can be written to, and no code.
    pub(super) fn is_data(&self, address: u64, size: u64) -> bool {
        self.segment(address).is_some_and(|segment| {
            segment.is_data() && address.checked_add(size).is_some_and(|end| end <= segment.end)
        })
    }

    /// Whether what the loader makes read-only, page by page, is of one such segment. Some linkers count the
    /// rest of its last page in, which nothing else is in.
    pub(super) fn is_within_data(&self, address: u64, size: u64) -> bool {
        let page = page_size();
        self.segment(address).is_some_and(|segment| {
            let room = segment.end.checked_next_multiple_of(page);
            let free =
                |end: u64| !self.segments.iter().any(|other| (segment.end..end).contains(&other.address));
            let ends_well = |end: u64| room.is_some_and(|room| end <= room) && free(end);
            segment.is_data() && address.checked_add(size).is_some_and(ends_well)
        })
    }

    /// What lies there, up to the end of the segment.
    pub(super) fn from(&self, address: u64) -> Result<&'a [u8], Problem> {
        let found = self.segment(address).and_then(|segment| {
            let offset = usize::try_from(address - segment.address).ok()?;
            segment.bytes.get(offset..)
        });
        found.ok_or_else(|| damaged(format_args!("nothing is at the address {address:#x} of a table")))
    }

    /// The bytes at an address, so many of them.
    pub(super) fn bytes(&self, address: u64, size: u64) -> Result<&'a [u8], Problem> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let found = self.from(address)?.get(..size);
        found.ok_or_else(|| damaged(format_args!("the table at {address:#x} is cut off")))
    }

    /// The entries of a table at an address, so many of them.
    pub(super) fn table<T: Pod>(&self, address: u64, count: u64) -> Result<&'a [T], Problem> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let table = self.from(address)?.read_slice_at(0, count);
        table.map_err(|()| damaged(format_args!("the table at {address:#x} is cut off")))
    }

    /// Whether a word lies there that may be written to while the library is loaded.
    pub(super) fn is_writable(&self, address: u64) -> bool {
        let room = |segment: &Segment<'_>| segment.end - address >= 8;
        self.segment(address).is_some_and(|one| one.flags.contains(elf::PF_W) && room(one))
    }

    /// Whether code lies there.
    pub(super) fn is_code(&self, address: u64) -> bool {
        self.segment(address).is_some_and(|segment| segment.flags.contains(elf::PF_X))
    }
}
