//! OAuth device authorization (RFC 8628) and the renewal of what it granted (RFC 6749, section 6). It waits for nothing:
//! whoever asks keeps the pauses.
//!
//! GitHub answers errors with status 200, so what an answer holds decides, never its status.

use http::Method;
use http::header::ACCEPT;
use jiff::{SignedDuration, Timestamp};
use perch_core::seam::account::{DeviceAnswer, DeviceCode, Grant};
use perch_core::seam::provider::ProviderError;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::http::{Body, Request, shared};

/// Seconds between two questions where the forge names none (RFC 8628, section 3.2).
const INTERVAL: i64 = 5;

/// Where a forge is asked.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    /// The forge's name for people.
    pub(crate) forge: &'static str,
    /// Where an authorization begins.
    pub(crate) code: String,
    /// Where tokens are had.
    pub(crate) token: String,
}

impl Endpoints {
    /// Begins an authorization for `scope`.
    pub(crate) async fn begin(
        &self,
        client_id: &str,
        scope: &str,
    ) -> Result<DeviceCode, ProviderError> {
        let answer = self
            .post(&self.code, &[("client_id", client_id), ("scope", scope)])
            .await?;
        let text = |name: &str| answer[name].as_str();
        let (Some(device_code), Some(user_code), Some(verification_uri)) = (
            text("device_code"),
            text("user_code"),
            text("verification_uri").filter(|uri| uri.starts_with("http")),
        ) else {
            return Err(self.refused(&answer));
        };
        Ok(DeviceCode {
            device_code: device_code.into(),
            user_code: user_code.to_owned(),
            verification_uri: verification_uri.to_owned(),
            expires_in: answer["expires_in"].as_i64().unwrap_or(900).clamp(1, 3_600),
            interval: answer["interval"].as_i64().unwrap_or(INTERVAL).clamp(1, 60),
        })
    }

    /// Asks whether the user has agreed.
    pub(crate) async fn ask(
        &self,
        client_id: &str,
        code: &DeviceCode,
        now: Timestamp,
    ) -> Result<DeviceAnswer, ProviderError> {
        let form = [
            ("client_id", client_id),
            ("device_code", code.device_code.expose_secret()),
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ];
        let answer = self.post(&self.token, &form).await?;
        if let Some(grant) = granted(&answer, client_id, now) {
            return Ok(DeviceAnswer::Granted(grant));
        }
        match answer["error"].as_str() {
            Some("authorization_pending") => Ok(DeviceAnswer::Pending),
            Some("slow_down") => Ok(DeviceAnswer::SlowDown),
            Some("access_denied") => Ok(DeviceAnswer::Denied),
            Some("expired_token" | "token_expired") => Ok(DeviceAnswer::Expired),
            _ => Err(self.refused(&answer)),
        }
    }

    /// A new grant for one that ends. The old one's renewal is used up by it.
    pub(crate) async fn renew(
        &self,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<Grant, ProviderError> {
        let Some(refresh) = &grant.refresh else {
            return Err(self.ended());
        };
        let form = [
            ("client_id", grant.client_id.as_str()),
            ("refresh_token", refresh.expose_secret()),
            ("grant_type", "refresh_token"),
        ];
        let answer = self.post(&self.token, &form).await?;
        granted(&answer, &grant.client_id, now).ok_or_else(|| self.ended())
    }

    async fn post(&self, url: &str, form: &[(&str, &str)]) -> Result<Value, ProviderError> {
        let mut request = Request::new(Method::POST, url).header(ACCEPT, "application/json");
        request.body = Some(Body::Encoded(encode(form)));
        let answer = shared().send(&request).await?;
        if answer.status.is_server_error() {
            let (forge, status) = (self.forge, answer.status);
            return Err(ProviderError::Unavailable(format!(
                "{forge} answered {status}"
            )));
        }
        Ok(answer.json().unwrap_or_default())
    }

    fn refused(&self, answer: &Value) -> ProviderError {
        let forge = self.forge;
        let said = answer["error_description"]
            .as_str()
            .or(answer["error"].as_str());
        let said: String = said
            .unwrap_or("it does not know the application")
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        ProviderError::Refused {
            problem: format!(
                "{forge} does not begin a sign-in: {}",
                said.trim_end_matches('.')
            ),
            next_step: "check the client id, and that its application allows the device flow"
                .into(),
        }
    }

    fn ended(&self) -> ProviderError {
        ProviderError::Refused {
            problem: format!("what {} granted has ended and was not renewed", self.forge),
            next_step: "sign in again with `perch connect`".into(),
        }
    }
}

fn encode(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}

fn granted(answer: &Value, client_id: &str, now: Timestamp) -> Option<Grant> {
    let text = |name: &str| answer[name].as_str().filter(|text| !text.is_empty());
    let access = SecretString::from(text("access_token")?);
    let seconds = answer["expires_in"].as_i64().filter(|seconds| *seconds > 0);
    Some(Grant {
        access,
        ends: seconds.and_then(|seconds| now.checked_add(SignedDuration::from_secs(seconds)).ok()),
        refresh: text("refresh_token").map(Into::into),
        client_id: client_id.to_owned(),
    })
}
