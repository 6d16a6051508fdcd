//! The contract of redaction. Fake secrets are put together here, so that no scanner takes them for real ones.

use super::*;

/// Letters and digits without order, the same for the same seed.
fn random(seed: u64, length: usize, alphabet: &str) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            alphabet[usize::try_from(state >> 33).unwrap() % alphabet.len()]
        })
        .collect()
}

const MIXED: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn mixed(length: usize) -> String {
    random(7, length, MIXED)
}

fn hex(length: usize) -> String {
    random(11, length, HEX)
}

fn pem(kind: &str, line_end: &str) -> String {
    let lines: Vec<String> = (0..5).map(|seed| random(seed + 3, 64, MIXED)).collect();
    format!(
        "-----BEGIN {kind}-----{line_end}{}{line_end}{}=={line_end}-----END {kind}-----",
        lines.join(line_end),
        random(99, 10, MIXED)
    )
}

fn tokens() -> Vec<(&'static str, String)> {
    vec![
        ("github-token", format!("ghp_{}", mixed(36))),
        ("github-token", format!("gho_{}", mixed(36))),
        ("github-token", format!("ghu_{}", mixed(36))),
        ("github-token", format!("ghs_{}", mixed(36))),
        ("github-token", format!("ghr_{}", mixed(36))),
        (
            "github-token",
            format!("github_pat_{}_{}", mixed(22), mixed(59)),
        ),
        ("gitlab-token", format!("glpat-{}", mixed(20))),
        ("gitlab-token", format!("glptt-{}", hex(40))),
        ("aws-access-key", format!("AKIA{}", random(5, 16, UPPER))),
        ("aws-access-key", format!("ASIA{}", random(5, 16, UPPER))),
        (
            "slack-token",
            format!("xoxb-{}-{}-{}", "123456789012", "210987654321", mixed(24)),
        ),
        ("stripe-key", format!("sk_live_{}", mixed(24))),
        ("stripe-key", format!("rk_test_{}", mixed(24))),
        ("npm-token", format!("npm_{}", mixed(36))),
        ("pypi-token", format!("pypi-AgEIcHlwaS5vcmc{}", mixed(80))),
        ("google-api-key", format!("AIza{}", mixed(35))),
        ("openai-key", format!("sk-proj-{}", mixed(48))),
        (
            "openai-key",
            format!("sk-{}T3BlbkFJ{}", mixed(20), random(8, 20, MIXED)),
        ),
        ("anthropic-key", format!("sk-ant-api03-{}AA", mixed(93))),
        (
            "jwt",
            format!(
                "eyJ{}.eyJ{}.{}",
                mixed(33),
                random(4, 60, MIXED),
                random(6, 43, MIXED)
            ),
        ),
        ("huggingface-token", format!("hf_{}", mixed(34))),
        (
            "sendgrid-key",
            format!("SG.{}.{}", mixed(22), random(2, 43, MIXED)),
        ),
        ("digitalocean-token", format!("dop_v1_{}", hex(64))),
        ("vault-token", format!("hvs.{}", mixed(92))),
        ("supabase-key", format!("sbp_{}", hex(40))),
    ]
}

/// Texts with a secret: rule, text, secret.
fn secrets() -> Vec<(&'static str, String, String)> {
    let mut cases = Vec::new();
    for (rule, token) in tokens() {
        for text in [
            token.clone(),
            format!("use {token}, please"),
            format!("TOKEN={token}\n"),
            format!("export const token = \"{token}\";"),
            format!("{{\"text\":\"first\\n{token}\\nlast\"}}"),
            format!("\u{1b}[32m{token}\u{1b}[0m"),
            format!("https://h.test/?a%3D{token}"),
        ] {
            cases.push((rule, text, token.clone()));
        }
    }
    let (long, short) = (mixed(40), mixed(12));
    let assigned = [
        ("password", format!("DB_PASSWORD={short}"), &short),
        ("password", format!("  password: \"{short}\""), &short),
        ("password", format!("mysql --password {short} db"), &short),
        ("password", format!("mysql --password={short} db"), &short),
        ("password", format!("<password>{short}</password>"), &short),
        (
            "password",
            format!("Server=h;User=u;Password={short};Pooling=no"),
            &short,
        ),
        (
            "password",
            format!("{{\"a\":\"{{\\\"password\\\":\\\"{short}\\\"}}\"}}"),
            &short,
        ),
        ("secret", format!("aws_secret_access_key = {long}"), &long),
        ("secret", format!("clientSecret: '{long}',"), &long),
        ("secret", format!("let api_key: &str = \"{long}\";"), &long),
        ("secret", format!("const apiKey: string = `{long}`"), &long),
        (
            "secret",
            format!("\"private_key_id\": 1, \"api-key\": \"{long}\""),
            &long,
        ),
        ("secret", format!("config.SetToken(\"{long}\")"), &long),
        ("secret", format!("'X-Api-Key' => '{long}'"), &long),
        (
            "secret",
            format!("curl 'https://h.test/?access_token={long}&b=1'"),
            &long,
        ),
        (
            "secret",
            format!("- name: API_TOKEN\n  value: {long}\n"),
            &long,
        ),
        ("service-key", format!("datadog = \"{long}\""), &long),
        ("service-key", format!("ALGOLIA={long}"), &long),
        ("secret", format!("ENV API_TOKEN {long}"), &long),
        ("secret", format!("|api_token|{long}|"), &long),
        ("secret", format!("api_token ::= '{long}'"), &long),
        (
            "secret",
            format!("NSString *apiToken = @\"{long}\";"),
            &long,
        ),
        ("high-entropy", format!("key: {long}"), &long),
        (
            "authorization",
            format!("Authorization: Bearer {long}"),
            &long,
        ),
        (
            "authorization",
            format!("curl -H \"authorization: Basic {short}==\""),
            &short,
        ),
        (
            "authorization",
            format!("{{\"Authorization\":\"token {long}\"}}"),
            &long,
        ),
        (
            "cookie",
            format!("Cookie: session={long}; other={short}"),
            &long,
        ),
        (
            "cookie",
            format!("Set-Cookie: sid={long}; Path=/; HttpOnly"),
            &long,
        ),
        (
            "url-password",
            format!("postgres://app:{short}@db.test:5432/x"),
            &short,
        ),
        (
            "url-password",
            format!("git clone https://x:{long}@forge.test/a/b"),
            &long,
        ),
        (
            "slack-webhook",
            format!("https://hooks.slack.com/services/T0001/B0001/{long}"),
            &long,
        ),
        (
            "curl-user",
            format!("curl -s -u admin:{short} https://h.test"),
            &short,
        ),
        (
            "kubernetes-secret",
            format!("kind: Secret\ndata:\n  plain: {long}\n"),
            &long,
        ),
        (
            "azure-storage-key",
            format!("DefaultEndpointsProtocol=https;AccountName=a;AccountKey={long}{long}=="),
            &long,
        ),
    ];
    cases.extend(
        assigned
            .into_iter()
            .map(|(rule, text, secret)| (rule, text, secret.clone())),
    );
    for kind in [
        "RSA PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PRIVATE KEY",
        "EC PRIVATE KEY",
    ] {
        let middle = random(5, 64, MIXED);
        for text in [
            pem(kind, "\n"),
            pem(kind, "\r\n"),
            format!("{{\"private_key\":\"{}\\n\",\"b\":1}}", pem(kind, "\\n")),
            pem(kind, "\n2026-01-02T03:04:05.6789Z "),
            pem(kind, "\n    "),
            format!("a\n{}", pem(kind, "\n").rsplit_once('\n').unwrap().0),
            pem(kind, "\u{1b}[1m\\n\u{1b}[0m"),
        ] {
            cases.push(("private-key", text, middle.clone()));
        }
    }
    cases
}

#[test]
fn secrets_are_replaced_by_their_rule() {
    for (rule, text, secret) in secrets() {
        let redacted = redact(&text);
        assert!(
            redacted.contains(&format!("‹redacted:{rule}#1›")),
            "{rule}: {text}\n{redacted}"
        );
        assert!(!redacted.contains(&secret), "{text}\n{redacted}");
        assert!(
            !redacted.contains(&secret[secret.len() / 2..]),
            "{text}\n{redacted}"
        );
    }
}

#[test]
fn what_is_no_secret_stays() {
    let (sha1, sha256) = (hex(40), hex(64));
    let base64 = mixed(400);
    let uuid = "8c1f4a2e-93b7-4d55-a1c0-2f9e6d7b1a34";
    let integrity = format!("sha512-{}==", mixed(86));
    let jwt_like = "eyebrow.eyelid.eyesight";
    let texts = [
        format!("commit {sha1}\nAuthor: A <a@b.test>"),
        format!("FROM rust@sha256:{sha256}"),
        format!("checksum = \"{sha256}\""),
        format!("\"integrity\": \"{integrity}\","),
        format!("  integrity {integrity}"),
        format!("\"id\": \"{uuid}\", \"key\": \"{uuid}\""),
        format!("<img src=\"data:image/png;base64,{base64}\">"),
        format!("uses: actions/checkout@{sha1}"),
        format!("key: linux-cargo-{sha256}"),
        format!("cache-key = v1-{sha1}"),
        format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{} me@host", mixed(43)),
        format!("public_key = \"{}\"", mixed(44)),
        format!("next_page_token={}", mixed(40)),
        "GET /a?token_type=bearer&page=2".to_string(),
        jwt_like.into(),
        "password: ${{ secrets.DB_PASSWORD }}".into(),
        "PASSWORD=$DB_PASSWORD".into(),
        "PASSWORD=${DB_PASSWORD:-}".into(),
        "token: ***".into(),
        "api_key = os.environ[\"API_KEY\"]".into(),
        "const token = process.env.TOKEN;".into(),
        "let token = tokens.next();".into(),
        "let password = read_password()?;".into(),
        "fn login(user: &str, password: &str) -> Result<Token> {".into(),
        "password: String,".into(),
        "secret: SecretString::from(text),".into(),
        "password = \"changeme\"".into(),
        "password: \"password\"".into(),
        "API_KEY=your-api-key-here".into(),
        "API_KEY=<your key>".into(),
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE".into(),
        format!("ghp_{}", "x".repeat(36)),
        "postgres://postgres:postgres@localhost:5432/test".into(),
        "https://user:${TOKEN}@forge.test/a".into(),
        "https://forge.test/a/b:c@d".into(),
        "Authorization: Bearer <token>".into(),
        "Authorization: Bearer $TOKEN".into(),
        "-H \"Authorization: Bearer ${{ github.token }}\"".into(),
        "The password must have 12 characters; the token expires in 3600 seconds.".into(),
        "Password: must not be empty".into(),
        "error: invalid token: expected `;`".into(),
        "max_tokens: 4096".into(),
        "token_count=120934".into(),
        "secretName: my-app-credentials".into(),
        "token: keyword.control.flow".into(),
        "primary_key: user_id".into(),
        "if key == \"ArrowDown\" {".into(),
        "if line.contains(\"-----BEGIN RSA PRIVATE KEY-----\") {\n    return true;\n}".into(),
        "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa\n-----END CERTIFICATE-----".into(),
        "Cookie: we use cookies to make this site work".into(),
        "author = \"A. Author\"".into(),
        "github.com/acme/api-gateway-v2".into(),
        "SLACK_CHANNEL=deployments".into(),
        "github_repository = acme/some-long-repository-name-2".into(),
        "path: ~/.ssh/id_ed25519".into(),
        "password_file: /run/secrets/db_password".into(),
        "--- PASS: TestParse/an_empty_range#01 (0.00s)".into(),
        "needless_pass_by_value = \"allow\"".into(),
        "values are `pass`, `neutral1` and `fail`".into(),
    ];
    for text in texts {
        let redacted = redact(&text);
        assert!(matches!(redacted, Cow::Borrowed(_)), "{text}\n{redacted}");
    }
}

#[test]
fn redacting_twice_changes_nothing() {
    let mut whole = String::new();
    for (_, text, _) in secrets() {
        let once = redact(&text).into_owned();
        assert_eq!(redact(&once), once, "{text}");
        whole.push_str(&text);
        whole.push('\n');
    }
    let once = redact(&whole).into_owned();
    for (twice, once) in redact(&once).lines().zip(once.lines()) {
        assert_eq!(twice, once);
    }
}

#[test]
fn json_stays_json() {
    for (_, text, secret) in secrets() {
        let json = serde_json::json!({ "a": text, "b": [secret], "password": "x\"y\\z-1234", "n": { "t": format!("{{\"token\":\"{secret}\"}}") } });
        for json in [
            json.to_string(),
            serde_json::to_string_pretty(&json).unwrap(),
        ] {
            let redacted = redact(&json).into_owned();
            let parsed: serde_json::Value = serde_json::from_str(&redacted)
                .unwrap_or_else(|e| panic!("{e}: {json}\n{redacted}"));
            assert_eq!(parsed.as_object().unwrap().len(), 4, "{redacted}");
            assert!(!redacted.contains("1234"), "{redacted}");
            assert_eq!(redact(&redacted), redacted, "{json}");
        }
    }
}

#[test]
fn a_stream_of_lines_and_the_whole_come_out_alike() {
    for (_, text, _) in secrets() {
        if text.contains("kind: Secret") {
            continue;
        }
        let mut redactor = Redactor::default();
        let lines: String = text
            .split_inclusive('\n')
            .map(|line| redactor.redact(line).into_owned())
            .collect();
        assert_eq!(lines, redact(&text), "{text}");
    }
}

#[test]
fn marks_number_the_distinct_secrets_of_a_rule() {
    let (a, b) = (
        format!("ghp_{}", mixed(36)),
        format!("ghp_{}", random(3, 36, MIXED)),
    );
    let word = mixed(14);
    insta::assert_snapshot!(
        redact(&format!("{a} {b} {a}\nPASSWORD={word}\npostgres://u:{word}@h/d\n")),
        @r"
    ‹redacted:github-token#1› ‹redacted:github-token#2› ‹redacted:github-token#1›
    PASSWORD=‹redacted:password#1›
    postgres://u:‹redacted:password#1›@h/d
    "
    );
    assert_eq!(
        redact(&format!("‹redacted:github-token#4› {a}")),
        "‹redacted:github-token#4› ‹redacted:github-token#5›"
    );
}

#[test]
fn only_the_secret_goes() {
    let word = mixed(14);
    for (text, expected) in [
        (
            "https://bot:SECRET@forge.test/a/b.git",
            "https://bot:‹redacted:url-password#1›@forge.test/a/b.git",
        ),
        (
            "Authorization: Basic SECRET",
            "Authorization: Basic ‹redacted:authorization#1›",
        ),
        (
            "PASSWORD=SECRET # comment",
            "PASSWORD=‹redacted:password#1› # comment",
        ),
        (
            "{\"password\":\"SECRET\",\"b\":2}",
            "{\"password\":\"‹redacted:password#1›\",\"b\":2}",
        ),
        (
            "password: 'SECRET'\r\n",
            "password: '‹redacted:password#1›'\r\n",
        ),
        (
            "f(password=\"SECRET\", b)",
            "f(password=\"‹redacted:password#1›\", b)",
        ),
        ("?token=SECRET&x=1", "?token=‹redacted:secret#1›&x=1"),
    ] {
        assert_eq!(redact(&text.replace("SECRET", &word)), expected);
    }
}

#[test]
fn a_large_text_is_read_in_no_time() {
    let line =
        "2026-01-02T03:04:05Z compiling the crate with its keys, tokens and authors: 8c1f4a2e\n";
    let text = line.repeat(200_000);
    assert!(matches!(redact(&text), Cow::Borrowed(_)));
}
