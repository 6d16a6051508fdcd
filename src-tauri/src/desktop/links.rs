//! Where the panel may go: nowhere but to itself. Links to elsewhere open in the user's browser.

use std::process::Stdio;

use tauri::Url;

/// True for the panel's own pages.
pub(super) fn is_own(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // Windows serves the same pages under a host of its own.
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        "about" => url.path() == "blank",
        _ => false,
    }
}

/// Opens `address` in the user's browser, if it is an `https` one without credentials.
pub(super) fn open(address: &str) -> Result<(), String> {
    let url = Url::parse(address).map_err(|_| format!("`{address}` is no address"))?;
    if url.scheme() != "https" || !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "`{address}` was not opened: only https addresses without a password are"
        ));
    }
    // A launcher may stay until the browser ends, and somebody has to wait for it.
    std::thread::Builder::new()
        .name("link".to_owned())
        .spawn(move || launch(url.as_str()))
        .map(drop)
        .map_err(|error| format!("`{address}` was not opened: {error}"))
}

fn launch(address: &str) {
    let opened = open::commands(address).into_iter().any(|mut command| {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    });
    if !opened {
        tracing::warn!(
            address,
            "no program opened the link; set a default browser, or copy the address"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panel_goes_nowhere_but_to_itself() {
        for (address, own) in [
            ("tauri://localhost/index.html#/settings", true),
            ("http://tauri.localhost/index.html", true),
            ("about:blank", true),
            ("tauri://elsewhere/index.html", false),
            ("https://example.com/", false),
            ("http://localhost/", false),
            ("file:///etc/passwd", false),
            ("data:text/html,hello", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(is_own(&Url::parse(address).unwrap()), own, "{address}");
        }
    }

    #[test]
    fn only_https_without_credentials_leaves_for_the_browser() {
        for address in [
            "http://example.com/",
            "file:///etc/passwd",
            "https://user:word@example.com/",
            "--help",
            "",
        ] {
            assert!(open(address).is_err(), "{address}");
        }
    }
}
