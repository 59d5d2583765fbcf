//! Messages that events make. What the plugin sends, the suite `notifications` has received.

use tenon_plugin_test::{App, json};

#[tenon_plugin_test::test]
fn people_read_what_they_are_told_and_nobody_elses(app: App) {
    for (person, title) in [("grace", "shopping"), ("eve", "compilers")] {
        let list = "00000000-0000-4000-8000-000000000001";
        let shared = json!({ "list": list, "title": title, "owner": "ada", "person": person });
        app.emit("todo.shared", &shared);
    }
    app.deliver_events();
    let told = app.as_caller("grace").get("/messages").expect_status(200).json();
    assert_eq!(told.as_array().map(Vec::len), Some(1));
    assert_eq!(told[0]["text"], "ada shares the list \"shopping\" with you");
    app.get("/messages").expect_status(401);
    app.as_caller("grace").get("/outbox").expect_status(403);
    let outbox = app.as_caller("ops").admin().get("/outbox").expect_status(200).json();
    assert_eq!(outbox["standing"], json!({ "waiting": 2, "refused": 0, "sent": 0 }));
}

#[tenon_plugin_test::test]
fn what_was_refused_can_be_sent_again(app: App) {
    app.sql(
        "INSERT INTO notifications.message (event, person, text, refused) \
         VALUES ('00000000-0000-4000-8000-000000000002', 'grace', 'hello', 410)",
    );
    let ops = app.as_caller("ops").admin();
    let outbox = ops.get("/outbox").expect_status(200).json();
    assert_eq!(outbox["refused"][0]["refused"], 410);
    let again = format!("/outbox/{}/again", outbox["refused"][0]["id"]);
    ops.post(&again, &json!(null)).expect_status(204);
    ops.post(&again, &json!(null)).expect_status(404);
    assert_eq!(ops.get("/outbox").json()["standing"]["waiting"], 1);
}
