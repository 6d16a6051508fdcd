//! Every way in which no answer comes, in every format.

use jiff::SignedDuration;
use perch_core::seam::model::NoAnswer;
use perch_testkit::model::{ModelServer, Turn, draft};

use super::support::{ask, ask_with, formats, now};

#[tokio::test]
async fn each_kind_of_trouble_is_told_apart() {
    let server = ModelServer::start(Turn::Says(draft("t"))).await;
    for (provider, choice) in formats(&server) {
        let id = provider.id();
        let text = draft("this one is longer than what comes");
        let cases: [(Turn, fn(&NoAnswer) -> bool); 9] = [
            (Turn::Cut(text.clone(), 60), |no| {
                matches!(no, NoAnswer::Unavailable(_))
            }),
            (Turn::TooMuch(text.clone()), |no| {
                matches!(no, NoAnswer::Unusable(_))
            }),
            (Turn::Malformed, |no| matches!(no, NoAnswer::Unusable(_))),
            (Turn::Refuses("I cannot help with that".into()), |no| {
                matches!(no, NoAnswer::Refused(_))
            }),
            (Turn::Says(String::new()), |no| {
                matches!(no, NoAnswer::Unusable(_))
            }),
            (Turn::PromptTooLong, |no| matches!(no, NoAnswer::TooLong(_))),
            (Turn::Fails, |no| matches!(no, NoAnswer::Unavailable(_))),
            (Turn::FailsMidway(text.clone()), |no| {
                matches!(no, NoAnswer::Unavailable(_))
            }),
            (Turn::Limits(7), |no| {
                let in_seven = now() + SignedDuration::from_secs(7);
                matches!(no, NoAnswer::Limited { until, .. } if *until == in_seven)
            }),
        ];
        for (turn, fits) in cases {
            let shown = format!("{id}: {turn:?}");
            server.script([turn]);
            let (answer, _) = ask(provider, &choice).await;
            let no = answer.expect_err(&shown);
            assert!(fits(&no), "{shown}: {no:?}");
            assert!(!no.to_string().contains("key-for-tests"), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_wrong_key_and_an_unknown_model_say_what_to_do() {
    let server = ModelServer::start(Turn::Says(draft("t"))).await;
    for (provider, mut choice) in formats(&server) {
        let (answer, _) = ask_with(provider, &choice, "not-the-key").await;
        let Err(NoAnswer::Misconfigured { problem, next_step }) = answer else {
            panic!("{}: {answer:?}", provider.id());
        };
        assert!(next_step.contains("key"), "{next_step}");
        assert!(!problem.contains("not-the-key"), "{problem}");
        choice.model = "no-such-model".into();
        let (answer, _) = ask(provider, &choice).await;
        let Err(NoAnswer::Misconfigured { next_step, .. }) = answer else {
            panic!("{}: {answer:?}", provider.id());
        };
        assert!(next_step.contains("choose a model"), "{next_step}");
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_no_answer_for_now() {
    let server = ModelServer::start(Turn::Fails).await;
    let formats = formats(&server);
    drop(server);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    for (provider, choice) in formats {
        let (answer, _) = ask(provider, &choice).await;
        assert!(
            matches!(answer, Err(NoAnswer::Unavailable(_))),
            "{answer:?}"
        );
        let mut nowhere = choice.clone();
        nowhere.base_url = "not an address".into();
        let (answer, _) = ask(provider, &nowhere).await;
        assert!(
            matches!(answer, Err(NoAnswer::Misconfigured { .. })),
            "{answer:?}"
        );
    }
}
