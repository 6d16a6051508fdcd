//! What exactly is said to the server, and what becomes of what it says.

use perch_core::seam::notifier::{Notice, Notifier as _, Press};
use perch_core::suggestion::Level;
use perch_notify::Toasts;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::bus::Bus;
use crate::server::{Call, Notify, Server, Ways};
use crate::{HANG, next, notice, press, wait_for};

const GOOD: &[&str] = &["actions", "body", "body-markup"];

async fn start(bus: &Bus, ways: Ways) -> (Server, Toasts, UnboundedReceiver<Press>) {
    let server = Server::start(&bus.address, ways).await;
    let (presses, pressed) = unbounded_channel();
    (server, Toasts::on_bus(&bus.address, presses), pressed)
}

#[tokio::test]
async fn a_notice_is_said_in_the_specification_s_words() {
    let Some(bus) = Bus::start() else { return };
    let (server, toasts, _pressed) = start(&bus, Ways::with(GOOD)).await;
    let hostile = Notice {
        title: "Build failed\u{202e} on <b>main</b>".into(),
        body: "acme/api · <b>A branch</b> & more".into(),
        ..notice("one")
    };
    toasts.show(&hostile).await.expect("shown");
    let quiet = Notice {
        level: Level::Silent,
        buttons: Vec::new(),
        ..notice("two")
    };
    toasts.show(&quiet).await.expect("shown");

    let hint = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let first = Notify {
        id: 1,
        app_name: "Perch".into(),
        replaces: 0,
        icon: "perch".into(),
        summary: "Build failed on <b>main</b>".into(),
        body: "acme/api · &lt;b&gt;A branch&lt;/b&gt; &amp; more".into(),
        actions: [
            "default",
            "",
            "fix",
            "Create fix branch",
            "details",
            "Details",
        ]
        .map(String::from)
        .into(),
        hints: vec![
            hint("desktop-entry", "\"perch\""),
            hint("resident", "false"),
            hint("transient", "false"),
            hint("urgency", "byte 0x01"),
        ],
        expiry: -1,
    };
    let second = Notify {
        id: 2,
        summary: "Build failed on two".into(),
        body: "acme/api · A branch with the fix".into(),
        actions: ["default", "Details"].map(String::from).into(),
        hints: vec![
            hint("desktop-entry", "\"perch\""),
            hint("resident", "false"),
            hint("transient", "true"),
            hint("urgency", "byte 0x00"),
        ],
        ..first.clone()
    };
    assert_eq!(
        server.calls(),
        [
            Call::Capabilities,
            Call::Notify(first),
            Call::Notify(second)
        ]
    );
}

#[tokio::test]
async fn a_server_without_buttons_or_markup_gets_plain_words_that_lead_to_perch() {
    let Some(bus) = Bus::start() else { return };
    let (server, toasts, _pressed) = start(&bus, Ways::with(&["body"])).await;
    let marked = Notice {
        body: "a < b".into(),
        ..notice("one")
    };
    toasts.show(&marked).await.expect("shown");
    let toast = server.toasts().remove(0);
    assert_eq!(toast.body, "a < b\nOpen Perch to act on it.");
    assert_eq!(toast.actions, [""; 0]);
}

#[tokio::test]
async fn a_notice_replaces_the_one_with_its_tag_until_that_is_gone() {
    let Some(bus) = Bus::start() else { return };
    let (server, toasts, mut pressed) = start(&bus, Ways::with(GOOD)).await;
    for tag in ["one", "two", "one"] {
        toasts.show(&notice(tag)).await.expect("shown");
    }
    server.close(1).await;
    // Signals come in order: once this press is known, so is what came before it.
    server.press(2, "default").await;
    next(&mut pressed).await;
    toasts.show(&notice("one")).await.expect("shown");
    let replaced: Vec<(u32, u32)> = server
        .toasts()
        .iter()
        .map(|toast| (toast.id, toast.replaces))
        .collect();
    assert_eq!(replaced, [(1, 0), (2, 0), (1, 1), (3, 0)]);
}

#[tokio::test]
async fn a_server_is_named_with_whether_it_shows_buttons() {
    let Some(bus) = Bus::start() else { return };
    let (presses, _pressed) = unbounded_channel();
    let toasts = Toasts::on_bus(&bus.address, presses);
    let nobody = toasts.server().await.expect_err("nobody answers");
    assert!(nobody.contains("no notification server runs"), "{nobody}");
    for (capabilities, actions) in [(GOOD, true), (&["body"][..], false)] {
        let server = Server::start(&bus.address, Ways::with(capabilities)).await;
        let found = perch_notify::Server {
            name: "mock 7".into(),
            actions,
        };
        assert_eq!(toasts.server().await, Ok(found));
        server.crash().await;
    }
}

#[tokio::test]
async fn withdrawing_takes_down_what_stands_once() {
    let Some(bus) = Bus::start() else { return };
    let (server, toasts, _pressed) = start(&bus, Ways::with(GOOD)).await;
    toasts.withdraw("one").await;
    toasts.show(&notice("one")).await.expect("shown");
    toasts.show(&notice("two")).await.expect("shown");
    toasts.withdraw("two").await;
    toasts.withdraw("two").await;
    toasts.withdraw("unknown").await;
    assert_eq!(server.closed(), [2]);
}

#[tokio::test]
async fn a_press_is_reported_once_and_takes_the_toast_down() {
    let Some(bus) = Bus::start() else { return };
    let (server, toasts, mut pressed) = start(&bus, Ways::with(GOOD)).await;
    toasts.show(&notice("one")).await.expect("shown");
    toasts.show(&notice("two")).await.expect("shown");
    // Another sender's toast, a button that was not offered, and a press too many mean nothing.
    server.press(99, "fix").await;
    server.press(1, "something else").await;
    server.press(1, "fix").await;
    server.press(1, "fix").await;
    server.press(2, "default").await;
    assert_eq!(next(&mut pressed).await, press("one", "fix"));
    assert_eq!(next(&mut pressed).await, press("two", "details"));
    server.has_closed(&[1, 2]).await;
    assert!(pressed.try_recv().is_err());
}

#[tokio::test]
async fn a_press_that_comes_before_the_toast_is_known_to_stand_is_not_lost() {
    let Some(bus) = Bus::start() else { return };
    let ways = Ways {
        presses: Some("fix"),
        ..Ways::with(GOOD)
    };
    let (_server, toasts, mut pressed) = start(&bus, ways).await;
    for tag in ["one", "two", "three"] {
        toasts.show(&notice(tag)).await.expect("shown");
        assert_eq!(next(&mut pressed).await, press(tag, "fix"));
    }
}

#[tokio::test]
async fn the_seventeenth_toast_takes_the_oldest_down() {
    let Some(bus) = Bus::start() else { return };
    let (server, toasts, _pressed) = start(&bus, Ways::with(GOOD)).await;
    for at in 1..=17 {
        toasts
            .show(&notice(&format!("t{at}")))
            .await
            .expect("shown");
    }
    assert_eq!(server.closed(), [1]);
}

#[tokio::test]
async fn notices_shown_at_once_do_not_get_into_each_other_s_way() {
    let Some(bus) = Bus::start() else { return };
    let (server, toasts, _pressed) = start(&bus, Ways::with(GOOD)).await;
    let toasts = std::sync::Arc::new(toasts);
    let mut showing = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let toasts = std::sync::Arc::clone(&toasts);
        showing.spawn(async move { toasts.show(&notice("one")).await });
    }
    for shown in showing.join_all().await {
        shown.expect("shown");
    }
    let ids: Vec<u32> = server.toasts().iter().map(|toast| toast.id).collect();
    assert_eq!(ids, [1; 10], "each took the place of the one before");
}

#[tokio::test]
async fn a_server_that_comes_back_is_asked_anew_and_knows_nothing_of_what_stood() {
    let Some(bus) = Bus::start() else { return };
    let (server, toasts, mut pressed) = start(&bus, Ways::with(&["body"])).await;
    toasts.show(&notice("one")).await.expect("shown");
    server.crash().await;

    let again = Ways {
        first_id: 5,
        ..Ways::with(GOOD)
    };
    let server = Server::start(&bus.address, again).await;
    // Another sender's toast, which got the id that ours had from the server before.
    server.press(1, "default").await;
    toasts.show(&notice("two")).await.expect("shown");
    let toast = server.toasts().remove(0);
    assert_eq!((toast.id, toast.replaces), (5, 0));
    assert!(!toast.actions.is_empty(), "this one shows buttons");
    server.press(5, "fix").await;
    assert_eq!(next(&mut pressed).await, press("two", "fix"));
}

#[tokio::test]
async fn a_bus_that_was_started_anew_is_found_again() {
    let Some(mut bus) = Bus::start() else { return };
    let (server, toasts, mut pressed) = start(&bus, Ways::with(GOOD)).await;
    toasts.show(&notice("one")).await.expect("shown");
    bus.restart();
    drop(server);
    let server = Server::start(&bus.address, Ways::with(GOOD)).await;
    wait_for("a toast on the new bus", async || {
        toasts.show(&notice("one")).await.ok()
    })
    .await;
    let toast = server.toasts().remove(0);
    assert_eq!(toast.replaces, 0, "nothing stands there yet");
    server.press(toast.id, "fix").await;
    assert_eq!(next(&mut pressed).await, press("one", "fix"));
}

#[tokio::test]
async fn what_keeps_a_notice_from_being_shown_is_said_with_what_to_do() {
    let Some(bus) = Bus::start() else { return };
    let (presses, _pressed) = unbounded_channel();
    let toasts = Toasts::on_bus(&bus.address, presses.clone());
    let error = toasts
        .show(&notice("one"))
        .await
        .expect_err("nobody answers")
        .to_string();
    assert!(error.contains("start one, such as dunst"), "{error}");

    let toasts = Toasts::on_bus("unix:path=/nowhere/bus", presses.clone());
    let error = toasts
        .show(&notice("one"))
        .await
        .expect_err("there is no bus")
        .to_string();
    assert!(error.contains("inside a desktop session"), "{error}");

    let hanging = Ways {
        hangs: true,
        ..Ways::with(GOOD)
    };
    let _server = Server::start(&bus.address, hanging).await;
    let toasts = Toasts::on_bus(&bus.address, presses);
    let shown = tokio::time::timeout(HANG, toasts.show(&notice("one"))).await;
    let error = shown
        .expect("it is given up")
        .expect_err("no answer")
        .to_string();
    assert!(error.contains("does not answer"), "{error}");
}
