//! Lists of several people.

use tenon_plugin_test::{Answer, App, AsCaller, Value, json};

/// A list of theirs with one item: its path.
fn list(whose: &AsCaller<'_>, title: &str) -> String {
    let made = whose.post("/lists", &json!({ "title": title })).expect_status(201).json();
    let path = format!("/lists/{}", made["id"].as_str().unwrap_or_default());
    whose.post(&format!("{path}/items"), &json!({ "text": "milk" })).expect_status(201);
    path
}

fn titles(answer: &Answer) -> Vec<String> {
    let lists = answer.json();
    let lists = lists.as_array().map(Vec::as_slice).unwrap_or_default();
    lists.iter().map(|list| list["title"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tenon_plugin_test::test]
fn nobody_is_401_everywhere(app: App) {
    let path = list(&app.as_caller("ada"), "shopping");
    app.get("/lists").expect_status(401);
    app.get(&path).expect_status(401);
    app.post("/lists", &json!({ "title": "mine" })).expect_status(401);
    app.delete(&path).expect_status(401);
}

#[tenon_plugin_test::test]
fn everybody_sees_their_own_lists_alone(app: App) {
    let (ada, grace) = (app.as_caller("ada"), app.as_caller("grace"));
    let shopping = list(&ada, "shopping");
    list(&grace, "compilers");
    assert_eq!(titles(&ada.get("/lists")), ["shopping"]);
    assert_eq!(titles(&grace.get("/lists")), ["compilers"]);
    let read = ada.get(&shopping).expect_status(200).json();
    assert_eq!((&read["list"]["owner"], &read["items"][0]["author"]), (&json!("ada"), &json!("ada")));
    let item = format!("/items/{}", read["items"][0]["id"]);
    // A list of another's is as good as none.
    for refused in [
        grace.get(&shopping),
        grace.delete(&shopping),
        grace.post(&format!("{shopping}/items"), &json!({ "text": "rum" })),
        grace.post(&format!("{shopping}/people"), &json!({ "person": "eve" })),
        grace.patch(&item, &json!({ "done": true })),
    ] {
        refused.expect_status(404);
    }
    assert_eq!(ada.get(&shopping).expect_status(200).json(), read);
}

#[tenon_plugin_test::test]
fn a_shared_list_is_seen_by_both_until_one_of_them_ends_it(app: App) {
    let (ada, grace, eve) = (app.as_caller("ada"), app.as_caller("grace"), app.as_caller("eve"));
    let shopping = list(&ada, "shopping");
    let people = format!("{shopping}/people");
    let with = |person: &str| ada.post(&people, &json!({ "person": person }));
    with("grace").expect_status(201);
    with("grace").expect_status(409);
    with("ada").expect_status(400);
    let read = grace.get(&shopping).expect_status(200).json();
    assert_eq!(read["people"], json!(["grace"]));
    grace.post(&format!("{shopping}/items"), &json!({ "text": "bread" })).expect_status(201);
    let item = format!("/items/{}", read["items"][0]["id"]);
    let ticked = grace.patch(&item, &json!({ "done": true })).expect_status(200).json();
    assert_eq!((&ticked["author"], &ticked["done"]), (&json!("ada"), &json!(true)));
    let authors: Vec<Value> = {
        let read = ada.get(&shopping).expect_status(200).json();
        let items = read["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().map(|item| item["author"].clone()).collect()
    };
    assert_eq!(authors, ["ada", "grace"]);
    // It stays the list of whoever made it.
    grace.post(&people, &json!({ "person": "eve" })).expect_status(404);
    grace.delete(&shopping).expect_status(404);
    eve.get(&shopping).expect_status(404);
    // Each of both can end it: the other person leaves, or the owner takes it back.
    grace.delete(&format!("{people}/grace")).expect_status(204);
    grace.get(&shopping).expect_status(404);
    with("eve").expect_status(201);
    // What was refused has told nobody.
    let told: Vec<_> = app.emitted().iter().map(|event| event["payload"]["person"].clone()).collect();
    assert_eq!(told, ["grace", "eve"]);
    assert_eq!(titles(&eve.get("/lists")), ["shopping"]);
    ada.delete(&format!("{people}/eve")).expect_status(204);
    assert_eq!(titles(&eve.get("/lists")), [""; 0]);
    with("grace").expect_status(201);
    ada.delete(&shopping).expect_status(204);
    assert_eq!(titles(&grace.get("/lists")), [""; 0]);
}
