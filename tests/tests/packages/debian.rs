//! A minimal Debian that systemd has started: a machine of its own, but for the kernel.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::said;

/// Started in namespaces of its own: for mounts, processes, the network, control groups. All of that is gone
/// with its first process.
const START: &str = r#"
set -e
cd "$0"
# A mount is what becomes a root.
mount --bind . .
cd "$0"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
if [ -d /sys/fs/cgroup/unified ]; then
    mount -t tmpfs tmpfs sys/fs/cgroup
    mkdir sys/fs/cgroup/systemd sys/fs/cgroup/unified
    mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
    mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
else
    mount -t cgroup2 cgroup2 sys/fs/cgroup
fi
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mount -t tmpfs -o mode=755 tmpfs run
echo debian >etc/hostname
echo '127.0.0.1 localhost debian' >etc/hosts
mkdir old
pivot_root . old
umount -l old
# Services are passed their credentials by mounts that have to reach them.
mount --make-rshared /
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=0 --log-target=null
"#;

/// How long the machine may take to start.
const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct Debian {
    /// The process that waits for the machine's first one, which dies with it.
    keeper: Child,
    /// The machine's first process, as this system counts.
    first: u32,
    /// All files of the machine.
    _root: tempfile::TempDir,
}

impl Drop for Debian {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

impl Debian {
    /// Starts it, or says why there is none on this machine.
    pub(crate) fn start() -> Result<Self, String> {
        let archive = Path::new(crate::WORK_TREE).join("target/tools/debian.tar");
        if !archive.with_extension("tar.packages").exists() {
            return Err("there is no minimal Debian (ensure_debian in scripts/lib/needs.sh)".to_owned());
        }
        let namespaces =
            ["--pid", "--mount", "--uts", "--ipc", "--cgroup", "--net", "--fork", "--kill-child"];
        let may = Command::new("unshare").args(namespaces).arg("true").output();
        if !may.is_ok_and(|may| may.status.success()) {
            return Err("this user may not make namespaces".to_owned());
        }
        let root = crate::place();
        // Devices are mounted: not everyone who may mount may make them.
        let mut unpack = Command::new("tar");
        unpack.args(["--extract", "--numeric-owner", "--same-permissions", "--exclude=./dev/*", "--file"]);
        said(unpack.arg(archive).arg("--directory").arg(root.path()), 0);
        let mut keeper = Command::new("unshare");
        keeper.args(namespaces).args(["sh", "-c", START]).arg(root.path());
        let keeper = keeper.stdin(Stdio::null()).spawn().unwrap();
        let mut machine = Self { first: 0, keeper, _root: root };
        let end = Instant::now() + PATIENCE;
        loop {
            let ended = machine.keeper.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "the machine did not start: {ended:?}");
            let id = machine.keeper.id();
            let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
            machine.first = children.trim().parse().unwrap_or(0);
            // Before that it is still in the roots of this system.
            if fs::read_to_string(format!("/proc/{}/comm", machine.first))
                .is_ok_and(|name| name == "systemd\n")
            {
                let state = machine.command("systemctl is-system-running").output().unwrap();
                if ["running\n", "degraded\n"].iter().any(|up| state.stdout == up.as_bytes()) {
                    return Ok(machine);
                }
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Root's shell in there.
    fn command(&self, script: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &self.first.to_string()])
            .args(["--mount", "--pid", "--uts", "--ipc", "--cgroup", "--net", "--root"])
            .args(["/bin/sh", "-c", script])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null());
        command
    }

    /// What a script says that ends so.
    pub(crate) fn code(&self, script: &str, code: i32) -> String {
        said(&mut self.command(script), code)
    }

    pub(crate) fn sh(&self, script: &str) -> String {
        self.code(script, 0)
    }

    /// Runs a script with this on its standard input.
    pub(crate) fn sh_with(&self, script: &str, input: &str) -> String {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(input.as_bytes()).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        said(self.command(script).stdin(file), 0)
    }

    /// Runs SQL as the managed database's superuser, by the command that there is for it.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let psql = "sudo -u tenon tenon psql --role superuser -- --no-psqlrc --tuples-only --no-align --quiet \
                    --set ON_ERROR_STOP=1";
        self.sh_with(psql, sql).trim_end().to_owned()
    }

    /// The standard output of a script that ends so, as JSON.
    pub(crate) fn json(&self, script: &str, code: i32) -> serde_json::Value {
        let output = self.command(script).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{script}\n{output:?}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{script}: {error}\n{output:?}"))
    }

    /// Where a file of the machine is found from here.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{path}", self.first))
    }

    /// What one of a unit's properties is.
    pub(crate) fn unit(&self, unit: &str, property: &str) -> String {
        self.sh(&format!("systemctl show --property {property} --value {unit}")).trim().to_owned()
    }

    /// The status of an answer to a request that is made in there.
    pub(crate) fn status(&self, path: &str) -> String {
        let mut curl = Command::new("nsenter");
        let url = format!("http://127.0.0.1:8420{path}");
        curl.args(["--target", &self.first.to_string(), "--net", "curl", "--silent", "--max-time", "30"])
            .args(["--output", "/dev/null", "--write-out", "%{http_code}", &url]);
        String::from_utf8(curl.output().unwrap().stdout).unwrap()
    }
    /// All files but those that dpkg, rpm, systemd and adduser write whatever they do.
    pub(crate) fn files(&self) -> BTreeSet<String> {
        let list = "find / -xdev \\( -path /proc -o -path /dev -o -path /sys -o -path /run -o -path /tmp -o -path /packages \
                    -o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache -o -path /var/lib/systemd \
                    -o -path /var/lib/apt -o -path /var/lib/postgresql -o -path /var/lib/sudo -o -path /etc/systemd \
                    -o -path /root/.rpmdb -o -path /newer \\) -prune -o ! -type d -print";
        let backups =
            ["/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-"];
        let files = self.sh(list).lines().map(str::to_owned).collect::<BTreeSet<_>>();
        files.into_iter().filter(|file| !backups.contains(&file.as_str())).collect()
    }
}
