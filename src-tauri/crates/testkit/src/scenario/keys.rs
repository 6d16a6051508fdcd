//! One fact has one key, whichever door it came through and however often.

use perch_core::event::Event;
use perch_core::seam::provider::Provider;
use serde_json::Value;

use crate::forge::World;
use crate::watch::{Watch, keys};

/// Something that happens on the stub: what, and how, giving the webhook that the forge sends about it with its kind.
pub type Happening = (&'static str, fn(&mut World) -> (&'static str, Value));

/// Each thing that happens is one event with one key, by webhook, by its redelivery and by poll. `beside` says how many
/// pushes go with it, which have webhooks of their own; `whole` whether webhooks name the pull request of a build and who
/// set it off.
///
/// # Panics
/// When it is otherwise.
pub async fn webhook_poll_and_redelivery_of_one_fact_have_one_key<P: Provider + Default>(
    happenings: &[Happening],
    arrange: fn(&mut World),
    beside: &[&str],
    whole: bool,
) {
    for (what, happen) in happenings {
        let mut watch: Watch<P> = Watch::begun(arrange).await;
        watch.later(30);
        let (kind, payload) = watch.forge.with(happen);
        let hooked = watch.hook(kind, &payload);
        assert_eq!(hooked.len(), 1, "{what}: {payload}");
        assert_eq!(keys(&watch.hook(kind, &payload)), keys(&hooked), "{what}");
        let mut polled: Vec<Event> = Vec::new();
        for _ in 0..12 {
            polled.extend(watch.events().await);
        }
        let same: Vec<&Event> = polled
            .iter()
            .filter(|event| event.dedup_key == hooked[0].dedup_key)
            .collect();
        assert_eq!(
            same.len(),
            1,
            "{what}: {:?}, {:?}",
            keys(&hooked),
            keys(&polled)
        );
        let (one, other) = (&hooked[0], same[0]);
        assert_eq!(one.event_type, other.event_type, "{what}");
        assert_eq!(one.subject.key, other.subject.key, "{what}");
        assert_eq!(one.subject.repository_key, other.subject.repository_key);
        assert_eq!(one.subject.commit, other.subject.commit, "{what}");
        assert_eq!(one.subject.before, other.subject.before, "{what}");
        if whole {
            assert_eq!(one.subject.number, other.subject.number, "{what}");
        }
        // Neither door always learns who it was; they never name two.
        if whole && one.actor.is_some() && other.actor.is_some() {
            assert_eq!(one.actor, other.actor, "{what}");
        }
        let others: Vec<String> = keys(&polled)
            .into_iter()
            .filter(|key| *key != keys(&hooked)[0])
            .collect();
        let expected = usize::from(beside.contains(what));
        assert_eq!(others.len(), expected, "{what}: {others:?}");
        assert!(
            others.iter().all(|key| key.starts_with("repo.push ")),
            "{what}: {others:?}"
        );
    }
}
