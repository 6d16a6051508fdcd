//! The panel's page, driven as a person would: by what it shows. Speaks the W3C WebDriver protocol.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::program::PERCH;
use super::{Session, wait_for};

/// The key under which the protocol keeps an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How long the page may take for anything.
const LIMIT: Duration = Duration::from_secs(20);

/// The page of a Perch that the driver started, and that ends with it.
pub(crate) struct Page {
    host: String,
    session: String,
}

/// Something on the page.
#[derive(Debug, Clone)]
pub(crate) struct Element(String);

impl Session {
    /// Has the driver start `perch ARGUMENTS`, which must open the panel.
    pub(crate) fn drive(&self, arguments: &[&str]) -> Page {
        self.drive_with(&[], arguments)
    }

    /// The same with more in its environment.
    pub(crate) fn drive_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Page {
        // The driver has no other way to give a program its environment.
        let world = self.world();
        let all: Vec<String> = world
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .chain(
                environment
                    .iter()
                    .map(|(name, value)| format!("{name}={value}")),
            )
            .chain([PERCH.to_owned()])
            .chain(arguments.iter().map(|&argument| argument.to_owned()))
            .collect();
        let options = json!({ "binary": "/usr/bin/env", "args": all });
        let capabilities =
            json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let host = self
            .driver
            .strip_prefix("http://")
            .expect("the driver's address is http")
            .to_owned();
        let begun =
            request(&host, "POST", "/session", Some(&capabilities)).expect("the panel opens");
        let session = begun["sessionId"]
            .as_str()
            .expect("a session's id")
            .to_owned();
        Page { host, session }
    }
}

impl Page {
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let path = format!("/session/{}{path}", self.session);
        request(&self.host, method, &path, body)
    }

    /// The window's title.
    pub(crate) fn title(&self) -> String {
        let title = self.ask("GET", "/title", None).expect("a page has a title");
        title.as_str().unwrap_or_default().to_owned()
    }

    /// The first element that `css` selects and whose text contains `words`, once there is one.
    pub(crate) fn wait(&self, css: &str, words: &str) -> Element {
        let query = json!({ "using": "css selector", "value": css });
        wait_for(&format!("{words:?} in {css}"), LIMIT, || {
            let found = self.ask("POST", "/elements", Some(&query)).ok()?;
            found
                .as_array()?
                .iter()
                .filter_map(|element| Some(Element(element[ELEMENT].as_str()?.to_owned())))
                .find(|element| self.text(element).contains(words))
        })
    }

    /// The text of an element as it is rendered; nothing once it has gone.
    pub(crate) fn text(&self, element: &Element) -> String {
        let text = self.ask("GET", &format!("/element/{}/text", element.0), None);
        text.ok()
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Clicks in the middle of an element.
    pub(crate) fn click(&self, element: &Element) {
        self.ask(
            "POST",
            &format!("/element/{}/click", element.0),
            Some(&json!({})),
        )
        .expect("what is shown can be clicked");
    }

    /// What a promise in the page comes to, as `{ok}` or `{error}`.
    pub(crate) fn settle(&self, promise: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; ({promise}).then(ok => done({{ ok }}), error => done({{ error }}));"
        );
        self.ask(
            "POST",
            "/execute/async",
            Some(&json!({ "script": script, "args": [] })),
        )
        .expect("the promise settles")
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // Ends Perch with the session; a driver that is gone already ended it too.
        let _ = self.ask("DELETE", "", None);
    }
}

/// One exchange with the driver: the answer's value, or the driver's error in words.
fn request(host: &str, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
    let exchange = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let body = body.map(Value::to_string).unwrap_or_default();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = exchange().map_err(|error| format!("the driver at {host}: {error}"))?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or("an answer without a body")?;
    let answer: Value = serde_json::from_str(body).map_err(|error| format!("{error}: {body}"))?;
    let value = answer["value"].clone();
    if head.starts_with("HTTP/1.1 200") {
        Ok(value)
    } else {
        Err(format!("{method} {path}: {}", value["message"]))
    }
}
