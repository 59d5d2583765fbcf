//! A shared library like any other.
#![expect(unsafe_code, reason = "a symbol with a fixed name is what a C library has")]

#[unsafe(no_mangle)]
pub extern "C" fn add(a: i32, b: i32) -> i32 {
    a.wrapping_add(b)
}
