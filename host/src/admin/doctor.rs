//! Looking at an installation as a whole, the accounts of the console among it.

use crate::config::SetKey;
use crate::host::Tenon;
use crate::report::doctor::{DoctorLine, DoctorReport};
use crate::support::errors::chain;

use super::accounts::{AccountRole, Accounts, AccountsError};

const ACCOUNTS: &str = "accounts";

/// Looks at everything, and changes nothing. `no_database` says why there is none, and what helps.
pub(crate) async fn examine(
    host: &Tenon,
    set: Option<&[SetKey]>,
    no_database: Option<(String, Option<String>)>,
) -> DoctorReport {
    let mut lines = host.examine(set, no_database).await;
    lines.push(accounts(&Accounts::at(&host.config().admin.accounts_file)));
    lines.into()
}

fn accounts(accounts: &Accounts) -> DoctorLine {
    let path = accounts.path().display();
    if !accounts.path().exists() {
        let told = format!("there is no account yet: {path} is not there");
        return DoctorLine::warning(ACCOUNTS, told, "`tenon serve` makes the first, and prints its password");
    }
    match accounts.list() {
        Ok(all) => {
            let administrators = all.iter().filter(|one| one.role == AccountRole::Administrator).count();
            let told = format!("{} in {path}, of which {administrators} administrate", all.len());
            if administrators == 0 {
                let remedy = "`tenon admin add NAME --role administrator`";
                return DoctorLine::problem(ACCOUNTS, told, remedy);
            }
            DoctorLine::ok(ACCOUNTS, told)
        }
        Err(error) => unusable(&error),
    }
}

fn unusable(error: &AccountsError) -> DoctorLine {
    DoctorLine::problem(
        ACCOUNTS,
        chain(error),
        "restore the file from a backup, or mend it as the message says",
    )
}
