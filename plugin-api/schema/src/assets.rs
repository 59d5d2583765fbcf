//! The files of a plugin's pages: which may be one, and of what type each is.

/// The most files that a plugin brings.
pub const MOST_ASSETS: usize = 200;
/// The most bytes of one file.
pub const MOST_ASSET_BYTES: u64 = 2 << 20;
/// The most bytes of all files of a plugin.
pub const MOST_ASSETS_BYTES: u64 = 8 << 20;
/// The name of the script that the host serves beside a plugin's own files.
pub const HOST_SCRIPT: &str = "tenon.js";

/// The extensions of files that can be served, and their types.
const TYPES: [(&str, &str); 21] = [
    ("avif", "image/avif"),
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("gif", "image/gif"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
];

/// The type of a file by its extension, if such files are served.
pub fn asset_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    TYPES.iter().find(|(known, _)| *known == extension).map(|(_, kind)| *kind)
}

/// Whether this is an HTML document.
pub fn is_document(path: &str) -> bool {
    asset_type(path).is_some_and(|kind| kind.starts_with("text/html"))
}

/// What is wrong with the path of a file, relative to the folder of all.
///
/// # Errors
///
/// The fault, in words that go on after the path: `: it is hidden`.
pub fn check_asset_path(path: &str) -> Result<(), &'static str> {
    if path == HOST_SCRIPT {
        return Err("the host has a script of that name");
    }
    if path.len() > 200 {
        return Err("its path is longer than 200 characters");
    }
    for segment in path.split('/') {
        if segment.is_empty() || segment.starts_with('.') {
            return Err("it is hidden, or its path has an empty part");
        }
        if !segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            return Err("its path has other characters than letters, digits and -._~");
        }
    }
    match asset_type(path) {
        Some(_) => Ok(()),
        None => Err("files with this extension are not served"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_plain_path_and_a_known_extension() {
        assert!(TYPES.is_sorted());
        for good in ["index.html", "css/a-b.min.css", "x/y/z~1.woff2"] {
            assert_eq!(check_asset_path(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            ".env",
            "a/.git/x.js",
            "../x.js",
            "a//x.js",
            "/x.js",
            "x",
            "x.php",
            "a b.js",
            "ä.js",
            "tenon.js",
        ] {
            assert!(check_asset_path(bad).is_err(), "{bad}");
        }
        assert!(is_document("a/b.htm") && !is_document("a.svg"));
    }
}
