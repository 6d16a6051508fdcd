//! A registry on loopback: pages by their paths, and nothing else.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// The address of a server with these pages, which answers for as long as the test runs.
///
/// `{here}` in a page is its own address.
pub(crate) fn serve(pages: &[(&str, &str)]) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback");
    let here = format!("http://{}", listener.local_addr().expect("bound"));
    let pages: Arc<HashMap<String, String>> = Arc::new(
        pages
            .iter()
            .map(|(path, page)| ((*path).to_owned(), page.replace("{here}", &here)))
            .collect(),
    );
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let pages = Arc::clone(&pages);
            std::thread::spawn(move || answer(stream, &pages));
        }
    });
    here
}

fn answer(mut stream: TcpStream, pages: &HashMap<String, String>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    // The head ends with an empty line.
    lines.map_while(Result::ok).find(String::is_empty)?;
    let path = first.split(' ').nth(1)?;
    let path = path
        .split('?')
        .next()?
        .replace("%2f", "/")
        .replace("%2F", "/");
    let (status, page) = match pages.get(&path) {
        Some(page) => ("200 OK", page.as_str()),
        None => ("404 Not Found", ""),
    };
    let kind = if page.starts_with('<') {
        "text/html"
    } else {
        "application/json"
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        page.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(page.as_bytes()).ok()
}
