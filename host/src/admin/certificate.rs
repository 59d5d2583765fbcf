//! The certificate that the server shows, which can be read again while it runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig as TlsConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::ServerConfig;

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("server.{setting}: {} could not be read", path.display())]
    Pem {
        setting: &'static str,
        path: PathBuf,
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    #[error("server.tls_cert: {} holds no certificate", path.display())]
    NoCertificate { path: PathBuf },
    #[error("server.tls_cert and server.tls_key do not go together")]
    Mismatch {
        #[source]
        source: rustls::Error,
    },
}

/// The certificate chain and its key, as they were last read. Connections that are open keep theirs.
#[derive(Debug)]
pub(super) struct Certificate {
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// The configured one, if there is one.
    pub(super) fn of(config: &ServerConfig) -> Result<Option<Arc<Self>>, CertificateError> {
        // Named here, since a process with two providers in it has no default.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let Some(current) = read(config, &provider)? else { return Ok(None) };
        Ok(Some(Arc::new(Self { provider, current: RwLock::new(current) })))
    }

    /// Reads it again, from where it is configured now. What cannot be used changes nothing.
    pub(super) fn reload(&self, config: &ServerConfig) -> Result<(), CertificateError> {
        if let Some(new) = read(config, &self.provider)? {
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        }
        Ok(())
    }

    /// What the server speaks TLS by.
    pub(super) fn tls(self: &Arc<Self>) -> Result<TlsConfig, CertificateError> {
        let builder = TlsConfig::builder_with_provider(Arc::clone(&self.provider));
        let builder = builder.with_safe_default_protocol_versions();
        let builder = builder.map_err(|source| CertificateError::Mismatch { source })?;
        Ok(builder.with_no_client_auth().with_cert_resolver(Arc::clone(self) as _))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn read(
    config: &ServerConfig,
    provider: &CryptoProvider,
) -> Result<Option<Arc<CertifiedKey>>, CertificateError> {
    let (Some(certificate), Some(key)) = (&config.tls_cert, &config.tls_key) else { return Ok(None) };
    let chain = certificates(certificate)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(pem("tls_key", key))?;
    let both = CertifiedKey::from_der(chain, key, provider);
    both.map(|both| Some(Arc::new(both))).map_err(|source| CertificateError::Mismatch { source })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let chain = chain.map_err(pem("tls_cert", path))?;
    if chain.is_empty() { Err(CertificateError::NoCertificate { path: path.to_owned() }) } else { Ok(chain) }
}

fn pem(setting: &'static str, path: &Path) -> impl FnOnce(rustls::pki_types::pem::Error) -> CertificateError {
    let path = path.to_owned();
    move |source| CertificateError::Pem { setting, path, source }
}
