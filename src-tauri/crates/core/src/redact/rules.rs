//! The rules for secrets that are told by their own form, as one table.
//!
//! The forms are those the services document, or show when they hand a key out.

use std::sync::{LazyLock, OnceLock};

use regex::Regex;

use super::{Span, value};

/// How one kind of secret is told.
pub(super) struct Rule {
    /// Its name in marks.
    pub(super) id: &'static str,
    /// One of these stands in every match, whatever its case.
    pub(super) keywords: &'static [&'static str],
    pattern: &'static str,
    /// Which group of the pattern is the secret.
    group: usize,
    /// The least entropy of the secret, in bits per character.
    entropy: f64,
    /// False where words are never taken for a secret: the pattern alone is no proof.
    words_too: bool,
}

/// A token with a beginning of its own.
const fn token(
    id: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
    entropy: f64,
) -> Rule {
    Rule {
        id,
        keywords,
        pattern,
        group: 0,
        entropy,
        words_too: true,
    }
}

/// A token with a beginning so short that words may begin with it.
const fn short(
    id: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
    entropy: f64,
) -> Rule {
    Rule {
        words_too: false,
        ..token(id, keywords, pattern, entropy)
    }
}

/// A secret between other text, as group 1.
const fn inside(
    id: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
    entropy: f64,
) -> Rule {
    Rule {
        id,
        keywords,
        pattern,
        group: 1,
        entropy,
        words_too: false,
    }
}

/// Every rule. An earlier one wins where two match.
#[rustfmt::skip]
pub(super) static ALL: &[Rule] = &[
    // Forges and registries.
    token("github-token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"gh[pousr]_[A-Za-z0-9]{36,255}(?:[._-][A-Za-z0-9_-]{10,})*", 3.0),
    token("github-token", &["github_pat_"], r"github_pat_[A-Za-z0-9_]{22,255}", 3.0),
    token("gitlab-token", &["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-", "glrtr-", "glffct-", "glwt-"], r"gl(?:pat|dt|rt|ptt|cbt|ft|imt|agent|oas|soat|rtr|ffct|wt)-[A-Za-z0-9_=-]{20,300}(?:\.[A-Za-z0-9_-]{2,60}){0,3}", 3.0),
    token("gitlab-token", &["gr1348941"], r"GR1348941[A-Za-z0-9_-]{20,}", 3.0),
    inside("gitlab-session", &["_gitlab_session"], r"_gitlab_session=([0-9a-z]{32})", 3.0),
    token("bitbucket-token", &["atbb"], r"ATBB[A-Za-z0-9_=-]{24,}", 3.0),
    token("atlassian-token", &["atatt3", "atctt3"], r"AT[AC]TT3[A-Za-z0-9_=+/-]{60,}", 3.5),
    token("npm-token", &["npm_"], r"(?i:npm_)[A-Za-z0-9]{36}\b", 2.0),
    token("pypi-token", &["pypi-age"], r"pypi-AgE[A-Za-z0-9_-]{50,}", 3.0),
    token("rubygems-token", &["rubygems_"], r"rubygems_[a-f0-9]{48}", 2.0),
    token("crates-token", &["cio"], r"cio[A-Za-z0-9]{32}\b", 3.5),
    token("nuget-key", &["oy2"], r"oy2[a-z0-9]{43}\b", 3.0),
    token("clojars-token", &["clojars_"], r"(?i)CLOJARS_[a-z0-9]{60}", 2.0),
    token("docker-token", &["dckr_pat_", "dckr_oat_"], r"dckr_[po]at_[A-Za-z0-9_-]{27,}", 3.0),
    token("artifactory-token", &["akc"], r"AKC[A-Za-z0-9]{64,}\b", 3.5),
    token("artifactory-token", &["cmvmd"], r"cmVmd[A-Za-z0-9]{59}\b", 3.5),
    token("sonar-token", &["sqp_", "squ_", "sqa_"], r"sq[pua]_[A-Za-z0-9=_-]{40}", 3.0),
    token("sourcegraph-token", &["sgp_"], r"sgp_(?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40}\b", 3.0),
    token("sentry-token", &["sntrys_", "sntryu_"], r"sntry[su]_[A-Za-z0-9+/=_-]{60,}", 3.0),

    // Clouds.
    token("aws-access-key", &["akia", "asia", "abia", "acca", "a3t"], r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z2-7]{16}\b", 3.0),
    token("aws-bedrock-key", &["absk"], r"ABSK[A-Za-z0-9+/]{100,}={0,2}", 3.0),
    token("aws-bedrock-key", &["bedrock-api-key-"], r"bedrock-api-key-[A-Za-z0-9+/=_-]{28,}", 3.0),
    token("google-api-key", &["aiza"], r"AIza[A-Za-z0-9_-]{35}", 3.0),
    token("google-oauth", &["ya29."], r"ya29\.[A-Za-z0-9_-]{20,}", 3.0),
    token("google-oauth", &["gocspx-"], r"GOCSPX-[A-Za-z0-9_-]{20,}", 3.0),
    token("google-oauth", &["1//0"], r"1//0[A-Za-z0-9_-]{40,}", 3.5),
    short("azure-client-secret", &["q~"], r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}", 3.0),
    inside("azure-sas", &["sig="], r"[?&;]sig=([A-Za-z0-9%+/=]{40,})", 3.5),
    inside("azure-storage-key", &["accountkey=", "accesskey=", "sharedaccesskey="], r"(?i)(?:Account|Access)Key=([A-Za-z0-9+/]{40,}={0,2})", 3.5),
    token("digitalocean-token", &["dop_v1_", "doo_v1_", "dor_v1_"], r"do[opr]_v1_[a-f0-9]{64}", 3.0),
    token("alibaba-key", &["ltai"], r"LTAI[A-Za-z0-9]{16,24}\b", 3.0),
    token("tencent-key", &["akid"], r"AKID[A-Za-z0-9]{32}\b", 3.5),
    token("yandex-key", &["aqvn", "t1."], r"AQVN[A-Za-z0-9_-]{35,38}\b|t1\.[A-Za-z0-9_-]{20,}={0,2}\.[A-Za-z0-9_-]{86}={0,2}", 3.5),
    token("cloudflare-key", &["v1.0-"], r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}", 3.0),
    token("heroku-key", &["hrku-"], r"HRKU-[A-Za-z0-9_-]{36,64}", 3.0),
    token("fly-token", &["fo1_", "fm1", "fm2_"], r"fo1_[A-Za-z0-9_-]{43}|fm1[ar]_[A-Za-z0-9+/]{100,}={0,3}|fm2_[A-Za-z0-9+/]{100,}={0,3}", 3.0),
    token("planetscale-token", &["pscale_"], r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,64}", 3.0),
    token("supabase-key", &["sbp_", "sb_secret_"], r"sbp_(?:[a-z]\d_)?[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{20,}", 3.0),
    token("databricks-token", &["dapi"], r"dapi[a-f0-9]{32}(?:-\d)?\b", 3.0),
    token("scalingo-token", &["tk-us-"], r"tk-us-[A-Za-z0-9_-]{48}", 3.0),
    token("openshift-token", &["sha256~"], r"sha256~[A-Za-z0-9_-]{43}", 3.5),
    token("clickhouse-key", &["4b1d"], r"4b1d[A-Za-z0-9]{38}\b", 3.5),

    // Secrets about secrets.
    token("vault-token", &["hvs.", "hvb.", "hvr."], r"hv[sbr]\.[A-Za-z0-9_-]{24,}", 3.5),
    short("vault-token", &["s."], r"s\.[A-Za-z0-9]{24}\b", 3.5),
    token("authress-key", &[".acc"], r"(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][A-Za-z0-9_-]{10,32}\.[A-Za-z0-9+/_=-]{30,120}", 2.0),
    token("terraform-token", &[".atlasv1."], r"[A-Za-z0-9]{14}\.(?i:atlasv1)\.[A-Za-z0-9=_-]{60,70}", 3.5),
    token("pulumi-token", &["pul-"], r"pul-[a-f0-9]{40}\b", 2.0),
    token("doppler-token", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], r"dp\.(?:pt|ct|sa|scim|audit|st(?:\.[a-z0-9_-]{2,35})?)\.[A-Za-z0-9]{40,44}", 2.0),
    token("onepassword-token", &["ops_eyj"], r"ops_eyJ[A-Za-z0-9+/_-]{200,}={0,3}", 3.5),
    token("onepassword-key", &["a3-"], r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}", 3.5),
    token("age-key", &["age-secret-key-1"], r"(?i)AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}", 3.0),
    token("infisical-token", &["st."], r"st\.[a-f0-9]{24}\.[a-f0-9]{32}\.[a-f0-9]{32}", 3.0),

    // Models.
    token("anthropic-key", &["sk-ant-"], r"sk-ant-[a-z]{2,8}\d{2}-[A-Za-z0-9_-]{20,}", 3.0),
    token("openai-key", &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-none-"], r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}", 3.0),
    token("openai-key", &["t3blbkfj"], r"sk-[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}", 3.0),
    token("openrouter-key", &["sk-or-v1-"], r"sk-or-v1-[a-f0-9]{64}", 3.0),
    token("openai-key", &["sk-"], r"sk-[A-Za-z0-9]{32,64}\b", 3.5),
    token("huggingface-token", &["hf_", "api_org_"], r"(?:hf_|api_org_)[A-Za-z0-9]{34}\b", 2.0),
    token("groq-key", &["gsk_"], r"gsk_[A-Za-z0-9]{48,60}\b", 3.0),
    token("xai-key", &["xai-"], r"xai-[A-Za-z0-9_-]{70,}", 3.0),
    token("perplexity-key", &["pplx-"], r"pplx-[A-Za-z0-9]{40,}", 3.5),
    token("replicate-token", &["r8_"], r"r8_[A-Za-z0-9]{37,40}\b", 3.0),
    token("nvidia-key", &["nvapi-"], r"nvapi-[A-Za-z0-9_-]{60,}", 3.0),
    token("langsmith-key", &["lsv2_"], r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}", 3.0),

    // Payment and trade.
    token("stripe-key", &["sk_test_", "sk_live_", "sk_prod_", "rk_test_", "rk_live_", "rk_prod_"], r"[sr]k_(?:test|live|prod)_[A-Za-z0-9]{10,250}", 2.0),
    token("stripe-webhook-secret", &["whsec_"], r"whsec_[A-Za-z0-9+/=]{24,}", 3.0),
    token("square-token", &["sq0"], r"sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,60}", 2.0),
    short("square-token", &["eaaa"], r"EAAA[A-Za-z0-9_-]{22,60}", 3.5),
    token("shopify-token", &["shpat_", "shpca_", "shppa_", "shpss_"], r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}", 2.0),
    token("shippo-token", &["shippo_"], r"shippo_(?:live|test)_[a-fA-F0-9]{40}", 2.0),
    token("easypost-key", &["ezak", "eztk"], r"EZ[AT]K[A-Za-z0-9]{54}", 2.0),
    token("duffel-token", &["duffel_"], r"duffel_(?:test|live)_[A-Za-z0-9_=-]{43}", 2.0),
    token("flutterwave-key", &["flwseck", "flwpubk"], r"FLW(?:SECK|PUBK)(?:_TEST|_LIVE)?-[A-Za-z0-9]{12,}(?:-X)?", 2.0),
    token("plaid-token", &["access-sandbox-", "access-development-", "access-production-"], r"access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", 3.0),
    token("braintree-token", &["access_token$"], r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}", 3.0),
    token("amazon-mws-token", &["amzn.mws."], r"amzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", 3.0),

    // Talk and mail.
    token("slack-token", &["xoxa-", "xoxb-", "xoxe", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xoxc-", "xoxd-"], r"(?:xoxe\.)?xox[abcdeoprs]-[A-Za-z0-9%/+=-]{8,250}", 2.0),
    token("slack-token", &["xapp-"], r"(?i)xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,}", 2.0),
    inside("slack-webhook", &["hooks.slack.com"], r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/_-]{30,120})", 3.0),
    inside("discord-webhook", &["/api/webhooks/"], r"discord(?:app)?\.com/api/webhooks/(\d{15,22}/[A-Za-z0-9_-]{50,})", 3.0),
    inside("teams-webhook", &["webhook.office.com"], r"webhook\.office\.com/webhookb2/([A-Za-z0-9@/-]{60,})", 3.0),
    token("telegram-token", &[":aa"], r"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,35}\b", 3.5),
    token("sendgrid-key", &["sg."], r"SG\.[A-Za-z0-9_=.-]{60,70}", 3.0),
    token("brevo-key", &["xkeysib-"], r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}", 2.0),
    token("mailgun-key", &["key-"], r"(?:pub)?key-[a-f0-9]{32}\b", 3.0),
    token("mailchimp-key", &["-us"], r"[a-f0-9]{32}-us[0-9]{1,2}\b", 3.0),
    token("twilio-key", &["sk"], r"SK[0-9a-fA-F]{32}\b", 3.0),
    token("facebook-token", &["eaam", "eaac"], r"EAA[MC][A-Za-z0-9]{20,}\b", 4.0),
    token("typeform-token", &["tfp_"], r"tfp_[A-Za-z0-9_.=-]{44,}", 2.0),
    token("intra-token", &["s-s4t2"], r"s-s4t2(?:ud|af)-[a-f0-9]{64}", 3.0),

    // Work and watching.
    token("grafana-token", &["glc_", "glsa_"], r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/]{32,}={0,2}", 3.0),
    token("grafana-token", &["eyjrijoi"], r"eyJrIjoi[A-Za-z0-9]{50,400}={0,3}", 3.0),
    token("newrelic-key", &["nrak-", "nrjs-", "nrii-", "nriq-", "nrra-"], r"(?i)NR(?:AK|JS|II|IQ|RA)-[A-Za-z0-9_-]{19,32}", 2.5),
    token("dynatrace-token", &["dt0c01.", "dt0s"], r"dt0[a-z]\d{2}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}", 3.5),
    token("postman-key", &["pmak-"], r"PMAK-[a-fA-F0-9]{24}-[a-fA-F0-9]{34}", 3.0),
    token("linear-key", &["lin_api_", "lin_oauth_"], r"lin_(?:api|oauth)_[A-Za-z0-9]{40,}", 2.0),
    token("notion-token", &["ntn_", "secret_"], r"ntn_[A-Za-z0-9]{43,50}\b|secret_[A-Za-z0-9]{43}\b", 3.5),
    token("figma-token", &["figd_"], r"figd_[A-Za-z0-9_-]{36,}", 3.0),
    token("airtable-token", &["pat"], r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}", 3.5),
    token("contentful-token", &["cfpat-"], r"CFPAT-[A-Za-z0-9_-]{43}", 3.0),
    token("readme-key", &["rdme_"], r"rdme_[a-z0-9]{70}", 2.0),
    token("prefect-token", &["pnu_", "pnb_"], r"pn[ub]_[A-Za-z0-9]{36}", 2.0),
    token("harness-token", &["pat.", "sat."], r"[ps]at\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}", 3.0),
    token("infracost-key", &["ico-"], r"ico-[A-Za-z0-9]{32}\b", 3.0),
    token("frameio-token", &["fio-u-"], r"fio-u-[A-Za-z0-9_=-]{64}", 3.0),
    token("adobe-secret", &["p8e-"], r"(?i)p8e-[a-z0-9]{32}\b", 2.0),
    token("dropbox-token", &["sl."], r"sl\.[A-Za-z0-9_=-]{130,}", 3.5),
    token("mapbox-token", &["pk.", "sk."], r"[ps]k\.[A-Za-z0-9_-]{60,}\.[A-Za-z0-9_-]{22}\b", 3.5),
    token("maxmind-key", &["_mmk"], r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b", 3.0),
    token("octopus-key", &["api-"], r"API-[A-Z0-9]{26}\b", 3.0),
    token("defined-token", &["dnkey-"], r"dnkey-[A-Za-z0-9=_-]{26}-[A-Za-z0-9=_-]{52}", 3.0),
    token("settlemint-token", &["sm_aat", "sm_pat", "sm_sat"], r"sm_(?:aat|pat|sat)_[A-Za-z0-9]{16}\b", 3.0),
    token("launchdarkly-key", &["sdk-", "api-", "mob-"], r"(?:sdk|api|mob)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", 3.0),
    token("gocardless-token", &["live_"], r"live_[A-Za-z0-9_=-]{40}\b", 3.5),
    token("looker-key", &["lk_live_", "pk_live_priv"], r"lk_live_[A-Za-z0-9]{20,}", 3.0),
    token("vercel-token", &["vercel_", "vcp_", "vci_", "vca_", "vcr_", "vck_"], r"(?:vercel|vc[piark])_[A-Za-z0-9]{24,}", 3.0),
    token("netlify-token", &["nfp_"], r"nfp_[A-Za-z0-9]{36,}", 3.0),
    token("circleci-token", &["ccipat_", "ccipra_"], r"CCIP(?:AT|RA)_[A-Za-z0-9]{20,24}_[a-f0-9]{40}\b", 3.0),
    token("buildkite-token", &["bkua_", "bkaj_"], r"bk(?:ua|aj)_[a-f0-9]{40}\b", 2.5),
    token("tailscale-key", &["tskey-"], r"tskey-[a-z]{2,10}-[A-Za-z0-9]{8,24}-[A-Za-z0-9]{16,64}", 3.0),
    short("resend-key", &["re_"], r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b", 3.5),
    token("posthog-key", &["phx_", "phs_"], r"ph[xs]_[A-Za-z0-9]{43,}\b", 3.5),
    short("adafruit-key", &["aio_"], r"aio_[A-Za-z0-9]{28}\b", 3.0),
    token("azure-devops-token", &["azdo"], r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}\b", 3.5),
    token("hubspot-token", &["pat-na", "pat-eu", "pat-ap"], r"pat-(?:na|eu|ap)\d-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", 3.0),
    short("clickup-token", &["pk_"], r"pk_\d{6,9}_[A-Z0-9]{32}\b", 3.0),
    token("pinecone-key", &["pcsk_"], r"pcsk_[A-Za-z0-9]{5,8}_[A-Za-z0-9]{50,70}\b", 3.5),
    token("together-key", &["tgp_v1_"], r"tgp_v1_[A-Za-z0-9_-]{40,}", 3.0),
    token("langfuse-key", &["sk-lf-"], r"sk-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", 3.0),
    short("elevenlabs-key", &["sk_"], r"sk_[a-f0-9]{48}\b", 3.0),
    token("wakatime-key", &["waka_"], r"waka_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", 3.0),
    short("lob-key", &["live_", "test_"], r"(?:live|test)_(?:pub_)?[a-f0-9]{31,35}\b", 3.0),
    short("deno-token", &["ddp_", "ddo_"], r"dd[po]_[A-Za-z0-9]{36}\b", 3.0),
    short("cerebras-key", &["csk-"], r"csk-[a-z0-9]{48}\b", 3.5),

    // Forms that no one service owns.
    token("jwt", &["eyj", "eya"], r"ey[A-Za-z0-9_-]{14,}\.ey[A-Za-z0-9_/+-]{14,}={0,2}\.(?:[A-Za-z0-9_/+-]{10,}={0,2})?", 3.0),
    token("jwt", &["zxlk", "zxlj"], r"ZXl[A-Za-z0-9+/_-]{49,}={0,3}", 3.5),
    Rule {
        id: "url-password",
        keywords: &["://"],
        pattern: r#"(?i)[a-z][a-z0-9+.-]{1,20}://[^\s/:@"'`\\<>‹›]{0,100}:([^\s/@"'`\\<>‹›]{3,200})@[A-Za-z0-9\[_.-]"#,
        group: 1,
        entropy: 0.0,
        words_too: true,
    },
    inside("url-token", &["://"], r"(?i)\b(?:https?|ssh|git)://([A-Za-z0-9_-]{20,})(?::x-oauth-basic)?@", 3.0),
    inside("authorization", &["authorization"], r#"(?i)authorization\\?["'`]?\]?\s{0,4}(?::|=>?|,)\s{0,4}\\?["'`]?(?:(?:basic|bearer|token|apikey|api-key|api-token|key|negotiate|digest|oauth|bot|aws4-hmac-sha256)[ :]\s*)?([A-Za-z0-9_.~+/=:-]{8,})"#, 2.5),
    inside("authorization", &["bearer "], r"(?i)\bbearer\s+([A-Za-z0-9_.~+/-]{20,}={0,2})", 3.0),
    inside("cookie", &["set-cookie"], r#"(?i)set-cookie\\?["']?:\s{0,4}\\?["']?[\w.-]{1,60}=([^\s"'`\\‹›;]{8,})"#, 2.5),
    inside("cookie", &["cookie:", "cookie\""], r#"(?i)cookie\\?["']?:\s{0,4}\\?["']?(?:[\w.-]{1,60}=)([^\s"'`\\‹›;]{8,}(?:;\s?[\w.-]{1,60}=[^\s"'`\\‹›;]+)*)"#, 2.5),
    inside("curl-user", &["curl", "--user", "-u"], r#"(?:\bcurl\b[^\n]{0,300}?\s(?:-u|--user)|(?:^|\s)--user|^\s+-u)[ =]?\s{0,3}["']?[^\s:"'\\]{0,100}:["']?([^\s"'\\‹›@]{3,})"#, 1.5),
    inside("curl-user", &["curl", "--user", "-u"], r#"(?:\bcurl\b[^\n]{0,300}?\s(?:-u|--user)|(?:^|\s)--user|^\s+-u)[ =]?\s{0,3}["']?([A-Za-z0-9_-]{16,100}):["']?(?:\s|$)"#, 3.0),
    inside("piped-secret", &["-stdin"], r#"echo\s+(?:-n\s+)?\\?["']?([^\s"'|\\‹›]{8,200})\\?["']?\s*\|[^|\n]{0,200}--[\w-]{0,40}(?:password|token|key|secret)[\w-]{0,20}-stdin"#, 2.5),
    inside("google-chat-webhook", &["chat.googleapis.com"], r"chat\.googleapis\.com/v1/spaces/[^\s?]+\?key=[\w-]+&token=([\w%-]{20,})", 3.0),
];

/// How often in a line a match that begins within a word is looked into for the real beginning.
const MOST_WITHIN_WORDS: usize = 50;

static COMPILED: LazyLock<Vec<OnceLock<Regex>>> =
    LazyLock::new(|| ALL.iter().map(|_| OnceLock::new()).collect());

impl Rule {
    /// Its matches in `line`.
    pub(super) fn find(&self, line: &str) -> Vec<Span> {
        let number = ALL
            .iter()
            .position(|rule| std::ptr::eq(rule, self))
            .unwrap_or_default();
        let regex = COMPILED[number].get_or_init(|| {
            Regex::new(self.pattern).expect("a test compiles every pattern of the table")
        });
        let mut spans = Vec::new();
        let mut at = 0;
        let mut within_words = 0;
        while at <= line.len()
            && let Some(found) = regex.captures_at(line, at)
        {
            let whole = found.get(0).map_or(at..at, |whole| whole.range());
            at = whole.end.max(at + 1);
            while !line.is_char_boundary(at) {
                at += 1;
            }
            let Some(secret) = found.get(self.group) else {
                continue;
            };
            if self.group == 0 && !begins_here(line, secret.start()) {
                within_words += 1;
                if within_words > MOST_WITHIN_WORDS {
                    continue;
                }
                // The real beginning may lie further on within what was taken.
                at = whole.start + 1;
                while !line.is_char_boundary(at) {
                    at += 1;
                }
                continue;
            }
            let text = secret.as_str();
            let stands_in = if self.group == 0 {
                value::is_stand_in(text)
            } else {
                value::is_placeholder(text)
            };
            if stands_in
                || value::entropy(text) < self.entropy
                || (!self.words_too && value::is_wordy(text))
            {
                continue;
            }
            spans.push(Span::new(self.id, secret.start(), secret.end()));
        }
        spans
    }
}

/// True where a word can begin: not inside a word, unless what looks like one is an escape (`\n`, `%3D`, a colour).
fn begins_here(line: &str, at: usize) -> bool {
    let before = &line.as_bytes()[..at];
    let Some(&last) = before.last() else {
        return true;
    };
    if !last.is_ascii_alphanumeric() && last != b'_' {
        return true;
    }
    let escape = before.len() >= 2 && before[before.len() - 2] == b'\\' && b"nrtbf".contains(&last);
    let percent = before.len() >= 3
        && before[before.len() - 3] == b'%'
        && before[before.len() - 2..].iter().all(u8::is_ascii_hexdigit);
    let colour = last == b'm'
        && before[..before.len() - 1]
            .iter()
            .rposition(|byte| !byte.is_ascii_digit() && *byte != b';')
            .is_some_and(|at| before[at] == b'[');
    escape || percent || colour
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_has_its_group() {
        for rule in ALL {
            let regex = Regex::new(rule.pattern).unwrap();
            assert!(regex.captures_len() > rule.group, "{}", rule.id);
            assert!(!rule.keywords.is_empty(), "{}", rule.id);
        }
    }
}
