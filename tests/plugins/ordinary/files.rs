//! Files in the place that the operator lets it write to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Settings {
    pub(crate) place: PathBuf,
}

/// All that is done with files, and how many bytes are left at the end.
pub(crate) fn all(place: &Path) -> io::Result<u64> {
    let folder = place.join("folder/within");
    fs::create_dir_all(&folder)?;
    let (first, second) = (folder.join("first"), folder.join("second"));
    let mut writer = BufWriter::new(File::create(&first)?);
    (0..1000).try_for_each(|line| writeln!(writer, "line {line}"))?;
    writer.into_inner()?.sync_all()?;
    let lines = BufReader::new(File::open(&first)?).lines().count();
    let mut file = OpenOptions::new().read(true).append(true).open(&first)?;
    file.lock()?;
    file.seek(SeekFrom::Start(5))?;
    file.read_exact(&mut [0; 4])?;
    file.set_len(4000)?;
    file.sync_data()?;
    file.try_clone()?.unlock()?;
    io::copy(&mut File::open(&first)?, &mut File::create(&second)?)?;
    fs::rename(&second, folder.join("third"))?;
    fs::copy(&first, &second)?;
    fs::hard_link(&first, folder.join("fourth"))?;
    std::os::unix::fs::symlink("first", folder.join("fifth"))?;
    let canonical = fs::canonicalize(folder.join("fifth"))?;
    let kept = tempfile::NamedTempFile::new_in(&folder)?;
    kept.as_file().write_all_at_start(b"kept")?;
    kept.persist(folder.join("sixth")).map_err(|error| error.error)?;
    drop(tempfile::tempfile_in(&folder)?);
    let mut sizes = 0;
    for entry in fs::read_dir(&folder)? {
        sizes += entry?.metadata()?.len();
    }
    fs::remove_file(folder.join("third"))?;
    fs::remove_dir_all(place.join("folder"))?;
    assert_eq!(lines, 1000);
    assert!(canonical.ends_with("first"));
    Ok(sizes)
}

trait AtStart {
    fn write_all_at_start(&self, bytes: &[u8]) -> io::Result<()>;
}

impl AtStart for File {
    fn write_all_at_start(&self, bytes: &[u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, bytes, 0)
    }
}
