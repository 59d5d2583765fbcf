//! Calls that run: in a file that a process maps, so that it says who was at work when the process has ended,
//! however it has.
//!
//! A call costs two stores and no system call: the pages are the kernel's, and stay when the process is
//! killed. There is a place for each thread that runs plugin code; before any of a plugin's code runs, what
//! it is has been written behind the places. The file is held locked like those of
//! [`opening`](super::opening). One that nobody holds is of a process that ended without taking it away: in
//! order, with a word who ended it, by the machine's end, or by one of those that it names.
//!
//! On Windows the marks are in memory alone, and nobody is blamed for the end of a process.

#[cfg_attr(target_os = "linux", path = "running/linux.rs")]
#[cfg_attr(windows, path = "running/windows.rs")]
mod system;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::boot::boot_id;
use super::folder::{abandoned, finished};
use super::{Quarantine, QuarantineError, Quarantined, Why};
use crate::support::lock::LockExt;
use system::{Record, record};

/// What the files are called once they are locked and complete.
const COMPLETE: &str = "calls";

/// The first bytes, so that a file of another version is not taken for one of these.
const MAGIC: [u8; 16] = *b"tenon calls 1 \n\0";

/// How many threads can be in plugins at a time.
const PLACES: usize = 4096;

/// Two threads do not write to the same line of the processor's cache.
const PLACE: usize = 64;
const HEAD: usize = 4096;
const SIZE: usize = HEAD + PLACES * PLACE;

/// The beginning of the file.
#[repr(C)]
struct Head {
    magic: [u8; 16],
    /// The id of the machine's start (random(4)).
    boot: [u8; 40],
    /// 1 once it is settled that no call is to blame for the end of this process.
    settled: AtomicU32,
}

/// The file in which this process marks its calls, and who they are of. It is there until the process ends: a
/// thread may hang in a plugin for ever.
#[derive(Debug)]
pub struct CallMarkers {
    record: Record,
    places: &'static Places,
    /// How far the plugins are written down, and how many there are.
    written: Mutex<(u64, u32)>,
}

/// Where the threads of this process say whose code they run.
#[derive(Debug)]
struct Places {
    all: &'static [Place],
    /// The places that no thread has.
    free: Mutex<Vec<usize>>,
}

#[repr(C, align(64))]
#[derive(Debug)]
struct Place(AtomicU64);

/// A plugin as the file tells of it.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
struct Plugin {
    #[serde(flatten)]
    whom: Quarantined,
    routes: Vec<String>,
}

/// What marks the calls of one plugin.
#[derive(Debug, Clone, Copy)]
pub struct PluginMarker {
    places: &'static Places,
    number: u32,
}

/// The code of a plugin that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// What loads it, or has it prepare itself or clean up.
    Lifecycle,
    /// A route, by its number among those that the manifest declares.
    Route(u32),
}

/// No place is left to write down whose code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many threads are in plugins: it cannot be written down that one more is")]
pub struct Unmarked;

thread_local! {
    /// The place of this thread, in each file that it has one in: a process has one file, apart from tests.
    static MINE: RefCell<Vec<Mine>> = const { RefCell::new(Vec::new()) };
}

/// A thread's place, free again when the thread ends.
struct Mine {
    places: &'static Places,
    place: usize,
}

impl Drop for Mine {
    fn drop(&mut self) {
        self.places.lock().push(self.place);
    }
}

impl Quarantine {
    /// Makes the file in which this process marks its calls.
    pub fn call_markers(&self) -> io::Result<&'static CallMarkers> {
        let (record, places) = record(&self.of_running())?;
        let places =
            Box::leak(Box::new(Places { all: places, free: Mutex::new((0..PLACES).rev().collect()) }));
        let written = Mutex::new((SIZE as u64, 0));
        Ok(Box::leak(Box::new(CallMarkers { record, places, written })))
    }

    /// Puts into quarantine whose code ran when processes ended without a word, and gives what was not there
    /// already.
    pub(super) fn take_up_running(&self) -> Result<Vec<Quarantined>, QuarantineError> {
        let folder = self.of_running();
        let failed = |source| QuarantineError::Read { path: folder.clone(), source };
        let mut taken = Vec::new();
        for path in finished(&folder, COMPLETE)? {
            let write = |source| QuarantineError::Write { path: path.clone(), source };
            let Some(_held) = abandoned(&path).map_err(write)? else { continue };
            for one in suspects(&fs::read(&path).map_err(failed)?) {
                if self.put_at_the_end(&one).map_err(write)? {
                    taken.push(one);
                }
            }
            fs::remove_file(&path).map_err(write)?;
        }
        Ok(taken)
    }

    fn of_running(&self) -> PathBuf {
        self.folder().join("running")
    }
}

impl CallMarkers {
    /// Writes down who a plugin is, before any of its code runs.
    pub fn plugin(&self, whom: &Quarantined, routes: &[String]) -> io::Result<PluginMarker> {
        let plugin = Plugin { whom: whom.clone(), routes: routes.to_vec() };
        let mut line = serde_json::to_vec(&plugin)?;
        line.push(b'\n');
        let mut written = self.written.lock_unpoisoned();
        self.record.write_at(&line, written.0)?;
        *written = (written.0 + line.len() as u64, written.1 + 1);
        Ok(PluginMarker { places: self.places, number: written.1 })
    }
}

impl Places {
    fn lock(&self) -> MutexGuard<'_, Vec<usize>> {
        self.free.lock_unpoisoned()
    }

    /// The place of this thread.
    fn mine(&'static self) -> Option<&'static AtomicU64> {
        MINE.with_borrow_mut(|mine| {
            let known = mine.iter().find(|one| ptr::eq(one.places, self)).map(|one| one.place);
            let place = known.or_else(|| {
                let place = self.lock().pop()?;
                mine.push(Mine { places: self, place });
                Some(place)
            })?;
            self.all.get(place).map(|place| &place.0)
        })
    }
}

impl PluginMarker {
    /// Runs the plugin's code, which is marked for as long as it runs.
    pub fn during<T>(&self, entry: Entry, work: impl FnOnce() -> T) -> Result<T, Unmarked> {
        let place = self.places.mine().ok_or(Unmarked)?;
        let route = match entry {
            Entry::Lifecycle => 0,
            Entry::Route(number) => u64::from(number) + 1,
        };
        // Nobody but this thread writes there.
        let former = place.load(Ordering::Relaxed);
        place.store(route << 32 | u64::from(self.number), Ordering::Release);
        let _unmarks = Unmarks { place, former };
        Ok(work())
    }
}

/// Takes the mark away, whatever becomes of the work.
struct Unmarks {
    place: &'static AtomicU64,
    former: u64,
}

impl Drop for Unmarks {
    fn drop(&mut self) {
        self.place.store(self.former, Ordering::Release);
    }
}

/// What tells this start of the machine from every other, as the head has it.
fn boot() -> io::Result<[u8; 40]> {
    let mut boot = [0; 40];
    boot.iter_mut().zip(boot_id()?.as_bytes()).for_each(|(to, from)| *to = *from);
    Ok(boot)
}

/// The plugins that a file blames which nobody holds.
fn suspects(bytes: &[u8]) -> Vec<Quarantined> {
    let word =
        |at: usize| bytes.get(at..at + 8).and_then(|word| word.try_into().ok()).map(u64::from_ne_bytes);
    let settled = std::mem::offset_of!(Head, settled);
    let of_this_boot =
        || boot().is_ok_and(|boot| bytes.get(MAGIC.len()..MAGIC.len() + boot.len()) == Some(&boot));
    if !bytes.starts_with(&MAGIC) || bytes.get(settled) != Some(&0) || !of_this_boot() {
        return Vec::new();
    }
    let lines = bytes.get(SIZE..).unwrap_or_default().split(|byte| *byte == b'\n');
    let plugins: Vec<Option<Plugin>> = lines.map(|line| serde_json::from_slice(line).ok()).collect();
    let mut running: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for place in (0..PLACES).filter_map(|place| word(HEAD + place * PLACE)).filter(|place| *place != 0) {
        let number = (place & u64::from(u32::MAX)) as usize;
        running.entry(number.saturating_sub(1)).or_default().push(place >> 32);
    }
    let known = |number: &usize| plugins.get(*number).and_then(Option::as_ref);
    let names = |but: usize| -> Vec<_> {
        let others = running.keys().filter(|number| **number != but).filter_map(known);
        others.map(|other| other.whom.name.clone()).collect()
    };
    let suspect = |(number, routes): (&usize, &Vec<u64>)| {
        let plugin = known(number)?;
        let reason = reason(plugin, routes, &names(*number));
        Some(Quarantined { why: Why::Crashed, reason, since: Timestamp::now(), ..plugin.whom.clone() })
    };
    running.iter().filter_map(suspect).collect()
}

/// What is known of it: that nobody in the process was told of its end, and who was at work.
fn reason(plugin: &Plugin, routes: &[u64], others: &[String]) -> String {
    let mut named: Vec<_> = routes
        .iter()
        .map(|route| {
            let route =
                usize::try_from(*route).ok().and_then(|route| plugin.routes.get(route.checked_sub(1)?));
            route.map_or_else(
                || "its code outside of requests".to_owned(),
                |route| format!("a call of {route}"),
            )
        })
        .collect();
    named.sort();
    named.dedup();
    let others = match others {
        [] => String::new(),
        others => format!("; it may have been another's doing: code of {} ran too", others.join(" and ")),
    };
    let ran = named.join(" and ");
    format!(
        "the host ended without a word while {ran} ran: killed by the plugin, for want of memory, or from outside{others}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use tenon_migrations_core::migration::Checksum;

    fn one(plugin: &str) -> Quarantined {
        Quarantined {
            plugin: plugin.parse().unwrap(),
            name: format!("Plugin {plugin}"),
            file: "/plugins/librogue.so".into(),
            sha256: Checksum::of(plugin).to_string(),
            why: Why::Crashed,
            reason: String::new(),
            since: "2026-03-01T00:00:00Z".parse().unwrap(),
        }
    }

    const ROUTES: [&str; 2] = ["GET /a", "POST /b"];

    fn marker(markers: &CallMarkers, plugin: &str) -> PluginMarker {
        markers.plugin(&one(plugin), &ROUTES.map(str::to_owned)).unwrap()
    }

    fn files(quarantine: &Quarantine) -> usize {
        fs::read_dir(quarantine.of_running()).map_or(0, Iterator::count)
    }

    /// Acts as if the process had ended now: nothing is removed, and the lock is gone.
    fn ends(markers: &CallMarkers) {
        markers.record.file().unlock().unwrap();
    }

    #[test]
    fn who_was_at_work_when_the_process_ended_is_known_by_the_route() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        let markers = quarantine.call_markers().unwrap();
        let (rogue, other, idle) =
            (marker(markers, "rogue"), marker(markers, "other"), marker(markers, "idle"));
        idle.during(Entry::Route(0), || ()).unwrap();
        let (release, held) = channel::<()>();
        let (begins, begun) = channel();
        let thread = std::thread::spawn(move || {
            other.during(Entry::Lifecycle, || {
                begins.send(()).unwrap();
                let _ = held.recv();
            })
        });
        begun.recv().unwrap();
        assert_eq!(quarantine.take_up().unwrap(), [], "it is held");
        let taken = rogue.during(Entry::Route(1), || {
            ends(markers);
            quarantine.take_up().unwrap()
        });
        let told: Vec<_> =
            taken.unwrap().iter().map(|one| format!("{}: {}", one.plugin, one.reason)).collect();
        assert_eq!(
            told,
            [
                "other: the host ended without a word while its code outside of requests ran: killed by the plugin, \
                 for want of memory, or from outside; it may have been another's doing: code of Plugin rogue ran too",
                "rogue: the host ended without a word while a call of POST /b ran: killed by the plugin, for want of \
                 memory, or from outside; it may have been another's doing: code of Plugin other ran too",
            ]
        );
        assert!(quarantine.all().unwrap().iter().all(|one| one.why.keeps_out()));
        assert_eq!((files(&quarantine), quarantine.take_up().unwrap()), (0, Vec::new()));
        drop(release);
        thread.join().unwrap().unwrap();
    }

    #[test]
    fn nobody_is_blamed_where_no_code_ran_or_the_end_is_settled() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        let ended = |change: fn(&CallMarkers), runs: bool| {
            let markers = quarantine.call_markers().unwrap();
            let rogue = marker(markers, "rogue");
            let end = || {
                change(markers);
                ends(markers);
                quarantine.take_up().unwrap().len()
            };
            if runs { rogue.during(Entry::Route(0), end).unwrap() } else { end() }
        };
        assert_eq!(ended(|_| (), false), 0);
        assert_eq!(ended(|markers| markers.record.write_at(b"another boot", 16).unwrap(), true), 0);
        assert_eq!(ended(|markers| markers.record.write_at(b"other", 0).unwrap(), true), 0);
        let settled = std::mem::offset_of!(Head, settled) as u64;
        fn nothing(_: &CallMarkers) {}
        let markers = quarantine.call_markers().unwrap();
        let taken = marker(markers, "rogue").during(Entry::Route(0), || {
            markers.record.write_at(&1_u32.to_ne_bytes(), settled).unwrap();
            ends(markers);
            quarantine.take_up().unwrap()
        });
        assert_eq!((taken.unwrap(), quarantine.all().unwrap(), files(&quarantine)), (vec![], vec![], 0));
        assert_eq!(ended(nothing, true), 1);
    }

    #[test]
    fn threads_have_a_place_each_and_leave_it_when_they_end() {
        let place = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::in_dir(place.path());
        let markers = quarantine.call_markers().unwrap();
        let rogue = marker(markers, "rogue");
        for _ in 0..3 {
            std::thread::spawn(move || rogue.during(Entry::Lifecycle, || ())).join().unwrap().unwrap();
        }
        assert_eq!(markers.places.lock().len(), PLACES);
        rogue.during(Entry::Lifecycle, || assert_eq!(markers.places.lock().len(), PLACES - 1)).unwrap();
        let all = std::mem::take(&mut *markers.places.lock());
        let none = std::thread::spawn(move || rogue.during(Entry::Lifecycle, || ())).join().unwrap();
        assert_eq!(none, Err(Unmarked));
        *markers.places.lock() = all;
    }

    /// Prints what a call costs: `cargo test --release -- --ignored --nocapture what_marking_a_call_costs`.
    #[test]
    #[ignore = "a measurement"]
    fn what_marking_a_call_costs() {
        const TIMES: u32 = 10_000_000;
        let place = tempfile::tempdir().unwrap();
        let markers = Quarantine::in_dir(place.path()).call_markers().unwrap();
        let rogue = marker(markers, "rogue");
        let began = std::time::Instant::now();
        for number in 0..TIMES {
            let _ = rogue.during(Entry::Route(number), || std::hint::black_box(number));
        }
        println!("{:.1} ns", began.elapsed().as_secs_f64() * 1e9 / f64::from(TIMES));
    }
}
