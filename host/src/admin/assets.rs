//! The style sheet, the script and the icon, compiled into the binary.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// The path of an asset. It holds the content's hash, so that browsers may keep it for ever.
pub(super) fn path(name: &str) -> String {
    let version = Assets::get(name).map(|file| version(&file)).unwrap_or_default();
    format!("/assets/{name}?v={version}")
}

/// The asset of this name.
pub(super) async fn serve(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(file) = Assets::get(&name) else { return HttpResponse::NotFound().finish() };
    let version = version(&file);
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
    response.content_type(kind(&name)).body(file.data.into_owned())
}

fn version(file: &rust_embed::EmbeddedFile) -> String {
    hex::encode(&file.metadata.sha256_hash()[..8])
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
