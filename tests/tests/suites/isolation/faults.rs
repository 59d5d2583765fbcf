//! What becomes of a plugin that panics, hangs, or takes the host with it.

use std::fs;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tenon_tests::{Lacks, World, artifacts, nobody_runs_again, on_a_kernel_that};

use super::{act, gallery, plugin, rogue, why_out, world};

#[test]
fn a_plugin_that_ends_the_host_while_it_is_loaded_is_kept_out_by_the_next_start() {
    let orders = [
        "constructor exit",
        "constructor segfault",
        "constructor sleep",
        "init exit-at-once",
        "init abort",
        "init double-panic",
        "init recurse",
        "init loop",
    ];
    let told = orders.map(|order| {
        let world = World::with(&[]);
        world.set("[plugins]\nload_timeout = \"1s\"");
        let (place, deed) = order.split_once(' ').unwrap();
        world.write_library("librogue.so", &artifacts::rogue(place, deed));
        let first = world.try_tenon_once(&["plugin", "list"]);
        assert!(!first.starts_with("exit status: 0"), "{order}: {first}");
        let ends = first.lines().filter(|line| line.starts_with("tenon: ")).collect::<Vec<_>>().join("\n");
        (order, world.redact(&format!("{ends}\n{}", why_out(&world))))
    });
    insta::assert_snapshot!(gallery(told));
}

/// What lies in the folder of the libraries that are being opened.
fn being_opened(world: &World) -> usize {
    fs::read_dir(world.path().join("state/quarantine/opening")).map_or(0, Iterator::count)
}

#[test]
fn however_the_process_dies_while_a_plugin_is_loaded_the_next_start_comes_up_without_it() {
    // Nobody in the process hears of any of them, and the last but one looks like an end in order. Signals
    // that a plugin sends are refused where the kernel has filters.
    let orders: [(&str, &[Lacks]); 8] = [
        ("constructor segfault-unseen", &[]),
        ("init segfault-unseen", &[]),
        ("constructor recurse-unseen", &[]),
        ("constructor segfault", &[Lacks::Listener]),
        ("init recurse", &[Lacks::Listener]),
        ("constructor kill", &[Lacks::Seccomp]),
        ("constructor terminate", &[Lacks::Seccomp]),
        ("init kill", &[Lacks::Seccomp]),
    ];
    for (order, lacks) in orders {
        let world = World::with(&["inventory"]);
        let (place, deed) = order.split_once(' ').unwrap();
        world.write_library("librogue.so", &artifacts::rogue(place, deed));
        let list = || on_a_kernel_that(lacks, || world.try_tenon_once(&["plugin", "list"]));
        let first = list();
        assert!(first.starts_with("signal: "), "{order}: {first}");
        let second = world.tenon(&["plugin", "list"]).expect_code(0);
        assert!(second.out.contains("inventory  Inventory Plugin  1.2.0    usable"), "{second:#?}");
        let told = "because the host ended while it was being loaded";
        assert!(
            second.out.contains(told) && second.out.contains("tenon plugin release rogue"),
            "{second:#?}"
        );
        assert_eq!(being_opened(&world), 0, "{order}");
        // Whoever releases it has it loaded again, with what comes of that.
        world.tenon(&["plugin", "release", "rogue"]).expect_code(0);
        assert!(list().starts_with("signal: "), "{order}");
        // Released before any other start.
        world.tenon(&["plugin", "release", "rogue"]).expect_code(0);
        world.tenon(&["plugin", "release", "rogue"]).expect_code(5);
    }
}

#[test]
fn a_host_that_is_killed_while_it_loads_a_plugin_keeps_it_out_and_one_that_is_asked_to_end_does_not() {
    for (signal, kept_out) in [("-KILL", true), ("-TERM", false), ("-INT", false), ("-HUP", false)] {
        let world = World::with(&[]);
        world.write_library("librogue.so", &artifacts::rogue("constructor", "nap"));
        let mut first = world.command();
        let _parent = nobody_runs_again(&mut first);
        let mut first = first.args(["plugin", "list"]).spawn().unwrap();
        while being_opened(&world) == 0 {
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(Duration::from_millis(200));
        let sent =
            std::process::Command::new("kill").args([signal, &first.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert!(!first.wait().unwrap().success(), "{signal}");
        assert_eq!(being_opened(&world), usize::from(kept_out), "{signal}");
        let second = world.tenon(&["plugin", "list"]).expect_code(i32::from(kept_out));
        assert_eq!(second.out.contains("while it was being loaded"), kept_out, "{signal}: {second:#?}");
        assert_eq!(being_opened(&world), 0, "{signal}");
    }
}

/// A host is killed while it loads the plugin, and as far as its marker says so was the machine, in that
/// start of it.
fn the_machine_ends(world: &World, boot: &str) {
    let mut first = world.command();
    let _parent = nobody_runs_again(&mut first);
    let mut first = first.args(["plugin", "list"]).spawn().unwrap();
    let opening = world.path().join("state/quarantine/opening");
    let until = Instant::now() + Duration::from_secs(60);
    // What was there before is taken up before anything is opened.
    let markers = || -> Vec<_> {
        let files = fs::read_dir(&opening).into_iter().flatten().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        files.filter_map(|path| Some((fs::read_to_string(&path).ok()?, path))).collect()
    };
    let is_new =
        |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok() && !text.contains("day\"");
    while !markers().iter().any(|(text, _)| is_new(text)) {
        assert!(Instant::now() < until, "it opens nothing: {:?}", first.try_wait());
        thread::sleep(Duration::from_millis(5));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    // It may have been at the next step already, before it has let go of the one that was seen.
    for (text, marker) in markers().into_iter().filter(|(text, _)| is_new(text)) {
        let mut noted: serde_json::Value = serde_json::from_str(&text).unwrap();
        let now = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        assert_eq!(noted["boot"], now.trim(), "{noted:#}");
        noted["boot"] = json!(boot);
        fs::write(&marker, noted.to_string()).unwrap();
    }
    // Or further: the file of its calls says of which boot it is behind its first sixteen bytes.
    for entry in fs::read_dir(world.path().join("state/quarantine/running")).into_iter().flatten() {
        let mut bytes = [0; 40];
        bytes[..boot.len()].copy_from_slice(boot.as_bytes());
        let calls = fs::OpenOptions::new().write(true).open(entry.unwrap().path()).unwrap();
        calls.write_all_at(&bytes, 16).unwrap();
    }
}

#[test]
fn a_machine_that_ends_while_a_plugin_is_loaded_keeps_it_out_only_if_it_does_so_twice_in_a_row() {
    let world = World::with(&[]);
    world.write_library("librogue.so", &artifacts::rogue("constructor", "nap"));
    let list = |code| world.tenon(&["plugin", "list"]).expect_code(code).out;
    the_machine_ends(&world, "monday");
    // Loaded well, which begins anew.
    assert!(!list(0).contains("quarantine"));
    the_machine_ends(&world, "tuesday");
    let serving = world.serve();
    serving.logged("that the machine ended", |event| {
        event["plugin"] == "rogue"
            && event["message"].as_str().is_some_and(|told| told.contains("the machine ended while"))
    });
    // What is ended while it loads a plugin has not loaded it well.
    assert_eq!(act(&serving, "hello"), "hello");
    drop(serving);
    the_machine_ends(&world, "wednesday");
    the_machine_ends(&world, "thursday");
    let told = list(1);
    assert!(
        told.contains("the machine ended while it was being loaded, and so it did the time before"),
        "{told}"
    );
    world.tenon(&["plugin", "release", "rogue"]).expect_code(0);
    assert!(!list(0).contains("quarantine"));
}

#[test]
fn hosts_that_load_the_same_plugin_at_the_same_time_do_not_keep_it_out_for_each_other() {
    let world = World::with(&["inventory"]);
    world.write_library("librogue.so", &artifacts::rogue("constructor", "nap"));
    let list = || world.tenon(&["plugin", "list"]).expect_code(0);
    let other = |_| {
        thread::sleep(Duration::from_millis(300));
        list()
    };
    let runs: Vec<_> = thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|number| scope.spawn(move || other(number))).collect();
        while being_opened(&world) == 0 {
            thread::sleep(Duration::from_millis(5));
        }
        let mut all = vec![list()];
        all.extend(runs.into_iter().map(|run| run.join().unwrap()));
        all
    });
    for run in runs {
        assert!(run.out.contains("rogue      Rogue Plugin") && !run.out.contains("quarantine"), "{run:#?}");
    }
    assert_eq!(being_opened(&world), 0);
}

/// What is told of the plugins that are in quarantine, one a line.
fn in_quarantine(world: &World) -> String {
    let list = world.tenon(&["plugin", "list", "--json"]).json()["plugins"].clone();
    let told = list.as_array().unwrap().iter().filter(|one| !one["quarantined"].is_null());
    told.map(|one| {
        let (id, reason) = (one["id"].as_str().unwrap(), one["quarantined"]["reason"].as_str().unwrap());
        format!("{id}: {reason}\n")
    })
    .collect()
}

#[test]
fn however_the_host_dies_in_a_call_the_next_start_knows_whose_it_was() {
    for deed in ["segfault-unseen", "recurse-unseen", "on-a-thread/segfault-unseen"] {
        let (world, serving) = rogue();
        assert_eq!(act(&serving, "hello"), "hello");
        serving.get("/plugins/inventory/items").expect_status(200);
        let ended = serving.another().try_post_as_admin(&format!("/plugins/rogue/{deed}"), &json!({}));
        assert!(ended.is_err(), "{deed}: {ended:?}");
        drop(serving);
        let route = if deed.contains('/') { "POST /on-a-thread/{act}" } else { "POST /{act}" };
        assert_eq!(
            in_quarantine(&world),
            format!(
                "rogue: the host ended without a word while a call of {route} ran: killed by the plugin, for want of \
                 memory, or from outside\n"
            ),
            "{deed}"
        );
        let serving = world.serve();
        serving.get("/plugins/inventory/items").expect_status(200);
        serving.post("/plugins/rogue/hello", &json!({})).expect_status(503);
        drop(serving);
        world.tenon(&["plugin", "release", "rogue"]).expect_code(0);
        assert_eq!(act(&world.serve(), "hello"), "hello");
    }
}

#[test]
fn who_dies_outside_of_requests_is_known_too() {
    let world = World::with(&["inventory"]);
    world.write_library("librogue.so", &artifacts::rogue("shutdown", "segfault-unseen"));
    assert!(world.try_tenon_once(&["plugin", "list"]).starts_with("signal: "));
    let told = in_quarantine(&world);
    assert!(
        told.starts_with("rogue: the host ended without a word while its code outside of requests ran"),
        "{told}"
    );
}

fn send(signal: &str, process: u32) {
    let sent = std::process::Command::new("kill").args([signal, &process.to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_host_that_is_killed_blames_whose_calls_ran_and_nobody_where_none_did_or_it_was_asked_to_end() {
    for (signal, path, blamed) in [
        ("-KILL", "/plugins/rogue/sleep", "rogue"),
        ("-KILL", "/plugins/rogue/hello", ""),
        ("-TERM", "/plugins/rogue/sleep", ""),
    ] {
        let (world, serving) = rogue();
        serving.get("/plugins/inventory/items").expect_status(200);
        let call = serving.another();
        thread::scope(|scope| {
            scope.spawn(move || call.try_post_as_admin(path, &json!({})));
            if path.ends_with("sleep") {
                serving.until("/metrics", |answer| {
                    answer.text.contains("tenon_plugin_calls_running{plugin=\"rogue\"} 1")
                });
                thread::sleep(Duration::from_millis(200));
            }
            if signal == "-TERM" {
                assert_eq!(serving.stop(), 0);
            } else {
                send(signal, serving.pid());
                drop(serving);
            }
        });
        let told = in_quarantine(&world);
        assert_eq!(told.split(':').next().unwrap(), blamed, "{signal} {path}: {told}");
        // This process has some of its own.
        let own = format!("{}-", std::process::id());
        let left = fs::read_dir(world.path().join("state/quarantine/running")).unwrap();
        let mut left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(left.find(|name| !name.starts_with(&own)), None);
    }
}

/// The first line of what a run of the program in a shell said, with the shell's limits.
fn limited(world: &World, limits: &str) -> String {
    let tenon = artifacts::program("tenon");
    let plain = world.command();
    let mut shell = std::process::Command::new("sh");
    shell.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(world.path()).stdin(std::process::Stdio::null());
    let _parent = nobody_runs_again(&mut shell);
    let output =
        shell.args(["-c", &format!("{limits}; exec {} plugin list", tenon.display())]).output().unwrap();
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn what_cannot_be_written_down_is_not_opened() {
    let world = World::with(&[]);
    world.write_library("librogue.so", &artifacts::rogue("constructor", "segfault-unseen"));
    let told = limited(&world, "ulimit -f 0");
    assert!(told.contains("it could not be written down that it is loaded, so it is not"), "{told}");
    assert!(told.contains("ulimit -f"), "{told}");
    // As tight as it may be: whoever was opened stands in quarantine.
    let (mut opened, mut unopened) = (0, 0);
    for most in (8..48).chain([64, 128]) {
        let told = limited(&world, &format!("ulimit -n {most}"));
        let named = being_opened(&world);
        assert_eq!(told.starts_with("signal: "), named == 1, "{most}: {told}");
        *(if named == 1 { &mut opened } else { &mut unopened }) += 1;
        let _ = fs::remove_dir_all(world.path().join("state/quarantine"));
    }
    assert!(opened > 0 && unopened > 0, "{opened} {unopened}");
}

#[test]
fn what_a_library_has_for_the_end_of_the_process_is_not_called() {
    let world = World::with(&["inventory"]);
    world.write_library("librogue.so", &artifacts::rogue("init", "segfault-at-exit"));
    for _ in 0..2 {
        let list = world.tenon(&["plugin", "list"]).expect_code(0);
        assert!(!list.out.contains("quarantine"), "{list:#?}");
    }
}

#[test]
fn a_crash_in_a_request_is_the_end_of_one_host_and_the_next_comes_up_without_that_file() {
    let (world, serving) = rogue();
    assert!(serving.another().try_post_as_admin("/plugins/rogue/segfault", &json!({})).is_err());
    drop(serving);
    let serving = world.serve();
    serving.get("/plugins/inventory/items").expect_status(200);
    let told = serving.post("/plugins/rogue/hello", &json!({})).expect_status(503).json();
    insta::assert_snapshot!(world.redact(told["detail"].as_str().unwrap()));
    drop(serving);
    // Another file under that name starts clean.
    let former = fs::read(world.plugin_dir().join("librogue.so")).unwrap();
    world.write_library("librogue.so", &artifacts::rogue("init", "hello"));
    let serving = world.serve();
    assert_eq!(act(&serving, "hello"), "hello");
    drop(serving);
    // The same one does not, until it is released.
    world.write_library("librogue.so", &former);
    world.tenon(&["plugin", "release", "rogue"]).expect_code(0);
    world.tenon(&["plugin", "release", "rogue"]).expect_code(5);
    assert_eq!(act(&world.serve(), "hello"), "hello");
}

#[test]
fn three_panics_are_quarantine_which_lasts_until_somebody_releases_the_plugin() {
    let (world, serving) = rogue();
    let hello = || serving.post("/plugins/rogue/hello", &json!({}));
    for deed in ["panic", "panic-in-drop"] {
        serving.post(&format!("/plugins/rogue/{deed}"), &json!({})).expect_status(500);
        hello().expect_status(200);
    }
    serving.post("/plugins/rogue/on-a-thread/panic", &json!({})).expect_status(500);
    hello().expect_status(200);
    serving.post("/plugins/rogue/panic", &json!({})).expect_status(500);
    let told = hello().expect_status(503).json();
    assert_eq!(told["code"], "quarantined");
    insta::assert_snapshot!(world.redact(told["detail"].as_str().unwrap()));
    serving.get("/plugins/inventory/items").expect_status(200);

    // The status says so, and the page with the way out.
    let health = serving.get_as_admin("/api/v1/health").json();
    assert_eq!(health["status"], "degraded");
    serving.log_in();
    let page = serving.get("/").text;
    assert!(page.contains("Release from quarantine"), "{page}");
    let list = world.redact(&world.tenon(&["plugin", "list"]).expect_code(0).out);
    insta::assert_snapshot!(list.split_once("\n\n").unwrap().1);

    // A host that is started again knows, and one that runs hears of the release at once.
    let again = world.serve();
    again.post("/plugins/rogue/hello", &json!({})).expect_status(503);
    world.tenon(&["plugin", "release", "rogue"]).expect_code(0);
    for serving in [&serving, &again] {
        serving.post("/plugins/rogue/hello", &json!({})).expect_status(200);
    }
}

#[test]
fn a_plugins_own_code_is_no_panic_and_what_it_is_refused_counts_though_it_passes_over_it() {
    let world = world();
    let serving = world.serve();
    for code in ["panic", "refused", "deadline"].repeat(2) {
        let told = serving.post("/plugins/rogue/code", &json!(code)).expect_status(418).json();
        assert_eq!(told["code"], code, "whoever asked is told its word");
    }
    for _ in 0..2 {
        serving.post("/plugins/rogue/alone", &json!(["DROP TABLE inventory.item"])).expect_status(200);
    }
    let counted = |line: &str| serving.metric(line);
    assert_eq!(counted("tenon_plugin_statements_refused_total{plugin=\"rogue\"}"), Some(2.0));
    assert_eq!(counted("tenon_plugin_panics_total{plugin=\"rogue\"}"), None);
    let own = "tenon_plugin_requests_total{plugin=\"rogue\",route=\"POST /code\",outcome=\"plugin_error\"}";
    assert_eq!(counted(own), Some(6.0));
    assert_eq!(in_quarantine(&world), "");
}

#[test]
fn an_administrator_puts_a_plugin_into_quarantine_and_releases_it() {
    let (world, serving) = rogue();
    let hello = |status| serving.post("/plugins/rogue/hello", &json!({})).expect_status(status).json();
    serving.post("/api/v1/plugins/rogue/quarantine", &json!({ "reason": "x" })).expect_status(403);
    let reason = json!({ "reason": "it is too loud" });
    serving.post_as_admin("/api/v1/plugins/rogue/quarantine", &reason).expect_status(200);
    let told = hello(503)["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("admin says: it is too loud"), "{told}");
    serving.post_as_admin("/api/v1/plugins/rogue/release", &json!({})).expect_status(200);
    hello(200);
    serving.post_as_admin("/api/v1/plugins/rogue/release", &json!({})).expect_status(409);
    serving.post_as_admin("/api/v1/plugins/nobody/quarantine", &reason).expect_status(404);
    serving.log_in();
    serving.post_form("/quarantine", &[("plugin", "rogue"), ("reason", "for a while")]);
    hello(503);
    serving.post_form("/release", &[("plugin", "rogue")]);
    hello(200);
    let run = world.tenon(&["plugin", "quarantine", "rogue", "--reason", "by hand", "--as", "ana"]);
    insta::assert_snapshot!(world.redact(&run.expect_code(0).out), @"Rogue Plugin: it is in quarantine since [time], because ana says: by hand");
    hello(503);
}

#[test]
fn a_thread_that_hangs_is_abandoned_and_replaced_until_too_many_do() {
    let world = world();
    world.set(
        "[database]\npool_size = 2\n[plugins]\ncall_timeout = \"300ms\"\nthreads = 1\nhanging_threads = 2",
    );
    let serving = world.serve();
    let ready = || serving.get("/readyz").status;
    for (hanging, deed) in [(1, "sleep"), (2, "loop")] {
        assert_eq!(ready(), 200);
        serving.post(&format!("/plugins/rogue/{deed}"), &json!({})).expect_status(504);
        serving
            .logged("the abandoned thread", |event| event["plugin"] == "rogue" && event["hung"] == hanging);
        assert_eq!(plugin(&serving)["hanging"], hanging);
        // Neither the thread nor the connection is lost.
        assert_eq!(act(&serving, "hello"), "hello");
        serving.get("/plugins/inventory/items").expect_status(200);
    }
    let told = serving.get("/readyz").expect_status(503);
    assert!(told.text.contains("too many threads hang in plugins"), "{}", told.text);
    serving.log_in();
    assert!(serving.get("/").text.contains("2 threads hang in this plugin"));
    // One more is not replaced; the others serve.
    serving.post("/plugins/rogue/sleep", &json!({})).expect_status(504);
    serving.post("/plugins/rogue/hello", &json!({})).expect_status(504);
    serving.get("/plugins/inventory/items").expect_status(200);
    assert_eq!(serving.stop(), 0, "it ends in order all the same");
}

#[test]
fn a_call_comes_to_its_end_although_its_client_has_gone_away() {
    let world = world();
    world.set("[plugins]\ncall_timeout = \"300ms\"\nthreads = 1");
    let serving = world.serve();
    serving.post_and_leave("/plugins/rogue/sleep", &json!({}));
    serving.logged("the abandoned thread", |event| event["plugin"] == "rogue" && event["hung"] == 1);
    assert_eq!(act(&serving, "hello"), "hello");
    let asked = serving.get_as_admin("/metrics").expect_status(200).text;
    assert!(asked.contains("outcome=\"deadline\""), "{asked}");
}

#[test]
fn whatever_ends_the_host_in_a_request_the_next_start_knows_the_culprit() {
    let told = ["recurse", "double-panic", "abort", "exit"].map(|deed| {
        let world = World::with(&["rogue"]);
        let serving = world.serve();
        assert_eq!(act(&serving, "hello"), "hello");
        let ended = serving.another().try_post_as_admin(&format!("/plugins/rogue/{deed}"), &json!({}));
        assert!(ended.is_err(), "{deed}: {ended:?}");
        drop(serving);
        let serving = world.serve();
        let told = serving.post("/plugins/rogue/hello", &json!({})).expect_status(503).json();
        (deed, world.redact(told["detail"].as_str().unwrap()))
    });
    insta::assert_snapshot!(gallery(told));
}

#[test]
fn a_call_that_allocates_without_end_stands_still_and_the_host_goes_on() {
    let world = world();
    world.set("[plugins]\ncall_timeout = \"2s\"\nthreads = 1");
    let serving = world.serve();
    serving.post("/plugins/rogue/allocate", &json!({})).expect_status(504);
    serving.logged("the bound", |event| {
        event["plugin"] == "rogue"
            && event["message"].as_str().is_some_and(|text| text.contains("more memory"))
    });
    let status = fs::read_to_string(format!("/proc/{}/status", serving.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 1 << 20, "{kib} KiB, and a call may hold 64 MiB");
    // What calls hold one after the other is not added up.
    for _ in 0..10 {
        assert_eq!(act(&serving, "allocate-some"), "20 MiB");
    }
    serving.get("/plugins/inventory/items").expect_status(200);
}

#[test]
fn the_host_ends_in_order_and_in_time_whatever_plugins_do_then() {
    for deed in ["sleep", "loop", "panic"] {
        let world = World::with(&["inventory"]);
        world.write_library("librogue.so", &artifacts::rogue("shutdown", deed));
        world.set("[plugins]\ncall_timeout = \"60s\"");
        let serving = world.serve();
        let call = serving.another();
        thread::scope(|scope| {
            scope.spawn(move || call.try_post_as_admin("/plugins/rogue/sleep", &json!({})));
            serving.until("/metrics", |answer| {
                answer.text.contains("tenon_plugin_calls_running{plugin=\"rogue\"} 1")
            });
            let began = Instant::now();
            assert_eq!(serving.stop(), 0, "{deed}");
            assert!(began.elapsed() < Duration::from_secs(25), "{deed}: {:?}", began.elapsed());
        });
    }
}

#[test]
fn healthy_plugins_answer_all_while_one_hangs_and_another_panics() {
    let world = World::with(&["stall", "inventory", "rogue", "panics_in_handle"]);
    world.tenon(&["heal", "--as", "ana", "--yes"]).expect_code(0);
    world.set("[database]\npool_size = 4\n[plugins]\ncall_timeout = \"500ms\"\nhanging_threads = 2");
    let serving = world.serve();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for path in ["/plugins/rogue/sleep", "/plugins/panics_in_handle/panic"] {
            for _ in 0..3 {
                let (bad, over) = (serving.another(), &over);
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        let status = bad.post_as_admin(path, &json!({})).status;
                        assert!([500, 503, 504].contains(&status), "{path}: {status}");
                    }
                });
            }
        }
        let asked = ["/plugins/stall/items/17", "/plugins/stall/items", "/plugins/inventory/items"];
        // A failed assertion must not leave the others asking for ever.
        let answers: Vec<_> =
            (0..150).map(|number| serving.get(asked[number % asked.len()]).status).collect();
        over.store(true, Ordering::Relaxed);
        assert_eq!(answers, [200; 150]);
    });
}
