//! The policy of a team: what no setting of a user may go beyond. Pure.

use regex::RegexSet;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::seam::model::{ModelChoice, ModelLimits};
use crate::wildcard;

/// A policy, as `policy.toml` beside the settings says it. An empty one forbids nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Providers of models that may be asked; every one when absent.
    pub allowed_providers: Option<Vec<String>>,
    /// Only models on this machine may be asked.
    pub local_only: bool,
    /// Files whose text is never sent: `secrets/**`.
    pub forbidden_paths: Vec<String>,
    /// US dollars in any 30 days that models may take at most.
    pub dollars_per_month: Option<f64>,
}

impl Policy {
    /// Why `choice` may not be asked; nothing if it may.
    pub fn forbids(&self, choice: &ModelChoice) -> Option<String> {
        if let Some(allowed) = &self.allowed_providers
            && !allowed.contains(&choice.provider)
        {
            return Some(format!(
                "the policy allows only {}",
                if allowed.is_empty() {
                    "no provider".to_owned()
                } else {
                    allowed.join(", ")
                }
            ));
        }
        (self.local_only && !is_here(&choice.base_url))
            .then(|| "the policy allows only models on this machine".to_owned())
    }

    /// `limits`, no higher than the policy allows.
    pub fn limited(&self, limits: ModelLimits) -> ModelLimits {
        let most = self.dollars_per_month.unwrap_or(f64::INFINITY);
        ModelLimits {
            dollars_per_day: limits.dollars_per_day.min(most),
            dollars_per_month: limits.dollars_per_month.min(most),
            dollars_per_suggestion: limits.dollars_per_suggestion.min(most),
            ..limits
        }
    }

    /// The files whose text is never sent.
    pub fn secret_files(&self) -> SecretFiles {
        let patterns = self.forbidden_paths.iter();
        let patterns = patterns.map(|pattern| format!("^{}$", wildcard::of_path(pattern)));
        // A pattern too large to be one would let everything pass; then nothing does.
        SecretFiles(RegexSet::new(patterns).ok())
    }
}

/// Files whose text is never sent.
#[derive(Debug, Clone)]
pub struct SecretFiles(Option<RegexSet>);

impl SecretFiles {
    /// True if the file at `path` is one.
    pub fn holds(&self, path: &str) -> bool {
        self.0.as_ref().is_none_or(|set| set.is_match(path))
    }
}

fn is_here(base_url: &str) -> bool {
    let rest = base_url
        .split_once("://")
        .map_or(base_url, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    // What stands before an `@` is a login, and the host comes after it.
    let loopback = host
        .parse::<std::net::IpAddr>()
        .is_ok_and(|one| one.is_loopback());
    host == "localhost" || loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(provider: &str, base_url: &str) -> ModelChoice {
        ModelChoice {
            name: "one".into(),
            provider: provider.into(),
            base_url: base_url.into(),
            model: "m".into(),
            enabled: true,
            context_tokens: ModelChoice::CONTEXT,
            price: None,
        }
    }

    #[test]
    fn only_what_is_allowed_and_near_is_asked() {
        let policy = Policy {
            allowed_providers: Some(vec!["ollama".into(), "openai".into()]),
            local_only: true,
            ..Policy::default()
        };
        for (provider, base_url, allowed) in [
            ("ollama", "http://127.0.0.1:11434", true),
            ("openai", "http://[::1]:8080/v1", true),
            ("openai", "http://localhost/v1", true),
            ("openai", "https://api.openai.com/v1", false),
            ("openai", "http://127.0.0.1@evil.example/v1", false),
            ("openai", "http://localhost.evil.example/v1", false),
            ("anthropic", "http://127.0.0.1", false),
        ] {
            let forbidden = policy.forbids(&model(provider, base_url));
            assert_eq!(forbidden.is_none(), allowed, "{provider} {base_url}");
        }
        assert_eq!(
            Policy::default().forbids(&model("any", "https://x.example")),
            None
        );
    }

    #[test]
    fn files_that_are_forbidden_are_known_by_their_pattern() {
        let policy = Policy {
            forbidden_paths: vec!["secrets/**".into(), "**/*.pem".into()],
            ..Policy::default()
        };
        let files = policy.secret_files();
        for (path, held) in [
            ("secrets/a/b.txt", true),
            ("deploy/key.pem", true),
            ("key.pem", true),
            ("src/secrets.rs", false),
        ] {
            assert_eq!(files.holds(path), held, "{path}");
        }
        assert!(!Policy::default().secret_files().holds("any"));
    }
}
