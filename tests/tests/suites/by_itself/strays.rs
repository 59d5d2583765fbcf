//! Files that are refused beside a healthy plugin's own: whatever they say they are, it makes no difference
//! to it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tenon_tests::{World, artifacts, some_of};

/// What somebody left in a plugin directory.
#[derive(Debug, Clone, Copy)]
enum Stray {
    OtherArchitecture,
    /// An upload that was cut off after these parts in a hundred.
    HalfUpload(usize),
    WritableByOthers,
    NoLibrary,
    Empty,
    /// A link that leads nowhere.
    Dangling,
}

const STRAYS: [Stray; 7] = [
    Stray::OtherArchitecture,
    Stray::HalfUpload(99),
    Stray::HalfUpload(50),
    Stray::WritableByOthers,
    Stray::NoLibrary,
    Stray::Empty,
    Stray::Dangling,
];

impl Stray {
    fn put(self, path: &Path) {
        let mut bytes = fs::read(artifacts::library("inventory")).unwrap();
        match self {
            // EM_AARCH64, EM_X86_64 (elf(5)).
            Self::OtherArchitecture => bytes[18] = if bytes[18] == 183 { 62 } else { 183 },
            Self::HalfUpload(percent) => bytes.truncate(bytes.len() * percent / 100),
            // Another build of the same version: no copy.
            Self::WritableByOthers => bytes.extend(b" "),
            Self::NoLibrary => bytes = b"no library".to_vec(),
            Self::Empty => bytes.clear(),
            Self::Dangling => return std::os::unix::fs::symlink("/nowhere/libinventory.so", path).unwrap(),
        }
        fs::write(path, bytes).unwrap();
        let mode = if matches!(self, Self::WritableByOthers) { 0o666 } else { 0o644 };
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
}

/// Three plugins at work, one of which requires the others, in production, where it counts who can write a
/// file. The directory `before` comes before that of the plugins.
fn shop() -> World {
    let world = World::with(&["identity", "inventory", "orders"]);
    drop(world.heal_and_prove(&["identity", "inventory", "orders"]));
    fs::create_dir(world.path().join("before")).unwrap();
    let settings =
        "environment = \"production\"\nplugin_dir = [\"before\", \"plugins\"]\nstate_dir = \"state\"\n";
    fs::write(world.path().join("tenon.toml"), settings).unwrap();
    world
}

fn plugin<'a>(plugins: &'a Value, id: &str) -> &'a Value {
    plugins
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == id)
        .unwrap_or_else(|| panic!("no {id}: {plugins:#}"))
}

#[test]
fn a_refused_file_harms_no_healthy_plugin_and_the_page_says_what_is_served_from_which_file() {
    let world = shop();
    let places = ["plugins/aaa.so", "plugins/libzzz.so", "before/libinventory.so", "before/libother.so"];
    for (number, stray) in STRAYS.into_iter().enumerate() {
        // In the short form one of the places, each in its turn.
        let in_turn = places.into_iter().cycle().skip(number).take(places.len());
        for place in some_of(in_turn, places.len()) {
            let file = world.path().join(place);
            stray.put(&file);
            let told = format!("{stray:?} as {place}");
            serves(&world, &file, &told);
            fs::remove_file(&file).unwrap();
        }
    }
    world.tenon(&["check"]).expect_code(0);
}

/// The plugins serve, from their own files, and the stray one is told of by its own.
fn serves(world: &World, file: &Path, told: &str) {
    let own = world.plugin_dir().canonicalize().unwrap().join("libinventory.so");
    let is_own = |shown: &Value| Path::new(shown.as_str().unwrap()).canonicalize().unwrap() == own;
    let is_stray = |shown: &Value| same_place(Path::new(shown.as_str().unwrap()), file);
    let serving = world.serve();
    for path in ["/plugins/inventory/items", "/plugins/identity/accounts", "/plugins/orders/orders"] {
        assert_eq!(serving.get(path).status, 200, "{told}: {path}");
    }
    let report = serving.get_as_admin("/api/v1/health").expect_status(200).json();
    assert_eq!(report["status"], "degraded", "{told}");
    let (mut well, mut out) = (Vec::new(), Vec::new());
    for one in report["plugins"].as_array().unwrap() {
        if one["serving"] == "out" {
            out.push(one);
        } else {
            well.push(one);
        };
    }
    assert!(well.len() == 4 && well.iter().all(|one| one["status"] == "healthy"), "{told}: {report:#}");
    assert!(is_own(&plugin(&report["plugins"], "inventory")["file"]), "{told}: {report:#}");
    assert!(
        out.len() == 1 && is_stray(&out[0]["file"]) && out[0]["status"] == "degraded",
        "{told}: {out:#?}"
    );
    let plugins = &serving.get_as_admin("/api/v1/plugins").expect_status(200).json()["plugins"];
    assert!(is_own(&plugin(plugins, "inventory")["file"]), "{told}");
    let beside: Vec<_> = plugins.as_array().unwrap().iter().filter(|one| one["usable"] == false).collect();
    assert!(beside.len() == 1 && is_stray(&beside[0]["file"]), "{told}: {beside:#?}");
    serving.log_in().expect_status(200);
    let page = serving.get("/").expect_status(200).text;
    let shown = |file: &Value| format!("<code class=\"file\">{}</code>", file.as_str().unwrap());
    let served = format!("serving · from {}", shown(&plugin(plugins, "inventory")["file"]));
    let refused = format!("not served: {}", shown(&beside[0]["file"]));
    assert!(page.contains(&served) && page.contains(&refused), "{told}: {page}");
    assert_eq!(serving.stop(), 0);
    let list = world.tenon(&["plugin", "list"]).expect_code(0).out;
    let row = |word: &str| {
        list.lines().find(|line| line.contains(word)).unwrap_or_else(|| panic!("{told}: {list}"))
    };
    assert!(row(" usable").contains("libinventory.so") || list.contains("plugins/libinventory.so"), "{list}");
    assert!(row("not usable").contains(file.file_name().unwrap().to_str().unwrap()), "{told}: {list}");
    world.tenon(&["check"]).expect_code(2);
    world.tenon(&["check", "--plugin", "inventory"]).expect_code(0);
}

fn same_place(a: &Path, b: &Path) -> bool {
    let place = |path: &Path| -> PathBuf {
        path.parent().unwrap().canonicalize().unwrap().join(path.file_name().unwrap())
    };
    place(a) == place(b)
}

#[test]
fn a_file_that_is_not_pinned_or_does_harm_when_it_is_loaded_takes_the_id_from_nobody() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    // One that a start has put into quarantine.
    world.install_as("inventory_1_0", "libaaa.so");
    let settings = "plugin_dir = \"plugins\"\nstate_dir = \"state\"\n[plugins]\ntrust = \"pinned\"\n";
    fs::write(world.path().join("tenon.toml"), settings).unwrap();
    world.tenon(&["plugin", "pin", "plugins/libinventory.so"]).expect_code(0);
    let serving = world.serve();
    assert_eq!(serving.get("/plugins/inventory/items").status, 200);
    let plugins = &serving.get_as_admin("/api/v1/plugins").expect_status(200).json()["plugins"];
    let beside = plugin(plugins, "f_aaa");
    assert_eq!((&beside["beside"], &beside["usable"]), (&"inventory".into(), &false.into()), "{beside:#}");
    let codes = |one: &Value| -> Vec<String> {
        let problems = one["file_problems"].as_array().unwrap();
        problems.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(beside)[0], "not-pinned");
    assert!(codes(plugin(plugins, "inventory")).contains(&"refused-beside".to_owned()), "{plugins:#}");
    let told = beside["problems"][0]["message"].as_str().unwrap();
    assert!(
        told.contains("is refused and not served") && told.contains("(inventory) is served from"),
        "{told}"
    );
    drop(serving);
    let pinned = world.tenon(&["check", "--plugin", "inventory"]).expect_code(0);
    assert!(!pinned.out.contains("missing"), "{}", pinned.out);
}

#[test]
fn a_library_that_is_kept_out_leaves_its_place_to_the_next_of_its_name() {
    let world = shop();
    let file = world.path().join("before/libinventory.so");
    let mut bytes = fs::read(artifacts::library("inventory")).unwrap();
    bytes.extend(b" ");
    fs::write(&file, &bytes).unwrap();
    let sha256 = tenon_migrations_core::migration::Checksum::of(&bytes).to_string();
    let quarantine = world.path().join("state/quarantine");
    fs::create_dir_all(&quarantine).unwrap();
    let kept_out = serde_json::json!({
        "plugin": "inventory", "name": "Inventory Plugin", "file": file, "sha256": sha256, "why": "crashed",
        "reason": "it ended the host", "since": "2026-03-01T00:00:00Z",
    });
    fs::write(quarantine.join(format!("{sha256}.json")), kept_out.to_string()).unwrap();
    serves(&world, &file, "in quarantine");
    let serving = world.serve();
    serving.log_in().expect_status(200);
    // The page releases the library by the plugin's id, and nothing is served from it before the next start.
    let page = serving.get("/").text;
    assert!(
        page.contains("name=\"plugin\" value=\"inventory\"><button type=\"submit\" data-busy=\"Releasing"),
        "{page}"
    );
    serving.post_form("/release", &[("plugin", "inventory")]).expect_status(200);
    assert_eq!(serving.get("/plugins/inventory/items").status, 200);
    drop(serving);
    let list = world.tenon(&["plugin", "list", "--json"]).expect_code(0).json()["plugins"].clone();
    let served = plugin(&list, "inventory")["file"].as_str().unwrap().to_owned();
    assert!(same_place(Path::new(&served), &file), "{served}");
    world.tenon(&["check"]).expect_code(0);
}

#[test]
fn a_copy_is_no_other_plugin_and_two_different_files_of_one_id_are_both_out_as_ever() {
    let world = shop();
    world.install_as("inventory", "libcopy.so");
    let serving = world.serve();
    assert_eq!(serving.get("/plugins/inventory/items").status, 200);
    let plugins = serving.get_as_admin("/api/v1/plugins").expect_status(200).json();
    assert_eq!(plugins["new_files"], serde_json::json!([]), "{plugins:#}");
    let own = plugin(&plugins["plugins"], "inventory");
    assert!(own["file_problems"].to_string().contains("same-bytes"), "{own:#}");
    assert_eq!(serving.get_as_admin("/api/v1/health").json()["status"], "healthy");
    drop(serving);
    world.tenon(&["plugin", "inspect"]).expect_code(0);
    world.install_as("inventory_1_0", "libcopy.so");
    let serving = world.serve();
    assert_eq!(serving.get("/plugins/inventory/items").status, 503);
    let report = serving.get_as_admin("/api/v1/health").json();
    assert!(report.to_string().contains("the id inventory is claimed by"), "{report:#}");
}

#[test]
fn a_stray_file_takes_no_threads_from_a_plugin_that_is_alone() {
    let world = World::with(&["inventory"]);
    drop(world.heal_and_prove(&["inventory"]));
    world.set("[database]\npool_size = 4\n[plugins]\nthreads = 3");
    let threads = || {
        let serving = world.serve();
        let tasks = fs::read_dir(format!("/proc/{}/task", serving.pid())).unwrap();
        let names =
            tasks.map(|task| fs::read_to_string(task.unwrap().path().join("comm")).unwrap_or_default());
        names.filter(|name| name.trim() == "plg:inventory").count()
    };
    let alone = threads();
    assert!(alone >= 3, "{alone}");
    world.write_library("libaaa.so", b"no library");
    assert_eq!(threads(), alone);
}
