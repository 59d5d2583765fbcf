//! What a plugin tells the log, by whichever way its author chose.

use tenon_tests::World;

#[test]
fn events_of_tracing_and_of_log_come_with_fields_spans_and_the_plugins_own_target() {
    let world = World::with(&["courier"]);
    world.set("[plugin.courier.office]\ntown = \"Ulm\"");
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let serving = world.serve();
    let ready = serving.logged("that it is ready", |event| event["message"] == "ready");
    assert_eq!((&ready["plugin"], &ready["town"]), (&"courier".into(), &"Ulm".into()));
    assert_eq!(ready["target"], "plugin::courier");

    serving.get_as_admin("/plugins/courier/tell").expect_status(200);
    let told = serving.logged("what it does", |event| event["message"] == "on the way");
    assert_eq!(
        (&told["level"], &told["letters"], &told["sealed"]),
        (&"WARN".into(), &3.into(), &true.into())
    );
    assert_eq!(
        (&told["ratio"], &told["round"], &told["street"]),
        (&0.5.into(), &7.into(), &"High Street".into())
    );
    let log = serving.logged("what it says by log", |event| event["message"] == "by log: 1");
    assert_eq!((&log["level"], &log["plugin"]), (&"ERROR".into(), &"courier".into()));

    // What a thread of its own says comes with the next call.
    serving.get_as_admin("/plugins/courier/tell").expect_status(200);
    let thread = serving.logged("what its thread says", |event| event["message"] == "from a thread");
    assert_eq!(thread["letters"], 1);
}

#[test]
fn a_filter_can_ask_for_the_events_of_one_plugin() {
    let world = World::with(&["courier"]);
    world.set("[plugin.courier.office]\ntown = \"Ulm\"\n[log]\nfilter = \"info,plugin::courier=error\"");
    world.tenon(&["heal", "--yes"]).expect_code(0);
    let serving = world.serve();
    serving.get_as_admin("/plugins/courier/tell").expect_status(200);
    serving.logged("what it says by log", |event| event["message"] == "by log: 1");
    assert_eq!(serving.all_logged(|event| event["message"] == "on the way").len(), 0);
}
