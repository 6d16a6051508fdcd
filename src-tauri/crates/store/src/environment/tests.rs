//! The environment in tables: names, aliases, precedence and forms.

use secrecy::ExposeSecret;

use super::*;

const PROVIDERS: &[&str] = &[
    "bitbucket",
    "bitbucket-dc",
    "gitea",
    "github",
    "gitlab",
    "local",
    "supabase",
];

fn ada() -> UserId {
    UserId::new("ada")
}

fn described(pairs: &[(&str, &str)]) -> Result<Option<EnvironmentConnection>, String> {
    Environment::from_pairs(pairs.iter().copied()).connection(&ada(), PROVIDERS)
}

fn secret<'a>(found: &'a EnvironmentConnection, name: &str) -> Option<&'a str> {
    found.secrets.get(name).map(ExposeSecret::expose_secret)
}

#[test]
fn every_alias_gives_the_same_connection_with_every_provider_and_the_first_name_wins() {
    let pairs_of_names = [
        ("CODE_REPO_API_KEY", "GITHUB_TOKEN"),
        ("CODE_REPO_WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET"),
        ("CODE_REPO_URL", "GITHUB_REPO_URL"),
    ];
    for provider in ["bitbucket", "bitbucket-dc", "gitea", "github", "gitlab"] {
        // Bit n of `choice` sets the n-th pair by its second name; `both` sets the first name as well.
        for choice in 0..8_u8 {
            for both in [false, true] {
                let values = ["first key", "first hook", "acme/shop"];
                let mut pairs = vec![("CODE_REPO_PROVIDER", provider)];
                for (index, (wins, loses)) in pairs_of_names.into_iter().enumerate() {
                    let by_second = choice & (1 << index) != 0;
                    if by_second && both {
                        pairs.push((loses, "other/thing"));
                        pairs.push((wins, values[index]));
                    } else {
                        pairs.push((if by_second { loses } else { wins }, values[index]));
                    }
                }
                let found = described(&pairs)
                    .expect("well formed")
                    .expect("a connection");
                assert_eq!(found.connection.provider, provider, "{pairs:?}");
                assert_eq!(found.connection.watch, ["acme/shop"], "{pairs:?}");
                assert_eq!(found.connection.base_url, "", "{pairs:?}");
                assert_eq!(secret(&found, "environment/token"), Some("first key"));
                let hook = secret(&found, "environment/webhook_secret");
                assert_eq!(hook, Some("first hook"), "{pairs:?}");
            }
        }
    }
}

#[test]
fn every_form_of_an_address_names_the_repository_and_a_host_of_ones_own() {
    let public = [
        ("github", "github.com"),
        ("gitlab", "gitlab.com"),
        ("bitbucket", "bitbucket.org"),
    ];
    let own = "git.acme.example";
    for provider in ["bitbucket", "bitbucket-dc", "gitea", "github", "gitlab"] {
        let host = public.iter().find(|(id, _)| *id == provider);
        let hosts = host.map(|(_, host)| (*host, "")).into_iter();
        for (host, base_url) in hosts.chain([(own, "https://git.acme.example")]) {
            for form in [
                format!("https://{host}/acme/shop"),
                format!("https://{host}/acme/shop/"),
                format!("https://{host}/acme/shop.git"),
                format!("git@{host}:acme/shop.git"),
                format!("git@{host}:acme/shop"),
                format!("ssh://git@{host}/acme/shop.git"),
                format!("ssh://git@{host}:2222/acme/shop.git"),
            ] {
                for variable in ["CODE_REPO_URL", "GITHUB_REPO_URL"] {
                    let found = described(&[(variable, &form), ("CODE_REPO_PROVIDER", provider)])
                        .unwrap_or_else(|problem| panic!("{form}: {problem}"))
                        .expect("a connection");
                    assert_eq!(found.connection.watch, ["acme/shop"], "{form}");
                    assert_eq!(found.connection.base_url, base_url, "{provider} {form}");
                }
            }
        }
    }
}

#[test]
fn an_address_keeps_its_port_and_plain_http_and_groups_nest_at_gitlab_only() {
    for (provider, text, expected) in [
        (
            "github",
            "http://127.0.0.1:4242/acme/shop",
            Some(("http://127.0.0.1:4242", "acme/shop")),
        ),
        (
            "gitea",
            "https://git.acme.example:3000/acme/shop",
            Some(("https://git.acme.example:3000", "acme/shop")),
        ),
        ("gitlab", "acme/web/shop", Some(("", "acme/web/shop"))),
        (
            "gitlab",
            "https://gitlab.com/acme/web/shop/-/merge_requests/3",
            Some(("", "acme/web/shop")),
        ),
        (
            "bitbucket-dc",
            "https://acme.example/bitbucket/projects/SHOP/repos/web/browse?at=main",
            Some(("https://acme.example/bitbucket", "SHOP/web")),
        ),
        (
            "bitbucket-dc",
            "https://acme.example/users/ada/repos/web",
            Some(("https://acme.example", "~ada/web")),
        ),
        (
            "bitbucket-dc",
            "https://ada@acme.example:7990/scm/~ada/web.git",
            Some(("https://acme.example:7990", "~ada/web")),
        ),
        (
            "bitbucket-dc",
            "ssh://git@acme.example:7999/shop/web.git",
            Some(("https://acme.example", "shop/web")),
        ),
        ("local", "/src/shop", Some(("", "/src/shop"))),
        ("local", "acme/shop", None),
        ("github", "acme/web/shop", None),
        ("github", "shop", None),
        ("github", "acme/", None),
        ("github", "../shop", None),
        ("github", "acme/sh op", None),
        ("github", "ftp://github.com/acme/shop", None),
        ("github", "https:///acme/shop", None),
        ("github", ":acme/shop", None),
    ] {
        let found = described(&[("CODE_REPO_URL", text), ("CODE_REPO_PROVIDER", provider)]);
        let found = found.ok().map(|found| {
            let connection = found.expect("a connection").connection;
            (connection.base_url, connection.watch.join(" "))
        });
        let expected = expected.map(|(base, path)| (base.to_owned(), path.to_owned()));
        assert_eq!(found, expected, "{provider} {text}");
    }
}

#[test]
fn nothing_set_or_only_empty_values_describe_no_connection() {
    assert!(described(&[]).expect("well formed").is_none());
    let empty = [
        ("CODE_REPO_API_KEY", ""),
        ("CODE_REPO_URL", " "),
        ("CODE_REPO_PROVIDER", ""),
        ("GITHUB_TOKEN", ""),
    ];
    assert!(described(&empty).expect("well formed").is_none());
    let only_provider = [("CODE_REPO_PROVIDER", "gitlab")];
    assert!(described(&only_provider).expect("well formed").is_none());
    let falls_through = [("CODE_REPO_API_KEY", ""), ("GITHUB_TOKEN", "second")];
    let found = described(&falls_through)
        .expect("well formed")
        .expect("one");
    assert_eq!(secret(&found, "environment/token"), Some("second"));
    assert!(found.connection.watch.is_empty());
}

#[test]
fn a_wrong_provider_is_refused_with_the_nearest_and_all_known_ones() {
    let problem = described(&[("CODE_REPO_PROVIDER", "gihtub")]).expect_err("unknown");
    assert_eq!(
        problem,
        "CODE_REPO_PROVIDER is `gihtub`, which is no provider; did you mean `github`? \
         Perch knows bitbucket, bitbucket-dc, gitea, github, gitlab, local, supabase"
    );
    let found = described(&[("CODE_REPO_PROVIDER", "GitLab"), ("GITHUB_TOKEN", "x")]);
    assert_eq!(
        found.expect("known").expect("one").connection.provider,
        "gitlab"
    );
}

#[test]
fn a_public_host_of_another_provider_says_which_one_to_set() {
    let problem = described(&[("CODE_REPO_URL", "git@gitlab.com:acme/shop.git")]);
    assert_eq!(
        problem.expect_err("github by default"),
        "CODE_REPO_URL points to gitlab.com, which is no github; set CODE_REPO_PROVIDER=gitlab"
    );
}

#[test]
fn a_password_in_an_address_is_neither_kept_nor_repeated() {
    let password = ["hun", "ter2"].concat();
    let good = format!("https://ada:{password}@github.com/acme/shop.git");
    let found = described(&[("CODE_REPO_URL", &good)])
        .expect("well formed")
        .expect("one");
    assert!(!format!("{found:?}").contains(&password));
    for bad in [
        format!("https://ada:{password}@github.com/acme"),
        format!("ada:{password}"),
    ] {
        let problem = described(&[("CODE_REPO_URL", &bad)]).expect_err("no repository");
        assert!(!problem.contains(&password), "{problem}");
    }
    let environment = Environment::from_pairs([("GITHUB_TOKEN", password.as_str())]);
    assert_eq!(format!("{environment:?}"), r#"{"GITHUB_TOKEN"}"#);
}

#[test]
fn supabase_is_described_by_its_address_and_key() {
    let supabase =
        |pairs: &[(&str, &str)]| Environment::from_pairs(pairs.iter().copied()).supabase(&ada());
    let (url, key) = ("SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY");
    let found = supabase(&[(url, "https://shop.supabase.co/"), (key, "k")]);
    let found = found.expect("well formed").expect("one");
    assert_eq!(found.connection.base_url, "https://shop.supabase.co");
    assert_eq!(found.connection.provider, "supabase");
    assert_eq!(secret(&found, "environment-supabase/token"), Some("k"));
    assert!(supabase(&[]).expect("well formed").is_none());
    assert!(
        supabase(&[(key, "k")])
            .expect_err("no address")
            .contains("SUPABASE_URL is not")
    );
    assert!(supabase(&[(url, "shop")]).is_err());
}

#[test]
fn the_login_is_the_first_user_name_there_is_and_the_home_folder_the_last_resort() {
    for (pairs, expected) in [
        (&[("USER", "ada"), ("LOGNAME", "eve")][..], "ada"),
        (&[("USER", ""), ("LOGNAME", "eve")], "eve"),
        (&[("USERNAME", "Grace Hopper")], "Grace Hopper"),
        (&[("HOME", "/home/linus")], "linus"),
        (&[("HOME", "/")], "me"),
        (&[], "me"),
    ] {
        let environment = Environment::from_pairs(pairs.iter().copied());
        assert_eq!(environment.login(), UserId::new(expected), "{pairs:?}");
    }
}

#[test]
fn a_listener_address_is_read_or_refused_by_name() {
    let listen = |text: &str| Environment::from_pairs([("PERCH_LISTEN", text)]).listen();
    assert_eq!(listen(""), Ok(None));
    assert_eq!(
        listen("localhost:8000"),
        Ok(Some(SocketAddr::from(([127, 0, 0, 1], 8000))))
    );
    let problem = listen("8000").expect_err("no host");
    assert!(problem.starts_with("PERCH_LISTEN: "), "{problem}");
}
