//! Setting up: webhooks made and removed, tokens had by device, the repositories a token sees.

use jiff::SignedDuration;
use perch_core::seam::account::DeviceAnswer;
use perch_core::seam::hooks::{Hook, Hooks, NewHook};
use perch_core::seam::provider::{Provider, ProviderError};

use secrecy::ExposeSecret;
use serde_json::json;

use crate::watch::{REPO, Watch};

/// Where the checks have webhooks sent to.
const URL: &str = "https://perch.example.org/webhooks/mine";

fn new_hook(url: &str, secret: &str) -> NewHook {
    NewHook {
        url: url.into(),
        secret: secret.into(),
    }
}

fn hooks<P: Provider>(watch: &Watch<P>) -> &dyn Hooks {
    watch.provider.hooks().expect("it makes webhooks")
}

/// A webhook is made once, signs with what it is told, moves, and is gone after it was removed twice.
///
/// # Panics
/// When the provider does otherwise.
pub async fn hooks_are_made_moved_and_removed<P: Provider + Default>() {
    let watch = Watch::<P>::new().await;
    let ctx = watch.context();
    let hooks = hooks(&watch);
    watch
        .forge
        .with(|world| world.add_hook(REPO, "https://ci.example.org/hook"));

    let made = hooks.create(&ctx, REPO, &new_hook(URL, "one")).await;
    let made = made.expect("made");
    let expected = Hook {
        id: made.id.clone(),
        url: URL.into(),
        active: true,
        kind: "web".into(),
    };
    assert_eq!(made, expected);
    let again = hooks.create(&ctx, REPO, &new_hook(URL, "two")).await;
    assert_eq!(again.expect("there already"), expected);
    assert_eq!(secret_of(&watch, &made), Some("two".into()));
    let listed = hooks.list(&ctx, REPO).await.expect("listed");
    let urls: Vec<&str> = listed.iter().map(|hook| hook.url.as_str()).collect();
    assert_eq!(urls, ["https://ci.example.org/hook", URL]);

    let elsewhere = new_hook("https://other.example.org/webhooks/mine", "three");
    let moved = hooks.update(&ctx, REPO, &made.id, &elsewhere).await;
    let moved = moved.expect("moved");
    assert_eq!(moved.url, elsewhere.url);
    assert_eq!(secret_of(&watch, &moved), Some("three".into()));

    for _ in 0..2 {
        let removed = hooks.delete(&ctx, REPO, &moved.id).await;
        removed.expect("an absent one is no error");
    }
    let left = hooks.list(&ctx, REPO).await.expect("listed");
    assert_eq!(left.len(), 1, "{left:?}");
}

/// Who may not manage webhooks is told what is missing, and removing does not pretend.
///
/// # Panics
/// When the provider does otherwise.
pub async fn who_may_not_manage_hooks_is_told_what_is_missing<P: Provider + Default>() {
    let watch = Watch::<P>::new().await;
    watch.forge.with(|world| world.administers = false);
    let ctx = watch.context();
    let hooks = hooks(&watch);
    let refused = [
        hooks.list(&ctx, REPO).await.map(drop),
        hooks
            .create(&ctx, REPO, &new_hook(URL, "one"))
            .await
            .map(drop),
        hooks
            .update(&ctx, REPO, "7", &new_hook(URL, "one"))
            .await
            .map(drop),
        hooks.delete(&ctx, REPO, "7").await,
    ];
    for answer in refused {
        let Err(ProviderError::Refused { problem, next_step }) = answer else {
            panic!("{answer:?}");
        };
        assert!(problem.contains("webhooks of `acme/api`"), "{problem}");
        assert!(next_step.contains("give it"), "{next_step}");
    }
}

fn secret_of<P>(watch: &Watch<P>, hook: &Hook) -> Option<String> {
    let id = hook.id.trim_matches(['{', '}']).parse().ok()?;
    watch
        .forge
        .with(|world| world.repo(REPO).hook_secrets.get(&id).cloned())
}

/// A device is granted a token after the user was waited for, told to slow down, and every other answer is told apart.
///
/// # Panics
/// When the provider does otherwise.
pub async fn devices_are_granted_tokens_and_renew_them<P: Provider + Default>() {
    let watch = Watch::<P>::new().await;
    let ctx = watch.context();
    let account = watch.provider.account().expect("it has accounts");
    assert!(account.grants_devices());
    let code = account.begin_device(&ctx, "the app", false).await;
    let code = code.expect("begun");
    assert_eq!(code.user_code, "WDJB-MJHT");
    assert_eq!((code.interval, code.expires_in), (5, 900));
    watch.forge.with(|world| {
        world.grants = vec![
            json!({"error": "authorization_pending"}),
            json!({"error": "slow_down", "interval": 10}),
            json!({"error": "access_denied"}),
            json!({"error": "expired_token"}),
            json!({"error": "incorrect_client_credentials", "error_description": "Wrong app."}),
            json!({"access_token": "first", "expires_in": 7200, "refresh_token": "again"}),
            json!({"access_token": "second", "expires_in": 7200, "refresh_token": "more"}),
            json!({"error": "invalid_grant"}),
        ];
    });
    let ask = || account.ask_device(&ctx, "the app", &code);
    assert!(matches!(ask().await, Ok(DeviceAnswer::Pending)));
    assert!(matches!(ask().await, Ok(DeviceAnswer::SlowDown)));
    assert!(matches!(ask().await, Ok(DeviceAnswer::Denied)));
    assert!(matches!(ask().await, Ok(DeviceAnswer::Expired)));
    let refused = ask().await.expect_err("not granted").to_string();
    assert!(
        refused.contains("Wrong app; check the client id"),
        "{refused}"
    );
    let Ok(DeviceAnswer::Granted(first)) = ask().await else {
        panic!("not granted");
    };
    assert_eq!(first.access.expose_secret(), "first");
    assert_eq!(first.ends, Some(ctx.now + SignedDuration::from_hours(2)));
    let second = account.renew(&ctx, &first).await.expect("renewed");
    assert_eq!(second.access.expose_secret(), "second");
    assert!(account.renew(&ctx, &second).await.is_err());

    let asked = watch.forge.with(|world| world.asked_grants.clone());
    assert!(asked[0].contains("device_code=the-device"), "{}", asked[0]);
    assert!(asked[0].contains("client_id=the+app"), "{}", asked[0]);
    assert!(asked[6].contains("refresh_token=again"), "{}", asked[6]);
    let sent = watch.forge.take_log();
    assert!(
        sent.iter().all(|request| !request.authorized),
        "no token goes there"
    );
}

/// An account that sees `count` repositories lists them all.
///
/// # Panics
/// When the provider does otherwise.
pub async fn all_repositories_are_listed<P: Provider + Default>(count: usize) {
    let watch = Watch::<P>::new().await;
    watch.forge.with(|world| {
        for number in 1..count {
            world.create_like(REPO, &format!("acme/r{number:03}"));
        }
    });
    let account = watch.provider.account().expect("it has accounts");
    let listing = account
        .repositories(&watch.context())
        .await
        .expect("listed");
    assert!(!listing.more);
    let mut names: Vec<&str> = listing
        .repositories
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names.len(), count);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "each once");
}
