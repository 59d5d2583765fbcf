//! What is saved in a crate's folder.

use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long nothing has to be saved for a save to be over: editors write several files for one.
const QUIET: Duration = Duration::from_millis(60);

/// What keeps the watch.
#[derive(Debug)]
pub(super) struct Watched {
    /// The end of whoever adds folders, when it is dropped.
    _folders: UnboundedSender<PathBuf>,
}

/// Watches a crate's folder, and gives when something in it was saved. What cargo and version control write
/// is passed over; folders that are made later are watched from then on.
pub(super) fn watch(folder: &Path) -> notify::Result<(Watched, UnboundedReceiver<Instant>)> {
    let (tell, saved) = unbounded_channel();
    let (made, mut folders) = unbounded_channel::<PathBuf>();
    let (root, new) = (folder.to_owned(), made.clone());
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let Ok(event) = event else { return };
        let counts = event.paths.iter().any(|path| counts(&root, path));
        if !counts || !is_save(event.kind) {
            return;
        }
        if matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_)) {
            event.paths.iter().filter(|path| path.is_dir()).for_each(|path| drop(new.send(path.clone())));
        }
        let _ = tell.send(Instant::now());
    })?;
    add(&mut watcher, folder, folder)?;
    let root = folder.to_owned();
    tokio::spawn(async move {
        while let Some(path) = folders.recv().await {
            if let Err(error) = add(&mut watcher, &root, &path) {
                tracing::debug!("{} is not watched: {error}", path.display());
            }
        }
    });
    Ok((Watched { _folders: made }, saved))
}

/// Waits until a save is over. Gives when it began.
pub(super) async fn settled(saved: &mut UnboundedReceiver<Instant>, since: Instant) -> Instant {
    while let Ok(Some(_)) = tokio::time::timeout(QUIET, saved.recv()).await {}
    since
}

/// Watches a folder and those in it, but for cargo's and version control's, which have thousands.
fn add(watcher: &mut RecommendedWatcher, root: &Path, folder: &Path) -> notify::Result<()> {
    if folder != root && !counts(root, folder) {
        return Ok(());
    }
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        // A link to a folder may lead back here.
        if entry.file_type().is_ok_and(|of| of.is_dir()) {
            add(watcher, root, &entry.path())?;
        }
    }
    Ok(())
}

/// Whether a path of the crate is one of its author's: not cargo's, and not hidden, as editors' files are.
fn counts(root: &Path, path: &Path) -> bool {
    let Ok(inner) = path.strip_prefix(root) else { return false };
    let mut parts = inner.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let first = parts.clone().next();
    first != Some("target")
        && first != Some("Cargo.lock")
        && parts.all(|name| !name.starts_with('.') && !name.ends_with('~'))
}

fn is_save(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Create(_)
            | EventKind::Modify(_)
            | EventKind::Remove(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_and_editors_write_is_no_save() {
        let root = Path::new("/crate");
        for (path, expected) in [
            ("/crate/src/lib.rs", true),
            ("/crate/migrations/0001_a.sql", true),
            ("/crate/Cargo.toml", true),
            ("/crate/src/target/mod.rs", true),
            ("/crate/target/debug/libnotes.so", false),
            ("/crate/Cargo.lock", false),
            ("/crate/.git/index", false),
            ("/crate/src/.lib.rs.swp", false),
            ("/crate/src/lib.rs~", false),
            ("/elsewhere", false),
        ] {
            assert_eq!(counts(root, Path::new(path)), expected, "{path}");
        }
    }

    #[tokio::test]
    async fn a_file_in_a_folder_that_was_made_later_is_seen() {
        let place = tempfile::tempdir().unwrap();
        let (_watched, mut saved) = watch(place.path()).unwrap();
        let folder = place.path().join("migrations");
        std::fs::create_dir(&folder).unwrap();
        let next = async |saved: &mut UnboundedReceiver<Instant>| {
            tokio::time::timeout(Duration::from_secs(10), saved.recv()).await.unwrap().unwrap()
        };
        let first = next(&mut saved).await;
        settled(&mut saved, first).await;
        std::fs::write(folder.join("0001_a.sql"), "SELECT 1;").unwrap();
        next(&mut saved).await;
    }
}
