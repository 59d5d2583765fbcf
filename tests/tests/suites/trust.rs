//! Trust: files are loaded because an administrator pinned them, or because somebody trusted signed them; and
//! what happens to a file after that changes nothing.

use std::fs;

use minisign::KeyPair;
use tenon_tests::{ServeProcess, World};

/// Why plugins are out, by their codes: `inventory not-pinned`.
fn codes(world: &World) -> Vec<String> {
    let list = world.tenon(&["plugin", "list", "--json"]).json()["plugins"].clone();
    let problems = list.as_array().unwrap().iter().flat_map(|plugin| {
        let told = plugin["file_problems"].as_array().unwrap().iter();
        told.map(|problem| {
            format!("{} {}", plugin["id"].as_str().unwrap(), problem["code"].as_str().unwrap())
        })
    });
    problems.collect()
}

fn sign(keys: &KeyPair, world: &World, file: &str) {
    let path = world.plugin_dir().join(file);
    let signature = minisign::sign(None, &keys.sk, fs::File::open(&path).unwrap(), None, None).unwrap();
    fs::write(world.plugin_dir().join(format!("{file}.minisig")), signature.into_string()).unwrap();
}

#[test]
fn pinned_files_are_loaded_and_no_others() {
    let world = World::with(&["identity", "inventory"]);
    world.set("[plugins]\ntrust = \"pinned\"");
    assert_eq!(codes(&world), ["identity no-lock-file", "inventory no-lock-file"]);
    assert_eq!(world.tenon(&["plugin", "pin", "--check"]).code, 2);
    let run = world.tenon(&["plugin", "pin"]).expect_code(0);
    assert_eq!(run.out, "new      libidentity.so\nnew      libinventory.so\n");
    assert_eq!(codes(&world), Vec::<String>::new());
    world.tenon(&["plugin", "pin", "--check"]).expect_code(0);
    // sha256sum checks it as well.
    let mut check = std::process::Command::new("sha256sum");
    let check = check.args(["--check", "--strict", "../plugins.lock"]).current_dir(world.plugin_dir());
    assert!(check.output().unwrap().status.success());
    // Another version under the same name, and a file that was not there.
    world.upgrade("inventory", "inventory_1_0");
    world.install("reporting");
    assert_eq!(codes(&world)[..2], ["inventory pin-differs", "reporting not-pinned"]);
    let run = world.tenon(&["plugin", "pin", "--check"]).expect_code(2);
    assert_eq!(run.out, "changed  libinventory.so\nnew      libreporting.so\n");
    let run = world.tenon(&["plugin", "inspect", "plugins/libinventory.so"]);
    let refusal = run.out.lines().find(|line| line.contains("refusal")).unwrap();
    insta::assert_snapshot!(world.redact(refusal), @"  refusal  pin-differs: it is not the file that was pinned: [place]/plugins.lock has sha256 [sha256]; see who changed it; if it is right, `tenon plugin pin plugins/libinventory.so` pins it");
    // One alone is pinned.
    let run = world.tenon(&["plugin", "pin", "plugins/libinventory.so"]).expect_code(0);
    assert_eq!(run.out, "changed  libinventory.so\n");
    assert_eq!(codes(&world)[..1], ["reporting not-pinned"]);
    world.remove("identity");
    let run = world.tenon(&["plugin", "pin"]).expect_code(0);
    assert_eq!(run.out, "gone     libidentity.so\nnew      libreporting.so\n");
}

#[test]
fn a_lock_file_that_cannot_be_read_lets_nothing_in_and_the_host_tells() {
    let world = World::with(&["inventory"]);
    world.set("[plugins]\ntrust = \"pinned\"");
    fs::write(world.path().join("plugins.lock"), "nonsense\n").unwrap();
    let serving = world.serve();
    let list = serving.get_as_admin("/api/v1/plugins").expect_status(200).json();
    let told = list["plugins"][1]["problems"][0]["message"].as_str().unwrap().to_owned();
    assert!(told.contains("line 1 of the lock file"), "{told}");
    serving.log_in();
    let page = serving.get("/").expect_status(200).text;
    assert!(page.contains("no file is trusted"), "{page}");
}

#[test]
fn signed_files_are_loaded_and_no_others() {
    let world = World::with(&["identity", "inventory", "orders", "reporting"]);
    let (ours, theirs) =
        (KeyPair::generate_unencrypted_keypair().unwrap(), KeyPair::generate_unencrypted_keypair().unwrap());
    world.set(&format!("[plugins]\ntrust = \"signed\"\ntrusted_keys = [\"{}\"]", ours.pk.to_base64()));
    for file in ["libidentity.so", "libinventory.so"] {
        sign(&ours, &world, file);
    }
    sign(&theirs, &world, "liborders.so");
    // Another file under the signature.
    world.upgrade("inventory", "inventory_1_0");
    let told = codes(&world);
    assert_eq!(told, ["inventory bad-signature", "orders unknown-key", "reporting not-signed"]);
    let list = world.tenon(&["plugin", "list"]).expect_code(0).out;
    insta::assert_snapshot!(world.redact(list.split_once("\n\n").unwrap().1), @r###"
    inventory: libinventory.so: [place]/plugins/libinventory.so.minisig is not a signature of this file: The signature verification failed
      remedy: install the file and its signature as they were published, or sign it: `minisign -Sm FILE`

    orders: liborders.so: [place]/plugins/liborders.so.minisig is by a key that is not trusted here
      remedy: if you trust whoever signed it, add their public key to plugins.trusted_keys

    reporting: libreporting.so: there is no signature [place]/plugins/libreporting.so.minisig
      remedy: install the file and its signature as they were published, or sign it: `minisign -Sm FILE`
    "###);
    fs::write(world.plugin_dir().join("libinventory.so.minisig"), "scribble").unwrap();
    assert_eq!(codes(&world)[0], "inventory bad-signature");
    sign(&ours, &world, "libinventory.so");
    assert_eq!(codes(&world), ["orders unknown-key", "reporting not-signed"]);

    // Whoever looks sees by whom.
    let key = u64::from_le_bytes(ours.pk.keynum().try_into().unwrap());
    let key = format!("{key:016X}");
    let run = world.tenon(&["plugin", "inspect", "plugins/libinventory.so"]).expect_code(0);
    assert!(run.out.contains(&format!("by key {key}: timestamp:")), "{}", run.out);
    let serving = world.serve();
    let plugin = serving.get_as_admin("/api/v1/plugins/inventory").expect_status(200).json();
    assert_eq!(plugin["signature"]["key"], key, "{plugin:#}");
    assert!(plugin["signature"]["comment"].as_str().unwrap().starts_with("timestamp:"), "{plugin:#}");
    let states: Vec<_> =
        plugin["migration_states"].as_array().unwrap().iter().map(|one| one["state"].as_str()).collect();
    assert!(!states.is_empty() && states.iter().all(|state| *state == Some("pending")), "{plugin:#}");
    assert_eq!(serving.get_as_admin("/api/v1/plugins/nobody").expect_status(404).json()["code"], "no_plugin");
    serving.log_in().expect_status(200);
    let page = serving.get("/plugin/inventory").expect_status(200).text;
    assert!(page.contains(&format!("by key <code>{key}</code>")), "{page}");
}

#[test]
fn a_configuration_that_trusts_nobody_is_refused() {
    let world = World::with(&[]);
    world.set("[plugins]\ntrust = \"signed\"");
    let run = world.tenon(&["plugin", "list"]).expect_code(5);
    assert!(run.err.contains("plugins.trusted_keys"), "{run:#?}");
    world.set("trusted_keys = [\"no key\"]");
    let run = world.tenon(&["plugin", "list"]).expect_code(5);
    assert!(run.err.contains("\"no key\" is no public key of minisign"), "{run:#?}");
}

/// What the API and the page say of the file on the disk.
fn waiting(serving: &ServeProcess) -> String {
    let list = serving.get_as_admin("/api/v1/plugins").expect_status(200).json();
    let plugin =
        list["plugins"].as_array().unwrap().iter().find(|plugin| plugin["id"] == "inventory").unwrap();
    let told = plugin["waiting"].as_str().unwrap_or("nothing").to_owned();
    let page = serving.get("/").expect_status(200).text;
    let words = ["A newer file is waiting", "The file is gone", "The file cannot be read any more"];
    let shown: Vec<_> = words.into_iter().filter(|words| page.contains(words)).collect();
    format!("{told}; page: {}", shown.join(", "))
}

#[test]
fn whatever_happens_to_a_file_under_a_serving_host_waits_for_the_next_start() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    let serving = world.serve();
    serving.log_in();
    let file = world.plugin_dir().join("libinventory.so");
    let good = fs::read(&file).unwrap();
    let answers = || serving.get("/plugins/inventory/items").expect_status(200);
    answers();
    assert_eq!(waiting(&serving), "nothing; page: ");
    // The same bytes anew are nothing new.
    world.write_library("libinventory.so", &good);
    assert_eq!(waiting(&serving), "nothing; page: ");
    let newer = "newer; page: A newer file is waiting";
    // Overwritten in place.
    fs::write(&file, vec![0; good.len()]).unwrap();
    answers();
    assert_eq!(waiting(&serving), newer);
    // Truncated.
    fs::File::options().write(true).open(&file).unwrap().set_len(100).unwrap();
    answers();
    assert_eq!(waiting(&serving), newer);
    // Replaced by another version.
    world.upgrade("inventory", "inventory_1_0");
    answers();
    assert_eq!(waiting(&serving), newer);
    // Deleted.
    fs::remove_file(&file).unwrap();
    answers();
    assert_eq!(waiting(&serving), "gone; page: The file is gone");
    // And back.
    world.write_library("libinventory.so", &good);
    answers();
    assert_eq!(waiting(&serving), "nothing; page: ");
    world.upgrade("inventory", "inventory_1_0");
    assert_eq!(serving.stop(), 0);
    let serving = world.serve();
    let list = serving.get_as_admin("/api/v1/plugins").expect_status(200).json();
    assert_eq!(list["plugins"][1]["version"], "1.0.0");
}

#[test]
fn of_a_file_that_was_refused_or_not_there_it_is_told_that_one_is_waiting() {
    let world = World::with(&[]);
    world.write_library("libinventory.so", b"no library");
    let serving = world.serve();
    let told = || {
        let list = serving.get_as_admin("/api/v1/plugins").expect_status(200).json();
        list["plugins"][1]["waiting"].clone()
    };
    assert_eq!(told(), serde_json::Value::Null);
    world.install("inventory");
    assert_eq!(told(), "newer");
    // And one that was not there at all.
    world.install("identity");
    let list = serving.get_as_admin("/api/v1/plugins").expect_status(200).json();
    let new = list["new_files"].as_array().unwrap();
    assert!(new.len() == 1 && new[0].as_str().unwrap().ends_with("plugins/libidentity.so"), "{new:?}");
    serving.log_in();
    assert!(serving.get("/").expect_status(200).text.contains("A new file is waiting"));
}
