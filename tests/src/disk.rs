//! A small disk, held in memory, that can be filled.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system of its own, for as long as the value lives.
#[derive(Debug)]
pub(crate) struct Disk {
    place: PathBuf,
}

impl Disk {
    /// Mounts one of so many megabytes there, on an empty folder.
    ///
    /// # Errors
    ///
    /// Why it cannot: it takes the right to mount.
    pub(crate) fn mount(place: &Path, megabytes: u32) -> Result<Self, String> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=0700"), "tenon-test"]).arg(place);
        let said = mount.output().map_err(|error| error.to_string())?;
        if said.status.success() {
            Ok(Self { place: place.to_owned() })
        } else {
            let said = String::from_utf8_lossy(&said.stderr);
            Err(said.lines().next().unwrap_or("the mount failed").to_owned())
        }
    }

    /// Takes all the room that is left.
    pub(crate) fn fill(&self) {
        let Ok(mut file) = File::create(self.filler()) else { return };
        // What does not fit as a whole may do in part.
        for size in [1 << 20, 4096] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives it back.
    pub(crate) fn make_room(&self) {
        let _ = fs::remove_file(self.filler());
    }

    fn filler(&self) -> PathBuf {
        self.place.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.place).output();
    }
}
