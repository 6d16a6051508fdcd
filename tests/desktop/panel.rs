//! The panel's page inside the desktop program.

use serde_json::json;

use crate::session::program::BareBus;
use crate::session::session;

#[test]
fn the_page_calls_perch_and_reaches_nothing_else() {
    let Some(session) = session("the_page_calls_perch_and_reaches_nothing_else") else {
        return;
    };
    let page = session.drive(&[]);
    assert_eq!(page.title(), "Perch");

    let invoke = |call: &str| page.settle(&format!("window.__TAURI_INTERNALS__.invoke({call})"));
    let desktop = invoke("'rpc', { cmd: 'desktop_get' }");
    assert_eq!(
        desktop["ok"],
        json!({ "tray": true, "pinned": false, "note": null }),
        "{desktop}"
    );
    let status = invoke("'rpc', { cmd: 'status', payload: {} }");
    assert_eq!(status["ok"]["running"], json!(true), "{status}");
    let unknown = invoke("'rpc', { cmd: 'no_such_command', payload: {} }");
    assert!(unknown["error"]["code"].is_string(), "{unknown}");

    for forbidden in [
        "'plugin:window|close'",
        "'plugin:webview|create_webview_window', { options: { label: 'x', url: 'https://example.com' } }",
        "'plugin:event|emit', { event: 'change', payload: 1 }",
        "'plugin:autostart|enable'",
    ] {
        let refused = invoke(forbidden);
        assert!(refused["error"].is_string(), "{forbidden}: {refused}");
    }
    let elsewhere = page.settle("fetch('http://127.0.0.1:9/')");
    assert!(
        elsewhere["error"].is_object(),
        "the page's policy allows no requests: {elsewhere}"
    );
    session.screen.save("panel-page");
}

#[test]
fn where_nothing_shows_a_tray_the_panel_says_so() {
    let Some(session) = session("where_nothing_shows_a_tray_the_panel_says_so") else {
        return;
    };
    let bus = BareBus::start();
    let page = session.drive_with(&[("DBUS_SESSION_BUS_ADDRESS", &bus.address)], &[]);
    page.wait("body", "Nothing on this desktop shows tray icons");
    session.screen.save("panel-no-tray");
}
