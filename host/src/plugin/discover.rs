//! Finding the files: the shared libraries of the plugin directories, in the order of the directories and, in
//! each, of their names.
//!
//! A file hides those of the same name in later directories, as long as it is not refused. One that is
//! reached on several ways is found once.
//!
//! What is refused hides nobody. It has no part in the registry under the id of a plugin that another file
//! brings: it is reported by its own name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::plugin::problem::{Problem, ProblemCode};
use crate::plugin::stamp::Stamp;

/// What a shared library's name ends with on this system.
const EXTENSION: &str = std::env::consts::DLL_EXTENSION;

/// Why a directory could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the plugin directory {directory} could not be read")]
pub struct DiscoverError {
    pub directory: PathBuf,
    source: std::io::Error,
}

/// A file that was found, and what is to be said of the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    pub problems: Vec<Problem>,
    /// The files that this one hides: those of the same name in later directories, and other ways to the
    /// same file, in their order. Each is looked at only where all before it are refused.
    pub hidden: Vec<Found>,
}

impl From<PathBuf> for Found {
    fn from(path: PathBuf) -> Self {
        Self { path, problems: Vec::new(), hidden: Vec::new() }
    }
}

impl Found {
    /// The file and those that it hides, in the order in which they are looked at.
    pub fn in_order(self) -> impl Iterator<Item = Self> {
        let Self { path, problems, hidden } = self;
        std::iter::once(Self { path, problems, hidden: Vec::new() }).chain(hidden)
    }
}

/// What the directories hold.
#[derive(Debug, Default)]
pub struct Discovered {
    pub files: Vec<Found>,
    /// The directories that could not be read.
    pub troubles: Vec<DiscoverError>,
}

/// The plugin files of the directories. Hidden files and other extensions are passed over.
pub fn discover(directories: &[PathBuf]) -> Discovered {
    let mut discovered = Discovered::default();
    let mut names: BTreeMap<OsString, usize> = BTreeMap::new();
    let mut stamps: Vec<(Stamp, usize)> = Vec::new();
    for directory in directories {
        let paths = match libraries(directory) {
            Ok(paths) => paths,
            Err(source) => {
                discovered.troubles.push(DiscoverError { directory: directory.clone(), source });
                continue;
            }
        };
        for path in paths {
            let stamp = Stamp::of(&path);
            let same = |(stamp, _): &&(Stamp, usize), of: &Stamp| stamp.is_same_file(of);
            let former = stamp.as_ref().ok().and_then(|of| stamps.iter().find(|one| same(one, of)));
            let name = path.file_name().unwrap_or_default().to_owned();
            let same_file = former.map(|(_, number)| *number);
            let same_name = names.get(&name).copied();
            match same_file.or(same_name).and_then(|number| discovered.files.get_mut(number)) {
                Some(found) => {
                    found.problems.push(if same_file.is_some() { also(&path) } else { hides(&path) });
                    found.hidden.push(reached(directory, path));
                }
                None => {
                    let number = discovered.files.len();
                    names.insert(name, number);
                    stamps.extend(stamp.ok().map(|stamp| (stamp, number)));
                    discovered.files.push(reached(directory, path));
                }
            }
        }
    }
    discovered
}

/// One file by its name, wherever it is.
pub fn one(path: PathBuf) -> Found {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_owned);
    reached(&directory.unwrap_or_else(|| ".".into()), path)
}

fn reached(directory: &Path, path: PathBuf) -> Found {
    let problems = link(directory, &path).into_iter().collect();
    Found { problems, ..Found::from(path) }
}

fn libraries(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == EXTENSION) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// What is to be said of a link: that it leads nowhere, or out of the directory.
fn link(directory: &Path, path: &Path) -> Option<Problem> {
    let target = std::fs::read_link(path).ok()?;
    let to = target.display();
    match (path.canonicalize(), directory.canonicalize()) {
        (Err(error), _) => {
            let reason = format!("it is a link to {to}, which cannot be followed: {error}");
            Some(Problem::new(ProblemCode::DanglingLink, reason, "install what it names, or remove the link"))
        }
        (Ok(real), Ok(directory)) if !real.starts_with(&directory) => {
            let reason = format!(
                "it is a link out of the plugin directory: whoever can write {} decides what runs",
                real.display()
            );
            Some(Problem::notice(ProblemCode::LinkLeaves, reason, "copy the file into the plugin directory"))
        }
        _ => None,
    }
}

fn also(path: &Path) -> Problem {
    let reason = format!("{} is the same file, which is loaded once", path.display());
    Problem::notice(ProblemCode::SameFile, reason, "leave one of the two in the plugin directories")
}

fn hides(path: &Path) -> Problem {
    let reason = format!("it comes before {}, which has the same name and is not loaded", path.display());
    Problem::notice(ProblemCode::HidesAnother, reason, "remove the one that is not wanted")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// Each file with the codes of what is said of it.
    fn told(directories: &[PathBuf], place: &Path) -> Vec<String> {
        let files = discover(directories).files;
        let told = files.iter().map(|found| {
            let path = found.path.strip_prefix(place).unwrap().display().to_string();
            let codes = found.problems.iter().map(|problem| format!(" {}", problem.code));
            path + &codes.collect::<String>()
        });
        told.collect()
    }

    fn place(files: &[&str]) -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        for file in files {
            let path = place.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        place
    }

    #[test]
    fn only_visible_libraries_are_found_in_the_order_of_their_names() {
        let place = place(&["p/b.so", "p/a.so", "p/.c.so", "p/d.txt", "p/e"]);
        assert_eq!(told(&[place.path().join("p")], place.path()), ["p/a.so", "p/b.so"]);
    }

    #[test]
    fn an_earlier_directory_comes_first_and_hides_files_of_the_same_name() {
        let place = place(&["z/b.so", "a/a.so", "a/b.so"]);
        let directories = [place.path().join("z"), place.path().join("a")];
        assert_eq!(told(&directories, place.path()), ["z/b.so hides-another", "a/a.so"]);
    }

    #[test]
    fn what_is_hidden_comes_next_in_the_order_of_the_directories() {
        let place = place(&["z/b.so", "a/b.so", "m/b.so"]);
        std::os::unix::fs::symlink("b.so", place.path().join("m/c.so")).unwrap();
        let directories = ["z", "a", "m"].map(|name| place.path().join(name));
        let found = discover(&directories).files;
        let in_order = |found: Found| {
            let paths = found.in_order().map(|one| one.path.strip_prefix(place.path()).unwrap().to_owned());
            paths.map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        let found: Vec<_> = found.into_iter().map(in_order).collect();
        assert_eq!(found, [vec!["z/b.so", "a/b.so", "m/b.so"], vec!["m/c.so"]]);
    }

    #[test]
    fn a_link_is_followed_and_told_where_it_leads_out_or_nowhere() {
        let place = place(&["p/a.so", "elsewhere/x.so"]);
        let directory = place.path().join("p");
        symlink("a.so", directory.join("same.so")).unwrap();
        symlink("../elsewhere/x.so", directory.join("out.so")).unwrap();
        symlink("gone.so", directory.join("nowhere.so")).unwrap();
        symlink("circle.so", directory.join("circle.so")).unwrap();
        assert_eq!(
            told(&[directory], place.path()),
            [
                "p/a.so same-file",
                "p/circle.so dangling-link",
                "p/nowhere.so dangling-link",
                "p/out.so link-leaves"
            ]
        );
    }

    #[test]
    fn a_file_that_is_reached_twice_is_found_once() {
        let place = place(&["p/a.so"]);
        let directory = place.path().join("p");
        fs::hard_link(directory.join("a.so"), directory.join("b.so")).unwrap();
        symlink("p", place.path().join("again")).unwrap();
        let directories = [directory, place.path().join("again")];
        assert_eq!(told(&directories, place.path()), ["p/a.so same-file same-file same-file"]);
    }

    #[test]
    fn a_missing_directory_is_named_with_the_cause_and_the_others_are_read() {
        let place = place(&["p/a.so"]);
        let discovered = discover(&["/nowhere/plugins".into(), place.path().join("p")]);
        let told = crate::support::errors::chain(&discovered.troubles[0]);
        assert!(told.contains("/nowhere/plugins") && told.contains("No such file"), "{told}");
        assert_eq!(discovered.files.len(), 1);
    }
}
