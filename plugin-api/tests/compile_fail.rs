//! What must not compile, and what it says then.

#[test]
fn the_connection_cannot_outlive_its_call() {
    trybuild::TestCases::new().compile_fail("tests/borrow/*.rs");
}

#[test]
fn a_wrong_declaration_is_an_error_at_its_place() {
    trybuild::TestCases::new().compile_fail("tests/declare/*.rs");
}
