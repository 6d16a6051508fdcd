//! What a status means for the road: go on, wait, or tell the user. Pure.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use perch_core::seam::provider::ProviderError;

use super::{Answer, Fault};

/// The shortest wait where the far side names none, and the first of those that double.
const UNNAMED: SignedDuration = SignedDuration::from_secs(60);

/// The longest wait of our own choosing. What the far side names is obeyed as it is, up to a day.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);

impl From<Fault> for ProviderError {
    fn from(fault: Fault) -> Self {
        match &fault {
            Fault::Address(_) => Self::Misconfigured {
                problem: fault.to_string(),
                next_step: "correct `base_url`".into(),
            },
            Fault::Proxy(_) => proxy_login(fault.to_string()),
            Fault::Untrusted { unknown_issuer, .. } => Self::Misconfigured {
                problem: fault.to_string(),
                next_step: if *unknown_issuer {
                    "if that is your organization's own authority, name its certificate in the setting `ca_file`; if not, somebody may stand in between".into()
                } else {
                    "have its certificate put right, or correct `base_url`".into()
                },
            },
            Fault::Redirect { .. } => Self::Unavailable(format!(
                "{fault}; if this network wants you to sign in, do so in a browser"
            )),
            _ => Self::Unavailable(fault.to_string()),
        }
    }
}

/// What a proxy that wants a login means.
pub(crate) fn proxy_login(problem: String) -> ProviderError {
    ProviderError::Misconfigured {
        problem,
        next_step: "put name and password into HTTPS_PROXY, as in http://name:password@proxy:3128, and start Perch again"
            .into(),
    }
}

/// What is left of a quota, as forges write it into their answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests made since it was last full, if the answer says so.
    pub used: Option<u64>,
    /// Requests left.
    pub remaining: u64,
    /// Requests allowed in all, if that is said.
    pub limit: Option<u64>,
    /// When the quota is full again.
    pub reset: Timestamp,
}

impl Answer {
    /// What is left of the quota, if the answer says so.
    pub fn rate(&self) -> Option<Rate> {
        let number = |name: &str| {
            let text = self
                .header(&format!("x-{name}"))
                .or_else(|| self.header(name));
            text?.trim().parse::<i64>().ok()
        };
        let remaining: u64 = number("ratelimit-remaining")?.try_into().ok()?;
        let limit = number("ratelimit-limit").and_then(|limit| u64::try_from(limit).ok());
        let used = ["ratelimit-used", "ratelimit-observed"]
            .into_iter()
            .find_map(|name| u64::try_from(number(name)?).ok());
        Some(Rate {
            used: used.or_else(|| Some(limit?.saturating_sub(remaining))),
            remaining,
            limit,
            reset: Timestamp::from_second(number("ratelimit-reset")?).ok()?,
        })
    }

    /// The pause the far side asks for between polls.
    pub fn poll_interval(&self) -> Option<SignedDuration> {
        let seconds: i64 = self.header("x-poll-interval")?.trim().parse().ok()?;
        Some(SignedDuration::from_secs(seconds.clamp(0, 86_400)))
    }

    /// The message of a JSON error, in one line without a final dot, and bounded.
    pub fn message(&self) -> String {
        let body: serde_json::Value = self.json().unwrap_or_default();
        let mut words = Vec::new();
        for field in ["message", "error", "error_description", "errors"] {
            said(&body[field], &mut words);
        }
        words.retain(|word| !word.is_empty());
        let line = words.join(": ").replace(['\n', '\r'], " ");
        line.trim_end_matches('.').chars().take(300).collect()
    }

    /// Until when the far side wants to be left alone: `Retry-After` first, else an empty quota's reset,
    /// else at least a minute, twice as long for each of the `before` times in a row it said so already.
    ///
    /// Nothing if the status has another meaning. A 403 is only a limit if the answer says so.
    pub fn wait_until(&self, now: Timestamp, before: u32) -> Option<Timestamp> {
        let named = self.header("retry-after").and_then(|text| {
            let seconds = text.trim().parse::<i64>();
            seconds.map_or_else(|_| http_date(text), |seconds| moment(now, seconds))
        });
        let emptied = self
            .rate()
            .filter(|rate| rate.remaining == 0)
            .map(|rate| rate.reset);
        let limited = match self.status {
            StatusCode::TOO_MANY_REQUESTS => true,
            StatusCode::FORBIDDEN => {
                let words = self.message().to_ascii_lowercase();
                named.is_some()
                    || emptied.is_some()
                    || words.contains("rate limit")
                    || words.contains("abuse")
            }
            StatusCode::SERVICE_UNAVAILABLE => named.is_some(),
            _ => false,
        };
        let own = || now + (UNNAMED * (1_i32 << before.min(10))).min(LONGEST);
        limited.then(|| {
            named
                .or(emptied)
                .map_or_else(own, |until| until.max(now + SignedDuration::from_secs(1)))
        })
    }
}

/// When the token ends, as GitHub announces it with every answer: `2026-12-02 09:00:00 UTC`, or with an offset.
pub(crate) fn ends(answer: &Answer) -> Option<Timestamp> {
    let text = answer.header("github-authentication-token-expiration")?;
    let text = text.trim().replace("UTC", "+0000");
    let at = jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S %z", text).ok()?;
    at.to_timestamp().ok()
}

/// When a token ends that GitLab says is good until `day`: as that day begins, in UTC.
pub(crate) fn day_ends(day: &str) -> Option<Timestamp> {
    format!("{day}T00:00:00Z").parse().ok()
}

/// The words in a part of an error: a text, a list of them, or texts by the field they are about.
fn said(part: &serde_json::Value, words: &mut Vec<String>) {
    match part {
        serde_json::Value::String(text) => words.push(text.clone()),
        serde_json::Value::Array(parts) => parts.iter().for_each(|part| said(part, words)),
        serde_json::Value::Object(fields) => match fields.get("message") {
            Some(message) => said(message, words),
            None => fields.values().for_each(|part| said(part, words)),
        },
        _ => {}
    }
}

fn moment(now: Timestamp, seconds: i64) -> Option<Timestamp> {
    now.checked_add(SignedDuration::from_secs(seconds.clamp(0, 86_400)))
        .ok()
}

/// A date as HTTP writes it (RFC 9110, section 5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim())
        .ok()
        .map(|date| date.timestamp())
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a header's value"));
        }
        Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: map,
            body: body.to_owned().into(),
            first_line: 1,
            elsewhere: None,
        }
    }

    #[test]
    fn a_limit_names_its_own_end_or_gets_one() {
        let now = Timestamp::from_second(1_000).expect("in range");
        let secondary = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        let cases = [
            (answer(429, &[("retry-after", "7")], ""), 0, Some(1_007)),
            (
                answer(
                    403,
                    &[
                        ("retry-after", "7"),
                        ("x-ratelimit-remaining", "0"),
                        ("x-ratelimit-reset", "9000"),
                    ],
                    "",
                ),
                0,
                Some(1_007),
            ),
            (
                answer(
                    403,
                    &[
                        ("x-ratelimit-remaining", "0"),
                        ("x-ratelimit-reset", "9000"),
                    ],
                    "",
                ),
                0,
                Some(9_000),
            ),
            (answer(403, &[], secondary), 0, Some(1_060)),
            (answer(403, &[], secondary), 2, Some(1_240)),
            (answer(429, &[], ""), 40, Some(4_600)),
            (
                answer(429, &[("retry-after", "Thu, 01 Jan 1970 00:20:00 GMT")], ""),
                0,
                Some(1_200),
            ),
            (answer(403, &[], r#"{"message":"Forbidden"}"#), 0, None),
            (
                answer(
                    403,
                    &[
                        ("x-ratelimit-remaining", "12"),
                        ("x-ratelimit-reset", "9000"),
                    ],
                    "",
                ),
                0,
                None,
            ),
            (
                answer(
                    404,
                    &[
                        ("x-ratelimit-remaining", "0"),
                        ("x-ratelimit-reset", "9000"),
                    ],
                    "",
                ),
                0,
                None,
            ),
            (answer(503, &[], ""), 0, None),
            (answer(503, &[("retry-after", "5")], ""), 0, Some(1_005)),
        ];
        for (answer, before, expected) in cases {
            let until = answer.wait_until(now, before).map(Timestamp::as_second);
            assert_eq!(until, expected, "{answer:?}");
        }
    }

    #[test]
    fn the_announced_end_of_a_token_is_read_with_and_without_an_offset() {
        for (text, second) in [
            ("1970-01-02 00:00:00 UTC", Some(86_400)),
            ("1970-01-02 02:00:00 +0200", Some(86_400)),
            ("soon", None),
        ] {
            let header = [("github-authentication-token-expiration", text)];
            let found = ends(&answer(200, &header, "")).map(Timestamp::as_second);
            assert_eq!(found, second, "{text}");
        }
    }

    #[test]
    fn the_next_page_is_the_link_that_says_so() {
        let links = [(
            "link",
            r#"<https://a/?page=1>; rel="prev", <https://a/?page=3>; rel="next", <https://a/?page=9>; rel="last""#,
        )];
        assert_eq!(
            answer(200, &links, "").next_page().as_deref(),
            Some("https://a/?page=3")
        );
        assert_eq!(answer(200, &[], "").next_page(), None);
    }
}
