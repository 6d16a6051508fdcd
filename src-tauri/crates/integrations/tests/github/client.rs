//! What the client makes of broken answers, and where a token goes.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use http::Method;
use perch_core::seam::provider::ProviderError;
use perch_integrations::http::{Fault, Keep, Request, shared};
use secrecy::SecretString;

/// A server that gives one connection these bytes and ends.
fn says(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let at = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut asked = [0; 4096];
        let _ = stream.read(&mut asked);
        let _ = stream.write_all(bytes);
    });
    format!("http://{at}/path?token=query-secret")
}

#[tokio::test]
async fn broken_answers_are_faults_that_tell_no_secret() {
    let token = SecretString::from(["stub", "token"].join("-"));
    let cases: [(&'static [u8], &str); 5] = [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", "broken"),
        (b"nonsense\r\n\r\n", "broken"),
        (b"", "broken"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n0123456789012345678901234567890123456789", "large"),
        (b"HTTP/1.1 302 Found\r\nlocation: ftp://127.0.0.1/x\r\ncontent-length: 0\r\n\r\n", "redirect"),
    ];
    for (bytes, expected) in cases {
        let mut request = Request::new(Method::GET, says(bytes)).token(Some(&token));
        request.keep = Keep::Whole(30);
        let fault = shared().send(&request).await.expect_err("it is broken");
        let found = match &fault {
            Fault::Broken { .. } => "broken",
            Fault::TooLarge { .. } => "large",
            Fault::Redirect { .. } => "redirect",
            _ => "other",
        };
        assert_eq!(found, expected, "{fault}");
        let words = format!("{fault} {fault:?} {}", ProviderError::from(fault.clone()));
        assert!(
            !words.contains("secret") && !words.contains("stub-token"),
            "{words}"
        );
    }
}

#[tokio::test]
async fn changes_do_not_follow_a_redirect_that_would_lose_or_leak_them() {
    let cases: [&'static [u8]; 2] = [
        b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/x\r\ncontent-length: 0\r\n\r\n",
    ];
    for bytes in cases {
        let request = Request::new(Method::POST, says(bytes));
        let fault = shared().send(&request).await.expect_err("not followed");
        assert!(matches!(fault, Fault::Redirect { .. }), "{fault}");
    }
}

#[tokio::test]
async fn compressed_answers_are_bounded_by_what_they_unfold_to() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&vec![b'x'; 4 << 20]).expect("memory");
    let packed = packer.finish().expect("memory");
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    )
    .into_bytes();
    answer.extend(packed);
    let mut request = Request::new(Method::GET, says(answer.leak()));
    request.keep = Keep::Whole(1 << 20);
    let fault = shared().send(&request).await.expect_err("too large");
    assert!(matches!(fault, Fault::TooLarge { .. }), "{fault}");
}
