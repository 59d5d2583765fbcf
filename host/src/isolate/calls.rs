//! The system calls that no plugin has a use for.
//!
//! A list of what is refused, not of what is allowed: a plugin may need what nobody thought of. What is newer
//! than this list, the filter answers as an old kernel would.

use libc::c_long;

/// The newest system call that is known here, `file_setattr` of Linux 6.17. Later ones do not exist for plugins.
pub(super) const NEWEST: u32 = 469;

/// System calls that are refused, whatever their arguments.
pub(super) const REFUSED: &[(c_long, &str)] = &[
    // Connections of its own, and sending over the host's.
    (libc::SYS_socket, "socket"),
    (libc::SYS_socketpair, "socketpair"),
    (libc::SYS_connect, "connect"),
    (libc::SYS_bind, "bind"),
    (libc::SYS_listen, "listen"),
    (libc::SYS_accept, "accept"),
    (libc::SYS_accept4, "accept4"),
    (libc::SYS_sendto, "sendto"),
    (libc::SYS_sendmsg, "sendmsg"),
    (libc::SYS_sendmmsg, "sendmmsg"),
    // The same by way of a ring, whose entries no filter sees.
    (libc::SYS_io_uring_setup, "io_uring_setup"),
    (libc::SYS_io_uring_enter, "io_uring_enter"),
    (libc::SYS_io_uring_register, "io_uring_register"),
    // Other programs. `clone` is refused where it makes a process.
    (libc::SYS_execve, "execve"),
    (libc::SYS_execveat, "execveat"),
    (libc::SYS_memfd_create, "memfd_create"),
    // Other threads and processes, and what they have open.
    (libc::SYS_ptrace, "ptrace"),
    (libc::SYS_process_vm_readv, "process_vm_readv"),
    (libc::SYS_process_vm_writev, "process_vm_writev"),
    (libc::SYS_pidfd_open, "pidfd_open"),
    (libc::SYS_pidfd_getfd, "pidfd_getfd"),
    (libc::SYS_pidfd_send_signal, "pidfd_send_signal"),
    (libc::SYS_kcmp, "kcmp"),
    (libc::SYS_kill, "kill"),
    (libc::SYS_tkill, "tkill"),
    (libc::SYS_rt_sigqueueinfo, "rt_sigqueueinfo"),
    (libc::SYS_rt_tgsigqueueinfo, "rt_tgsigqueueinfo"),
    // Filters of its own: one of them could be put on all threads of the host.
    (libc::SYS_seccomp, "seccomp"),
    (libc::SYS_bpf, "bpf"),
    (libc::SYS_perf_event_open, "perf_event_open"),
    (libc::SYS_userfaultfd, "userfaultfd"),
    // What is the whole process's, or the machine's.
    (libc::SYS_chdir, "chdir"),
    (libc::SYS_fchdir, "fchdir"),
    (libc::SYS_chroot, "chroot"),
    (libc::SYS_pivot_root, "pivot_root"),
    (libc::SYS_mount, "mount"),
    (libc::SYS_umount2, "umount2"),
    (libc::SYS_move_mount, "move_mount"),
    (libc::SYS_fsopen, "fsopen"),
    (libc::SYS_open_tree, "open_tree"),
    (libc::SYS_open_by_handle_at, "open_by_handle_at"),
    (libc::SYS_unshare, "unshare"),
    (libc::SYS_setns, "setns"),
    (libc::SYS_setuid, "setuid"),
    (libc::SYS_setgid, "setgid"),
    (libc::SYS_setreuid, "setreuid"),
    (libc::SYS_setregid, "setregid"),
    (libc::SYS_setresuid, "setresuid"),
    (libc::SYS_setresgid, "setresgid"),
    (libc::SYS_setgroups, "setgroups"),
    (libc::SYS_capset, "capset"),
    (libc::SYS_add_key, "add_key"),
    (libc::SYS_request_key, "request_key"),
    (libc::SYS_keyctl, "keyctl"),
    (libc::SYS_init_module, "init_module"),
    (libc::SYS_finit_module, "finit_module"),
    (libc::SYS_reboot, "reboot"),
];

/// Those that only this architecture has.
#[cfg(target_arch = "x86_64")]
pub(super) const REFUSED_HERE: &[(c_long, &str)] = &[(libc::SYS_fork, "fork"), (libc::SYS_vfork, "vfork")];
#[cfg(not(target_arch = "x86_64"))]
pub(super) const REFUSED_HERE: &[(c_long, &str)] = &[];

/// All that are refused whatever their arguments.
pub(super) fn refused() -> impl Iterator<Item = &'static (c_long, &'static str)> {
    REFUSED.iter().chain(REFUSED_HERE)
}

/// A refused system call's name.
pub(super) fn name(number: c_long) -> &'static str {
    match number {
        libc::SYS_clone => "clone",
        libc::SYS_ioctl => "ioctl",
        _ => {
            refused().find(|(known, _)| *known == number).map_or("of another architecture", |(_, name)| name)
        }
    }
}
