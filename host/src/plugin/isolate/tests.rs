use std::fs::File;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use super::*;

/// Runs this on a thread that is confined as a plugin's are here, and gives what was refused meanwhile.
fn confined<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> (T, Vec<(&'static str, u64)>) {
    let (confinement, enforcement) = probe(FileRules::new(&[], &[]));
    enforcement.required().unwrap();
    let attempts = Arc::new(Attempts::default());
    let watch = watch_plugin("test", Arc::clone(&attempts), |_| ()).unwrap();
    let thread = thread::spawn(move || {
        watch.begin(confinement.apply().unwrap().unwrap());
        work()
    });
    let result = thread.join().unwrap();
    let refused = attempts.all().into_iter().map(|refused| (refused.system_call, refused.times));
    (result, refused.collect())
}

/// How an attempt ended.
fn kind<T>(result: std::io::Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

const DENIED: Option<ErrorKind> = Some(ErrorKind::PermissionDenied);

#[test]
fn a_confined_thread_gets_no_socket_of_any_kind_and_each_attempt_is_counted() {
    let (result, refused) = confined(|| {
        [
            kind(TcpStream::connect("127.0.0.1:1")),
            kind(UdpSocket::bind("127.0.0.1:0")),
            kind(UnixStream::connect("/nowhere")),
            kind(UnixDatagram::pair()),
        ]
    });
    assert_eq!(result, [DENIED; 4]);
    assert_eq!(refused, [("socket", 3), ("socketpair", 1)]);
}

#[test]
fn a_confined_thread_runs_no_program_and_makes_no_process_but_threads() {
    let (result, refused) = confined(|| {
        let threads = thread::spawn(|| 7).join().unwrap();
        (kind(Command::new("/bin/true").status()), threads)
    });
    assert_eq!(result, (DENIED, 7));
    // The C library's posix_spawn asks for a process, whichever way it does.
    assert!(matches!(refused.as_slice(), [("clone" | "vfork", 1)]), "{refused:?}");
}

#[test]
fn what_a_confined_thread_starts_is_confined_too() {
    let (result, refused) = confined(|| {
        let grandchild = || thread::spawn(|| kind(TcpListener::bind("127.0.0.1:0")));
        thread::spawn(move || grandchild().join().unwrap()).join().unwrap()
    });
    assert_eq!((result, refused), (DENIED, vec![("socket", 1)]));
}

#[test]
fn a_confined_thread_opens_what_programs_need_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let (secret, new) = (place.path().join("secret"), place.path().join("new"));
    std::fs::write(&secret, "hunter2").unwrap();
    let (result, _) = confined(move || {
        let open = |path: &str| kind(File::open(path));
        let readable = [open("/usr/lib"), open("/dev/null"), open("/etc/passwd")];
        let not =
            [open("/proc/self/mem"), open("/proc/self/environ"), open("/proc/self/maps"), open("/root")];
        (readable, not, kind(File::open(secret)), kind(File::create(new)))
    });
    assert_eq!(result, ([None; 3], [DENIED; 4], DENIED, DENIED));
}

#[test]
fn the_operator_names_further_places() {
    let place = tempfile::tempdir().unwrap();
    let (read, write) = (place.path().join("read"), place.path().join("write"));
    for place in [&read, &write] {
        std::fs::create_dir(place).unwrap();
        std::fs::write(place.join("file"), "").unwrap();
    }
    let rules = FileRules::new(std::slice::from_ref(&read), std::slice::from_ref(&write));
    let (confinement, _) = probe(rules);
    let result = thread::spawn(move || {
        drop(confinement.apply().unwrap());
        let change = |place: &Path| kind(File::options().append(true).open(place.join("file")));
        let make = |place: &Path| kind(File::create(place.join("new")));
        [kind(File::open(read.join("file"))), change(&read), make(&read), change(&write), make(&write)]
    });
    assert_eq!(result.join().unwrap(), [None, DENIED, DENIED, None, None]);
}

#[test]
fn the_thread_that_is_not_confined_goes_on_as_ever() {
    let ((), _) = confined(|| ());
    assert_eq!(kind(UnixDatagram::pair()), None);
    assert!(Command::new("/bin/true").status().unwrap().success());
}

#[test]
fn the_mode_of_a_file_is_changed_where_it_is_open_for_writing_and_nowhere_else() {
    use std::os::unix::fs::PermissionsExt;

    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    let [reads, writes] =
        [false, true].map(|writes| File::options().read(true).write(writes).open(&file).unwrap());
    let folder = File::open(place.path()).unwrap();
    let (result, refused) = confined(move || {
        let change = |file: &File, mode| kind(file.set_permissions(PermissionsExt::from_mode(mode)));
        [change(&writes, 0o100_640), change(&writes, 0o4755), change(&reads, 0o666), change(&folder, 0o777)]
    });
    assert_eq!(result, [None, DENIED, DENIED, DENIED]);
    assert_eq!(refused, [("fchmod", 3)]);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode(), 0o100_640);
}

#[test]
fn what_a_confined_thread_prints_reaches_nobody_but_the_log() {
    // What is written is taken, byte for byte, and what is not there is an error.
    let (result, refused) = confined(|| {
        // SAFETY: the bytes are as many as is said, and nothing lies at 16.
        #[expect(unsafe_code, reason = "past the standard library's own buffers")]
        unsafe {
            let nowhere = std::ptr::without_provenance(16);
            let written = libc::write(1, b"hello\n".as_ptr().cast(), 6);
            let closed = libc::close(2);
            (written, libc::write(2, nowhere, 5), *libc::__errno_location(), closed)
        }
    });
    assert_eq!(result, (6, -1, libc::EFAULT, -1));
    assert_eq!(refused, [("close", 1)]);
}
