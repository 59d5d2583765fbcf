//! What `[fetch]` and `[notify]` have in common: the proxy, and addresses that are not public.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Url;

use super::reader::Section;

/// The proxy through which something is asked, if there is one.
pub(super) fn http_proxy(section: &mut Section<'_, '_>) -> Option<String> {
    let (text, origin) = section.optional::<String>("proxy")?;
    let url = Url::parse(&text).ok().filter(|url| url.scheme() == "http" && url.has_host());
    match url {
        Some(url) if url.username().is_empty() && url.password().is_none() => Some(text),
        Some(_) => {
            section.problem("proxy", &origin, "a name and a password have no place in it");
            None
        }
        None => {
            let message = "must be the address of a proxy, such as \"http://proxy.example.com:3128\"";
            section.problem("proxy", &origin, message);
            None
        }
    }
}

/// Whether the proxy alone looks up names. Without a proxy that would do nothing.
pub(super) fn proxy_resolves(section: &mut Section<'_, '_>, proxy: Option<&str>) -> bool {
    let Some((resolves, origin)) = section.optional::<bool>("proxy_resolves") else { return false };
    if resolves && proxy.is_none() {
        let message = format!("needs {} beside it", section.key("proxy"));
        section.problem("proxy_resolves", &origin, message);
    }
    resolves
}

/// An address or a network of addresses: none that is every address.
pub(super) fn private_network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    match network {
        Ok(network) if network.prefix_len() == 0 => Err(format!("\"{text}\" is every address")),
        Ok(network) => Ok(network),
        Err(_) => Err(format!("\"{text}\" is neither an address nor a network such as \"10.0.0.0/24\"")),
    }
}

/// The networks under `private`.
pub(super) fn private_networks(section: &mut Section<'_, '_>) -> Vec<IpNet> {
    let Some((texts, origin)) = section.optional::<Vec<String>>("private") else { return Vec::new() };
    let mut networks = Vec::new();
    for text in texts {
        match private_network(&text) {
            Ok(network) => networks.push(network),
            Err(message) => section.problem("private", &origin, message),
        }
    }
    networks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_named_and_never_all_of_them() {
        assert!(private_network("0.0.0.0/0").is_err() && private_network("ten").is_err());
        assert!(private_network("10.0.0.5").unwrap().contains(&"10.0.0.5".parse::<IpAddr>().unwrap()));
    }
}
