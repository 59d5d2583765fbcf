//! A bound for what one call may hold of the memory.
//!
//! An allocator must not unwind, and one that returns nothing ends the process. So a call that wants more
//! than it may have is told of in the host's log and then stands still: its deadline passes, and the host
//! abandons its thread as it does with any that hangs.
#![expect(unsafe_code, reason = "an allocator has no safe form")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use crate::current;
use crate::host::Level;

/// The system's allocator, which bounds what the calls hold that run in it. `export_plugin!` makes it the
/// plugin's where that says `memory: 64 << 20`.
#[derive(Debug)]
pub struct Bounded {
    /// The bound in bytes, for each call.
    most: usize,
}

thread_local! {
    /// What the call on this thread holds: what was allocated less what was freed on it since the call began;
    /// freed may be what others made.
    static HELD: Cell<Option<isize>> = const { Cell::new(None) };
}

/// Does a call's work, counting.
pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> T {
    let _former = Former(HELD.replace(Some(0)));
    work()
}

/// Puts back what was counted before.
struct Former(Option<isize>);

impl Drop for Former {
    fn drop(&mut self) {
        HELD.set(self.0);
    }
}

impl Bounded {
    /// A bound of `most` bytes for each call.
    pub const fn new(most: usize) -> Self {
        Self { most }
    }

    /// Counts, and does not return if it is too much.
    fn count(&self, more: isize) {
        // A thread that ends has no call any more.
        let Some(held) = HELD.try_with(Cell::get).ok().flatten() else { return };
        let held = held.saturating_add(more);
        HELD.set(Some(held));
        if more > 0 && held > 0 && held.unsigned_abs() > self.most {
            stand_still();
        }
    }
}

#[cold]
fn stand_still() -> ! {
    // From here on nothing is counted: telling and parking may allocate by this very allocator.
    HELD.set(None);
    current::with(|host| {
        let message = "the call holds more memory than the plugin allows itself: it stands still";
        host.log(Level::Error as u8, "tenon_plugin_api::memory".into(), message.into(), "".into());
    });
    loop {
        std::thread::park();
    }
}

fn size(bytes: usize) -> isize {
    isize::try_from(bytes).unwrap_or(isize::MAX)
}

// SAFETY: all is the system allocator's. Counting neither allocates nor unwinds; where the bound is passed it
// does not return, and what it allocates meanwhile is not counted.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count(size(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.count(-size(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.count(size(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        self.count(size(new_size) - size(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}
