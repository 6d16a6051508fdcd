//! Services whose keys are told by the name they are assigned to: most have no form of their own.
//!
//! The forms are facts about the keys these services hand out: an alphabet and a length.

use std::sync::{LazyLock, OnceLock};

use aho_corasick::AhoCorasick;
use regex::Regex;

use super::{assignment::floor_boundary, value};

/// Lower-case names, at least four letters, as they stand in variable names, with the forms of their keys in either
/// case, the longest first. An empty one is not known.
pub(super) const SERVICES: &[(&str, &str)] = &[
    ("1password", ""),
    ("abuseipdb", ""),
    ("adafruit", r"[a-z0-9_-]{32}"),
    ("adobe", r"[a-f0-9]{32}"),
    ("airbrake", ""),
    ("airtable", r"[a-z0-9]{17}"),
    ("alchemy", ""),
    ("algolia", r"[a-z0-9]{32}"),
    ("alibaba", r"[a-z0-9]{30}"),
    ("aliyun", ""),
    ("amplitude", ""),
    ("anthropic", ""),
    ("appcenter", ""),
    ("artifactory", r"[a-z0-9]{73}|[a-z0-9]{64}"),
    ("asana", r"[a-z0-9]{32}|[0-9]{16}"),
    ("atlassian", r"[a-z0-9]{24}"),
    ("auth0", ""),
    ("azure", ""),
    ("bamboohr", ""),
    ("beamer", r"b_[a-z0-9=_-]{44}"),
    ("binance", ""),
    ("bintray", r"[a-z0-9]{73}|[a-z0-9]{64}"),
    ("bitbucket", r"[a-z0-9=_-]{64}|[a-z0-9]{32}"),
    ("bitly", ""),
    ("bittrex", r"[a-z0-9]{32}"),
    ("bitvavo", r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"),
    ("braintree", ""),
    ("browserstack", ""),
    ("bugsnag", ""),
    ("buildkite", ""),
    ("buildpulse", ""),
    ("calendly", ""),
    ("chargebee", ""),
    ("circleci", ""),
    ("clearbit", ""),
    ("clerk", ""),
    ("clickhouse", ""),
    ("clicksend", ""),
    ("clickup", ""),
    ("cloudflare", r"[a-z0-9_-]{40}|[a-f0-9]{37}"),
    ("cloudinary", ""),
    ("codacy", ""),
    ("codeclimate", ""),
    ("codecov", r"[a-z0-9]{32}"),
    ("cohere", r"[a-z0-9]{40}"),
    ("coinbase", r"[a-z0-9_-]{64}"),
    ("confluence", r"[a-z0-9]{24}"),
    ("confluent", r"[a-z0-9]{64}|[a-z0-9]{16}"),
    ("contentful", r"[a-z0-9=_-]{43}"),
    ("contribsys", r"[a-f0-9]{8}:[a-f0-9]{8}"),
    ("coveralls", ""),
    ("databricks", ""),
    ("datadog", r"[a-z0-9]{40}|[a-f0-9]{32}"),
    ("deepgram", ""),
    ("deepl", ""),
    ("deepseek", ""),
    ("digitalocean", ""),
    ("discord", r"[a-f0-9]{64}|[a-z0-9=_-]{32}|[0-9]{18}"),
    ("dockerhub", ""),
    ("doppler", ""),
    ("droneci", r"[a-z0-9]{32}"),
    ("dropbox", r"[a-z0-9]{11}A{10}[a-z0-9=_-]{43}|[a-z0-9]{15}"),
    ("duffel", ""),
    ("dynatrace", ""),
    ("easypost", ""),
    ("elastic", ""),
    ("etherscan", ""),
    ("etsy", r"[a-z0-9]{24}"),
    (
        "facebook",
        r"[0-9]{15,16}[|%][a-z0-9_-]{27,40}|[a-f0-9]{32}",
    ),
    ("fastly", r"[a-z0-9=_-]{32}"),
    ("figma", ""),
    ("filestack", ""),
    ("finicity", r"[a-f0-9]{32}|[a-z0-9]{20}"),
    ("finnhub", r"[a-z0-9]{20}"),
    ("firebase", ""),
    ("flickr", r"[a-z0-9]{32}"),
    ("flutterwave", ""),
    ("fontawesome", ""),
    ("frameio", ""),
    ("freemius", r#"sk_[^\s"']{29}"#),
    ("freshbooks", r"[a-z0-9]{64}"),
    ("freshdesk", ""),
    ("gemini", ""),
    ("github", ""),
    ("gitlab", ""),
    ("gitter", r"[a-z0-9_-]{40}"),
    ("gocardless", r"live_[a-z0-9=_-]{40}"),
    ("grafana", ""),
    ("greenhouse", ""),
    ("groq", ""),
    ("harness", ""),
    ("heroku", r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"),
    ("honeybadger", ""),
    ("honeycomb", ""),
    ("hubspot", r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"),
    ("infracost", ""),
    ("infura", ""),
    ("instagram", ""),
    ("instana", ""),
    ("intercom", r"[a-z0-9=_-]{60}"),
    ("jenkins", ""),
    ("jfrog", r"[a-z0-9]{73}|[a-z0-9]{64}"),
    ("jira", r"[a-z0-9]{24}"),
    ("kakao", ""),
    ("klaviyo", ""),
    ("kraken", r"[a-z0-9/=_+-]{80,90}"),
    (
        "kucoin",
        r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}|[a-f0-9]{24}",
    ),
    ("langfuse", ""),
    (
        "launchdarkly",
        r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}|[a-z0-9=_-]{40}",
    ),
    ("linear", r"[a-f0-9]{32}"),
    ("linked-in", r"[a-z0-9]{16}|[a-z0-9]{14}"),
    ("linked_in", r"[a-z0-9]{16}|[a-z0-9]{14}"),
    ("linkedin", r"[a-z0-9]{16}|[a-z0-9]{14}"),
    ("litellm", ""),
    ("logdna", r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"),
    ("loggly", ""),
    ("looker", r"[a-z0-9]{24}|[a-z0-9]{20}"),
    ("mailchimp", ""),
    (
        "mailgun",
        r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}|[a-h0-9]{32}-[a-h0-9]{8}-[a-h0-9]{8}",
    ),
    ("mailjet", ""),
    ("mandrill", ""),
    ("mapbox", r"pk[.][a-z0-9]{60}[.][a-z0-9]{22}"),
    ("mattermost", r"[a-z0-9]{26}"),
    ("maxmind", ""),
    ("meraki", r"[a-f0-9]{40}"),
    (
        "message-bird",
        r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}|[a-z0-9]{25}",
    ),
    (
        "message_bird",
        r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}|[a-z0-9]{25}",
    ),
    (
        "messagebird",
        r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}|[a-z0-9]{25}",
    ),
    ("mistral", ""),
    ("mixpanel", ""),
    ("mongodb", ""),
    ("netlify", r"[a-z0-9=_-]{40,46}"),
    ("new-relic", r"[a-z0-9]{64}|NRJS-[a-f0-9]{19}"),
    ("new_relic", r"[a-z0-9]{64}|NRJS-[a-f0-9]{19}"),
    ("newrelic", r"[a-z0-9]{64}|NRJS-[a-f0-9]{19}"),
    ("newyorktimes", r"[a-z0-9=_-]{32}"),
    ("notion", ""),
    ("npmjs", ""),
    ("nuget", ""),
    ("nytimes", r"[a-z0-9=_-]{32}"),
    ("octopus", ""),
    ("okta", r"00[a-z0-9=_-]{40}"),
    ("onesignal", ""),
    ("openai", ""),
    ("openrouter", ""),
    ("opsgenie", ""),
    ("pagerduty", ""),
    ("paypal", ""),
    ("percy", ""),
    ("perplexity", ""),
    ("pinata", ""),
    ("pinecone", ""),
    ("pipedrive", ""),
    (
        "plaid",
        r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}|[a-z0-9]{30}|[a-z0-9]{24}",
    ),
    ("planetscale", ""),
    ("plivo", ""),
    ("polymarket", ""),
    ("posthog", ""),
    ("postman", ""),
    ("postmark", r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"),
    ("prefect", ""),
    ("private-ai", r"[a-z0-9]{32}"),
    ("private_ai", r"[a-z0-9]{32}"),
    ("privateai", r"[a-z0-9]{32}"),
    ("pulumi", ""),
    ("pusher", ""),
    ("quicknode", ""),
    ("rapidapi", r"[a-z0-9_-]{50}"),
    ("razorpay", ""),
    ("readme", ""),
    ("recaptcha", ""),
    ("replicate", ""),
    ("resend", ""),
    ("ringcentral", ""),
    ("rollbar", ""),
    ("rubygems", ""),
    ("rundeck", ""),
    ("sauce", ""),
    ("scalingo", r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"),
    ("segment", ""),
    (
        "sendbird",
        r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}|[a-f0-9]{40}",
    ),
    ("sendgrid", ""),
    ("sendinblue", ""),
    ("sentry", r"[a-f0-9]{64}"),
    ("settlemint", ""),
    ("shippo", ""),
    ("shodan", ""),
    ("shopify", ""),
    ("sidekiq", ""),
    ("slack", ""),
    ("snyk", r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"),
    ("sonar", r"(?:sq[upa]_)?[a-z0-9=_-]{40}"),
    ("sourcegraph", r"[a-f0-9]{40}"),
    ("splunk", ""),
    ("spotify", ""),
    ("square", r"EAAA[a-z0-9_-]{22,60}"),
    (
        "squarespace",
        r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}",
    ),
    ("stability", ""),
    ("statuspage", ""),
    ("stripe", ""),
    ("sumo", r"[a-z0-9]{64}|su[a-z0-9]{12}"),
    ("sumologic", r"[a-z0-9]{64}|su[a-z0-9]{12}"),
    ("supabase", ""),
    ("telegr", r"[0-9]{5,16}:A[a-z0-9_-]{34}"),
    ("terraform", ""),
    ("todoist", ""),
    ("together", ""),
    ("travis", r"[a-z0-9]{22}"),
    ("trello", ""),
    ("twilio", ""),
    ("twitch", r"[a-z0-9]{30}"),
    (
        "twitter",
        r"[0-9]{15,25}-[a-z0-9]{20,40}|A{22}[a-z0-9%]{80,100}|[a-z0-9]{50}|[a-z0-9]{45}|[a-z0-9]{25}",
    ),
    ("typeform", r"tfp_[a-z0-9_.=-]{59}"),
    ("upstash", ""),
    ("vault", ""),
    ("vercel", ""),
    ("voyage", ""),
    ("wakatime", ""),
    ("weatherapi", ""),
    ("webflow", ""),
    ("woocommerce", ""),
    ("xray", r"[a-z0-9]{73}|[a-z0-9]{64}"),
    (
        "yandex",
        r"YC[a-z0-9_-]{38}|AQVN[a-z0-9_-]{35,38}|t1[.][a-z0-9_-]+={0,2}[.][a-z0-9_-]{86}={0,2}",
    ),
    ("youtube", ""),
    ("zapier", ""),
    ("zendesk", r"[a-z0-9]{40}"),
    ("zoho", ""),
];

static NAMES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(SERVICES.iter().map(|(name, _)| name))
        .expect("the names are few and short")
});

static FORMS: LazyLock<Vec<OnceLock<Regex>>> =
    LazyLock::new(|| SERVICES.iter().map(|_| OnceLock::new()).collect());

/// True when `name` holds the name of a service.
pub(super) fn is_named_in(name: &str) -> bool {
    NAMES.is_match(name)
}

/// The length of the key of a service named in `name` that `text` begins with.
pub(super) fn key_length(name: &str, text: &str) -> Option<usize> {
    NAMES.find_overlapping_iter(name).find_map(|found| {
        let number = found.pattern().as_usize();
        let (_, form) = SERVICES[number];
        if form.is_empty() {
            return None;
        }
        let regex = FORMS[number].get_or_init(|| {
            Regex::new(&format!("(?i)^(?:{form})")).expect("a test compiles every form")
        });
        let length = regex.find(&text[..floor_boundary(text, 300)])?.end();
        let mut after = text[length..].bytes();
        let ends = match after.next() {
            // A sentence or a host may end here, a key of more parts may not.
            Some(b'.' | b':') => !after
                .next()
                .is_some_and(|next| next.is_ascii_alphanumeric()),
            Some(next) => !next.is_ascii_alphanumeric() && !b"_-=/+%".contains(&next),
            None => true,
        };
        let key = &text[..length];
        let made = key.bytes().all(|byte| byte.is_ascii_digit()) || !value::is_wordy(key);
        (ends && made && value::entropy(key) >= 2.0 && !value::is_placeholder(key))
            .then_some(length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_every_form_compiles() {
        assert!(SERVICES.is_sorted());
        for (name, form) in SERVICES {
            assert!(
                name.len() >= 4 && name.to_ascii_lowercase() == *name,
                "{name}"
            );
            Regex::new(&format!("(?i)^(?:{form})")).unwrap();
        }
    }
}
