//! Answers that come, piece by piece.

use std::time::Duration;

use perch_core::seam::model::Usage;
use perch_testkit::model::{KEY, ModelServer, Turn, draft};

use super::support::{ask, formats};

#[tokio::test]
async fn every_format_gives_the_whole_text_its_pieces_and_what_it_took() {
    let text = draft("Größe ≠ Länge, “quoted” \n and long enough for many pieces");
    let server = ModelServer::start(Turn::Says(text.clone())).await;
    for (provider, choice) in formats(&server) {
        let (answer, heard) = ask(provider, &choice).await;
        let answer = answer.unwrap_or_else(|no| panic!("{}: {no}", provider.id()));
        assert_eq!(answer.text, text, "{}", provider.id());
        assert!(heard.len() > 3, "{}", provider.id());
        assert_eq!(heard.concat(), text);
        let Usage { input, output } = answer.usage;
        assert!(
            input > 10 && output == (text.len() / 4) as u64,
            "{:?}",
            answer.usage
        );
        let asked = server.asked();
        let last = asked.last().expect("it was asked");
        assert_eq!(last.key, KEY);
        assert_eq!(last.body["stream"], true);
    }
}

#[tokio::test]
async fn the_first_words_are_heard_long_before_the_last() {
    let server =
        ModelServer::start(Turn::SaysSlowly(draft("slow"), Duration::from_millis(60))).await;
    for (provider, choice) in formats(&server) {
        let begun = tokio::time::Instant::now();
        let mut first = None;
        let key = secrecy::SecretString::from(KEY.to_owned());
        let call = perch_core::seam::model::Call {
            choice: &choice,
            key: Some(&key),
            now: super::support::now(),
        };
        let mut listener = |piece: &str| {
            if !piece.is_empty() && first.is_none() {
                first = Some(begun.elapsed());
            }
        };
        let answer = provider
            .complete(&call, &super::support::prompt(), 500, &mut listener)
            .await;
        answer.expect("it answers");
        let first = first.expect("something was heard");
        assert!(first * 2 < begun.elapsed(), "{}: {first:?}", provider.id());
    }
}

#[tokio::test]
async fn who_is_no_longer_waited_for_is_told_so() {
    let server =
        ModelServer::start(Turn::SaysSlowly(draft("slow"), Duration::from_millis(50))).await;
    for (number, (provider, choice)) in formats(&server).into_iter().enumerate() {
        let asked = ask(provider, &choice);
        let given_up = tokio::time::timeout(Duration::from_millis(180), asked).await;
        assert!(given_up.is_err(), "{}", provider.id());
        let mut waited = 0;
        while server.left() <= number {
            waited += 1;
            assert!(waited < 100, "{}: the stream goes on", provider.id());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_server_that_cannot_force_a_schema_is_asked_without() {
    let server = ModelServer::start(Turn::Says(draft("t"))).await;
    for (provider, choice) in formats(&server) {
        // Responses have had schemas from the beginning.
        if provider.id() == "openai-responses" {
            continue;
        }
        server.script([Turn::NoSchema]);
        let (answer, _) = ask(provider, &choice).await;
        answer.unwrap_or_else(|no| panic!("{}: {no}", provider.id()));
        let asked = server.asked();
        let [.., before, after] = asked.as_slice() else {
            panic!("it was asked twice")
        };
        let forced = |body: &serde_json::Value| {
            body.get("response_format").is_some() || body.get("output_config").is_some()
        };
        assert!(
            forced(&before.body) && !forced(&after.body),
            "{}",
            provider.id()
        );
    }
}
