use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use super::*;

fn opened() -> (tempfile::TempDir, Accounts, FirstAccount) {
    let folder = tempfile::tempdir().unwrap();
    let (accounts, first) = Accounts::open(&folder.path().join("etc/accounts.json")).unwrap();
    (folder, accounts, first.unwrap())
}

#[tokio::test]
async fn the_first_start_makes_one_administrator_whose_password_is_told_once() {
    let (_folder, accounts, first) = opened();
    assert_eq!(first.name, "admin");
    let account = accounts.verify("admin", &first.password).await.unwrap().unwrap();
    assert_eq!(account.role, AccountRole::Administrator);
    let (again, told) = Accounts::open(accounts.path()).unwrap();
    assert!(told.is_none());
    assert!(again.verify("admin", &first.password).await.unwrap().is_some());
    let text = std::fs::read_to_string(accounts.path()).unwrap();
    assert!(text.contains("$argon2id$") && !text.contains(first.password.expose_secret()), "{text}");
    let mode = std::fs::metadata(accounts.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_apart_by_nothing() {
    let (_folder, accounts, _) = opened();
    let wrong: SecretString = "not the password".to_owned().into();
    // The first comparison with nobody's hash also makes that hash.
    accounts.verify("nobody", &wrong).await.unwrap();
    let mut took = [Duration::MAX; 2];
    for _ in 0..5 {
        for (slot, name) in took.iter_mut().zip(["admin", "nobody"]) {
            let start = Instant::now();
            assert!(accounts.verify(name, &wrong).await.unwrap().is_none());
            *slot = (*slot).min(start.elapsed());
        }
    }
    let [known, unknown] = took;
    assert!(unknown > known / 2, "known {known:?}, unknown {unknown:?}");
}

#[test]
fn a_file_that_cannot_be_understood_is_an_error_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.json");
    let twice = r#"{"format":1,"accounts":[{"name":"a","role":"viewer","password":"x","stamp":"y"}]}"#;
    for (text, told) in [
        ("", "is not what Tenon wrote"),
        ("{\"format\": 1", "is not what Tenon wrote"),
        ("{\"format\": 2, \"accounts\": []}", "its format is 2"),
        ("{\"format\": 1, \"accounts\": []}", "no account is an administrator"),
        (twice, "the password hash of a cannot be read"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = Accounts::open(&path).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[tokio::test]
async fn what_another_process_writes_counts_at_once() {
    let (_folder, accounts, first) = opened();
    let (other, _) = Accounts::open(accounts.path()).unwrap();
    let password: SecretString = "correct horse".to_owned().into();
    other.add("vera", AccountRole::Viewer, &password).unwrap();
    assert_eq!(accounts.verify("vera", &password).await.unwrap().unwrap().role, AccountRole::Viewer);
    let stamp = accounts.find("vera").await.unwrap().unwrap().stamp();
    other.set_password("vera", &first.password).unwrap();
    assert_ne!(accounts.find("vera").await.unwrap().unwrap().stamp(), stamp);
    assert!(accounts.verify("vera", &password).await.unwrap().is_none());
    other.remove("vera").unwrap();
    assert!(accounts.find("vera").await.unwrap().is_none());
    assert_eq!(accounts.list().unwrap().len(), 1);
}

#[tokio::test]
async fn the_last_administrator_cannot_be_removed() {
    let (_folder, accounts, _) = opened();
    let error = accounts.remove("admin").unwrap_err().to_string();
    assert!(error.contains("one account at least has to be an administrator"), "{error}");
    assert!(accounts.find("admin").await.unwrap().is_some());
}

#[test]
fn names_that_would_confuse_a_log_are_refused() {
    let (_folder, accounts, first) = opened();
    for name in ["", "a b", "a\nb", ".hidden", "ü", &"x".repeat(65)] {
        assert!(
            matches!(
                accounts.add(name, AccountRole::Viewer, &first.password),
                Err(AccountsError::Name { .. })
            ),
            "{name:?}"
        );
    }
    assert!(matches!(
        accounts.add("admin", AccountRole::Viewer, &first.password),
        Err(AccountsError::Exists { .. })
    ));
    let short = "short".to_owned().into();
    assert!(matches!(accounts.add("bob", AccountRole::Viewer, &short), Err(AccountsError::Password(_))));
}
