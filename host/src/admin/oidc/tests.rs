//! What no honest provider sends, and what a browser cannot show: a small provider that does as the test
//! says.

use std::sync::Mutex;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreGenderClaim, CoreJwsSigningAlgorithm};
use openidconnect::{AccessToken, IdToken, IdTokenClaims, PrivateSigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::*;
use crate::config::{GrantedRole, GroupRoles};

/// The provider's key, and one that is not.
const KEYS: [&str; 2] = [
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIMYb2WcjF5epPKcsGQAaRtBgoPZ5NRSRFt5X/xCP0NwF\n-----END PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIMRE8Jqnl52qEIz2gAVqLuI/qev+h2wSbxs9QI5+WlN5\n-----END PRIVATE KEY-----",
];
const CLIENT: &str = "tenon";
const SECRET: &str = "between-both-of-us";
const CODE: &str = "the-code-of-this-login";

/// A provider on this machine.
struct FakeProvider {
    issuer: String,
    asked: web::Data<Asked>,
}

/// What it says, and what it was asked for.
#[derive(Default)]
struct Asked {
    issuer: Mutex<String>,
    token: Mutex<Option<String>>,
    user_info: Mutex<Value>,
    /// The Authorization header and the form of the last exchange.
    exchange: Mutex<(String, Vec<(String, String)>)>,
}

fn key(number: usize) -> CoreEdDsaPrivateSigningKey {
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(KEYS[number], None).unwrap()
}

async fn discovery(asked: web::Data<Asked>, request: HttpRequest) -> HttpResponse {
    let base = format!("http://{}", request.app_config().local_addr());
    HttpResponse::Ok().json(json!({
        "issuer": *asked.issuer.lock().unwrap(),
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "jwks_uri": format!("{base}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
    }))
}

async fn exchange(
    asked: web::Data<Asked>,
    request: HttpRequest,
    form: web::Form<Vec<(String, String)>>,
) -> HttpResponse {
    let basic = request.headers().get("authorization").map_or("", |value| value.to_str().unwrap());
    *asked.exchange.lock().unwrap() = (basic.to_owned(), form.into_inner());
    match &*asked.token.lock().unwrap() {
        Some(token) => HttpResponse::Ok().json(json!({
            "access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": token,
        })),
        None => HttpResponse::BadRequest().json(json!({
            "error": "invalid_grant", "error_description": format!("{CODE} was used"),
        })),
    }
}

impl FakeProvider {
    async fn start() -> Self {
        let asked = web::Data::new(Asked::default());
        let shared = asked.clone();
        let keys = json!({ "keys": [key(0).as_verification_key()] });
        let server = HttpServer::new(move || {
            let keys = keys.clone();
            App::new()
                .app_data(shared.clone())
                .route("/.well-known/openid-configuration", web::get().to(discovery))
                .route("/token", web::post().to(exchange))
                .route("/jwks", web::get().to(move || std::future::ready(HttpResponse::Ok().json(&keys))))
                .route(
                    "/userinfo",
                    web::get().to(async |asked: web::Data<Asked>| {
                        HttpResponse::Ok().json(&*asked.user_info.lock().unwrap())
                    }),
                )
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        issuer.clone_into(&mut asked.issuer.lock().unwrap());
        Self { issuer, asked }
    }

    fn client(&self) -> OidcProvider {
        OidcProvider::new(config(&self.issuer)).unwrap()
    }

    /// The claims of an honest token for this login.
    fn claims(&self, url: &str) -> Value {
        let now = Timestamp::now().as_second();
        let nonce = parameter(url, "nonce");
        json!({
            "iss": self.issuer, "aud": [CLIENT], "sub": "7", "iat": now, "exp": now + 60, "nonce": nonce,
            "email": "ada@corp.example", "email_verified": true, "groups": ["staff", "dba"],
        })
    }

    /// Logs in with a token of these claims, signed with the key of this number.
    async fn log_in(&self, change: impl Fn(&mut Value), signed_by: usize) -> Result<Identity, OidcError> {
        let client = self.client();
        let (url, begun) = client.begin("/".to_owned()).await?;
        let mut claims = self.claims(&url);
        change(&mut claims);
        *self.asked.token.lock().unwrap() = Some(signed(claims, signed_by));
        client.finish(begun, CODE.to_owned()).await
    }
}

fn signed(claims: Value, by: usize) -> String {
    let claims: IdTokenClaims<AllClaims, CoreGenderClaim> = serde_json::from_value(claims).unwrap();
    let access = AccessToken::new("access".to_owned());
    let algorithm = CoreJwsSigningAlgorithm::EdDsa;
    let token: IdToken<_, _, CoreJweContentEncryptionAlgorithm, _> =
        IdToken::new(claims, &key(by), algorithm, Some(&access), None).unwrap();
    token.to_string()
}

fn config(issuer: &str) -> OidcConfig {
    OidcConfig {
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: Some(SECRET.to_owned().into()),
        redirect_url: "http://127.0.0.1:8420/login/oidc/callback".to_owned(),
        name: "Example".to_owned(),
        scopes: vec!["email".to_owned()],
        user_claim: "email".to_owned(),
        groups_claim: Some("groups".to_owned()),
        roles: GroupRoles {
            by_group: [("dba".to_owned(), GrantedRole::Administrator)].into(),
            everybody: None,
        },
        ca_file: None,
    }
}

fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).unwrap();
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

#[tokio::test]
async fn whom_the_provider_names_is_logged_in_and_the_verifier_and_the_secret_go_to_it_alone() {
    let provider = FakeProvider::start().await;
    let client = provider.client();
    let (url, begun) = client.begin("/heal".to_owned()).await.unwrap();
    assert_eq!((parameter(&url, "code_challenge_method").as_str(), begun.next.as_str()), ("S256", "/heal"));
    assert!(url.starts_with(&provider.issuer) && !url.contains(&begun.verifier) && !url.contains(SECRET));
    *provider.asked.token.lock().unwrap() = Some(signed(provider.claims(&url), 0));
    let identity = client.finish(begun, CODE.to_owned()).await.unwrap();
    let groups = vec!["dba".to_owned()];
    assert_eq!(identity, Identity { name: "ada@corp.example".to_owned(), groups }, "staff gives no role");
    let (basic, form) = provider.asked.exchange.lock().unwrap().clone();
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    assert_eq!(basic, format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}"))));
    let sent = |name: &str| form.iter().find(|(key, _)| key == name).unwrap().1.clone();
    assert_eq!(sent("code"), CODE);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(sent("code_verifier")));
    assert_eq!(parameter(&url, "code_challenge"), challenge);
}

#[tokio::test]
async fn a_token_that_is_not_the_providers_for_this_login_is_refused() {
    let provider = FakeProvider::start().await;
    let refused = async |change: fn(&mut Value), signed_by| match provider.log_in(change, signed_by).await {
        Err(OidcError::Token(told)) => told,
        other => panic!("{other:?}"),
    };
    assert!(refused(|_| {}, 1).await.contains("ignature"), "signed by another key");
    let issuer = refused(|claims| claims["iss"] = json!("https://evil.example"), 0).await;
    assert!(issuer.contains("evil.example"), "{issuer}");
    refused(|claims| claims["aud"] = json!(["another"]), 0).await;
    refused(|claims| claims["aud"] = json!([CLIENT, "another"]), 0).await;
    refused(|claims| claims["nonce"] = json!("of another login"), 0).await;
    let now = Timestamp::now().as_second();
    refused(|claims| claims["exp"] = json!(Timestamp::now().as_second() - 120), 0).await;
    refused(|claims| claims["iat"] = json!(Timestamp::now().as_second() + 120), 0).await;
    // Clocks differ a little.
    let close = |claims: &mut Value| (claims["exp"], claims["iat"]) = (json!(now - 20), json!(now + 20));
    provider.log_in(close, 0).await.unwrap();
}

#[tokio::test]
async fn who_has_no_name_or_an_email_that_is_nobodys_is_refused_and_groups_may_stand_elsewhere() {
    let provider = FakeProvider::start().await;
    *provider.asked.user_info.lock().unwrap() =
        json!({ "sub": "7", "email": "eve@corp.example", "groups": ["dba"] });
    let unverified = provider.log_in(|claims| claims["email_verified"] = json!(false), 0).await;
    assert!(matches!(unverified, Err(OidcError::Unverified(_))), "{unverified:?}");
    let no_name = provider.log_in(|claims| claims["email"] = json!("a b@corp.example"), 0).await;
    assert!(matches!(no_name, Err(OidcError::NoName(_))), "{no_name:?}");
    // What is not in the token is asked for, and what is in it stays.
    let without = |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove("groups"));
    let told = provider.log_in(without, 0).await.unwrap();
    assert_eq!(
        (told.name.as_str(), told.groups.as_slice()),
        ("ada@corp.example", ["dba".to_owned()].as_slice())
    );
    provider.asked.user_info.lock().unwrap()["sub"] = json!("8");
    let other = provider.log_in(without, 0).await;
    assert!(matches!(other, Err(OidcError::Token(_))), "told of somebody else: {other:?}");
}

#[tokio::test]
async fn a_state_that_is_forged_or_used_or_old_is_refused() {
    let provider = FakeProvider::start().await;
    let client = provider.client();
    let (url, one) = client.begin("/".to_owned()).await.unwrap();
    let mut begun = Vec::new();
    remember(&mut begun, one);
    // Somebody who has a copy of the cookie.
    let mut copy = begun.clone();
    let is_state = |taken: Result<BegunLogin, OidcError>| matches!(taken, Err(OidcError::State));
    assert!(is_state(client.take(&mut begun, "forged")) && is_state(client.take(&mut begun, "")));
    client.take(&mut begun, &parameter(&url, "state")).unwrap();
    assert!(is_state(client.take(&mut begun, &parameter(&url, "state"))));
    assert!(is_state(client.take(&mut copy, &parameter(&url, "state"))), "it was used");
    let (url, one) = client.begin("/".to_owned()).await.unwrap();
    let mut old = vec![BegunLogin { since: Timestamp::now() - LASTS, ..one }];
    assert!(is_state(client.take(&mut old, &parameter(&url, "state"))));
    for _ in 0..5 {
        remember(&mut begun, client.begin("/".to_owned()).await.unwrap().1);
    }
    assert_eq!(begun.len(), MOST_BEGUN, "a cookie holds so many");
}

#[tokio::test]
async fn a_provider_that_is_away_or_another_or_refuses_is_told_without_code_and_secret() {
    let provider = FakeProvider::start().await;
    let client = provider.client();
    let (_, begun) = client.begin("/".to_owned()).await.unwrap();
    let refused = client.finish(begun, CODE.to_owned()).await.unwrap_err();
    assert!(matches!(&refused, OidcError::Code(told) if told == "invalid_grant"), "{refused:?}");
    let told = format!("{refused} {refused:?}");
    assert!(!told.contains(CODE) && !told.contains(SECRET), "{told}");
    *provider.asked.issuer.lock().unwrap() = "https://evil.example".to_owned();
    let other = provider.client().begin("/".to_owned()).await;
    assert!(matches!(&other, Err(OidcError::Provider(_))), "{other:?}");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = OidcProvider::new(config(&format!("http://{nobody}"))).unwrap().begin("/".to_owned()).await;
    assert!(matches!(&away, Err(OidcError::Away(_))), "{away:?}");
}
