//! The forges, and what each does in its own way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use perch_core::seam::provider::Provider;
use perch_integrations::providers::ALL;
use perch_integrations::providers::bitbucket::Bitbucket;
use perch_integrations::providers::bitbucket_dc::BitbucketDc;
use perch_integrations::providers::gitea::Gitea;
use perch_integrations::providers::github::GitHub;
use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::forge::{Refusal, World};
use perch_testkit::scenario::faults::refuse;
use perch_testkit::scenario::publish::{Arrange, refusing};
use perch_testkit::watch::REPO;
use perch_testkit::{labelled, published};
use serde_json::Value;
use sha2::Sha256;

/// A webhook somebody recorded, and what it means.
pub(crate) struct Recorded {
    /// Where it was recorded.
    pub(crate) name: String,
    /// The header that tells its kind, and the kind.
    pub(crate) kind: (String, String),
    pub(crate) payload: Value,
    /// The types of events it may mean: each list is one way to read it.
    pub(crate) means: Vec<Vec<String>>,
}

/// What a forge does in its own way.
pub(crate) trait Conduct: Provider + Default + 'static {
    /// What all addresses of a repository hold.
    const REPOSITORIES: &'static str;
    /// How it says that too much was asked, without saying for how long.
    const LIMIT: (u16, &'static str);
    /// Parts of its API that can be turned off, and the statuses that say so.
    const PARTS: (&'static [&'static str], &'static [u16]);
    /// JSON that is no answer to anything that is asked; none where every list is a bare one.
    const NONSENSE: &'static [&'static [u8]] = &[];
    /// True where its answers tell how much may still be asked.
    const TELLS_QUOTA: bool = false;
    /// True where without a token little may be asked.
    const RARE_WITHOUT_TOKEN: bool = true;
    /// True where a repository that is called otherwise now is still found by its old name.
    const FOLLOWS: bool = true;
    /// The name of a second repository, in a form the forge allows.
    const SECOND: &'static str = "acme/web";
    /// The commits it takes to change two files.
    const COMMITS: usize = 1;
    /// How the marker of a comment stands in its text.
    const MARK: &'static str = "<!-- perch:1a2b -->";
    /// What it calls a pull request, up to its number.
    const PULL: &'static str = "pull request #";
    /// Ids that are none of its comments'.
    const STRANGE: &'static [&'static str];
    /// The address its recorded webhooks come from.
    const SITE: &'static str;
    /// Events that one webhook can mean.
    const MOST: usize = 1;
    /// True where webhooks may be forms.
    const FORMS: bool = false;

    /// Refusals by `GET` that only this forge knows, and what the road does about each.
    fn refusals() -> Vec<(Refusal, &'static str)> {
        Vec::new()
    }

    /// Situations in which a step is refused.
    fn denials() -> Vec<(&'static str, Arrange)>;

    /// True if its second pull request is a draft.
    fn is_draft(world: &mut World) -> bool {
        world.repo(REPO).pull(2)["draft"] == true
    }

    /// Webhooks somebody recorded.
    fn recorded() -> Vec<Recorded>;

    /// The repository a webhook is about in every way it may stand in `watch`: its name, and what stays when that changes.
    fn watched(payload: &Value) -> Vec<String>;

    /// A secret, told from others by its number.
    fn secret(number: u8) -> String {
        ["secret", &number.to_string()].join(" ")
    }

    /// The headers by which a webhook of this JSON, sent in this body, is signed at [`NOW`].
    fn signed(secret: &str, json: &[u8], body: &[u8]) -> Vec<(String, String)>;
}

/// The second in which webhooks are signed and checked.
pub(crate) const NOW: i64 = 1_750_000_000;

/// Makes a test of each of these for each forge.
macro_rules! for_every_forge {
    ($($test:ident)*) => {
        for_every_forge!(@ github GitHub: $($test)*);
        for_every_forge!(@ gitlab GitLab: $($test)*);
        for_every_forge!(@ bitbucket Bitbucket: $($test)*);
        for_every_forge!(@ bitbucket_dc BitbucketDc: $($test)*);
        for_every_forge!(@ gitea Gitea: $($test)*);
    };
    (@ $forge:ident $type:ident: $($test:ident)*) => {
        mod $forge {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test::<perch_integrations::providers::$forge::$type>().await;
                }
            )*
        }
    };
}
pub(crate) use for_every_forge;

#[test]
fn every_provider_of_the_registry_that_is_a_forge_is_among_them() {
    let mut forges: Vec<&str> = ALL
        .iter()
        .filter(|one| {
            one.webhook()
                .is_some_and(|hook| hook.family() == "code-repo")
        })
        .map(|one| one.id())
        .collect();
    forges.sort_unstable();
    let known = [
        Bitbucket::default().id(),
        BitbucketDc::default().id(),
        Gitea::default().id(),
        GitHub::default().id(),
        GitLab::default().id(),
    ];
    assert_eq!(forges, known);
}

pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("keys may have any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn header(name: &str, value: String) -> (String, String) {
    (name.to_owned(), value)
}

/// Rows of the labelled data.
fn labelled(provider: &str) -> Vec<Recorded> {
    let rows = labelled::webhooks(provider).into_iter();
    rows.map(|(row, payload)| {
        let text = |field: &str| row[field].as_str().expect("a text").to_owned();
        let kind =
            |one: &Value| -> Vec<String> { one.as_str().map(Into::into).into_iter().collect() };
        let also = row["also"].as_array().into_iter().flatten().map(kind);
        Recorded {
            name: text("file"),
            kind: (text("event_header"), text("event_header_value")),
            means: [kind(&row["expect"])].into_iter().chain(also).collect(),
            payload,
        }
    })
    .collect()
}

/// What stands at these places, as it is written.
fn written(payload: &Value, pointers: &[&str]) -> Vec<String> {
    let found = pointers
        .iter()
        .filter_map(|pointer| payload.pointer(pointer));
    found
        .map(|one| one.as_str().map_or_else(|| one.to_string(), Into::into))
        .collect()
}

/// An object where a list, a page of one or a thing is asked for.
const NO_PAGE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

impl Conduct for GitHub {
    const REPOSITORIES: &'static str = "/repos/";
    const LIMIT: (u16, &'static str) = (403, "You have exceeded a secondary rate limit");
    const PARTS: (&'static [&'static str], &'static [u16]) = (
        &["/comments", "/releases", "/check-runs", "/status"],
        &[403, 404, 410],
    );
    const TELLS_QUOTA: bool = true;
    const STRANGE: &'static [&'static str] = &["../1"];
    const SITE: &'static str = "https://api.github.com";
    const FORMS: bool = true;

    fn refusals() -> Vec<(Refusal, &'static str)> {
        vec![
            (refuse("/repos/", 451, "Blocked", vec![]), "refused"),
            (
                refuse(
                    "/repos/",
                    403,
                    "You have exceeded a secondary rate limit",
                    vec![],
                ),
                "wait 60",
            ),
        ]
    }

    fn denials() -> Vec<(&'static str, Arrange)> {
        let scope = "Resource not accessible by personal access token";
        let drafts = "Draft pull requests are not supported in this repository.";
        let locked = "Unable to create comment because issue is locked.";
        let rule = "Repository rule violations found";
        vec![
            ("read only", refusing(Method::POST, "/git/", 403, scope)),
            ("protected", refusing(Method::POST, "/git/refs", 422, rule)),
            ("no drafts", refusing(Method::POST, "/pulls", 422, drafts)),
            ("locked", refusing(Method::POST, "/comments", 403, locked)),
        ]
    }

    fn recorded() -> Vec<Recorded> {
        let examples = published::webhooks().into_iter();
        examples
            .map(|example| Recorded {
                name: example.name,
                kind: ("x-github-event".into(), example.kind),
                payload: example.payload,
                means: vec![example.expected.into_iter().collect()],
            })
            .collect()
    }

    fn watched(payload: &Value) -> Vec<String> {
        written(payload, &["/repository/full_name", "/repository/id"])
    }

    fn signed(secret: &str, _json: &[u8], body: &[u8]) -> Vec<(String, String)> {
        let signature = hex::encode(hmac(secret.as_bytes(), &[body]));
        vec![header("x-hub-signature-256", format!("sha256={signature}"))]
    }
}

impl Conduct for GitLab {
    const REPOSITORIES: &'static str = "/projects/";
    const LIMIT: (u16, &'static str) = (429, "Retry later");
    const PARTS: (&'static [&'static str], &'static [u16]) =
        (&["/pipelines", "/releases"], &[403, 404]);
    const NONSENSE: &'static [&'static [u8]] = &[NO_PAGE];
    const TELLS_QUOTA: bool = true;
    const SECOND: &'static str = "acme/web/shop";
    const PULL: &'static str = "merge request !";
    const STRANGE: &'static [&'static str] =
        &["../1", "issues/1/notes/x", "issues/1/../notes/1", "1"];
    const SITE: &'static str = "https://gitlab.com";

    fn refusals() -> Vec<(Refusal, &'static str)> {
        let reset = vec![
            ("ratelimit-remaining", "0".into()),
            ("ratelimit-reset", "1750000200".into()),
        ];
        vec![(refuse("/projects/", 429, "Retry later", reset), "wait 80")]
    }

    fn denials() -> Vec<(&'static str, Arrange)> {
        let reads: Arrange = Box::new(|world| world.scopes = vec!["read_api"]);
        let protected = "You are not allowed to push into this branch";
        let pattern = "Branch name 'perch/x' does not follow the pattern '^(feature|fix)/'";
        let target = "Target branch is missing";
        let locked = "The discussion is locked";
        vec![
            ("only reading", reads),
            (
                "no Developer",
                refusing(Method::POST, "/commits", 403, "403 Forbidden"),
            ),
            (
                "protected",
                refusing(Method::POST, "/commits", 403, protected),
            ),
            (
                "push rule",
                refusing(Method::POST, "/commits", 400, pattern),
            ),
            (
                "invalid",
                refusing(Method::POST, "/merge_requests", 422, target),
            ),
            ("locked", refusing(Method::POST, "/notes", 403, locked)),
        ]
    }

    fn is_draft(world: &mut World) -> bool {
        world.repo(REPO).gitlab_merge(2).expect("it was opened")["draft"] == true
    }

    fn recorded() -> Vec<Recorded> {
        labelled("gitlab")
    }

    fn watched(payload: &Value) -> Vec<String> {
        written(payload, &["/project/path_with_namespace", "/project/id"])
    }

    /// A signing token; a secret token is sent in plain and signs nothing.
    fn secret(number: u8) -> String {
        // Put together here, so that nothing in the source looks like one.
        format!("whsec_{}", STANDARD.encode([number; 32]))
    }

    fn signed(secret: &str, _json: &[u8], body: &[u8]) -> Vec<(String, String)> {
        let key = STANDARD
            .decode(secret.trim_start_matches("whsec_"))
            .expect("base64");
        let (id, time) = ("id".to_owned(), NOW.to_string());
        let mac = hmac(&key, &[format!("{id}.{time}.").as_bytes(), body]);
        vec![
            header("webhook-id", id),
            header("webhook-timestamp", time),
            header("webhook-signature", format!("v1,{}", STANDARD.encode(mac))),
        ]
    }
}

impl Conduct for Bitbucket {
    const REPOSITORIES: &'static str = "/repositories/";
    const LIMIT: (u16, &'static str) = (429, "Rate limit for this resource has been exceeded");
    const PARTS: (&'static [&'static str], &'static [u16]) = (
        &["/pullrequests", "/refs", "/pipelines", "/statuses"],
        &[403, 404, 410],
    );
    const NONSENSE: &'static [&'static [u8]] = &[
        NO_PAGE,
        // A next page at another address.
        b"HTTP/1.1 200 OK\r\ncontent-length: 53\r\nconnection: close\r\n\r\n{\"values\": [], \"next\": \"https://elsewhere.example/\"}  ",
    ];
    const FOLLOWS: bool = false;
    const MARK: &'static str = "[//]: # (perch:1a2b)";
    const STRANGE: &'static [&'static str] = &[
        "1",
        "issues/1/comments/x",
        "issues/1/../comments/1",
        "x/1/comments/1",
    ];
    const MOST: usize = 2;
    const SITE: &'static str = "https://api.bitbucket.org";

    fn denials() -> Vec<(&'static str, Arrange)> {
        let reads: Arrange = Box::new(|world| world.scopes = vec!["repository", "pullrequest"]);
        let pushes: Arrange = Box::new(|world| world.scopes = vec!["repository:write"]);
        let restricted = "Permission denied to update branch: branch restriction on perch/**";
        let nothing = "There are no changes to be pulled";
        vec![
            ("only reading", reads),
            ("only pushing", pushes),
            (
                "restricted",
                refusing(Method::POST, "/src", 403, restricted),
            ),
            (
                "invalid",
                refusing(Method::POST, "/pullrequests", 400, nothing),
            ),
        ]
    }

    fn recorded() -> Vec<Recorded> {
        labelled("bitbucket")
    }

    fn watched(payload: &Value) -> Vec<String> {
        written(payload, &["/repository/full_name", "/repository/uuid"])
    }

    fn signed(secret: &str, _json: &[u8], body: &[u8]) -> Vec<(String, String)> {
        let signature = hex::encode(hmac(secret.as_bytes(), &[body]));
        vec![header("x-hub-signature", format!("sha256={signature}"))]
    }
}

impl Conduct for BitbucketDc {
    const REPOSITORIES: &'static str = "/rest/";
    const LIMIT: (u16, &'static str) = (429, "You have been rate limited");
    const PARTS: (&'static [&'static str], &'static [u16]) =
        (&["/pull-requests", "/build-status"], &[403, 404, 410]);
    const NONSENSE: &'static [&'static [u8]] = &[NO_PAGE];
    const RARE_WITHOUT_TOKEN: bool = false;
    const COMMITS: usize = 2;
    const MARK: &'static str = "[//]: # (perch:1a2b)";
    const STRANGE: &'static [&'static str] = &[
        "1",
        "pull-requests/1/comments/x",
        "pull-requests/1/../comments/1",
        "x/1/comments/1",
    ];
    const MOST: usize = 50;
    const SITE: &'static str = "https://bitbucket.example.org";

    fn refusals() -> Vec<(Refusal, &'static str)> {
        let denied = "You are not permitted to access this resource";
        vec![(refuse("/rest/", 401, denied, vec![]), "refused")]
    }

    fn denials() -> Vec<(&'static str, Arrange)> {
        let reads: Arrange = Box::new(|world| world.scopes = vec!["REPO_READ"]);
        let restricted = "Branch refs/heads/perch can not be updated: branch permissions";
        let nothing = "No changes to be pulled";
        vec![
            ("only reading", reads),
            (
                "restricted",
                refusing(Method::PUT, "/browse", 409, restricted),
            ),
            (
                "invalid",
                refusing(Method::POST, "/pull-requests", 400, nothing),
            ),
        ]
    }

    fn recorded() -> Vec<Recorded> {
        labelled("bitbucket-server")
    }

    fn watched(payload: &Value) -> Vec<String> {
        let sides = ["/repository", "/pullRequest/toRef/repository", "/new"];
        let Some(repository) = sides.iter().find_map(|side| payload.pointer(side)) else {
            return Vec::new();
        };
        let name = written(repository, &["/project/key", "/slug"]).join("/");
        vec![name, repository["id"].to_string()]
    }

    fn signed(secret: &str, json: &[u8], body: &[u8]) -> Vec<(String, String)> {
        Bitbucket::signed(secret, json, body)
    }
}

impl Conduct for Gitea {
    const REPOSITORIES: &'static str = "/repos/";
    const LIMIT: (u16, &'static str) = (403, "rate limit exceeded");
    const PARTS: (&'static [&'static str], &'static [u16]) = (
        &[
            "/issues/comments",
            "/releases",
            "/git/refs",
            "/actions",
            "/status",
        ],
        &[403, 404, 409, 410, 422],
    );
    const RARE_WITHOUT_TOKEN: bool = false;
    const STRANGE: &'static [&'static str] = &["../1"];
    const SITE: &'static str = "https://git.example.org";
    const FORMS: bool = true;

    fn refusals() -> Vec<(Refusal, &'static str)> {
        vec![
            (refuse("/repos/", 451, "Blocked", vec![]), "refused"),
            (
                refuse("/repos/", 403, "rate limit exceeded", vec![]),
                "wait 60",
            ),
        ]
    }

    fn denials() -> Vec<(&'static str, Arrange)> {
        let scope = "token does not have at least one of required scope(s): [write:repository]";
        let protected = "branch is protected from push";
        let locked = "The issue is locked.";
        vec![
            ("read only", refusing(Method::POST, "/contents", 403, scope)),
            (
                "protected",
                refusing(Method::POST, "/contents", 403, protected),
            ),
            ("locked", refusing(Method::POST, "/comments", 403, locked)),
        ]
    }

    /// The servers know a draft by its title.
    fn is_draft(world: &mut World) -> bool {
        world.repo(REPO).pull(2)["title"] == "WIP: Remove the unused `mut`"
    }

    fn recorded() -> Vec<Recorded> {
        labelled("gitea")
    }

    fn watched(payload: &Value) -> Vec<String> {
        written(payload, &["/repository/full_name", "/repository/id"])
    }

    /// Of a form it is the JSON within that is signed.
    fn signed(secret: &str, json: &[u8], _body: &[u8]) -> Vec<(String, String)> {
        let signature = hex::encode(hmac(secret.as_bytes(), &[json]));
        vec![header("x-gitea-signature", signature)]
    }
}
