//! System calls by their numbers, as a plugin makes them whose imports nobody is to see.

use std::io;
use std::ptr;

/// How a system call ended.
fn told(name: &str, result: libc::c_long) -> String {
    if result >= 0 {
        return format!("{name}: done");
    }
    format!("{name}: {}", io::Error::last_os_error().kind())
}

pub(crate) fn connect_tcp() -> String {
    // SAFETY: numbers only.
    let socket = unsafe { libc::syscall(libc::SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0) };
    let told_of_socket = told("socket", socket);
    let address = libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: 5432_u16.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes([127, 0, 0, 1]) },
        sin_zero: [0; 8],
    };
    // Without a socket of its own on standard input: what is asked is whether the call is let through.
    let socket = socket.max(0);
    // SAFETY: the address outlives the call and is as long as is said.
    let connected =
        unsafe { libc::syscall(libc::SYS_connect, socket, &raw const address, size_of_val(&address)) };
    format!("{told_of_socket}, {}", told("connect", connected))
}

pub(crate) fn connect_unix() -> String {
    // SAFETY: numbers only.
    told("socket", unsafe { libc::syscall(libc::SYS_socket, libc::AF_UNIX, libc::SOCK_STREAM, 0) })
}

pub(crate) fn io_uring() -> String {
    let mut parameters = [0_u8; 120];
    // SAFETY: that is how large the kernel's io_uring_params is.
    told("io_uring_setup", unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) })
}

pub(crate) fn run_psql() -> String {
    let arguments = [c"/usr/bin/psql".as_ptr(), c"-l".as_ptr(), ptr::null()];
    let environment = [ptr::null::<libc::c_char>()];
    // SAFETY: both lists end with a null, and their strings live as long as the program.
    told("execve", unsafe {
        libc::syscall(libc::SYS_execve, arguments[0], arguments.as_ptr(), environment.as_ptr())
    })
}

pub(crate) fn fork() -> String {
    // SAFETY: without flags but the signal it is a fork; the child, if there were one, would end at once.
    let child = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
    if child == 0 {
        exit_at_once();
    }
    told("clone", child)
}

/// `socket` and `getpid` by way of the tables of 32-bit programs.
#[cfg(target_arch = "x86_64")]
pub(crate) fn old_calls() -> String {
    let x32 = |call: libc::c_long| {
        // SAFETY: numbers only.
        unsafe { libc::syscall(0x4000_0000 + call, libc::AF_UNIX, libc::SOCK_STREAM, 0) }
    };
    let number = told("x32 socket", x32(libc::SYS_socket));
    let mut result: i32 = 359;
    // SAFETY: i386's socket(AF_UNIX, SOCK_STREAM, 0). The compiler keeps rbx for itself.
    unsafe {
        std::arch::asm!(
            "xchg {one:r}, rbx", "int 0x80", "xchg {one:r}, rbx",
            one = inout(reg) 1_i64 => _,
            inout("eax") result, in("ecx") 1, in("edx") 0,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    let old = if result >= 0 {
        "done".to_owned()
    } else {
        io::Error::from_raw_os_error(-result).kind().to_string()
    };
    format!("{number}, i386 socket: {old}")
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn old_calls() -> String {
    "there are none here".to_owned()
}

/// A filter on all threads of the process, that the host may not open connections any more.
pub(crate) fn own_filter() -> String {
    // SAFETY: without a filter the kernel refuses it in any case, but with EFAULT.
    told("seccomp", unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_TSYNC,
            ptr::null::<libc::sock_fprog>(),
        )
    })
}

pub(crate) fn exit_at_once() -> ! {
    loop {
        // SAFETY: it ends the process.
        unsafe { libc::syscall(libc::SYS_exit_group, 3) };
    }
}

/// Sends a signal to this thread.
pub(crate) fn raise(signal: libc::c_int) -> String {
    // SAFETY: numbers only.
    told("raise", unsafe { libc::raise(signal) }.into())
}

/// Crashes without any handler being asked: the kernel ends a process at once for a crash that is blocked.
pub(crate) fn segfault_unseen() -> String {
    // SAFETY: the set is filled before it is used.
    unsafe {
        let mut blocked = std::mem::zeroed::<libc::sigset_t>();
        libc::sigemptyset(&raw mut blocked);
        libc::sigaddset(&raw mut blocked, libc::SIGSEGV);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const blocked, ptr::null_mut());
    }
    segfault()
}

/// Has a signal for which this thread's stack has no room end the process without any handler being asked.
pub(crate) fn no_other_stack() {
    let none = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
    // SAFETY: it is what a thread begins with.
    unsafe { libc::sigaltstack(&raw const none, ptr::null_mut()) };
}

/// Has the process crash when it ends in order, on whichever thread that is.
pub(crate) fn segfault_at_exit() -> String {
    extern "C" fn crash() {
        let _ = segfault();
    }
    // SAFETY: the function is there as long as the library, which is never unloaded.
    told("atexit", unsafe { libc::atexit(crash) }.into())
}

pub(crate) fn segfault() -> String {
    // SAFETY: there is none, that is the act.
    unsafe { ptr::null_mut::<u8>().wrapping_add(8).write_volatile(1) };
    "it survived".to_owned()
}

/// Calls that are allowed with some arguments, with others.
pub(crate) fn decided_by_arguments() -> String {
    let page = 4096;
    let call = |name: &str, number: libc::c_long, arguments: [libc::c_long; 5]| {
        let [first, second, third, fourth, fifth] = arguments;
        // SAFETY: where a pointer is asked for it is null, or that of a map which is made for it.
        let result = unsafe { libc::syscall(number, first, second, third, fourth, fifth, 0) };
        told(name, result)
    };
    let process = libc::c_long::from(std::process::id());
    // SAFETY: a new map, which nobody else uses.
    let map = unsafe {
        libc::mmap(ptr::null_mut(), page, libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
    };
    // SAFETY: as above.
    let thread = unsafe { libc::syscall(libc::SYS_gettid) };
    let (writable_code, anonymous) =
        ((libc::PROT_WRITE | libc::PROT_EXEC).into(), (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS).into());
    let limits = [0_u64; 2];
    [
        call("kill", libc::SYS_kill, [process, 0, 0, 0, 0]),
        call("tkill", libc::SYS_tkill, [thread, libc::SIGTERM.into(), 0, 0, 0]),
        call("tgkill SIGTERM", libc::SYS_tgkill, [process, thread, libc::SIGTERM.into(), 0, 0]),
        call("tgkill of another", libc::SYS_tgkill, [1, 1, libc::SIGABRT.into(), 0, 0]),
        call("tgkill 0", libc::SYS_tgkill, [process, thread, 0, 0, 0]),
        call("ioctl TIOCSTI", libc::SYS_ioctl, [0, libc::TIOCSTI as libc::c_long, 0, 0, 0]),
        call("ioctl of a filter's listener", libc::SYS_ioctl, [9, 0xc050_2100, 0, 0, 0]),
        call("prctl PR_SET_DUMPABLE", libc::SYS_prctl, [libc::PR_SET_DUMPABLE.into(), 1, 0, 0, 0]),
        call("prctl PR_GET_DUMPABLE", libc::SYS_prctl, [libc::PR_GET_DUMPABLE.into(), 0, 0, 0, 0]),
        call(
            "prlimit64",
            libc::SYS_prlimit64,
            [0, libc::RLIMIT_NOFILE as libc::c_long, limits.as_ptr() as libc::c_long, 0, 0],
        ),
        call(
            "mmap of code to be written",
            libc::SYS_mmap,
            [0, page as libc::c_long, writable_code, anonymous, -1],
        ),
        call(
            "mprotect of code to be written",
            libc::SYS_mprotect,
            [map as libc::c_long, page as libc::c_long, writable_code, 0, 0],
        ),
        call(
            "mprotect",
            libc::SYS_mprotect,
            [map as libc::c_long, page as libc::c_long, libc::PROT_READ.into(), 0, 0],
        ),
        call("sched_setaffinity of another", libc::SYS_sched_setaffinity, [process, 0, 0, 0, 0]),
        call("dup of standard output", libc::SYS_dup, [1, 0, 0, 0, 0]),
        call("dup3 to standard output", libc::SYS_dup3, [0, 1, 0, 0, 0]),
        call("fcntl F_DUPFD of standard error", libc::SYS_fcntl, [2, libc::F_DUPFD.into(), 0, 0, 0]),
        call("close of standard output", libc::SYS_close, [1, 0, 0, 0, 0]),
        call("close_range", libc::SYS_close_range, [0, 2, 0, 0, 0]),
        call("pwrite64 to standard output", libc::SYS_pwrite64, [1, 0, 0, 0, 0]),
        call("read of standard input", libc::SYS_read, [0, 0, 0, 0, 0]),
    ]
    .join("\n")
}

/// Changes what is noted of a file, be it the plugin's own.
pub(crate) fn metadata() -> String {
    let path = c"/usr".as_ptr();
    // SAFETY: the path is a text of the program, and all else numbers or null.
    unsafe {
        [
            told("fchmod", libc::syscall(libc::SYS_fchmod, libc::open(path, libc::O_RDONLY), 0o777)),
            told("fchmodat", libc::syscall(libc::SYS_fchmodat, libc::AT_FDCWD, path, 0o777)),
            told("fchownat", libc::syscall(libc::SYS_fchownat, libc::AT_FDCWD, path, 0, 0, 0)),
            told("utimensat", libc::syscall(libc::SYS_utimensat, libc::AT_FDCWD, path, 0, 0)),
            told("setxattr", libc::syscall(libc::SYS_setxattr, path, c"user.x".as_ptr(), path, 1, 0)),
        ]
        .join(", ")
    }
}

/// Has the signals that ask for an end mean nothing.
pub(crate) fn handle_signals() -> String {
    extern "C" fn nothing(_: libc::c_int) {}
    let handler: extern "C" fn(libc::c_int) = nothing;
    // SAFETY: the handler does nothing.
    unsafe {
        let mut action = std::mem::zeroed::<libc::sigaction>();
        action.sa_sigaction = handler as usize;
        let terminate = libc::sigaction(libc::SIGTERM, &raw const action, ptr::null_mut());
        let told_of_terminate = told("SIGTERM", terminate.into());
        let hangup = libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut());
        format!("{told_of_terminate}, {}", told("SIGUSR1", hangup.into()))
    }
}

/// Has the process say something when it ends in order, and end with another status.
pub(crate) fn say_and_exit_at_end() -> String {
    extern "C" fn at_end() {
        let _ = say_and_exit();
    }
    // SAFETY: the function is there as long as the library, which is never unloaded.
    told("atexit", unsafe { libc::atexit(at_end) }.into())
}

pub(crate) fn say_and_exit() -> String {
    let words = b"the last words of a plugin\n";
    // SAFETY: the words are as long as is said.
    unsafe { libc::syscall(libc::SYS_write, 1, words.as_ptr(), words.len()) };
    exit_at_once()
}

/// Prints in all ways.
pub(crate) fn print() -> String {
    println!("printed by println");
    // In pieces: one for each part of the format.
    let by = std::hint::black_box("eprintln");
    eprintln!("printed by {by}");
    let words = b"printed by write\nand without an end";
    // SAFETY: the words are as long as is said, and what lies at 16 nobody has.
    unsafe {
        libc::write(1, words.as_ptr().cast(), words.len());
        told("write of what is not there", libc::write(2, ptr::without_provenance(16), 5) as libc::c_long)
    }
}

/// The C library says what it thinks of that, and aborts.
pub(crate) fn free_what_is_not_there() -> String {
    let room = std::hint::black_box([0_u64; 16]);
    // SAFETY: there is none, that is the act.
    unsafe { libc::free(room.as_ptr().cast_mut().wrapping_add(3).cast()) };
    "it survived".to_owned()
}
