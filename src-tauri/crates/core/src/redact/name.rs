//! What a variable's, a setting's or a header's name says about its value.

use super::services;

/// Words whose presence makes a name worth reading.
pub(super) const WORDS: &[&str] = &[
    "token",
    "secret",
    "passw",
    "passphrase",
    "passcode",
    "pwd",
    "credential",
    "key",
    "auth",
    "bearer",
    "private",
    "signature",
    "webhook",
    "salt",
    "pass",
    "cred",
    "dsn",
];

/// What a name says about its value, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whatever stands there is secret, however plain.
    Password,
    /// A machine made it, so it does not read like words.
    Secret,
    /// A service's name: its keys are long and random.
    Service,
    /// It may be secret: only a value that can be nothing else.
    Perhaps,
}

/// What `name` says of its value, or nothing.
pub(super) fn kind_of(name: &str) -> Option<Kind> {
    let words = words_of(name);
    let last = words.last()?.as_str();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let lower = name.to_ascii_lowercase();
    let public = has(&[
        "public",
        "publishable",
        "page",
        "next",
        "continuation",
        "cursor",
        "csrf",
        "hash",
        "hashed",
        "sha",
        "checksum",
        "digest",
        "commit",
        "integrity",
        "fingerprint",
        "thumbprint",
        "max",
        "min",
        "num",
        "count",
        "length",
        "len",
        "size",
        "version",
        "image",
        "ref",
        "uri",
        "href",
        "path",
        "file",
        "filename",
        "dir",
        "folder",
        "arn",
    ]);
    if public || DESCRIPTIONS.contains(&last) {
        return None;
    }
    let ends = |endings: &[&str]| {
        words.iter().any(|word| {
            let word = word.strip_suffix('s').unwrap_or(word);
            endings.iter().any(|ending| word.ends_with(ending))
        })
    };
    let pair = words.windows(2).any(|pair| {
        matches!(pair[1].as_str(), "key" | "keys") && KEY_KINDS.contains(&pair[0].as_str())
    });
    let is_id = matches!(last, "id" | "ids");
    if !is_id {
        if ends(&["password", "passwd", "passphrase", "passcode", "passwort"])
            || has(&["pwd", "pgpassword"])
            || (last == "pass" && words.iter().any(|word| PASS_OF.contains(&word.as_str())))
            || lower.ends_with("_pwd")
        {
            return Some(Kind::Password);
        }
        if pair
            || ends(&[
                "token",
                "apikey",
                "secretkey",
                "accesskey",
                "privatekey",
                "accountkey",
                "authkey",
                "appkey",
                "sharedkey",
                "masterkey",
            ])
            || words.iter().any(|word| {
                let word = word.strip_suffix('s').unwrap_or(word);
                word.ends_with("secret") || word.ends_with("credential")
            })
        {
            return Some(Kind::Secret);
        }
    }
    if services::is_named_in(name) {
        return Some(Kind::Service);
    }
    let perhaps = matches!(
        last,
        "key" | "keys" | "auth" | "bearer" | "signature" | "salt" | "webhook" | "cred" | "creds"
    );
    (perhaps
        && !is_id
        && !has(&[
            "cache",
            "restore",
            "primary",
            "foreign",
            "sort",
            "partition",
            "site",
            "ssh",
            "gpg",
            "host",
            "index",
            "idempotency",
        ]))
    .then_some(Kind::Perhaps)
}

/// Whose `pass` is a password; by itself the word more often says that something went well.
const PASS_OF: &[&str] = &[
    "db", "database", "user", "mysql", "postgres", "pg", "redis", "mongo", "smtp", "mail", "email",
    "ftp", "ssh", "http", "basic", "proxy", "admin", "root", "login", "account", "auth", "ldap",
    "registry", "docker", "keystore", "cert", "vpn", "wifi", "rabbitmq",
];

/// Last words of names that speak about a secret and do not hold one.
const DESCRIPTIONS: &[&str] = &[
    "type",
    "types",
    "url",
    "urls",
    "endpoint",
    "endpoints",
    "expiry",
    "expires",
    "expiration",
    "ttl",
    "age",
    "timeout",
    "policy",
    "policies",
    "field",
    "fields",
    "label",
    "hint",
    "placeholder",
    "prompt",
    "format",
    "prefix",
    "suffix",
    "pattern",
    "regex",
    "algorithm",
    "alg",
    "provider",
    "store",
    "manager",
    "service",
    "header",
    "param",
    "parameter",
    "required",
    "enabled",
    "disabled",
    "valid",
    "validator",
    "validation",
    "name",
    "names",
    "usage",
    "limit",
    "budget",
    "error",
    "errors",
    "scope",
    "scopes",
    "title",
    "message",
    "description",
    "class",
    "handler",
    "callback",
    "factory",
    "builder",
    "parser",
    "reader",
    "writer",
    "stream",
    "kind",
    "mode",
    "state",
    "status",
    "strength",
    "rotation",
    "region",
    "owner",
    "repository",
    "repo",
    "host",
    "port",
    "domain",
    "at",
    "by",
    "in",
    "on",
    "for",
    "time",
    "date",
    "env",
    "var",
    "bot",
    "app",
    "org",
    "team",
    "user",
    "channel",
    "lock",
    "index",
];

/// What makes a `key` a secret one.
const KEY_KINDS: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "encryption",
    "encrypt",
    "signing",
    "sign",
    "client",
    "auth",
    "master",
    "account",
    "shared",
    "session",
    "service",
    "license",
    "licence",
    "deploy",
    "storage",
    "app",
    "application",
    "admin",
    "user",
    "consumer",
    "developer",
    "dev",
    "integration",
    "ingest",
    "ingestion",
    "insert",
    "role",
    "rsa",
    "ssl",
    "tls",
    "jwt",
    "hmac",
    "cipher",
    "aes",
    "webhook",
    "write",
    "read",
    "sdk",
    "server",
    "bot",
    "root",
    "subscription",
    "security",
    "crypt",
    "fernet",
    "base",
    "anon",
    "pem",
    "project",
    "personal",
    "org",
    "global",
    "decryption",
    "functions",
    "function",
];

/// `clientSecretKey`, `CLIENT_SECRET_KEY` and `client-secret.key` alike, in lower case.
fn words_of(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut previous = ' ';
    let mut letters = name.chars().peekable();
    while let Some(c) = letters.next() {
        let next_is_lower = letters.peek().is_some_and(char::is_ascii_lowercase);
        let hump = c.is_ascii_uppercase()
            && (previous.is_ascii_lowercase()
                || previous.is_ascii_digit()
                || (previous.is_ascii_uppercase() && next_is_lower));
        if (hump || !c.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
        previous = c;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}
