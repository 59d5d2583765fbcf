//! What libraries written in C ask of the system.

use std::io;
use std::mem::zeroed;
use std::ptr;

/// The result of a call, or why there is none.
fn made(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Asks for everything; gives the number of things that were asked.
pub(crate) fn all() -> io::Result<usize> {
    let parts = [memory, descriptors, timers, itself, signals, other_libraries];
    parts.iter().try_for_each(|part| part())?;
    Ok(parts.len())
}

/// Maps, and what can be said of them.
fn memory() -> io::Result<()> {
    let (size, anonymous) = (1 << 20, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new map, used within its bounds and given back.
    unsafe {
        let map = libc::mmap(ptr::null_mut(), size, libc::PROT_NONE, anonymous, -1, 0);
        if map == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        made(libc::mprotect(map, size, libc::PROT_READ | libc::PROT_WRITE))?;
        map.cast::<u8>().write(1);
        made(libc::madvise(map, size, libc::MADV_DONTNEED))?;
        made(libc::mlock(map, 4096))?;
        made(libc::munlock(map, 4096))?;
        let map = libc::mremap(map, size, 2 * size, libc::MREMAP_MAYMOVE);
        // As a compiler at run time does: first written, then run.
        made(libc::mprotect(map, 4096, libc::PROT_READ | libc::PROT_EXEC))?;
        made(libc::munmap(map, 2 * size))?;
        let own = libc::malloc(64 << 20);
        libc::free(own);
    }
    Ok(())
}

fn descriptors() -> io::Result<()> {
    // SAFETY: what is made is closed, and what is read has room.
    unsafe {
        let mut ends = [0; 2];
        made(libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC))?;
        let [read, write] = ends;
        made(libc::fcntl(read, libc::F_SETFL, libc::O_NONBLOCK))?;
        made(libc::fcntl(write, libc::F_GETFL))?;
        let copy = made(libc::dup(write))?;
        let pieces = [libc::iovec { iov_base: c"hello".as_ptr() as *mut _, iov_len: 5 }; 2];
        made(libc::writev(copy, pieces.as_ptr(), 2) as libc::c_int)?;
        let mut waiting = 0;
        made(libc::ioctl(read, libc::FIONREAD, &raw mut waiting))?;
        let mut poll = libc::pollfd { fd: read, events: libc::POLLIN, revents: 0 };
        made(libc::poll(&raw mut poll, 1, 1000))?;
        let epoll = made(libc::epoll_create1(libc::EPOLL_CLOEXEC))?;
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: 7 };
        made(libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, read, &raw mut event))?;
        made(libc::epoll_wait(epoll, &raw mut event, 1, 1000))?;
        let events = made(libc::eventfd(1, libc::EFD_CLOEXEC))?;
        let mut room = [0_u8; 16];
        made(libc::read(events, room.as_mut_ptr().cast(), 8) as libc::c_int)?;
        made(libc::isatty(1).min(0))?;
        for one in [read, write, copy, epoll, events] {
            made(libc::close(one))?;
        }
        if waiting != 10 {
            return Err(io::Error::other("the pipe lost something"));
        }
    }
    Ok(())
}

fn timers() -> io::Result<()> {
    // SAFETY: structures of this function, read and filled while it runs.
    unsafe {
        let timer = made(libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_CLOEXEC))?;
        let mut when = zeroed::<libc::itimerspec>();
        when.it_value.tv_nsec = 1_000_000;
        made(libc::timerfd_settime(timer, 0, &raw const when, ptr::null_mut()))?;
        let mut times = 0_u64;
        made(libc::read(timer, (&raw mut times).cast(), 8) as libc::c_int)?;
        made(libc::close(timer))?;
        let pause = libc::timespec { tv_sec: 0, tv_nsec: 1000 };
        made(libc::nanosleep(&raw const pause, ptr::null_mut()))?;
        let (now, mut parts) = (libc::time(ptr::null_mut()), zeroed::<libc::tm>());
        libc::localtime_r(&raw const now, &raw mut parts);
    }
    Ok(())
}

/// What a library asks of the process that it is in.
fn itself() -> io::Result<()> {
    // SAFETY: structures of this function, filled while it runs.
    unsafe {
        let mut limit = zeroed::<libc::rlimit>();
        made(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit))?;
        let mut usage = zeroed::<libc::rusage>();
        made(libc::getrusage(libc::RUSAGE_SELF, &raw mut usage))?;
        let mut system = zeroed::<libc::utsname>();
        made(libc::uname(&raw mut system))?;
        let mut info = zeroed::<libc::sysinfo>();
        made(libc::sysinfo(&raw mut info))?;
        let mut set = zeroed::<libc::cpu_set_t>();
        made(libc::sched_getaffinity(0, size_of_val(&set), &raw mut set))?;
        made(libc::sched_setaffinity(0, size_of_val(&set), &raw const set))?;
        made(libc::prctl(libc::PR_SET_NAME, c"renamed".as_ptr()))?;
        made(libc::prctl(libc::PR_GET_DUMPABLE))?;
        made(libc::getpid() + libc::getuid() as libc::c_int + libc::sched_getcpu())?;
        if libc::sysconf(libc::_SC_NPROCESSORS_ONLN) < 1 {
            return Err(io::Error::other("there are no processors"));
        }
        made(libc::getentropy(zeroed::<[u8; 32]>().as_mut_ptr().cast(), 32))?;
    }
    Ok(())
}

fn signals() -> io::Result<()> {
    // SAFETY: structures of this function, filled while it runs.
    unsafe {
        let mut set = zeroed::<libc::sigset_t>();
        libc::sigfillset(&raw mut set);
        let mut former = zeroed::<libc::sigset_t>();
        made(-libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut former))?;
        made(-libc::pthread_sigmask(libc::SIG_SETMASK, &raw const former, ptr::null_mut()))?;
        let mut action = zeroed::<libc::sigaction>();
        made(libc::sigaction(libc::SIGPIPE, ptr::null(), &raw mut action))?;
        made(-libc::pthread_kill(libc::pthread_self(), 0))?;
    }
    Ok(())
}

/// Libraries that are opened when they are needed.
fn other_libraries() -> io::Result<()> {
    // SAFETY: a library of the C library's own, whose function has that type.
    unsafe {
        let library = libc::dlopen(c"libm.so.6".as_ptr(), libc::RTLD_NOW);
        let function = libc::dlsym(library, c"cbrt".as_ptr());
        if function.is_null() {
            return Err(io::Error::other("there is no cube root"));
        }
        let cube_root: extern "C" fn(f64) -> f64 = std::mem::transmute(function);
        if (cube_root(27.0) - 3.0).abs() > 1e-9 {
            return Err(io::Error::other("the cube root is wrong"));
        }
    }
    Ok(())
}
