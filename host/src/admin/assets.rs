//! The style sheet, the script and the icon, compiled into the binary.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static [u8],
    /// The beginning of the content's hash.
    version: String,
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        asset("tenon.css", "text/css; charset=utf-8", include_bytes!("../../assets/tenon.css")),
        asset("tenon.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/tenon.js")),
        asset("icon.svg", "image/svg+xml", include_bytes!("../../assets/icon.svg")),
    ]
});

fn asset(name: &'static str, kind: &'static str, content: &'static [u8]) -> Asset {
    Asset { name, kind, content, version: hex::encode(&Sha256::digest(content)[..8]) }
}

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The path of an asset. It holds the content's hash, so that browsers may keep it for ever.
pub(super) fn path(name: &str) -> String {
    let version = find(name).map(|asset| asset.version.as_str()).unwrap_or_default();
    format!("/assets/{name}?v={version}")
}

/// The asset of this name.
pub(super) async fn serve(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(Asset { kind, content, version, .. }) = find(&name) else {
        return HttpResponse::NotFound().finish();
    };
    let tag = header::EntityTag::new_strong(version.clone());
    let current = request.query_string() == format!("v={version}");
    let cache = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known == Some(tag.to_string().as_str());
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, cache)).insert_header(header::ETag(tag));
    if unchanged {
        return response.finish();
    }
    response.content_type(*kind).body(*content)
}
