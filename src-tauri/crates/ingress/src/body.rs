//! Reads a request's body: bounded in bytes, time and memory, and not looked at.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};

use crate::answer::Answer;
use crate::room::{Held, Room};

/// Most that is reserved on a sender's word alone.
const RESERVE: usize = 1 << 20;

/// Refuses by what the head says: a body declared too large, and types that are no webhook's.
pub(crate) fn check_head(headers: &HeaderMap, limit: usize) -> Result<(), Answer> {
    if declared(headers).is_some_and(|length| length > limit as u64) {
        return Err(Answer::TooLarge(limit));
    }
    let coded = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let known = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            let essence = value.split(';').next().unwrap_or_default().trim();
            ["application/json", "application/x-www-form-urlencoded"]
                .iter()
                .any(|known| essence.eq_ignore_ascii_case(known))
        });
    if coded || !known {
        return Err(Answer::UnknownType);
    }
    Ok(())
}

fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The whole body, and the room it takes. Reading stops with the first byte too many.
pub(crate) async fn read(
    body: Body,
    headers: &HeaderMap,
    limit: usize,
    time: Duration,
    room: &Room,
) -> Result<(Bytes, Held), Answer> {
    let declared = declared(headers).and_then(|length| usize::try_from(length).ok());
    tokio::time::timeout(time, collect(body, declared, limit, room))
        .await
        .unwrap_or(Err(Answer::TooSlow))
}

async fn collect(
    body: Body,
    declared: Option<usize>,
    limit: usize,
    room: &Room,
) -> Result<(Bytes, Held), Answer> {
    let mut held = room.hold();
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Answer::Malformed("the body breaks off".into()))?;
        let length = first.len().max(rest.len());
        if chunk.len() > limit - length {
            return Err(Answer::TooLarge(limit));
        }
        if !held.grow(chunk.len()) {
            return Err(Answer::Busy);
        }
        if length == 0 {
            // Most bodies are one chunk and need no copy.
            first = chunk;
            continue;
        }
        if rest.is_empty() {
            rest.reserve(
                declared
                    .unwrap_or(0)
                    .clamp(2 * length, RESERVE.max(2 * length)),
            );
            rest.extend_from_slice(&first);
        }
        rest.extend_from_slice(&chunk);
    }
    let whole = if rest.is_empty() {
        first
    } else {
        rest.freeze()
    };
    Ok((whole, held))
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn heads(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().expect("a header value")))
            .collect()
    }

    #[test]
    fn only_json_and_forms_of_bearable_size_are_read() {
        let json = (CONTENT_TYPE, "application/json");
        let cases = [
            (vec![json.clone()], Ok(())),
            (
                vec![(CONTENT_TYPE, "Application/JSON; charset=utf-8")],
                Ok(()),
            ),
            (
                vec![(CONTENT_TYPE, "application/x-www-form-urlencoded")],
                Ok(()),
            ),
            (vec![(CONTENT_TYPE, "text/plain")], Err(Answer::UnknownType)),
            (
                vec![(CONTENT_TYPE, "application/jsonp")],
                Err(Answer::UnknownType),
            ),
            (vec![], Err(Answer::UnknownType)),
            (vec![json.clone(), (CONTENT_ENCODING, "identity")], Ok(())),
            (
                vec![json.clone(), (CONTENT_ENCODING, "gzip")],
                Err(Answer::UnknownType),
            ),
            (vec![json.clone(), (CONTENT_LENGTH, "100")], Ok(())),
            (
                vec![json.clone(), (CONTENT_LENGTH, "101")],
                Err(Answer::TooLarge(100)),
            ),
            // Size is refused before the type.
            (
                vec![(CONTENT_LENGTH, "18446744073709551615")],
                Err(Answer::TooLarge(100)),
            ),
        ];
        for (pairs, expected) in cases {
            assert_eq!(check_head(&heads(&pairs), 100), expected, "{pairs:?}");
        }
    }

    #[tokio::test]
    async fn chunks_are_put_together_and_counted_once() {
        let room = Room::new(1, 6);
        let chunks = |parts: &'static [&'static str]| {
            Body::from_stream(futures_util::stream::iter(
                parts.iter().map(|part| Ok::<_, std::io::Error>(*part)),
            ))
        };
        let (whole, held) = collect(chunks(&["ab", "", "cd", "e"]), None, 5, &room)
            .await
            .expect("fits");
        assert_eq!(&whole[..], b"abcde");
        assert_eq!(
            collect(chunks(&["ab"]), None, 5, &room).await.err(),
            Some(Answer::Busy)
        );
        drop(held);
        assert_eq!(
            collect(chunks(&["abc", "def"]), None, 5, &room).await.err(),
            Some(Answer::TooLarge(5))
        );
        assert!(room.hold().grow(6), "everything was given back");
    }
}
