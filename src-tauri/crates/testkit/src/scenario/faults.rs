//! What the far side's refusals, limits and breakdowns become.

use http::Method;
use perch_core::connection::Hurdle;
use perch_core::seam::provider::{Provider, ProviderError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::forge::{Refusal, Trouble};
use crate::watch::{REPO, Watch, keys};

/// Requests for what lies below `path` get this answer.
pub fn refuse(
    path: &str,
    status: u16,
    message: &str,
    headers: Vec<(&'static str, String)>,
) -> Refusal {
    Refusal {
        method: Method::GET,
        path: path.into(),
        status,
        message: message.into(),
        headers,
    }
}

/// Each refusal becomes what the road does about it (`refused`, `misconfigured`, `unavailable`, `wait SECONDS`), moves
/// nothing, tells no token, and what happens meanwhile is seen when it ends.
///
/// # Panics
/// When it is otherwise.
pub async fn each_refusal_becomes_what_the_road_does_about_it<P: Provider + Default>(
    cases: Vec<(Refusal, &str)>,
) {
    for (refusal, expected) in cases {
        let mut watch: Watch<P> = Watch::begun(|_| {}).await;
        watch
            .forge
            .with(|world| world.refusals.push(refusal.clone()));
        let cursor = watch.cursor.clone();
        let error = watch.poll().await.expect_err("it was refused");
        let found = match &error {
            ProviderError::Refused { .. } => "refused".to_owned(),
            ProviderError::Misconfigured { .. } => "misconfigured".into(),
            ProviderError::Unavailable(_) => "unavailable".into(),
            ProviderError::Wait { until, .. } => {
                format!("wait {}", until.duration_since(watch.now).as_secs())
            }
        };
        assert_eq!(found, expected, "{refusal:?}: {error}");
        assert!(!error.to_string().contains("stub-token"), "{error}");
        assert_eq!(watch.cursor, cursor);

        watch.forge.with(|world| world.refusals.clear());
        let news = watch.news();
        assert_eq!(keys(&watch.events().await), [news]);
    }
}

/// Limits of which `message` at `path` says no end double until an answer comes.
///
/// # Panics
/// When they do not.
pub async fn limits_without_an_end_double_until_an_answer_comes<P: Provider + Default>(
    path: &str,
    status: u16,
    message: &str,
) {
    let mut watch: Watch<P> = Watch::begun(|_| {}).await;
    watch
        .forge
        .with(|world| world.refusals.push(refuse(path, status, message, vec![])));
    for expected in [60, 120, 240] {
        match watch.poll().await {
            Err(ProviderError::Wait { until, .. }) => {
                assert_eq!(until.duration_since(watch.now).as_secs(), expected);
            }
            other => panic!("{other:?}"),
        }
    }
    watch.forge.with(|world| world.refusals.clear());
    watch.poll().await.expect("the limit is over");
}

/// An empty quota is waited for.
///
/// # Panics
/// When it is not.
pub async fn an_empty_quota_is_waited_for<P: Provider + Default>() {
    let mut watch: Watch<P> = Watch::begun(|_| {}).await;
    watch.forge.with(|world| world.quota = Some(0));
    match watch.poll().await {
        Err(ProviderError::Wait { until, .. }) => {
            assert_eq!(until.duration_since(watch.now).as_mins(), 30);
        }
        other => panic!("{other:?}"),
    }
}
/// A poll that breaks off at any request loses and repeats nothing.
///
/// # Panics
/// When it does.
pub async fn a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing<P: Provider + Default>() {
    for number in 0..40 {
        let mut watch: Watch<P> = Watch::begun(|_| {}).await;
        watch.forge.with(|world| {
            world.push(REPO, "feature", &[("a", "1\n")], "Add a");
            world.open_pull(REPO, "feature", "Add a", "ada");
            world.review(REPO, 1, "grace", "APPROVED");
            world.comment(REPO, 1, "grace", "Good");
        });
        watch.forge.trouble(number, Trouble::Refuse(502));
        let mut found = Vec::new();
        for _ in 0..8 {
            if let Ok(batch) = watch.poll().await {
                for message in batch.deliveries {
                    found.extend(keys(&watch.parse(message)));
                }
            }
        }
        found.sort();
        let kinds: Vec<&str> = found
            .iter()
            .map(|key| key.split(' ').next().expect("two words"))
            .collect();
        assert_eq!(
            kinds,
            [
                "issue.comment.created",
                "repo.pr.opened",
                "repo.pr.updated",
                "repo.push"
            ],
            "trouble at request {number}: {found:?}"
        );
    }
}

/// A server that answers every request with these bytes.
async fn says(bytes: &'static [u8]) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a free port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    format!("http://{at}")
}

/// An answer that is cut off, or none of the server's, or one of `more`, is tried again and moves nothing.
///
/// # Panics
/// When it does.
pub async fn an_answer_that_is_none_is_tried_again_and_moves_nothing<P: Provider + Default>(
    more: &[&'static [u8]],
) {
    let cases: [&'static [u8]; 4] = [
        b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n[{\"number\":",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[{",
        // A captive portal.
        b"HTTP/1.1 200 OK\r\ncontent-length: 18\r\nconnection: close\r\n\r\n<html>Log in</html>",
        b"",
    ];
    for bytes in cases.iter().chain(more) {
        let mut watch: Watch<P> = Watch::begun(|_| {}).await;
        let home = std::mem::replace(&mut watch.connection.base_url, says(bytes).await);
        let cursor = watch.cursor.clone();
        let error = watch.poll().await.expect_err("it is no answer");
        assert!(matches!(error, ProviderError::Unavailable(_)), "{error:?}");
        assert!(!error.to_string().contains("stub-token"), "{error}");
        assert_eq!(watch.cursor, cursor);
        watch.connection.base_url = home;
        let news = watch.news();
        assert_eq!(keys(&watch.events().await), [news]);
    }
}

/// An answer that begins and does not end is given up, and moves nothing.
///
/// # Panics
/// When it is waited for without end, or moves something.
pub async fn an_answer_that_does_not_end_is_given_up_and_moves_nothing<P: Provider + Default>() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a free port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n[";
            let _ = stream.write_all(begun).await;
            open.push(stream);
        }
    });
    let mut watch: Watch<P> = Watch::begun(|_| {}).await;
    let home = std::mem::replace(&mut watch.connection.base_url, format!("http://{at}"));
    let cursor = watch.cursor.clone();
    let patience = std::time::Duration::from_secs(90);
    let given_up = tokio::time::timeout(patience, watch.poll()).await;
    let error = given_up
        .expect("it is given up")
        .expect_err("no answer came");
    assert!(matches!(error, ProviderError::Unavailable(_)), "{error:?}");
    assert_eq!(watch.cursor, cursor);
    watch.connection.base_url = home;
    let news = watch.news();
    assert_eq!(keys(&watch.events().await), [news]);
}

/// With each of `paths` refused, whatever is news elsewhere is seen.
///
/// # Panics
/// When it is not.
pub async fn parts_that_are_turned_off_do_not_stop_the_rest<P: Provider + Default>(
    paths: &[&str],
    statuses: &[u16],
) {
    for path in paths {
        for status in statuses {
            let mut watch: Watch<P> = Watch::new().await;
            watch
                .forge
                .with(|world| world.refusals.push(refuse(path, *status, "Off", vec![])));
            assert!(watch.poll().await.expect("the rest answers").baseline);
            let news = watch.news();
            assert_eq!(keys(&watch.events().await), [news], "{path} {status}");
        }
    }
}

/// Without anything to watch nobody is asked.
///
/// # Panics
/// When somebody is.
pub async fn nobody_is_asked_when_nothing_is_watched<P: Provider + Default>() {
    let mut watch: Watch<P> = Watch::new().await;
    watch.connection.watch.clear();
    let batch = watch.provider.poll(&watch.context(), None).await;
    assert_eq!(batch.expect("nothing to do").deliveries, []);
    assert_eq!(watch.forge.take_log(), []);
}

/// A repository that cannot be watched is told with what to do and asked about ever more rarely; the others go on.
///
/// # Panics
/// When the provider does otherwise.
pub async fn a_repository_that_fails_does_not_hold_up_the_others<P: Provider + Default>() {
    let mut watch = Watch::<P>::new().await;
    watch.connection.watch.insert(0, "acme/gone".into());
    let batch = watch.poll().await.expect("one of two is there");
    assert!(batch.baseline && batch.begun);
    for _ in 1..4 {
        let news = watch.news();
        let batch = watch.poll().await.expect("one of two is there");
        let hurdles = &batch.standing.hurdles;
        assert_eq!(hurdles.len(), 1, "{hurdles:?}");
        assert_eq!(hurdles[0].about, "acme/gone");
        assert!(hurdles[0].problem.contains("is not there"), "{hurdles:?}");
        let messages = batch.deliveries.into_iter();
        let events: Vec<_> = messages.flat_map(|one| watch.parse(one)).collect();
        assert_eq!(keys(&events), [news]);
        // Nothing happens; that is no failure either.
        watch.poll().await.expect("one of two is there");
    }
    watch.forge.take_log();
    for _ in 0..30 {
        watch.poll().await.expect("one of two is there");
    }
    let log = watch.forge.take_log();
    let gone = log.iter().filter(|one| one.path.contains("gone")).count();
    assert!(
        (1..=4).contains(&gone),
        "asked {gone} times in half an hour"
    );

    watch.forge.with(|world| world.create("acme/gone"));
    let mut left = usize::MAX;
    for _ in 0..31 {
        left = watch
            .poll()
            .await
            .expect("both are there")
            .standing
            .hurdles
            .len();
    }
    assert_eq!(left, 0, "it is watched now");
}

/// A repository that was renamed, archived or deleted is told with what to do; nothing stops before it is gone.
///
/// # Panics
/// When the provider does otherwise.
pub async fn what_moved_was_archived_or_deleted_is_told<P: Provider + Default>() {
    let mut watch = Watch::<P>::begun(|_| {}).await;
    watch.forge.with(|world| world.rename(REPO, "acme/core"));
    let hurdle = soon(&mut watch, "is now `acme/core`").await;
    assert!(hurdle.next_step.contains("write `acme/core`"), "{hurdle:?}");
    let news = watch.news();
    let events = watch.events().await;
    assert_eq!(keys(&events), [news]);
    watch.forge.with(|world| {
        world.rename(REPO, REPO);
        world.repo(REPO).archived = true;
    });
    let hurdle = soon(&mut watch, "is archived").await;
    assert!(hurdle.next_step.contains("take it out"), "{hurdle:?}");
    watch.forge.with(|world| world.remove(REPO));
    for _ in 0..20 {
        if let Err(error) = watch.poll().await {
            assert!(
                matches!(error, ProviderError::Misconfigured { .. }),
                "{error}"
            );
            return;
        }
    }
    panic!("it is gone and nobody says so");
}

/// The hurdle with these words, which a few polls bring.
async fn soon<P: Provider + Default>(watch: &mut Watch<P>, words: &str) -> Hurdle {
    for _ in 0..20 {
        let hurdles = watch
            .poll()
            .await
            .expect("it is still there")
            .standing
            .hurdles;
        if let Some(found) = hurdles.into_iter().find(|one| one.problem.contains(words)) {
            return found;
        }
    }
    panic!("nobody says `{words}`");
}

/// What stands between here and the forge is told apart, with what to do, and never taken for the forge's own answer.
///
/// # Panics
/// When the provider does otherwise.
pub async fn what_stands_in_between_is_told_apart<P: Provider + Default>() {
    let page = || vec![("content-type", "text/html; charset=utf-8".to_owned())];
    let wall = "required; url=https://forge.example.org/orgs/acme/sso?authorization_request=1";
    let cases = [
        (200, page(), "unavailable", "may want you to sign in"),
        (511, Vec::new(), "unavailable", "may want you to sign in"),
        (407, Vec::new(), "misconfigured", "HTTPS_PROXY"),
        (
            403,
            vec![("x-github-sso", wall.to_owned())],
            "refused",
            "authorize it at https://forge.example.org/orgs/acme/sso",
        ),
        (401, Vec::new(), "refused", "make a new one"),
    ];
    for (status, headers, kind, words) in cases {
        let mut watch = Watch::<P>::begun(|_| {}).await;
        watch.forge.with(|world| {
            world.refusals.push(Refusal {
                method: http::Method::GET,
                path: "/".into(),
                status,
                message: "not for you".into(),
                headers,
            });
        });
        let error = watch.poll().await.expect_err("no answer of the forge");
        let found = match &error {
            ProviderError::Refused { .. } => "refused",
            ProviderError::Misconfigured { .. } => "misconfigured",
            ProviderError::Unavailable(_) => "unavailable",
            ProviderError::Wait { .. } => "wait",
        };
        assert_eq!(found, kind, "{status}: {error}");
        assert!(error.to_string().contains(words), "{status}: {error}");
        watch.forge.with(|world| world.refusals.clear());
        watch.poll().await.expect("it goes on by itself");
    }
}
