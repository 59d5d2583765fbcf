//! What the kernel refuses to plugins.

use serde_json::json;
use tenon_tests::{Lacks, World, artifacts, on_a_kernel_that};

use super::{act, refused, rogue, why_out};

#[test]
fn connections_programs_and_processes_are_refused_by_the_kernel_counted_and_named() {
    let (_world, serving) = rogue();
    let acts = ["connect-tcp", "connect-unix", "io-uring", "run-psql", "fork", "own-filter", "old-calls"];
    let told: Vec<_> = acts.iter().map(|one| format!("{one}: {}", act(&serving, one))).collect();
    insta::assert_snapshot!(told.join("\n"));
    insta::assert_snapshot!(refused(&serving), @"clone 1, connect 1, execve 1, io_uring_setup 1, of another architecture 2, seccomp 1, socket 2");
    serving.logged("the attempt to run psql", |event| {
        event["plugin"] == "rogue" && event["system_call"] == "execve" && event["level"] == "WARN"
    });
    serving.log_in();
    let page = serving.get("/").text;
    assert!(page.contains("<code>io_uring_setup</code> once"), "{page}");
    serving.get("/plugins/inventory/items").expect_status(200);
}

#[test]
fn what_is_decided_by_arguments_is_refused_with_the_others() {
    let (_world, serving) = rogue();
    insta::assert_snapshot!(act(&serving, "decided-by-arguments").as_str().unwrap());
    insta::assert_snapshot!(refused(&serving), @"close 1, close_range 1, dup 1, dup3 1, fcntl 1, ioctl 2, kill 1, mmap 1, mprotect 1, prctl 1, prlimit64 1, pwrite64 1, read 1, sched_setaffinity 1, tgkill 2, tkill 1");
    // Nothing of it has reached the host.
    serving.get("/plugins/inventory/items").expect_status(200);
}

#[test]
fn what_is_noted_of_a_file_is_not_changed_by_whatever_way() {
    let (_world, serving) = rogue();
    insta::assert_snapshot!(act(&serving, "metadata").as_str().unwrap(), @"fchmod: permission denied, fchmodat: permission denied, fchownat: permission denied, utimensat: permission denied, setxattr: permission denied");
    insta::assert_snapshot!(refused(&serving), @"fchmod 1, fchmodat 1, fchownat 1, setxattr 1, utimensat 1");
}

#[test]
fn what_an_ordinary_plugin_does_is_not_refused() {
    let world = World::with(&["inventory", "ordinary"]);
    let place = world.path().join("place");
    std::fs::create_dir(&place).unwrap();
    let place = place.display();
    world.set(&format!("[plugins]\nwritable = [\"{place}\"]\n[plugin.ordinary]\nplace = \"{place}\""));
    drop(world.heal_and_prove(&["inventory"]));
    let serving = world.serve();
    let parts = ["threads", "rayon", "regex", "time", "image", "random", "files", "system", "database"];
    let told = parts.map(|part| {
        let answer = serving.post(&format!("/plugins/ordinary/{part}"), &json!({})).expect_status(200);
        format!("{part}: {}", answer.json())
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    threads: 36
    rayon: 2999998
    regex: {"a":1,"o":1,"p":6}
    time: true
    image: [64,32,6144]
    random: 100
    files: 16009
    system: 6
    database: 7
    "#);
    let plugins = serving.get_as_admin("/api/v1/plugins").json();
    for plugin in plugins["plugins"].as_array().unwrap() {
        assert_eq!(plugin["refused"].as_array().map_or(0, Vec::len), 0, "{plugin}");
    }
}

#[test]
fn no_plugin_ends_the_host_by_a_signal() {
    for deed in ["kill", "terminate"] {
        let world = World::with(&["inventory"]);
        world.write_library("librogue.so", &artifacts::rogue("constructor", deed));
        drop(world.heal_and_prove(&["inventory"]));
        let serving = world.serve();
        assert_eq!(act(&serving, deed), "raise: permission denied");
        assert_eq!(refused(&serving), "tgkill 2");
        serving.get("/plugins/inventory/items").expect_status(200);
    }
}

#[test]
fn no_plugin_says_who_handles_a_signal() {
    let world = World::with(&["inventory"]);
    world.write_library("librogue.so", &artifacts::rogue("constructor", "handle-signals"));
    drop(world.heal_and_prove(&["inventory"]));
    let serving = world.serve();
    assert_eq!(refused(&serving), "rt_sigaction 2");
    assert_eq!(act(&serving, "handle-signals"), "SIGTERM: permission denied, SIGUSR1: permission denied");
    assert_eq!(serving.stop(), 0);
    // Where no kernel helps, they are put back.
    let serving = on_a_kernel_that(&[Lacks::Landlock, Lacks::Seccomp], || world.serve());
    serving.logged("the handlers", |event| event["plugin"] == "rogue" && event["signals"] == "10, 15");
    assert_eq!(serving.stop(), 0);
}

#[test]
fn the_threads_that_a_plugin_starts_are_held_like_its_own() {
    let (_world, serving) = rogue();
    let told = act(&serving, "on-a-thread/connect-tcp");
    assert_eq!(told, "socket: permission denied, connect: permission denied");
    assert_eq!(refused(&serving), "connect 1, socket 1");
}

#[test]
fn a_constructor_is_held_before_anybody_knows_the_library() {
    let world = World::with(&["inventory"]);
    world.write_library("librogue.so", &artifacts::rogue("constructor", "connect-tcp"));
    drop(world.heal_and_prove(&["inventory"]));
    let serving = world.serve();
    assert_eq!(refused(&serving), "connect 1, socket 1");
    assert_eq!(act(&serving, "hello"), "hello");
}

#[test]
fn neither_the_environment_nor_proc_shows_the_password() {
    let (world, serving) = rogue();
    let environment = act(&serving, "environment").to_string();
    assert!(environment.contains("PATH="), "{environment}");
    assert!(!environment.contains(&world.database.name), "{environment}");
    insta::assert_snapshot!(act(&serving, "proc").as_str().unwrap(), @"environ: permission denied, mem: permission denied, maps: permission denied, cmdline: permission denied, fd: permission denied, ../1/environ: permission denied");
}

#[test]
fn a_library_that_imports_what_connects_is_refused_unrun() {
    let world = World::with(&["dials"]);
    insta::assert_snapshot!(why_out(&world));
}

#[test]
fn the_host_says_at_start_what_the_kernel_enforces() {
    let (_world, serving) = rogue();
    for layer in ["system calls", "files"] {
        let told = serving.logged("the layer", |event| event["layer"] == layer);
        assert_eq!(told["state"], "enforced");
    }
    let plugins = serving.get_as_admin("/api/v1/plugins").json();
    insta::assert_snapshot!(plugins["enforcement"], @r#"[{"name":"system calls","state":"enforced"},{"name":"files","state":"enforced"},{"name":"login roles","state":"off"},{"name":"database role","state":"degraded","why":"the role that serves is the one that heals, and so the owner of the plugins' tables: set database.heal_url to a role of its own, or plugins.isolation to \"roles\"; harness is a superuser: ALTER ROLE harness NOSUPERUSER, or serve as another role (database.url) and heal as this one (database.heal_url)"}]"#);
    serving.log_in();
    assert!(
        serving
            .get("/")
            .text
            .contains("What plugins are held to: system calls enforced; files enforced; login roles off; database role degraded")
    );
}

#[test]
fn on_a_kernel_that_holds_less_the_host_says_so_and_goes_on() {
    let world = super::world();
    let lacks = [Lacks::Landlock, Lacks::Listener];
    let serving = on_a_kernel_that(&lacks, || world.serve());
    let enforcement = serving.get_as_admin("/api/v1/plugins").json()["enforcement"].clone();
    insta::assert_snapshot!(serde_json::to_string_pretty(&enforcement).unwrap());
    // Nobody hears of it, and it is refused all the same.
    insta::assert_snapshot!(act(&serving, "connect-unix"), @r#""socket: permission denied""#);
    assert_eq!(refused(&serving), "");
}

#[test]
fn what_requires_enforcement_loads_no_plugin_where_the_kernel_enforces_less() {
    let world = World::with(&["rogue"]);
    world.tenon(&["plugin", "list", "--require-enforcement"]).expect_code(0);
    let refused = |lacks| {
        let run = on_a_kernel_that(&[lacks], || world.tenon(&["plugin", "list", "--require-enforcement"]));
        run.expect_code(5).all()
    };
    let told: Vec<_> = [Lacks::Landlock, Lacks::Listener, Lacks::Seccomp].map(refused).into();
    insta::assert_snapshot!(told.join("\n"));
    world.set("[plugins]\nrequire_enforcement = true");
    on_a_kernel_that(&[Lacks::Landlock], || world.tenon(&["check"])).expect_code(5);
    // The audit log needs no plugin.
    on_a_kernel_that(&[Lacks::Landlock], || world.tenon(&["audit", "list"])).expect_code(0);
}
