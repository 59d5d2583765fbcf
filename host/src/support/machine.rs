//! What the operating system says of this machine and of whoever runs this process; and what of the host it
//! has nothing for.

#[cfg_attr(unix, path = "machine/unix.rs")]
#[cfg_attr(windows, path = "machine/windows.rs")]
mod system;

pub(crate) use system::{MISSING, free_bytes, host_name, own_program, page_size, user_name};
