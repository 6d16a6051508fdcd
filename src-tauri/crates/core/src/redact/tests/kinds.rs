//! One made-up secret of every kind the rules know, put together here from parts, so that no scanner takes it for real.

use super::{HEX, MIXED, UPPER, random, redact};
use Part::{Digits, Hex, Lower, Mixed, Text, Upper, Uuid};

/// What a secret is made of.
#[derive(Clone, Copy)]
enum Part {
    Text(&'static str),
    Mixed(usize),
    Hex(usize),
    Upper(usize),
    Lower(usize),
    Digits(usize),
    Uuid,
}

fn made(parts: &[Part], seed: u64) -> String {
    let letters = |at: usize, length: usize, alphabet: &str| {
        random(seed + u64::try_from(at).unwrap() * 31 + 5, length, alphabet)
    };
    parts
        .iter()
        .enumerate()
        .map(|(at, part)| match *part {
            Text(text) => text.to_owned(),
            Mixed(length) => letters(at, length, MIXED),
            Hex(length) => letters(at, length, HEX),
            Upper(length) => letters(at, length, UPPER),
            Lower(length) => letters(at, length, "abcdefghijklmnopqrstuvwxyz0123456789"),
            Digits(length) => letters(at, length, "123456789"),
            Uuid => [8, 4, 4, 4, 12]
                .map(|length| letters(at + length, length, HEX))
                .join("-"),
        })
        .collect()
}

#[rustfmt::skip]
const KINDS: &[(&str, &[Part])] = &[
    ("gitlab-token", &[Text("gldt-"), Mixed(20)]),
    ("gitlab-token", &[Text("glrt-"), Mixed(20)]),
    ("gitlab-token", &[Text("GR13"), Text("48941"), Mixed(20)]),
    ("gitlab-session", &[Text("_gitlab_se"), Text("ssion="), Hex(32)]),
    ("bitbucket-token", &[Text("ATB"), Text("B"), Mixed(32)]),
    ("atlassian-token", &[Text("ATA"), Text("TT3"), Mixed(180)]),
    ("rubygems-token", &[Text("ruby"), Text("gems_"), Hex(48)]),
    ("crates-token", &[Text("ci"), Text("o"), Mixed(32)]),
    ("nuget-key", &[Text("oy"), Text("2"), Lower(43)]),
    ("clojars-token", &[Text("CLO"), Text("JARS_"), Lower(60)]),
    ("docker-token", &[Text("dckr_"), Text("pat_"), Mixed(27)]),
    ("artifactory-token", &[Text("AK"), Text("C"), Mixed(70)]),
    ("sonar-token", &[Text("sq"), Text("p_"), Hex(40)]),
    ("sourcegraph-token", &[Text("sg"), Text("p_"), Hex(40)]),
    ("sentry-token", &[Text("snt"), Text("rys_"), Mixed(90)]),
    ("aws-bedrock-key", &[Text("AB"), Text("SK"), Mixed(110)]),
    ("google-oauth", &[Text("ya"), Text("29."), Mixed(60)]),
    ("google-oauth", &[Text("GOC"), Text("SPX-"), Mixed(28)]),
    ("azure-client-secret", &[Mixed(3), Text("7"), Text("Q~"), Mixed(34)]),
    ("digitalocean-token", &[Text("doo_"), Text("v1_"), Hex(64)]),
    ("alibaba-key", &[Text("LT"), Text("AI"), Mixed(20)]),
    ("tencent-key", &[Text("AK"), Text("ID"), Mixed(32)]),
    ("cloudflare-key", &[Text("v1."), Text("0-"), Hex(24), Text("-"), Hex(146)]),
    ("heroku-key", &[Text("HR"), Text("KU-"), Mixed(60)]),
    ("fly-token", &[Text("fo"), Text("1_"), Mixed(43)]),
    ("planetscale-token", &[Text("psc"), Text("ale_tkn_"), Mixed(43)]),
    ("supabase-key", &[Text("sb_"), Text("secret_"), Mixed(32)]),
    ("databricks-token", &[Text("da"), Text("pi"), Hex(32)]),
    ("scalingo-token", &[Text("tk-"), Text("us-"), Mixed(48)]),
    ("openshift-token", &[Text("sha"), Text("256~"), Mixed(43)]),
    ("terraform-token", &[Mixed(14), Text(".atlas"), Text("v1."), Mixed(64)]),
    ("pulumi-token", &[Text("pu"), Text("l-"), Hex(40)]),
    ("doppler-token", &[Text("dp."), Text("pt."), Mixed(43)]),
    ("onepassword-key", &[Text("A"), Text("3-"), Upper(6), Text("-"), Upper(11), Text("-"), Upper(5), Text("-"), Upper(5), Text("-"), Upper(5)]),
    ("infisical-token", &[Text("st"), Text("."), Hex(24), Text("."), Hex(32), Text("."), Hex(32)]),
    ("openrouter-key", &[Text("sk-"), Text("or-v1-"), Hex(64)]),
    ("openai-key", &[Text("sk"), Text("-"), Mixed(48)]),
    ("groq-key", &[Text("gs"), Text("k_"), Mixed(52)]),
    ("xai-key", &[Text("xa"), Text("i-"), Mixed(80)]),
    ("perplexity-key", &[Text("pp"), Text("lx-"), Mixed(48)]),
    ("replicate-token", &[Text("r"), Text("8_"), Mixed(37)]),
    ("nvidia-key", &[Text("nv"), Text("api-"), Mixed(64)]),
    ("langsmith-key", &[Text("ls"), Text("v2_pt_"), Hex(32), Text("_"), Hex(10)]),
    ("stripe-webhook-secret", &[Text("wh"), Text("sec_"), Mixed(32)]),
    ("square-token", &[Text("sq"), Text("0atp-"), Mixed(22)]),
    ("shopify-token", &[Text("shp"), Text("at_"), Hex(32)]),
    ("shippo-token", &[Text("shi"), Text("ppo_live_"), Hex(40)]),
    ("easypost-key", &[Text("EZ"), Text("AK"), Mixed(54)]),
    ("duffel-token", &[Text("duf"), Text("fel_test_"), Mixed(43)]),
    ("flutterwave-key", &[Text("FLW"), Text("SECK_TEST-"), Hex(32), Text("-X")]),
    ("plaid-token", &[Text("access-"), Text("sandbox-"), Uuid]),
    ("braintree-token", &[Text("access_"), Text("token$production$"), Lower(16), Text("$"), Hex(32)]),
    ("amazon-mws-token", &[Text("amzn"), Text(".mws."), Uuid]),
    ("slack-token", &[Text("xa"), Text("pp-1-"), Upper(11), Text("-"), Digits(13), Text("-"), Hex(64)]),
    ("telegram-token", &[Digits(10), Text(":"), Text("AA"), Mixed(33)]),
    ("brevo-key", &[Text("xke"), Text("ysib-"), Hex(64), Text("-"), Mixed(16)]),
    ("mailgun-key", &[Text("ke"), Text("y-"), Hex(32)]),
    ("mailchimp-key", &[Hex(32), Text("-"), Text("us20")]),
    ("twilio-key", &[Text("S"), Text("K"), Hex(32)]),
    ("facebook-token", &[Text("EA"), Text("AC"), Mixed(80)]),
    ("typeform-token", &[Text("tf"), Text("p_"), Mixed(44)]),
    ("grafana-token", &[Text("gl"), Text("sa_"), Mixed(32), Text("_"), Hex(8)]),
    ("grafana-token", &[Text("gl"), Text("c_"), Mixed(60)]),
    ("newrelic-key", &[Text("NR"), Text("AK-"), Upper(27)]),
    ("dynatrace-token", &[Text("dt0"), Text("c01."), Upper(24), Text("."), Upper(64)]),
    ("postman-key", &[Text("PM"), Text("AK-"), Hex(24), Text("-"), Hex(34)]),
    ("linear-key", &[Text("lin_"), Text("api_"), Mixed(40)]),
    ("notion-token", &[Text("nt"), Text("n_"), Mixed(46)]),
    ("figma-token", &[Text("fi"), Text("gd_"), Mixed(40)]),
    ("airtable-token", &[Text("pa"), Text("t"), Mixed(14), Text("."), Hex(64)]),
    ("contentful-token", &[Text("CF"), Text("PAT-"), Mixed(43)]),
    ("readme-key", &[Text("rd"), Text("me_"), Lower(70)]),
    ("prefect-token", &[Text("pn"), Text("u_"), Mixed(36)]),
    ("harness-token", &[Text("pa"), Text("t."), Mixed(22), Text("."), Hex(24), Text("."), Mixed(20)]),
    ("infracost-key", &[Text("ic"), Text("o-"), Mixed(32)]),
    ("frameio-token", &[Text("fio"), Text("-u-"), Mixed(64)]),
    ("adobe-secret", &[Text("p8"), Text("e-"), Mixed(32)]),
    ("dropbox-token", &[Text("s"), Text("l."), Mixed(140)]),
    ("mapbox-token", &[Text("p"), Text("k."), Mixed(64), Text("."), Mixed(22)]),
    ("maxmind-key", &[Mixed(6), Text("_"), Mixed(29), Text("_mmk")]),
    ("octopus-key", &[Text("AP"), Text("I-"), Upper(26)]),
    ("defined-token", &[Text("dn"), Text("key-"), Mixed(26), Text("-"), Mixed(52)]),
    ("settlemint-token", &[Text("sm_"), Text("pat_"), Mixed(16)]),
    ("launchdarkly-key", &[Text("sd"), Text("k-"), Uuid]),
    ("vercel-token", &[Text("ver"), Text("cel_"), Mixed(24)]),
    ("netlify-token", &[Text("nf"), Text("p_"), Mixed(40)]),
    ("circleci-token", &[Text("CCI"), Text("PAT_"), Mixed(22), Text("_"), Hex(40)]),
    ("buildkite-token", &[Text("bk"), Text("ua_"), Hex(40)]),
    ("tailscale-key", &[Text("ts"), Text("key-auth-"), Mixed(17), Text("-"), Mixed(32)]),
    ("resend-key", &[Text("r"), Text("e_"), Mixed(8), Text("_"), Mixed(24)]),
    ("posthog-key", &[Text("ph"), Text("x_"), Mixed(43)]),
    ("adafruit-key", &[Text("ai"), Text("o_"), Mixed(28)]),
    ("azure-devops-token", &[Mixed(76), Text("AZ"), Text("DO"), Mixed(4)]),
    ("hubspot-token", &[Text("pat"), Text("-na1-"), Uuid]),
    ("clickup-token", &[Text("p"), Text("k_"), Digits(8), Text("_"), Upper(32)]),
    ("pinecone-key", &[Text("pc"), Text("sk_"), Mixed(6), Text("_"), Mixed(63)]),
    ("together-key", &[Text("tg"), Text("p_v1_"), Mixed(43)]),
    ("langfuse-key", &[Text("sk"), Text("-lf-"), Uuid]),
    ("elevenlabs-key", &[Text("s"), Text("k_"), Hex(48)]),
    ("wakatime-key", &[Text("wa"), Text("ka_"), Uuid]),
    ("lob-key", &[Text("li"), Text("ve_"), Hex(35)]),
    ("deno-token", &[Text("dd"), Text("p_"), Mixed(36)]),
    ("cerebras-key", &[Text("cs"), Text("k-"), Lower(48)]),
];

#[test]
fn every_kind_of_secret_is_redacted_wherever_it_stands() {
    let mut left = Vec::new();
    for (rule, parts) in KINDS {
        for seed in 0..8 {
            let secret = made(parts, seed * 1_009);
            // Session cookies keep their name.
            let hidden = secret.rsplit('=').next().unwrap_or(&secret);
            for text in [
                secret.clone(),
                format!("use {secret} now"),
                format!("key = \"{secret}\""),
                format!("{{\"text\":\"first\\n{secret}\\nlast\"}}"),
            ] {
                let redacted = redact(&text);
                if redacted.contains(hidden) || redacted.contains(&hidden[hidden.len() / 2..]) {
                    left.push(format!("{rule}: {text} -> {redacted}"));
                }
            }
        }
    }
    assert!(left.is_empty(), "{} left:\n{}", left.len(), left.join("\n"));
}
