//! What a plugin writes to the host's standard output and standard error, read from where it lies.
#![expect(unsafe_code, reason = "reading memory that may not be there has no safe interface")]

use std::io;

use libc::{c_int, c_void, iovec};

/// How much of it is taken at once. Who writes more is told that so much was written, and writes the rest.
pub(super) const MOST: usize = 1 << 14;

/// How many pieces are taken at once, and how large the description of one is: an address and a length.
const MOST_PIECES: usize = 64;
const PIECE: usize = size_of::<iovec>();

/// Where it was to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Output,
    Error,
}

/// Where what is written lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutputWrite {
    pub(super) stream: Stream,
    /// The address of the bytes, or of a list of pieces.
    pub(super) address: u64,
    /// How many of them.
    pub(super) length: u64,
    /// Whether there is a list of pieces, as `writev` has it.
    pub(super) in_pieces: bool,
}

impl OutputWrite {
    /// Copies what is written, or the beginning of it, and says how much that is. Takes no memory: a plugin's
    /// thread may hold the lock for that meanwhile, which says why it aborts.
    pub(super) fn read(&self, into: &mut [u8; MOST]) -> Result<usize, c_int> {
        if !self.in_pieces {
            return read(self.address, self.length, into);
        }
        let mut list = [0; MOST_PIECES * PIECE];
        let pieces = usize::try_from(self.length).unwrap_or(usize::MAX).min(MOST_PIECES);
        let list = list.get_mut(..pieces * PIECE).unwrap_or_default();
        if read(self.address, list.len() as u64, list)? < list.len() {
            return Err(libc::EFAULT);
        }
        let mut taken = 0;
        for piece in list.chunks_exact(PIECE) {
            let half = |at: usize| piece.get(at..at + 8).and_then(|half| half.try_into().ok());
            let [address, length] = [0, 8].map(|at| half(at).map_or(0, u64::from_ne_bytes));
            let Some(room) = into.get_mut(taken..) else { break };
            match read(address, length, room) {
                Ok(more) => {
                    taken += more;
                    if (more as u64) < length {
                        break;
                    }
                }
                // What came before it was written.
                Err(error) if taken == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(taken)
    }
}

/// Copies so many bytes that lie there, or as many as there is room for. The kernel does, which says so where
/// there are none.
fn read(address: u64, length: u64, into: &mut [u8]) -> Result<usize, c_int> {
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(into.len());
    if length == 0 {
        return Ok(0);
    }
    let here = iovec { iov_base: into.as_mut_ptr().cast(), iov_len: length };
    let there = iovec { iov_base: address as *mut c_void, iov_len: length };
    // SAFETY: the kernel writes to `into`, no more than it is long, and looks by itself whether the other may
    // be read.
    let read = unsafe { libc::process_vm_readv(libc::getpid(), &raw const here, 1, &raw const there, 1, 0) };
    match usize::try_from(read) {
        Ok(read) => Ok(read),
        Err(_) if io::Error::last_os_error().raw_os_error() == Some(libc::EFAULT) => Err(libc::EFAULT),
        // The host itself may not ask: nobody reads it.
        Err(_) => Err(libc::EBADF),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(address: *const u8, length: usize, in_pieces: bool) -> (Result<usize, c_int>, Vec<u8>) {
        let mut into = [0; MOST];
        let (address, length) = (address as u64, length as u64);
        let read = OutputWrite { stream: Stream::Output, address, length, in_pieces }.read(&mut into);
        (read, into.get(..read.unwrap_or_default()).unwrap().to_vec())
    }

    #[test]
    fn what_lies_there_is_read_up_to_a_bound() {
        let text = b"hello".repeat(MOST);
        assert_eq!(printed(text.as_ptr(), 5, false), (Ok(5), b"hello".to_vec()));
        assert_eq!(printed(text.as_ptr(), text.len(), false).0, Ok(MOST));
        assert_eq!(printed(text.as_ptr(), 0, false).0, Ok(0));
    }

    #[test]
    fn pieces_are_read_one_behind_the_other() {
        let texts = ["one, ", "", "two"];
        let pieces = texts.map(|text| [text.as_ptr() as u64, text.len() as u64]);
        assert_eq!(printed(pieces.as_ptr().cast(), 3, true), (Ok(8), b"one, two".to_vec()));
        let long = "x".repeat(MOST);
        let pieces = vec![[long.as_ptr() as u64, long.len() as u64]; 100];
        assert_eq!(printed(pieces.as_ptr().cast(), 100, true).0, Ok(MOST));
    }

    #[test]
    fn what_is_not_there_is_an_error_and_no_crash() {
        let nowhere = std::ptr::without_provenance(16);
        assert_eq!(printed(nowhere, 5, false).0, Err(libc::EFAULT));
        assert_eq!(printed(nowhere, 5, true).0, Err(libc::EFAULT));
        let pieces = [[16_u64, 5]];
        assert_eq!(printed(pieces.as_ptr().cast(), 1, true).0, Err(libc::EFAULT));
        // What came before it counts.
        let pieces = ["here".as_ptr() as u64, 4, 16, 5];
        assert_eq!(printed(pieces.as_ptr().cast(), 2, true), (Ok(4), b"here".to_vec()));
    }
}
