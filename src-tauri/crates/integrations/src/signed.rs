//! What webhooks of several forges have in common: an HMAC in hexadecimal, and JSON in a form. Pure.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use perch_core::seam::webhook::{Malformed, Unverified};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// A header's text without surrounding blanks; nothing when it is empty.
pub(crate) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Checks that `signature` is the HMAC-SHA256 of `content` by `secret`, in hexadecimal. In constant time.
pub(crate) fn verify_hex(
    signature: &str,
    content: &[u8],
    secret: &SecretString,
) -> Result<(), Unverified> {
    let signature = hex::decode(signature).map_err(|_| Unverified::Wrong)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(content);
    mac.verify_slice(&signature).map_err(|_| Unverified::Wrong)
}

/// True for a body that says it is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes().to_ascii_lowercase();
        kind.starts_with(b"application/x-www-form-urlencoded")
    })
}

/// The field `payload` of a form, which forges put their JSON in.
pub(crate) fn form_payload(body: &[u8]) -> Option<Bytes> {
    form_urlencoded::parse(body)
        .find(|(name, _)| name == "payload")
        .map(|(_, payload)| Bytes::from(payload.into_owned()))
}

/// The JSON object of a body, which may be a form.
pub(crate) fn object(headers: &HeaderMap, body: &Bytes) -> Result<Bytes, Malformed> {
    let body = if is_form(headers) {
        form_payload(body).ok_or_else(|| Malformed("the form has no field `payload`".into()))?
    } else {
        body.clone()
    };
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Malformed("the payload is no JSON object".into()));
    }
    Ok(body)
}
