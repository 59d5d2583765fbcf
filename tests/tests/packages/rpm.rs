//! The packages for RPM, lived with: Debian has `rpm` too, and with its packages that does what it does
//! elsewhere.

use std::fs;

use crate::debian::Debian;
use crate::made::Packages;
use crate::not_here;

/// The units, and how `systemctl` says that one is not enabled, and not active.
const UNITS: [&str; 2] = ["tenon.service", "tenon.socket"];
const NOT_ENABLED: i32 = 1;
const NOT_ACTIVE: i32 = 3;

#[test]
fn packages_for_rpm_are_installed_upgraded_and_erased() {
    let machine = match Debian::start() {
        Ok(machine) => machine,
        Err(why) => return not_here(&format!("{why}: nothing was installed with rpm")),
    };
    Packages::made(&["--rpm"]).copied_to(&machine.path("/packages"));
    Packages::of_version("9.9.9", &["--rpm"]).copied_to(&machine.path("/newer"));
    let before = machine.files();
    installed(&machine);
    upgraded(&machine);
    erased(&machine);
    let left: Vec<_> = machine.files().difference(&before).cloned().collect();
    let (kept, others): (Vec<_>, Vec<_>) = left.iter().partition(|file| file.starts_with("/var/lib/tenon/"));
    assert!(kept.iter().any(|file| file.ends_with("/accounts.json")), "{kept:?}");
    assert_eq!(others, ["/etc/tenon/tenon.toml.rpmsave", "/usr/lib/tenon/plugins/libidentity.so"]);
}

/// The user and the directories are made, and nothing is started or enabled.
fn installed(machine: &Debian) {
    let said = machine.sh("rpm --install --nodeps /packages/tenon-[0-9]*.rpm /packages/tenon-sample-*.rpm");
    assert!(said.contains("look at /etc/tenon/tenon.toml, then run: systemctl enable --now tenon"), "{said}");
    let user = machine.sh("getent passwd tenon");
    assert!(user.ends_with(":Tenon plugin host:/var/lib/tenon:/usr/sbin/nologin\n"), "{user}");
    assert_eq!(machine.sh("id --name --groups tenon").trim(), "tenon");
    for (path, owned) in [
        ("/etc/tenon", "root:tenon 750"),
        ("/etc/tenon/tenon.toml", "root:tenon 640"),
        ("/var/lib/tenon", "tenon:tenon 750"),
        ("/var/backups/tenon", "tenon:tenon 750"),
        ("/usr/lib/tenon/plugins", "root:root 755"),
        ("/usr/bin/tenon", "root:root 755"),
        ("/usr/lib/systemd/system/tenon.service", "root:root 644"),
        ("/usr/lib/systemd/system/tenon.socket", "root:root 644"),
        ("/usr/share/zsh/site-functions/_tenon", "root:root 644"),
    ] {
        assert_eq!(machine.sh(&format!("stat --format '%U:%G %a' {path}")).trim(), owned, "{path}");
    }
    for unit in UNITS {
        assert_eq!(machine.unit(unit, "LoadState"), "loaded", "{unit}");
        machine.code(&format!("systemctl is-enabled {unit}"), NOT_ENABLED);
        machine.code(&format!("systemctl is-active {unit}"), NOT_ACTIVE);
    }
    // Nothing on the disk is otherwise than the package has it.
    assert_eq!(machine.sh("rpm --verify --nodeps tenon tenon-sample-plugins"), "");
}

/// A service that stands still stays so; one that runs is restarted, and what the administrator said is kept.
fn upgraded(machine: &Debian) {
    machine.sh("cp /usr/lib/tenon/sample-plugins/libidentity.so /usr/lib/tenon/plugins/");
    machine.sh("sed -i 's/^#every = .*/every = \"2m\"/' /etc/tenon/tenon.toml");
    machine.sh("rpm --upgrade --nodeps --replacepkgs /packages/tenon-[0-9]*.rpm");
    for unit in UNITS {
        machine.code(&format!("systemctl is-active {unit}"), NOT_ACTIVE);
    }
    machine.sh("systemctl enable --now tenon.socket && systemctl enable --now tenon");
    machine.sh("sudo -u tenon tenon heal --yes --as ops");
    machine.sh("systemctl restart tenon");
    assert_eq!(machine.status("/plugins/identity/accounts"), "200");
    let configuration = fs::read(machine.path("/etc/tenon/tenon.toml")).unwrap();
    let process = machine.unit("tenon", "MainPID");
    let said = machine.sh("rpm --upgrade --nodeps /newer/tenon-9*.rpm /newer/tenon-sample-*.rpm");
    assert!(!said.contains("enable --now"), "{said}");
    assert_eq!(machine.sh("rpm --query tenon").trim(), format!("tenon-9.9.9-1.{}", std::env::consts::ARCH));
    assert_ne!(machine.unit("tenon", "MainPID"), process, "a running service is restarted");
    assert_eq!(machine.status("/plugins/identity/accounts"), "200");
    assert_eq!(fs::read(machine.path("/etc/tenon/tenon.toml")).unwrap(), configuration);
    assert!(!machine.path("/etc/tenon/tenon.toml.rpmnew").exists());
    for unit in UNITS {
        assert_eq!(machine.unit(unit, "ActiveState"), "active", "{unit}");
        machine.sh(&format!("systemctl is-enabled {unit}"));
    }
}

/// The service is stopped and forgotten. The state, the user and what the administrator wrote are kept.
fn erased(machine: &Debian) {
    machine.sh("rpm --erase tenon tenon-sample-plugins");
    for unit in UNITS {
        assert_eq!(machine.unit(unit, "LoadState"), "not-found", "{unit}");
        assert_eq!(machine.unit(unit, "ActiveState"), "inactive", "{unit}");
    }
    assert_eq!(machine.sh("find /etc/systemd -name 'tenon*'"), "", "no link of an enabled unit");
    assert_eq!(machine.status("/readyz"), "000", "nothing listens");
    assert_eq!(machine.sh("find /proc -maxdepth 1 -user tenon"), "", "its database has ended too");
    assert!(machine.sh("cat /etc/tenon/tenon.toml.rpmsave").contains("every = \"2m\""));
    machine.sh("getent passwd tenon");
}
