//! Whose certificates are believed: those of the system's authorities and of the ones the user named besides. A
//! certificate that is not believed is refused with the name of who issued it.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;
use thiserror::Error;

/// The object identifiers of the parts of a name that people know an authority by: `commonName`, `organizationName`.
const KNOWN_BY: [&[u8]; 2] = [&[0x55, 0x04, 0x03], &[0x55, 0x04, 0x0a]];

/// A certificate that is not believed.
#[derive(Debug, Error)]
#[error("its certificate is by `{issuer}`: {reason}")]
pub(super) struct Untrusted {
    /// Who issued it.
    pub(super) issuer: String,
    /// True when it is only the issuer that is not known.
    pub(super) unknown_issuer: bool,
    reason: CertificateError,
}

/// The certificates of a PEM file; the problem is said in words.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("it is no PEM file: {error}"))?;
    if found.is_empty() {
        return Err("it holds no certificate".into());
    }
    Ok(found)
}

/// How TLS is spoken when `authorities` are believed beside the system's.
pub(super) fn config(
    authorities: Vec<CertificateDer<'static>>,
    crypto: Arc<CryptoProvider>,
) -> Result<ClientConfig, String> {
    let problem = |error: rustls::Error| error.to_string();
    let verifier = if authorities.is_empty() {
        Verifier::new(Arc::clone(&crypto))
    } else {
        Verifier::new_with_extra_roots(authorities, Arc::clone(&crypto))
    };
    let naming = Naming(verifier.map_err(problem)?);
    let mut config = ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .map_err(problem)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(naming))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The platform's own verdict; one against a certificate names its issuer.
#[derive(Debug)]
struct Naming(Verifier);

impl ServerCertVerifier for Naming {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.0
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|error| match error {
                rustls::Error::InvalidCertificate(reason) => {
                    let untrusted = Untrusted {
                        issuer: issuer(end_entity),
                        unknown_issuer: reason == CertificateError::UnknownIssuer,
                        reason,
                    };
                    CertificateError::Other(OtherError(Arc::new(untrusted))).into()
                }
                other => other,
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// The untrusted certificate among the causes of an error, if that was it.
pub(super) fn untrusted<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Untrusted> {
    let mut cause = Some(error);
    while let Some(one) = cause {
        // An I/O error is no link of the chain itself, it holds one.
        let inner = one
            .downcast_ref::<std::io::Error>()
            .and_then(|io| io.get_ref());
        let tls = inner
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            .or_else(|| one.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidCertificate(CertificateError::Other(other))) = tls {
            return other.0.downcast_ref::<Untrusted>();
        }
        cause = inner
            .map(|inner| inner as &(dyn std::error::Error + 'static))
            .filter(|inner| inner.is::<std::io::Error>())
            .or_else(|| one.source());
    }
    None
}

/// Who issued a certificate, as far as it says: its common name and organization.
fn issuer(certificate: &CertificateDer<'_>) -> String {
    let Ok(parsed) = webpki::EndEntityCert::try_from(certificate) else {
        return "somebody it does not name".into();
    };
    let name = parsed.issuer();
    let known: Vec<String> = KNOWN_BY.iter().filter_map(|id| part(name, id)).collect();
    match known.as_slice() {
        [] => "somebody it does not name".into(),
        [one] => one.clone(),
        [common, organization, ..] => format!("{common} ({organization})"),
    }
}

/// The text of the first attribute with the object identifier `id` in a DER name: the identifier, then a string of less
/// than 128 bytes. Bytes that only look like one name nothing worse than a wrong name.
fn part(name: &[u8], id: &[u8]) -> Option<String> {
    let mut wanted = vec![0x06, u8::try_from(id.len()).ok()?];
    wanted.extend_from_slice(id);
    let at = name
        .windows(wanted.len())
        .position(|window| window == wanted)?;
    let rest = name.get(at + wanted.len()..)?;
    let [_, length, text @ ..] = rest else {
        return None;
    };
    let text = text.get(..usize::from(*length).min(127))?;
    let text: String = String::from_utf8_lossy(text)
        .chars()
        .filter(|c| !c.is_control() && *c != '`')
        .collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_by_its_parts_and_hostile_bytes_are_no_fault() {
        let name = b"\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04Acme\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x0c\x06Acme `";
        assert_eq!(part(name, KNOWN_BY[1]).as_deref(), Some("Acme"));
        assert_eq!(part(name, KNOWN_BY[0]).as_deref(), Some("Acme "));
        for cut in 0..name.len() {
            let _ = part(&name[..cut], KNOWN_BY[0]);
        }
        assert_eq!(part(b"", KNOWN_BY[0]), None);
    }

    #[test]
    fn what_is_no_certificate_is_said() {
        assert!(
            certificates(b"")
                .expect_err("nothing")
                .contains("no certificate")
        );
        let broken = b"-----BEGIN CERTIFICATE-----\n***\n-----END CERTIFICATE-----\n";
        assert!(certificates(broken).expect_err("broken").contains("no PEM"));
    }
}
