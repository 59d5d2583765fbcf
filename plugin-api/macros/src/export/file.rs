//! `descriptors: "descriptors.json"`: a file of the crate that says what the plugin's source does not.

use std::path::PathBuf;
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr, Result};
use tenon_schema::{Descriptors, FORMAT};

/// The text of the file as an expression. All that can be wrong with it is an error here.
pub(super) fn read(file: &LitStr) -> Result<TokenStream> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let path = root.join(file.value());
    let wrong = |why: String| Error::new(file.span(), format!("{}: {why}", file.value()));
    let text = fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
    let read: Descriptors = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if read.format != FORMAT {
        return Err(wrong(format!("its format is {}, and this SDK writes {FORMAT}", read.format)));
    }
    let path = path.to_str().ok_or_else(|| wrong("its path is no text".to_owned()))?;
    Ok(quote!(::core::include_str!(#path)))
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn read_text(name: &str, text: &str) -> Result<String> {
        let path = env::temp_dir().join(format!("tenon-{name}-{}.json", std::process::id()));
        fs::write(&path, text).unwrap();
        let read = read(&LitStr::new(path.to_str().unwrap(), Span::call_site()));
        fs::remove_file(path).unwrap();
        read.map(|tokens| tokens.to_string())
    }

    #[test]
    fn a_file_that_is_no_descriptors_is_an_error_at_its_place() {
        let good = read_text("good", r#"{ "format": 1, "enums": [{ "name": "a.b", "labels": ["x"] }] }"#);
        assert!(good.unwrap().contains("include_str"));
        for (name, text, told) in [
            ("open", "{", "EOF"),
            ("word", r#"{ "format": 1, "tabels": [] }"#, "unknown field `tabels`"),
            ("format", r#"{ "format": 2 }"#, "its format is 2"),
        ] {
            let error = read_text(name, text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
