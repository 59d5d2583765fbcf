//! The packages that `scripts/package` makes, in a minimal Debian: installed, started, healed with, upgraded,
//! removed and purged.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};

use minisign::{KeyPair, SignatureBox};
use serde_json::Value;
use tenon_tests::{SUPERUSER, ServiceManager, TestServer, World, is_long};

const WORK_TREE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What a command said, if it ended so.
fn run(command: &mut Command, code: i32) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert_eq!(status.code(), Some(code), "{command:?}\n{said}");
    said
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// A place in memory, if there is one.
fn place() -> tempfile::TempDir {
    let memory = std::env::var_os("TENON_TEST_POSTGRES_PLACE").map(PathBuf::from);
    let place = tempfile::tempdir_in(memory.unwrap_or_else(std::env::temp_dir)).unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    place
}

/// What the packages are made with.
struct Packages<'a> {
    folder: &'a Path,
    key: &'a Path,
}

impl Packages<'_> {
    /// Makes what was built for these tests into packages.
    fn make(&self, kinds: &[&str]) {
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        let mut command = Command::new(format!("{WORK_TREE}/scripts/package"));
        command.args(["--no-build", "--profile", profile, "--out"]).arg(self.folder).args(kinds);
        run(command.env("TENON_MINISIGN_KEY_FILE", self.key), 0);
    }

    fn sums(&self) -> String {
        fs::read_to_string(self.folder.join("SHA256SUMS")).unwrap()
    }

    /// The one file whose name begins and ends so.
    fn file(&self, start: &str, end: &str) -> PathBuf {
        let names =
            fs::read_dir(self.folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let names: Vec<_> = names.filter(|name| name.starts_with(start) && name.ends_with(end)).collect();
        let [name] = names.as_slice() else { panic!("{start}…{end}: {names:?}") };
        self.folder.join(name)
    }
}

/// A Debian with its essential packages alone, as a directory.
struct Root(PathBuf);

impl Root {
    /// Runs it as root in there; with its own mounts, which are gone with it.
    fn command(&self, script: &str) -> Command {
        let enter = "mount --rbind /proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" && exec chroot \"$0\" /bin/sh -c \"$1\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", enter]).arg(&self.0).arg(script);
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    fn sh(&self, script: &str) -> String {
        run(&mut self.command(script), 0)
    }

    /// Runs Tenon as the packaged service's user, with the database's address as a credential of the unit.
    fn tenon(&self, arguments: &str, code: i32) -> String {
        run(&mut self.command(&as_service(arguments)), code)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.join(path.trim_start_matches('/'))
    }

    /// The owner, the group and the mode.
    fn owned(&self, path: &str) -> String {
        self.sh(&format!("stat --format '%U:%G %a' {path}")).trim().to_owned()
    }

    /// All files but those that dpkg and adduser write whatever they do.
    fn files(&self) -> BTreeSet<String> {
        let list = "find / -xdev \\( -path /proc -o -path /dev -o -path /sys -o -path /run -o -path /tmp -o -path /packages \
                    -o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache \\) -prune -o ! -type d -print";
        let backups =
            ["/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-"];
        let files = self.sh(list).lines().map(str::to_owned).collect::<BTreeSet<_>>();
        files.into_iter().filter(|file| !backups.contains(&file.as_str())).collect()
    }
}

fn as_service(arguments: &str) -> String {
    format!(
        "cd /var/lib/tenon && CREDENTIALS_DIRECTORY=/run/credentials STATE_DIRECTORY=/var/lib/tenon TENON_SERVER__LISTEN=127.0.0.1:0 \
         exec setpriv --reuid tenon --regid tenon --init-groups /usr/bin/tenon {arguments} --config /etc/tenon/tenon.toml"
    )
}

/// Ends with the value.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the service as its unit does, and ends it once it is ready; gives what the verdict was.
fn serve_once(root: &Root) -> String {
    let socket = root.path("/run/notify");
    let _ = fs::remove_file(&socket);
    let manager = ServiceManager::at(socket);
    let mut command =
        root.command(&format!("NOTIFY_SOCKET=/run/notify; export NOTIFY_SOCKET; {}", as_service("serve")));
    let mut service = Service(command.spawn().unwrap());
    manager.until("READY=1");
    let verdict = manager.until("STATUS=").pop().unwrap();
    run(Command::new("kill").args(["-TERM", &service.0.id().to_string()]), 0);
    // The package has five seconds in which it goes on answering; a second signal ends them.
    manager.until("STATUS=Not ready any more; stopping in 5s");
    run(Command::new("kill").args(["-TERM", &service.0.id().to_string()]), 0);
    assert_eq!(service.0.wait().unwrap().code(), Some(0));
    verdict
}

#[test]
fn the_packages_are_installed_started_upgraded_removed_and_purged_in_a_minimal_debian() {
    let tree = Path::new(WORK_TREE).join("target/tools");
    let place = place();
    let keys = KeyPair::generate_unencrypted_keypair().unwrap();
    let key = place.path().join("key");
    fs::write(&key, keys.sk.to_box(None).unwrap().to_bytes()).unwrap();
    let folder = place.path().join("packages");
    let packages = Packages { folder: &folder, key: &key };
    let mut kinds = vec!["--deb", "--rpm"];
    if tree.join("bin/cargo-cyclonedx").exists() {
        kinds.push("--sbom");
    } else {
        eprintln!(
            "cargo-cyclonedx is not there (scripts/package --sbom): the bill of materials was not looked at"
        );
    }
    packages.make(&kinds);
    sums_are_signed(&packages, &keys);
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
    let tarball = tree.join("debian-root.tar");
    // Nobody but root enters another root.
    if !tarball.exists() || fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!(
            "there is no minimal Debian here (debian_root in scripts/lib/needs.sh, as root): nothing was installed"
        );
        return;
    }
    let root = Root(place.path().join("root"));
    fs::create_dir(&root.0).unwrap();
    run(
        Command::new("tar")
            .args(["--numeric-owner", "--exclude=./dev/*", "-xf"])
            .arg(&tarball)
            .arg("-C")
            .arg(&root.0),
        0,
    );
    live_in(&root, &packages);
}

/// From the installation to the purge, each state looked at.
fn live_in(root: &Root, packages: &Packages<'_>) {
    let before = root.files();
    run(Command::new("cp").arg("-r").arg(packages.folder).arg(root.path("/packages")), 0);
    root.sh("dpkg --install /packages/tenon_*.deb /packages/tenon-sample-plugins_*.deb");
    assert_eq!(root.owned("/etc/tenon"), "root:tenon 750");
    assert_eq!(root.owned("/etc/tenon/tenon.toml"), "root:tenon 640");
    assert_eq!(root.owned("/var/lib/tenon"), "tenon:tenon 750");
    assert_eq!(fs::read_dir(root.path("/usr/lib/tenon/plugins")).unwrap().count(), 0);
    assert!(
        !root.path("/etc/systemd/system/multi-user.target.wants/tenon.service").exists(),
        "not enabled unasked"
    );
    for file in [
        "/usr/lib/systemd/system/tenon.socket",
        "/usr/share/man/man1/tenon.1.gz",
        "/usr/share/zsh/vendor-completions/_tenon",
    ] {
        assert!(root.path(file).exists(), "{file}");
    }
    assert!(root.tenon("config show --set", 0).contains("server.drain"));

    // Start: no plugin yet, and a database that nobody has healed.
    let world = World::with(&[]);
    let server = TestServer::shared();
    let url = server.tcp_url(SUPERUSER, &server.password(), server.port, &world.database.name);
    fs::create_dir_all(root.path("/run/credentials")).unwrap();
    fs::write(root.path("/run/credentials/database_url"), url).unwrap();
    let verdict = serve_once(root);
    assert!(verdict.starts_with("STATUS=Degraded: "), "{verdict}");
    assert!(root.owned("/var/lib/tenon/accounts.json").starts_with("tenon:tenon "));

    // A plugin is dropped in, and healed.
    root.sh("cp /usr/lib/tenon/sample-plugins/libidentity.so /usr/lib/tenon/plugins/");
    assert!(root.tenon("plan", 2).contains("identity/0001_accounts.sql"));
    root.tenon("heal --yes --as ops", 0);
    root.tenon("check", 0);
    assert_eq!(serve_once(root), "STATUS=Healthy: 2 plugins are in step with the database");

    // The upgrade keeps what the administrator has written, and what the service has.
    root.sh("printf '\\n[check]\\nevery = \"2m\"\\n' > /tmp/more && sed -i '/^\\[check\\]/d' /etc/tenon/tenon.toml && \
             cat /tmp/more >> /etc/tenon/tenon.toml && echo mine > /etc/tenon/mine.pem");
    let accounts = fs::read(root.path("/var/lib/tenon/accounts.json")).unwrap();
    root.sh(
        "cd /tmp && dpkg-deb --raw-extract /packages/tenon_*.deb new && sed -i 's/^Version: .*/Version: 9.9.9/' new/DEBIAN/control && \
         dpkg-deb --build -Znone new new.deb && dpkg --install new.deb",
    );
    assert!(
        root.sh("dpkg-query --show --showformat='${Version} ${Status}' tenon")
            .contains("9.9.9 install ok installed")
    );
    assert_eq!(root.owned("/etc/tenon/tenon.toml"), "root:tenon 640");
    assert!(root.tenon("config show --set", 0).contains("check.every"));
    assert_eq!(fs::read(root.path("/var/lib/tenon/accounts.json")).unwrap(), accounts);
    root.tenon("check", 0);

    // Removal keeps configuration, state and the plugin.
    root.sh("dpkg --remove tenon tenon-sample-plugins");
    assert!(!root.path("/usr/bin/tenon").exists() && !root.path("/usr/lib/tenon/sample-plugins").exists());
    for kept in
        ["/etc/tenon/tenon.toml", "/var/lib/tenon/accounts.json", "/usr/lib/tenon/plugins/libidentity.so"]
    {
        assert!(root.path(kept).exists(), "{kept}");
    }

    // Purge leaves what the administrator made: the files put there by hand, and nothing else.
    let said = root.sh("dpkg --purge tenon tenon-sample-plugins");
    assert!(said.contains("/etc/tenon holds files of yours and was kept"), "{said}");
    let left: Vec<_> = root.files().difference(&before).cloned().collect();
    assert_eq!(left, ["/etc/tenon/mine.pem", "/usr/lib/tenon/plugins/libidentity.so"]);
    assert!(!root.path("/var/lib/tenon").exists());

    // A database of the host's own is kept.
    root.sh("dpkg --install /tmp/new.deb && mkdir /var/lib/tenon/postgres && touch /var/lib/tenon/postgres/PG_VERSION");
    let said = root.sh("dpkg --purge tenon");
    assert!(said.contains("/var/lib/tenon holds the managed database and was kept"), "{said}");
    assert!(root.path("/var/lib/tenon/postgres/PG_VERSION").exists());
}

fn sums_are_signed(packages: &Packages<'_>, keys: &KeyPair) {
    run(
        Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(packages.folder),
        0,
    );
    assert_eq!(packages.sums().matches("tenon").count(), fs::read_dir(packages.folder).unwrap().count() - 3);
    let signature = SignatureBox::from_file(packages.folder.join("SHA256SUMS.minisig")).unwrap();
    minisign::verify(&keys.pk, &signature, Cursor::new(packages.sums()), true, false, false).unwrap();
}

fn the_bill_lists_what_is_linked_in(packages: &Packages<'_>) {
    let text = fs::read_to_string(packages.file("tenon-", ".cdx.json")).unwrap();
    let bill: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(bill["bomFormat"], "CycloneDX");
    let names: BTreeSet<_> =
        bill["components"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains("tokio-postgres") && names.contains("tenon-migrations-core"), "{names:?}");
    assert!(!names.contains("insta"), "no crate of the tests is in the program");
    let tree = fs::canonicalize(WORK_TREE).unwrap();
    assert!(!text.contains(tree.to_str().unwrap()), "no path of this machine");
}

fn debian_finds_nothing_wrong(packages: &Packages<'_>) {
    if !has("lintian") {
        eprintln!("lintian is not on this machine: the packages were not looked at");
        return;
    }
    let mut lintian = Command::new("lintian");
    lintian.args(["--allow-root", "--fail-on", "error,warning"]);
    run(lintian.arg(packages.file("tenon_", ".deb")).arg(packages.file("tenon-sample-plugins_", ".deb")), 0);
}

fn rpm_reads_its_packages(packages: &Packages<'_>) {
    if !has("rpm") {
        eprintln!("rpm is not on this machine: its packages were not looked at");
        return;
    }
    let tenon = packages.file("tenon-0", ".rpm");
    let asked =
        |what: &[&str]| run(Command::new("rpm").args(["--query", "--package"]).args(what).arg(&tenon), 0);
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
    run(Command::new("rpm").args(["--checksig", "--nosignature"]).arg(&tenon), 0);
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
