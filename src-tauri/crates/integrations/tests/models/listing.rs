//! Which models there are.

use perch_core::seam::model::{Call, NoAnswer};
use perch_testkit::model::{KEY, MODEL, ModelServer, Turn};
use secrecy::SecretString;

use super::support::{formats, now};

#[tokio::test]
async fn every_provider_lists_its_models_and_notices_a_wrong_key() {
    let server = ModelServer::start(Turn::Fails).await;
    for (provider, choice) in formats(&server) {
        let models = |key: &'static str| {
            let choice = choice.clone();
            async move {
                let key = SecretString::from(key.to_owned());
                let call = Call {
                    choice: &choice,
                    key: Some(&key),
                    now: now(),
                };
                provider.models(&call).await
            }
        };
        assert_eq!(
            models(KEY).await,
            Ok(vec![MODEL.to_owned()]),
            "{}",
            provider.id()
        );
        // Ollama asks for no key.
        if !provider.about().local {
            let refused = models("not-the-key").await;
            assert!(
                matches!(refused, Err(NoAnswer::Misconfigured { .. })),
                "{refused:?}"
            );
        }
    }
    assert!(server.asked().is_empty(), "a listing costs nothing");
}
