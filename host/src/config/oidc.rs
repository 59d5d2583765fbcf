//! `[admin.oidc]`: an identity provider at which people log in (OpenID Connect).

use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use super::group_roles::{GroupRoles, RoleKeys};
use super::loopback::is_loopback;
use super::origin::Origin;
use super::public_url::PublicUrl;
use super::reader::Section;
use super::secret_file::secret_in;
use super::surroundings::Surroundings;

/// An identity provider, and what those may do whom it names.
#[derive(Debug, Clone)]
pub struct OidcConfig {
    /// The provider's address, as its discovery document has it.
    pub issuer: String,
    /// What the provider calls this console.
    pub client_id: String,
    /// Absent for a public client.
    pub client_secret: Option<SecretString>,
    /// Where the provider sends people back to.
    pub redirect_url: String,
    /// What the button to it says: "Sign in with …".
    pub name: String,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim with the id that the audit log shows.
    pub user_claim: String,
    /// The claim with the groups.
    pub groups_claim: Option<String>,
    pub roles: GroupRoles,
    /// A PEM file with the authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
}

impl OidcConfig {
    /// What has to stay as it is for those to stay logged in whom the provider has named.
    pub fn stamp(&self) -> String {
        format!("{} {}", self.client_id, self.issuer)
    }
}

/// Where people come back to from the provider, below `server.public_url`.
pub const OIDC_CALLBACK: &str = "/login/oidc/callback";

const ROLES: RoleKeys = RoleKeys { main: "issuer", role: "role", roles: "roles", groups: "groups_claim" };

/// Reads the section. Without an issuer there is no provider, and the other keys would do nothing.
pub(super) fn read(
    mut section: Section<'_, '_>,
    public_url: Option<&PublicUrl>,
    around: &Surroundings,
) -> Option<OidcConfig> {
    let written = !section.is_empty();
    let issuer = section.optional::<String>("issuer");
    let client_id = section.optional::<String>("client_id");
    let secret = read_secret(&mut section, around, written);
    let name = section.optional::<String>("name");
    let scopes = section.get("scopes", ["profile", "email"].map(str::to_owned).to_vec());
    let user_claim = section.get("user_claim", "email".to_owned());
    let groups_claim = section.optional::<String>("groups_claim");
    let written_roles = ROLES.read(&mut section);
    let ca_file = section.path("ca_file");
    let config = match (issuer, client_id) {
        (Some((issuer, origin)), Some((client_id, _))) => {
            let host = check_issuer(&mut section, &issuer, &origin);
            let groups = groups_claim.as_ref().map(|(_, origin)| origin);
            let roles = ROLES.check(&mut section, written_roles, &origin, groups);
            if public_url.is_none() {
                let told = "needs server.public_url: the provider sends people back to it";
                section.problem("issuer", &origin, told);
            }
            if !cfg!(feature = "oidc") {
                section.problem("issuer", &origin, "this tenon was built without its feature oidc");
            }
            Some(OidcConfig {
                issuer,
                client_id,
                client_secret: secret,
                redirect_url: public_url.map(|url| url.page(OIDC_CALLBACK)).unwrap_or_default(),
                name: name.map_or(host, |(name, _)| name),
                scopes,
                user_claim,
                groups_claim: groups_claim.map(|(claim, _)| claim),
                roles,
                ca_file,
            })
        }
        (Some((_, origin)), None) => {
            section.problem("issuer", &origin, "needs admin.oidc.client_id beside it");
            None
        }
        (None, Some((_, origin))) => {
            section.problem("client_id", &origin, "needs admin.oidc.issuer beside it");
            None
        }
        (None, None) => {
            let others = [
                ("name", name.map(|(_, origin)| origin)),
                ("role", written_roles.role.map(|(_, origin)| origin)),
                ("roles", written_roles.roles.map(|(_, origin)| origin)),
                ("groups_claim", groups_claim.map(|(_, origin)| origin)),
            ];
            for (key, origin) in others {
                if let Some(origin) = origin {
                    section.problem(key, &origin, "needs admin.oidc.issuer beside it");
                }
            }
            None
        }
    };
    section.finish();
    config
}

/// The host of the issuer, whose address is held against what the provider says of itself letter by letter.
fn check_issuer(section: &mut Section<'_, '_>, issuer: &str, origin: &Origin) -> String {
    let url = match Url::parse(issuer) {
        Ok(url) if url.host_str().is_some_and(|host| !host.is_empty()) => url,
        _ => {
            let told =
                "must be the address of the provider, such as \"https://login.example.com/realms/staff\"";
            section.problem("issuer", origin, told);
            return String::new();
        }
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        section.problem(
            "issuer",
            origin,
            "must begin with https://: whoever is on the way could say who logs in",
        );
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        section.problem("issuer", origin, "has no place for a query, a fragment or a name");
    }
    url.host_str().unwrap_or_default().to_owned()
}

/// The file, then systemd's credential, where there is a provider at all.
fn read_secret(section: &mut Section<'_, '_>, around: &Surroundings, written: bool) -> Option<SecretString> {
    let (file, origin) = match section.optional::<PathBuf>("client_secret_file") {
        Some((file, origin)) => (section.resolve(&file, &origin), origin),
        None => {
            let credential = around.credential("oidc_client_secret").filter(|_| written)?;
            (credential, Origin::Variable("CREDENTIALS_DIRECTORY".to_owned()))
        }
    };
    secret_in(&file).map_err(|problem| section.problem("client_secret_file", &origin, problem)).ok()
}
