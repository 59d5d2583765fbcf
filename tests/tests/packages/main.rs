//! The packages that `scripts/package` makes: looked at as Debian and RPM look at them, and lived with in a
//! minimal Debian, as the operator's guide says.

#![cfg(test)]

mod debian;
mod guide;
mod made;
mod rpm;
mod twice;

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use minisign::SignatureBox;
use serde_json::Value;
use tenon_tests::is_long;

use made::Packages;

const WORK_TREE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What a command said, if it ended so.
fn said(command: &mut Command, code: i32) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert_eq!(status.code(), Some(code), "{command:?}\n{said}");
    said
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// Says what could not be looked at on this machine. Where `scripts/test` has made sure of all that is
/// needed, that is a failure.
fn not_here(what: &str) {
    assert!(std::env::var_os("TENON_TEST_PACKAGE_TOOLS").is_none(), "{what}");
    eprintln!("{what}");
}

/// A place in memory, if there is one.
fn place() -> tempfile::TempDir {
    let memory = std::env::var_os("TENON_TEST_POSTGRES_PLACE").map(PathBuf::from);
    let place = tempfile::tempdir_in(memory.unwrap_or_else(std::env::temp_dir)).unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    place
}

#[test]
fn debian_and_rpm_find_nothing_wrong_with_the_packages_and_their_sums_are_signed() {
    let mut kinds = vec!["--deb", "--rpm"];
    if Path::new(WORK_TREE).join("target/tools/bin/cargo-cyclonedx").exists() {
        kinds.push("--sbom");
    } else {
        eprintln!(
            "cargo-cyclonedx is not there (scripts/package --sbom): the bill of materials was not looked at"
        );
    }
    let packages = Packages::made(&kinds);
    sums_are_signed(&packages);
    if is_long() {
        let first = packages.sums();
        packages.make(&kinds);
        assert_eq!(packages.sums(), first, "made twice, the packages are the same");
    }
    if kinds.contains(&"--sbom") {
        the_bill_lists_what_is_linked_in(&packages);
    }
    debian_finds_nothing_wrong(&packages);
    rpm_reads_its_packages(&packages);
}

fn sums_are_signed(packages: &Packages) {
    said(
        Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(packages.folder()),
        0,
    );
    // All but themselves and their signature.
    assert_eq!(packages.sums().lines().count(), fs::read_dir(packages.folder()).unwrap().count() - 2);
    let signature = SignatureBox::from_file(packages.folder().join("SHA256SUMS.minisig")).unwrap();
    minisign::verify(&packages.keys.pk, &signature, Cursor::new(packages.sums()), true, false, false)
        .unwrap();
}

/// All that is linked into the program and the sample plugins, and nothing of who made the list.
fn the_bill_lists_what_is_linked_in(packages: &Packages) {
    let text = fs::read_to_string(packages.file("tenon-", ".cdx.json")).unwrap();
    let bill: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert_eq!(bill["metadata"]["component"]["name"], "tenon");
    assert_eq!(bill["serialNumber"], Value::Null, "it would be a new one each time");
    let component =
        |one: &Value| format!("{} {}", one["name"].as_str().unwrap(), one["version"].as_str().unwrap());
    let listed: BTreeSet<_> = bill["components"].as_array().unwrap().iter().map(component).collect();
    // And what features that are off would bring: the tool asks cargo less exactly than that answers.
    assert_eq!(linked_in().difference(&listed).collect::<Vec<_>>(), Vec::<&String>::new());
    for of_tests in ["insta ", "loom ", "tenon-tests ", "tenon-plugin-test "] {
        assert!(!listed.iter().any(|one| one.starts_with(of_tests)), "{of_tests}is linked into nothing");
    }
    let tree = fs::canonicalize(WORK_TREE).unwrap();
    for place in [tree.to_str().unwrap(), packages.folder().to_str().unwrap(), "/.cargo/", "/.stage."] {
        assert!(!text.contains(place), "no path of this machine: {place}");
    }
    // Elsewhere, and later, it is the same; and whoever makes it leaves the work tree alone.
    let changed = || fs::metadata(tree.join("host")).unwrap().modified().unwrap();
    let before = changed();
    let again = Packages::made(&["--sbom"]);
    assert_eq!(fs::read_to_string(again.file("tenon-", ".cdx.json")).unwrap(), text);
    assert_eq!(changed(), before);
}

/// What cargo says that the program and the sample plugins are linked with, themselves included.
fn linked_in() -> BTreeSet<String> {
    let mut tree = Command::new("cargo");
    tree.args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let tree = tree.current_dir(WORK_TREE).output().unwrap();
    assert!(tree.status.success(), "{tree:?}");
    let lines = String::from_utf8(tree.stdout).unwrap();
    let packages = lines.lines().filter(|line| !line.is_empty()).map(|line| {
        let mut words = line.split(' ');
        format!("{} {}", words.next().unwrap(), words.next().unwrap().trim_start_matches('v'))
    });
    packages.collect()
}

fn debian_finds_nothing_wrong(packages: &Packages) {
    if !has("lintian") {
        not_here("lintian is not on this machine: the packages were not looked at");
        return;
    }
    let mut lintian = Command::new("lintian");
    lintian.args(["--allow-root", "--fail-on", "error,warning"]);
    said(lintian.arg(packages.file("tenon_", ".deb")).arg(packages.file("tenon-sample-plugins_", ".deb")), 0);
}

fn rpm_reads_its_packages(packages: &Packages) {
    if !has("rpm") {
        not_here("rpm is not on this machine: its packages were not looked at");
        return;
    }
    let tenon = packages.file("tenon-0", ".rpm");
    let asked =
        |what: &[&str]| said(Command::new("rpm").args(["--query", "--package"]).args(what).arg(&tenon), 0);
    let files =
        asked(&["--queryformat", "[%{FILENAMES} %{FILEMODES:octal} %{FILEUSERNAME}:%{FILEGROUPNAME}\n]"]);
    for line in [
        "/usr/bin/tenon 100755 root:root",
        "/etc/tenon/tenon.toml 100640 root:tenon",
        "/var/lib/tenon 40750 tenon:tenon",
        "/usr/lib/systemd/system/tenon.socket 100644 root:root",
        "/usr/share/zsh/site-functions/_tenon 100644 root:root",
    ] {
        assert!(files.lines().any(|file| file == line), "{line}\n{files}");
    }
    assert!(!files.contains("sample-plugins/"), "{files}");
    assert!(asked(&["--configfiles"]).contains("/etc/tenon/tenon.toml"));
    assert!(asked(&["--requires"]).contains("glibc >= 2."));
    assert!(asked(&["--scripts"]).contains("useradd --system"));
    said(Command::new("rpm").args(["--checksig", "--nosignature"]).arg(&tenon), 0);
    let samples = Command::new("rpm")
        .args(["--query", "--list", "--package"])
        .arg(packages.file("tenon-sample", ".rpm"))
        .output();
    assert!(
        String::from_utf8(samples.unwrap().stdout)
            .unwrap()
            .contains("/usr/lib/tenon/sample-plugins/libidentity.so")
    );
}
