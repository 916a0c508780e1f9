//! DANE for clients of rustls.

use core::fmt;
use std::sync::Arc;
use std::vec::Vec;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use crate::binding::Authorities;
use crate::dane::Requirement;
use crate::time::{Clock, Time};

/// Makes a verifier of certificates that takes a server for who it is if one of its TLSA records fits, and for no other
/// reason.
///
/// ```
/// use dnsproof::binding::Authorities;
/// use dnsproof::dane::Requirement;
/// use dnsproof::net::DaneVerifier;
///
/// # fn connect(requirement: Requirement) -> Result<(), Box<dyn std::error::Error>> {
/// let name = rustls_pki_types::ServerName::try_from(requirement.sni.to_string().trim_end_matches('.').to_string())?;
/// let verifier = DaneVerifier::new(requirement, Authorities::none());
/// let config = std::sync::Arc::new(verifier.config()?);
/// let tls = rustls::ClientConnection::new(config, name)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct DaneVerifier {
    requirement: Requirement,
    authorities: Authorities,
}

impl DaneVerifier {
    /// By this requirement; `authorities` are the public CAs that usages 0 and 1 need.
    #[must_use]
    pub const fn new(requirement: Requirement, authorities: Authorities) -> Self {
        Self { requirement, authorities }
    }

    /// A configuration that uses it, for TLS 1.2 and 1.3, for as long as the TLSA records hold. Sessions are not resumed:
    /// then the certificate would not be shown again.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn config(self) -> Result<ClientConfig, Error> {
        config(self)
    }

    /// The verifier itself, for a configuration of the caller's. Rustls does not ask it where a session is resumed, and it
    /// does so unless [`ClientConfig::resumption`] says otherwise: a server could go on after its TLSA records have ended.
    #[must_use]
    pub fn verifier(self) -> Arc<dyn ServerCertVerifier> {
        Arc::new(Verifier { judge: self, provider: provider() })
    }
}

impl Judge for DaneVerifier {
    fn judge(&self, chain: &[CertificateDer<'_>], now: UnixTime) -> Result<(), Error> {
        let clock = Clock::exact(Time(now.as_secs()));
        //= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
        //# During the TLS handshake, if none of the certificate associations matches the certificate given by the TLS
        //# server, the TLS client MUST abort the handshake.
        //= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
        //# If an application has a configuration setting that has turned on TLSA use, or has any indication that TLSA
        //# is in use (regardless of whether or not this is configurable), that application either MUST NOT start a TLS
        //# connection or it MUST abort a TLS handshake if both of the two criteria above are not met.
        let judged = self.requirement.check(chain, &self.authorities, clock);
        judged
            .map(|_| ())
            .map_err(|mismatch| Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(mismatch)))))
    }
}

/// Takes any certificate, so that it can be judged after the handshake, before anything else is said.
#[derive(Debug)]
pub(super) struct Later;

impl Later {
    pub(super) fn config(protocols: &[&[u8]]) -> Result<ClientConfig, Error> {
        let mut config = config(Self)?;
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(config)
    }
}

impl Judge for Later {
    fn judge(&self, _: &[CertificateDer<'_>], _: UnixTime) -> Result<(), Error> {
        Ok(())
    }
}

/// Says whether a server is who it is to be.
trait Judge: fmt::Debug + Send + Sync + 'static {
    fn judge(&self, chain: &[CertificateDer<'_>], now: UnixTime) -> Result<(), Error>;
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn config(judge: impl Judge) -> Result<ClientConfig, Error> {
    let provider = provider();
    //= https://www.rfc-editor.org/rfc/rfc7671#section-3
    //# This document specifies that TLS clients that support DANE/TLSA MUST support at least TLS 1.0 and SHOULD support
    //# TLS 1.2 or later.
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let verifier = Arc::new(Verifier { judge, provider });
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    // A session that is resumed shows no certificate, and nobody would be asked whether it still counts.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// What all have in common: that the server has the key of its certificate.
#[derive(Debug)]
struct Verifier<J> {
    judge: J,
    provider: Arc<CryptoProvider>,
}

impl<J: Judge> ServerCertVerifier for Verifier<J> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain: Vec<CertificateDer<'_>> = core::iter::once(end_entity).chain(intermediates).cloned().collect();
        self.judge.judge(&chain, now).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
