//! The operator's guide, carried out from top to bottom on a machine with nothing but Debian's essential
//! packages: Tenon is installed, started, healed with, upgraded, removed and purged, and each state is looked
//! at.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::debian::Debian;
use crate::made::Packages;
use crate::{WORK_TREE, not_here};

/// What begins a command line of the guide.
const PROGRAMS: [&str; 12] = [
    "apt",
    "editor",
    "systemctl",
    "systemd-run",
    "cd",
    "bin/tenon",
    "journalctl",
    "sudo",
    "cp",
    "mv",
    "dpkg-deb",
    "tenon",
];

/// A machine, and who reads the guide at it.
struct Reader {
    machine: Debian,
    packages: Packages,
    /// The files that were there before Tenon was.
    before: BTreeSet<String>,
}

/// A command line of the guide, and what a reader does with it: what has to be there for it is made, what
/// stands for something of the reader's own is put in, it is run, and what comes of it is looked at.
type Step = (&'static str, fn(&mut Reader, &str));

fn run(reader: &mut Reader, line: &str) {
    reader.machine.sh(line);
}

/// Says yes to what is asked.
fn agree(reader: &mut Reader, line: &str) {
    reader.machine.sh(&format!("{line} --yes"));
}

/// What is shown has something to do.
fn shows_work(reader: &mut Reader, line: &str) {
    reader.machine.code(line, 2);
}

/// A plugin that comes with the samples is put where plugins are.
fn install(reader: &Reader, plugin: &str) {
    reader.machine.sh(&format!("cp /usr/lib/tenon/sample-plugins/lib{plugin}.so /usr/lib/tenon/plugins/"));
}

/// Runs `systemctl edit`, which wants a terminal, with an editor that leaves this text behind.
fn edit(reader: &Reader, line: &str, text: &str) {
    let machine = &reader.machine;
    fs::write(machine.path("/root/text"), text).unwrap();
    fs::write(machine.path("/root/editor"), "#!/bin/sh\nexec cp /root/text \"$1\"\n").unwrap();
    machine.sh(&format!(
        "chmod +x /root/editor; export SYSTEMD_EDITOR=/root/editor; script -qec '{line}' /dev/null"
    ));
    machine.sh("rm /root/text /root/editor");
}

/// The id of the one finding whose object has this name.
fn finding(reader: &Reader, object: &str) -> String {
    let list = reader.machine.json("sudo -u tenon tenon finding list --json", 0)["findings"].clone();
    let found = list.as_array().unwrap().iter().find(|one| one["object"].as_str().unwrap().ends_with(object));
    found.unwrap_or_else(|| panic!("{object}: {list:#}"))["id"].as_str().unwrap().to_owned()
}

const STEPS: &[Step] = &[
    ("apt install ./tenon_VERSION_ARCH.deb", |reader, line| {
        let machine = &reader.machine;
        let deb = reader.packages.file("tenon_", ".deb").file_name().unwrap().to_owned();
        let line = line.replace("apt", "apt -y").replace("tenon_VERSION_ARCH.deb", deb.to_str().unwrap());
        machine.sh(&format!("cd /packages && {line}"));
        for (path, owned) in [
            ("/etc/tenon", "root:tenon 750"),
            ("/etc/tenon/tenon.toml", "root:tenon 640"),
            ("/var/lib/tenon", "tenon:tenon 750"),
            ("/usr/lib/tenon/plugins", "root:root 755"),
            ("/usr/bin/tenon", "root:root 755"),
            ("/usr/share/man/man1/tenon.1.gz", "root:root 644"),
            ("/usr/share/zsh/vendor-completions/_tenon", "root:root 644"),
            ("/usr/share/bash-completion/completions/tenon", "root:root 644"),
        ] {
            assert_eq!(machine.sh(&format!("stat --format '%U:%G %a' {path}")).trim(), owned, "{path}");
        }
        assert_eq!(fs::read_dir(machine.path("/usr/lib/tenon/plugins")).unwrap().count(), 0);
        machine.code("systemctl is-enabled tenon", 1);
        machine.code("systemctl is-active tenon", 3);
        let exposure = machine.sh("systemd-analyze security --offline=true --threshold=15 tenon.service");
        assert!(exposure.contains("Overall exposure level"), "{exposure}");
    }),
    ("editor /etc/tenon/tenon.toml", |reader, line| {
        reader.machine.sh(&line.replace("editor", "grep environment"));
    }),
    ("systemctl enable --now tenon", |reader, line| {
        let machine = &reader.machine;
        machine.sh(line);
        assert_eq!(machine.unit("tenon", "ActiveState"), "active");
        assert!(machine.unit("tenon", "StatusText").starts_with("Degraded: "), "no plugin yet");
        assert_eq!(machine.status("/readyz"), "200");
    }),
    // The test of the tarball does this.
    ("cd tenon-VERSION-TARGET", |_, _| {}),
    ("bin/tenon serve --state-dir state", |_, _| {}),
    ("journalctl -u tenon", |reader, line| {
        let journal = reader.machine.sh(line);
        assert!(journal.contains("password"), "{journal}");
        let administrator = "stat --format '%U:%G %a' /var/lib/tenon/accounts.json";
        assert_eq!(reader.machine.sh(administrator).trim(), "tenon:tenon 600");
    }),
    ("sudo -u tenon tenon admin add vera --role viewer --as YOUR-ID", |reader, line| {
        reader.machine.sh(&format!("{line} --generate"));
    }),
    ("sudo -u tenon tenon admin token add vera ci --scope read,check --for 90d --as YOUR-ID", run),
    ("sudo -u tenon tenon host list", |reader, line| {
        // The host's own tables are there once somebody has healed.
        let samples = reader.packages.file("tenon-sample-plugins_", ".deb").file_name().unwrap().to_owned();
        reader.machine.sh(&format!("apt -y install /packages/{}", samples.to_str().unwrap()));
        install(reader, "identity");
        reader.machine.sh("sudo -u tenon tenon heal --as ops --yes");
        reader.machine.sh("systemctl restart tenon");
        assert!(reader.machine.sh(line).contains("debian"));
    }),
    ("sudo -u tenon tenon plan approve HASH --as ada", |reader, line| {
        let machine = &reader.machine;
        install(reader, "inventory");
        machine.sh("sudo -u tenon tenon heal --as ops --yes");
        machine.sql("ALTER TABLE inventory.item ADD COLUMN note text");
        machine.sh("sed -i 's/^#approvals = .*/approvals = 2/' /etc/tenon/tenon.toml");
        let id = finding(reader, "inventory.item.note");
        let plan =
            format!("sudo -u tenon tenon plan --json --repair {id} --allow drop-column:inventory.item.note");
        let hash = machine.json(&plan, 5)["hash"].as_str().unwrap().to_owned();
        fs::write(
            machine.path("/tmp/chosen"),
            format!("{hash} --repair {id} --allow drop-column:inventory.item.note"),
        )
        .unwrap();
        machine.sh(&line.replace("HASH", &fs::read_to_string(machine.path("/tmp/chosen")).unwrap()));
    }),
    ("sudo -u tenon tenon heal --plan-hash HASH --as bo", |reader, line| {
        let machine = &reader.machine;
        let chosen = fs::read_to_string(machine.path("/tmp/chosen")).unwrap();
        machine.sh(&format!("{} --yes", line.replace("HASH", &chosen)));
        machine.sh("sed -i 's/^approvals = 2/#approvals = 1/' /etc/tenon/tenon.toml");
        machine.sh("rm /usr/lib/tenon/plugins/libinventory.so");
        machine.sh("sudo -u tenon tenon ledger forget --as ops inventory --yes");
        machine.sql("DROP SCHEMA inventory CASCADE");
    }),
    ("systemctl edit tenon.socket", |reader, line| {
        let machine = &reader.machine;
        edit(reader, line, "[Socket]\nListenStream=\nListenStream=127.0.0.1:8420\n");
        assert!(machine.path("/etc/systemd/system/tenon.socket.d/override.conf").exists());
    }),
    ("systemctl stop tenon", run),
    ("systemctl enable --now tenon.socket", |reader, line| {
        reader.machine.sh(line);
        assert_eq!(reader.machine.unit("tenon.socket", "ActiveState"), "active");
        // A connection is enough to start it, and waits for that.
        assert_eq!(reader.machine.unit("tenon", "ActiveState"), "inactive");
        assert_eq!(reader.machine.status("/readyz"), "200");
    }),
    ("systemctl start tenon", |reader, line| {
        reader.machine.sh(line);
        assert_eq!(reader.machine.unit("tenon", "ActiveState"), "active");
    }),
    ("sudo -u tenon tenon psql --role superuser", |reader, line| {
        assert!(reader.machine.sh_with(line, "SELECT current_user;").contains("tenon-bootstrap"));
    }),
    ("systemctl edit tenon", |reader, line| {
        // Before the managed database is left for one of the reader's own: below.
        let machine = &reader.machine;
        edit(reader, line, "[Service]\nLoadCredential=database_url:/etc/tenon/database-url\n");
        machine.sh("systemctl revert tenon");
    }),
    (
        "systemd-run --pipe --wait --quiet --uid=tenon --property=LoadCredential=database_url:/etc/tenon/database-url tenon check",
        // A database of one's own comes last.
        |_, _| {},
    ),
    ("cp libinventory.so /usr/lib/tenon/plugins/.new", |reader, line| {
        reader.machine.sh(&format!("cd /usr/lib/tenon/sample-plugins && {line}"));
    }),
    ("mv /usr/lib/tenon/plugins/.new /usr/lib/tenon/plugins/libinventory.so", run),
    ("systemctl restart tenon", run),
    ("sudo -u tenon tenon plugin list", |reader, line| {
        let list = reader.machine.sh(line);
        assert!(list.contains("inventory") && list.contains("identity"), "{list}");
    }),
    ("sudo -u tenon tenon plugin inspect libinventory.so", |reader, line| {
        reader.machine.sh(&format!("cd /usr/lib/tenon/sample-plugins && {line}"));
    }),
    ("sudo -u tenon tenon plugin inspect --against ./tenon-new/bin/tenon", |reader, line| {
        reader.machine.sh(&line.replace("./tenon-new/bin/tenon", "/usr/bin/tenon"));
    }),
    ("sudo -u tenon tenon plugin release ID --as YOUR-ID", |reader, line| {
        let quarantine = "sudo -u tenon tenon plugin quarantine ID --reason TEXT --as YOUR-ID";
        reader
            .machine
            .sh(&quarantine.replace("quarantine ID", "quarantine inventory").replace("TEXT", "loud"));
        reader.machine.sh(&line.replace("release ID", "release inventory"));
    }),
    ("sudo -u tenon tenon notify test", |reader, line| {
        reader.machine.sh(
            "printf '\\n[[notify.command]]\\nname = \"page\"\\nrun = [\"/bin/true\"]\\n' >>/etc/tenon/tenon.toml",
        );
        reader.machine.sh(line);
    }),
    ("sudo -u tenon tenon job list", run),
    ("sudo -u tenon tenon job history", run),
    ("sudo -u tenon tenon event list", run),
    ("sudo -u tenon tenon plugin settings notifications", |reader, line| {
        install(reader, "todo");
        install(reader, "notifications");
        reader.machine.sh(line);
    }),
    ("sudo -u tenon tenon plugin settings notifications --set batch=20 --as YOUR-ID", |reader, line| {
        let machine = &reader.machine;
        machine.sh(line);
        let told = machine.sh("sudo -u tenon tenon plugin settings notifications");
        assert!(told.contains("20") && told.contains("YOUR-ID"), "{told}");
    }),
    ("sudo -u tenon tenon plugin settings notifications --unset batch --as YOUR-ID", |reader, line| {
        let machine = &reader.machine;
        machine.sh(line);
        machine.sh("rm /usr/lib/tenon/plugins/libtodo.so /usr/lib/tenon/plugins/libnotifications.so");
    }),
    ("sudo -u tenon tenon check", |reader, line| {
        let check = reader.machine.code(line, 2);
        assert!(check.contains("Inventory Plugin: 3 pending migrations"), "{check}");
    }),
    ("sudo -u tenon tenon plan", shows_work),
    ("sudo -u tenon tenon heal --as YOUR-ID", |reader, line| {
        agree(reader, line);
        reader.machine.sh("sudo -u tenon tenon check");
        reader.machine.sh("systemctl restart tenon");
        assert!(reader.machine.unit("tenon", "StatusText").starts_with("Healthy: "));
        assert_eq!(reader.machine.status("/plugins/inventory/items"), "200");
    }),
    ("sudo -u tenon tenon audit list", |reader, line| {
        assert!(reader.machine.sh(line).contains("YOUR-ID"));
    }),
    ("sudo -u tenon tenon plan --rehearse", |reader, line| {
        install(reader, "orders");
        shows_work(reader, line);
    }),
    ("sudo -u tenon tenon heal --dry-run --as YOUR-ID", agree),
    ("sudo -u tenon tenon heal --as YOUR-ID --repair 4be77e3d9936", |reader, line| {
        reader.machine.sh("sudo -u tenon tenon heal --as ops --yes");
        reader.machine.sql("ALTER TABLE inventory.item ALTER qty DROP DEFAULT");
        let id = finding(reader, "inventory.item.qty");
        agree(reader, &line.replace("4be77e3d9936", &id));
    }),
    ("sudo -u tenon tenon heal --as YOUR-ID --repair additive", |reader, line| {
        reader.machine.sql("ALTER TABLE inventory.item ALTER qty DROP DEFAULT");
        agree(reader, line);
    }),
    (
        "sudo -u tenon tenon heal --as YOUR-ID --repair 4be77e3d9936:rename --allow rename-column:inventory.item.remark",
        |reader, line| {
            reader.machine.sql("ALTER TABLE inventory.item RENAME meta TO remark");
            let id = finding(reader, "inventory.item.meta");
            agree(reader, &line.replace("4be77e3d9936", &id));
        },
    ),
    ("sudo -u tenon tenon baseline --as YOUR-ID --plugin inventory", |reader, line| {
        reader.machine.sql(
            "DELETE FROM tenon.migration WHERE plugin = 'inventory'; DELETE FROM tenon.reading WHERE plugin = 'inventory'",
        );
        agree(reader, line);
    }),
    ("sudo -u tenon tenon baseline --as YOUR-ID inventory/0001_items.sql", |reader, line| {
        let machine = &reader.machine;
        machine.sh("rm /usr/lib/tenon/plugins/liborders.so");
        machine.sql(
            "DROP SCHEMA orders CASCADE; DROP SCHEMA inventory CASCADE; \
             DELETE FROM tenon.migration WHERE plugin IN ('orders', 'inventory'); \
             DELETE FROM tenon.reading WHERE plugin IN ('orders', 'inventory')",
        );
        let first = format!("{WORK_TREE}/plugins/inventory/migrations/0001_items.sql");
        let first = fs::read_to_string(first).unwrap();
        machine.sql(&format!("SET ROLE \"tenon-owner\"; {first}"));
        agree(reader, line);
    }),
    ("sudo -u tenon tenon ledger forget --as YOUR-ID inventory", |reader, line| {
        reader.machine.sh("rm /usr/lib/tenon/plugins/libinventory.so");
        agree(reader, line);
    }),
    ("sudo -u tenon tenon finding list", |reader, line| {
        reader.machine.sql("DROP SCHEMA inventory CASCADE");
        install(reader, "inventory");
        reader.machine.sh("sudo -u tenon tenon heal --as ops --yes");
        reader.machine.sql("ALTER TABLE inventory.item ALTER qty DROP DEFAULT");
        reader.machine.sh(line);
    }),
    (
        "sudo -u tenon tenon finding acknowledge 4be77e3d9936 --reason \"until the import is done\" --for 7d --as YOUR-ID",
        |reader, line| {
            let id = finding(reader, "inventory.item.qty");
            reader.machine.sh(&line.replace("4be77e3d9936", &id));
            reader.machine.sh("sudo -u tenon tenon heal --as ops --yes --repair additive");
            reader.machine.sh("sudo -u tenon tenon check");
        },
    ),
    (
        "sudo -u tenon tenon fleet check --targets \"SELECT datname FROM pg_database WHERE datname = current_database()\"",
        run,
    ),
    ("sudo -u tenon tenon fleet plan --targets /etc/tenon/targets", |reader, line| {
        let database = reader.machine.sql("SELECT current_database()");
        fs::write(reader.machine.path("/etc/tenon/targets"), format!("{database}\n")).unwrap();
        run(reader, line);
    }),
    ("sudo -u tenon tenon fleet heal --targets /etc/tenon/targets --as YOUR-ID", |reader, line| {
        agree(reader, line);
        reader.machine.sh("rm /etc/tenon/targets");
    }),
    ("sudo -u tenon tenon audit list --admin ada --plugin inventory --result failed --since 2026-11-01", run),
    ("sudo -u tenon tenon backup /var/backups/tenon/before.tenon", |reader, line| {
        reader
            .machine
            .sql("INSERT INTO identity.account (email, display_name) VALUES ('ana@example.org', 'kept')");
        let said = reader.machine.sh(line);
        assert!(said.contains("verified"), "{said}");
        reader.machine.sql("DELETE FROM identity.account");
    }),
    ("systemctl stop tenon.socket tenon", |reader, line| {
        reader.machine.sh(line);
        assert_eq!(reader.machine.unit("tenon", "Result"), "success");
        assert_eq!(reader.machine.status("/readyz"), "000", "nothing listens");
    }),
    ("sudo -u tenon tenon restore /var/backups/tenon/before.tenon --replace --as YOUR-ID", |reader, line| {
        agree(reader, line);
        assert_eq!(reader.machine.sql("SELECT display_name FROM identity.account"), "kept");
    }),
    ("sudo -u tenon tenon check", run),
    ("systemctl start tenon", |reader, line| {
        let former = "SELECT datname FROM pg_database WHERE starts_with(datname, 'tenon_before_restore_')";
        let former = reader.machine.sql(former);
        reader.machine.sql(&format!("DROP DATABASE \"{former}\""));
        reader.machine.sh(line);
        assert_eq!(reader.machine.status("/plugins/inventory/items"), "200");
    }),
    ("systemctl stop tenon.socket tenon", run),
    ("sudo -u tenon tenon postgres upgrade --to 18 --as YOUR-ID", |reader, line| {
        // That of another version is not on this machine; the suite `backup` brings a database over.
        reader.machine.code(&format!("{line} --yes"), 3);
    }),
    ("systemctl start tenon", run),
    ("sudo -u tenon tenon doctor", run),
    ("sudo -u tenon tenon explain not-pinned", run),
    ("apt install ./tenon_NEWER_ARCH.deb", |reader, line| {
        let machine = &reader.machine;
        machine.sh(
            "echo mine >/etc/tenon/mine.pem && sed -i 's/^#every = .*/every = \"2m\"/' /etc/tenon/tenon.toml",
        );
        machine.sh("cd /packages && dpkg-deb --raw-extract tenon_*.deb raw && \
             sed -i 's/^Version: .*/Version: 9.9.9/' raw/DEBIAN/control && \
             dpkg-deb --build -Znone raw tenon_NEWER_ARCH.deb && rm -r raw");
        let kept = ["/etc/tenon/tenon.toml", "/var/lib/tenon/accounts.json"];
        let former = kept.map(|file| fs::read(machine.path(file)).unwrap());
        let process = machine.unit("tenon", "MainPID");
        machine.sh(&format!("cd /packages && {}", line.replace("apt", "apt -y")));
        let version = "dpkg-query --show --showformat='${Version} ${Status}' tenon";
        assert_eq!(machine.sh(version), "9.9.9 install ok installed");
        assert_eq!(kept.map(|file| fs::read(machine.path(file)).unwrap()), former);
        assert_eq!(machine.sh("stat --format '%U:%G %a' /etc/tenon/tenon.toml").trim(), "root:tenon 640");
        assert_ne!(machine.unit("tenon", "MainPID"), process, "a running service is restarted");
        assert_eq!(machine.status("/plugins/inventory/items"), "200");
        reload(machine);
        killed(machine);
    }),
    ("systemctl stop tenon.socket tenon", run),
    ("systemctl start tenon.socket tenon", |reader, line| {
        reader.machine.sh(line);
        for unit in ["tenon.socket", "tenon.service"] {
            assert_eq!(reader.machine.unit(unit, "ActiveState"), "active", "{unit}");
        }
        assert_eq!(reader.machine.status("/plugins/inventory/items"), "200");
    }),
    ("dpkg-deb --extract ./tenon_NEWER_ARCH.deb new", |reader, line| {
        reader.machine.sh(&format!("cd /packages && {line}"));
    }),
    ("sudo -u tenon tenon plugin inspect --against new/usr/bin/tenon", |reader, line| {
        reader.machine.sh(&format!("cd /packages && {line}"));
        for (inline, code) in INLINE {
            reader
                .machine
                .code(&format!("cd /usr/lib/tenon/sample-plugins && sudo -u tenon {inline}"), *code);
        }
    }),
    ("apt remove tenon", |reader, line| {
        let machine = &reader.machine;
        machine.sh(&line.replace("apt", "apt -y"));
        assert_eq!(machine.unit("tenon", "LoadState"), "not-found");
        assert!(!machine.path("/usr/bin/tenon").exists());
        for kept in
            ["/etc/tenon/tenon.toml", "/var/lib/tenon/accounts.json", "/usr/lib/tenon/plugins/libidentity.so"]
        {
            assert!(machine.path(kept).exists(), "{kept}");
        }
    }),
    ("apt purge tenon", |reader, line| {
        let machine = &reader.machine;
        let said = machine.sh(&line.replace("apt", "apt -y"));
        assert!(said.contains("/etc/tenon holds files of yours and was kept"), "{said}");
        assert!(said.contains("/var/lib/tenon holds the managed database and was kept"), "{said}");
        assert_eq!(fs::read_dir(machine.path("/etc/tenon")).unwrap().count(), 1);
        assert!(machine.path("/var/lib/tenon/postgres").exists());
    }),
];

/// What the guide says to run within a sentence, with what stands for something of the reader's own put in.
/// The commands that the steps have run are not among them.
const INLINE: &[(&str, i32)] = &[
    ("tenon admin passwd admin --generate --as YOUR-ID", 0),
    ("tenon admin token revoke vera ci --as YOUR-ID", 0),
    ("tenon audit resolve", 0),
    ("tenon audit verify", 0),
    ("tenon check -v", 0),
    ("tenon config check", 0),
    ("tenon event discard EVENT --as YOUR-ID", 64),
    ("tenon event retry --as YOUR-ID", 0),
    ("tenon explain CODE", 64),
    ("tenon heal --repair additive --yes --as YOUR-ID", 0),
    ("tenon job history ID JOB", 0),
    ("tenon job pause ID JOB --as YOUR-ID", 5),
    ("tenon job resume ID JOB --as YOUR-ID", 5),
    ("tenon job run ID JOB --as YOUR-ID", 5),
    ("tenon json-schema check", 0),
    ("tenon json-schema notify message", 0),
    ("tenon notify list", 0),
    ("tenon notify retry", 0),
    ("tenon openapi", 0),
    ("tenon plan --sql", 0),
    ("tenon plugin inspect --against /usr/bin/tenon libidentity.so", 0),
    ("tenon plugin list --explain", 0),
    ("tenon plugin pin --check", 2),
    ("tenon plugin role", 0),
    ("tenon psql -- -c 'TABLE tenon.migration'", 0),
];

/// What can be read again is, and the process stays; a configuration with a mistake changes nothing.
fn reload(machine: &Debian) {
    let process = machine.unit("tenon", "MainPID");
    machine.sh("sed -i 's/^#filter = .*/filter = \"info,tenon_host=debug\"/' /etc/tenon/tenon.toml");
    machine.sh("systemctl reload tenon");
    machine.sh("echo nonsense >>/etc/tenon/tenon.toml");
    machine.sh("systemctl reload tenon; sed -i '$d' /etc/tenon/tenon.toml; systemctl reload tenon");
    assert_eq!(machine.unit("tenon", "MainPID"), process);
    assert_eq!(machine.unit("tenon", "ActiveState"), "active");
    assert_eq!(machine.status("/readyz"), "200");
}

/// What dies is started again.
fn killed(machine: &Debian) {
    let process = machine.unit("tenon", "MainPID");
    machine.sh("systemctl kill --signal=KILL --kill-whom=main tenon");
    let end = Instant::now() + Duration::from_secs(60);
    while machine.unit("tenon", "MainPID") == process || machine.status("/readyz") != "200" {
        assert!(Instant::now() < end, "it was not started again");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn the_operators_guide_is_carried_out_from_top_to_bottom() {
    let guide = fs::read_to_string(format!("{WORK_TREE}/dist/README.md")).unwrap();
    let lines = guide.lines().filter_map(|line| line.strip_prefix("    ")).map(str::trim_start);
    let lines = lines.filter(|line| PROGRAMS.contains(&line.split(' ').next().unwrap_or_default()));
    let lines: Vec<_> = lines.map(|line| line.split("  #").next().unwrap_or(line).trim_end()).collect();
    assert_eq!(lines, STEPS.iter().map(|(line, _)| *line).collect::<Vec<_>>());
    let machine = match Debian::start() {
        Ok(machine) => machine,
        Err(why) => {
            return not_here(&format!("{why}: nothing was installed"));
        }
    };
    let packages = Packages::made(&["--deb"]);
    packages.copied_to(&machine.path("/packages"));
    let before = machine.files();
    let mut reader = Reader { machine, packages, before };
    for (line, step) in STEPS {
        eprintln!("{line}");
        step(&mut reader, line);
    }
    a_database_of_ones_own(&mut reader);
}

/// With the address as a credential of the unit; after that a purge leaves only what the administrator made.
fn a_database_of_ones_own(reader: &mut Reader) {
    let machine = &reader.machine;
    machine.sh("rm -r /var/lib/tenon");
    machine.sh("systemctl start postgresql@15-main || systemctl start postgresql");
    machine.sh_with(
        "cd / && sudo -u postgres psql -q",
        "CREATE ROLE app LOGIN PASSWORD 'secret'; CREATE DATABASE app OWNER app;",
    );
    machine.sh("mkdir -p /etc/tenon && echo postgresql://app:secret@127.0.0.1/app >/etc/tenon/database-url && chmod 600 /etc/tenon/database-url");
    machine.sh("apt -y install /packages/tenon_[0-8]*.deb");
    edit(reader, "systemctl edit tenon", "[Service]\nLoadCredential=database_url:/etc/tenon/database-url\n");
    // No command line makes a database of its own because it does not see the service's.
    machine.code("sudo -u tenon tenon heal --yes --as ops", 3);
    machine.sh("systemctl start tenon");
    assert_eq!(machine.status("/readyz"), "200");
    machine.sh("sudo -u tenon tenon heal --yes --as ops");
    let check = STEPS.iter().find(|(line, _)| line.starts_with("systemd-run")).unwrap().0;
    machine.sh("systemctl stop tenon");
    machine.sh(check);
    machine.sh("systemctl start tenon");
    let of_process = "for file in cmdline environ; do \
                      tr '\\0' ' ' </proc/$(systemctl show --property MainPID --value tenon)/$file; done";
    let words = machine.sh(of_process);
    assert!(words.contains("serve") && !words.contains("secret"), "{words}");
    let healed =
        machine.sh_with("sudo -u postgres psql -qAt app", "SELECT count(*) > 0 FROM tenon.migration");
    assert_eq!(healed.trim(), "t");
    machine.sh("echo mine >/var/lib/tenon/mine.tenon");
    machine.sh("systemctl stop tenon && systemctl revert tenon && apt -y purge tenon tenon-sample-plugins");
    let left: Vec<_> = machine.files().difference(&reader.before).cloned().collect();
    assert_eq!(
        left,
        [
            "/etc/tenon/database-url",
            "/etc/tenon/mine.pem",
            "/usr/lib/tenon/plugins/libidentity.so",
            "/usr/lib/tenon/plugins/libinventory.so",
            "/var/backups/tenon/before.tenon",
            "/var/lib/tenon/mine.tenon",
        ]
    );
}
