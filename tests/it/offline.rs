//! A week with the laptop shut: what happened at four forges meanwhile, half of it with a webhook that nobody took.

mod happenings;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use jiff::SignedDuration;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::event::Event;
use perch_core::id::ConnectionId;
use perch_core::seam::delivery_log::{Arrival, DeliveryLog as _};
use perch_integrations::providers::ALL;
use perch_testkit::chance::Chance;
use perch_testkit::forge::{Forge, Speaks};
use perch_testkit::watch::{connection, parse};

use self::happenings::Workplace;
use crate::world::rounds::Rounds;

/// The week this is. Another number is another week.
const SEED: u64 = 0x0050_6572_6368;

const HAPPENINGS: usize = 500;
const REPOSITORIES: usize = 3;
const DAY: i64 = 86_400;

/// Seconds after which GitHub keeps a delivery no longer.
const KEPT_BY_GITHUB: i64 = 3 * DAY;

/// One forge, watched by a connection of its own.
struct Place {
    provider: &'static str,
    forge: Forge,
    workplaces: Vec<Workplace>,
    /// The webhook of each repository.
    hooks: Vec<u64>,
    /// Requests that count against the quota: how many an hour, and whether those count that found nothing new.
    hourly: usize,
    unchanged_is_free: bool,
}

/// One thing that happened.
struct Happened {
    provider: &'static str,
    at: i64,
    event: Event,
    /// Its webhook, if the repository had one, as it would be sent again.
    webhook: Option<NewDelivery>,
}

/// The connection that watches with this provider; providers count turns by connection, and other tests have theirs.
fn id(provider: &str) -> ConnectionId {
    ConnectionId::new(format!("{provider}-week"))
}

async fn place(speaks: Speaks, provider: &'static str, hourly: usize) -> Place {
    let forge = Forge::start_as(speaks).await;
    let (workplaces, hooks) = forge.with(|world| {
        (0..REPOSITORIES)
            .map(|number| {
                let name = format!("acme/{provider}-{number}");
                let workplace = Workplace::new(world, &name);
                let url = format!("https://perch.example.org/webhooks/{}", id(provider));
                (workplace, world.add_hook(&name, &url))
            })
            .unzip()
    });
    Place {
        provider,
        forge,
        workplaces,
        hooks,
        hourly,
        unchanged_is_free: speaks == Speaks::GitHub,
    }
}

impl Place {
    /// One thing happens here, `webhook` with the repository's webhook sent and not taken.
    fn happen(&mut self, chance: &mut Chance, webhook: bool, away: i64) -> Happened {
        let number = chance.below(self.workplaces.len());
        let (workplace, hook) = (&mut self.workplaces[number], self.hooks[number]);
        let name = workplace.name.clone();
        let provider = ALL
            .iter()
            .find(|one| one.id() == self.provider)
            .expect("a known provider");
        let watched = connection(self.provider, &self.forge.base_url(), &[&name]);
        let (kind, body, now, id) = self.forge.with(|world| {
            let (kind, body) = workplace.happen(world, chance);
            let id = format!("{}-{}", self.provider, world.now.as_nanosecond());
            if webhook {
                match world.speaks {
                    Speaks::GitHub if away < KEPT_BY_GITHUB => {
                        world.github_keep(&name, hook, &kind, &id, 502, &body);
                    }
                    Speaks::GitLab => {
                        world.gitlab_keep(&name, hook, &kind, "internal error", &body);
                    }
                    _ => {}
                }
            }
            (kind, body, world.now, id)
        });
        let message = NewDelivery {
            door: Door::Webhook,
            kind,
            external_id: Some(id),
            body: Bytes::from(body.to_string()),
        };
        let events = parse(*provider, &watched, message.clone(), now);
        let [event] = <[Event; 1]>::try_from(events)
            .unwrap_or_else(|other| panic!("{}: {body} is {other:?}", message.kind));
        Happened {
            provider: self.provider,
            at: now.as_second(),
            event,
            webhook: webhook.then_some(message),
        }
    }

    /// Requests since this was last asked, as the forge counts them; none may be one too many.
    fn counted(&self) -> usize {
        let log = self.forge.take_log();
        for asked in &log {
            assert!(
                !matches!(asked.status, 0 | 429 | 500..),
                "{}: {asked:?}",
                self.provider
            );
        }
        let free = |status: u16| self.unchanged_is_free && status == 304;
        log.iter().filter(|asked| !free(asked.status)).count()
    }
}

#[tokio::test]
async fn a_week_offline_is_caught_up_with_each_thing_once_in_order_and_within_every_quota() {
    let mut places = vec![
        place(Speaks::GitHub, "github", 5_000).await,
        // GitLab.com counts 2,000 a minute.
        place(Speaks::GitLab, "gitlab", 2_000).await,
        place(Speaks::Bitbucket, "bitbucket", 1_000).await,
        // Gitea counts nothing; it is asked no more than the others.
        place(Speaks::Gitea, "gitea", 2_000).await,
    ];
    let connections = places
        .iter()
        .map(|place| {
            let names: Vec<&str> = place
                .workplaces
                .iter()
                .map(|one| one.name.as_str())
                .collect();
            let mut one = connection(place.provider, &place.forge.base_url(), &names);
            one.id = id(place.provider);
            if matches!(place.provider, "github" | "gitlab") {
                one.settings.insert("kept_webhooks".into(), true.into());
            }
            one
        })
        .collect();
    let now = places[0].forge.with(|world| world.now);
    let mut rounds = Rounds::begin_all(connections, "any", now).await;
    for _ in 0..20 {
        round(&places, &mut rounds).await;
    }
    let before: BTreeSet<String> = keys(&rounds.events().await).collect();
    for place in &places {
        place.counted();
    }

    // The lid is shut.
    let mut chance = Chance(SEED);
    let began = rounds.now;
    let mut happened = Vec::new();
    let mut moments: Vec<i64> = (0..HAPPENINGS)
        .map(|_| i64::try_from(chance.below(7 * 86_400)).expect("a week"))
        .collect();
    moments.sort_unstable();
    for (number, moment) in moments.into_iter().enumerate() {
        // Two never share a second.
        let offset = moment + i64::try_from(number).expect("few");
        rounds.now = began + SignedDuration::from_secs(offset);
        let place = number % places.len();
        for place in &places {
            place.forge.with(|world| world.now = rounds.now);
        }
        let away = 7 * DAY - offset;
        let webhook = number / places.len() % 2 == 0;
        happened.push(places[place].happen(&mut chance, webhook, away));
    }
    let wanted: BTreeSet<&str> = happened
        .iter()
        .map(|one| one.event.dedup_key.as_str())
        .collect();
    assert_eq!(wanted.len(), HAPPENINGS, "each is an event of its own");

    // It is opened again.
    rounds.now = began + SignedDuration::from_secs(7 * DAY + 1_000);
    let mut asked: Vec<Vec<usize>> = vec![Vec::new(); places.len()];
    let mut caught_up = None;
    for minute in 0..90 {
        round(&places, &mut rounds).await;
        for (place, asked) in places.iter().zip(&mut asked) {
            asked.push(place.counted());
        }
        let stored: BTreeSet<String> = keys(&rounds.events().await).collect();
        if caught_up.is_none() && wanted.iter().all(|key| stored.contains(*key)) {
            caught_up = Some(minute + 1);
        }
        if minute == 60 {
            // Somebody has the webhooks sent again that no forge kept for us.
            send_again(&rounds, &happened).await;
        }
    }

    let stored = rounds.events().await;
    let mut news: Vec<&Event> = stored
        .iter()
        .filter(|event| !before.contains(&event.dedup_key))
        .collect();
    let seen: BTreeSet<&str> = news.iter().map(|event| event.dedup_key.as_str()).collect();
    assert_eq!(seen.len(), news.len(), "nothing is stored twice");
    let lost: Vec<&&str> = wanted.difference(&seen).collect();
    assert!(lost.is_empty(), "{} lost: {lost:#?}", lost.len());
    // What a merge does to the branch it goes into is a push beside it, once for all merges.
    news.retain(|event| !wanted.contains(event.dedup_key.as_str()));
    for event in &news {
        let beside = event.event_type.as_str() == "repo.push" && event.subject.on_default_branch;
        assert!(beside, "invented: {} {event:?}", event.dedup_key);
    }
    in_order(&happened, &stored);
    for (place, asked) in places.iter().zip(&asked) {
        let most: usize = asked
            .windows(60)
            .map(|hour| hour.iter().sum())
            .max()
            .expect("an hour");
        assert!(
            most <= place.hourly,
            "{}: {most} an hour, {asked:?}",
            place.provider
        );
        println!("{}: {most} requests in the busiest hour", place.provider);
    }
    println!(
        "seed {SEED:#x}: caught up after {caught_up:?} minutes, {:?}",
        rounds.shown.titles()
    );
    assert!(caught_up.expect("caught up") <= 30, "{caught_up:?}");
}

async fn round(places: &[Place], rounds: &mut Rounds) {
    for place in places {
        place
            .forge
            .with(|world| world.now = rounds.now + SignedDuration::from_secs(60));
    }
    rounds.after(60).await;
}

fn keys(events: &[Event]) -> impl Iterator<Item = String> {
    events.iter().map(|event| event.dedup_key.clone())
}

/// Every webhook once more.
async fn send_again(rounds: &Rounds, happened: &[Happened]) {
    let arrivals = happened
        .iter()
        .filter_map(|one| {
            Some(Arrival {
                user_id: rounds.user.clone(),
                connection_id: id(one.provider),
                message: one.webhook.clone()?,
            })
        })
        .collect();
    // The clock of the log is a function: a day that is over by any count.
    let log = rounds
        .engine
        .delivery_log(|| "2025-06-23T18:00:00Z".parse().expect("a time"));
    log.commit(arrivals).await.expect("stored");
}

/// Of each subject, what happened is stored in the order in which it happened.
fn in_order(happened: &[Happened], stored: &[Event]) {
    let stored: BTreeMap<&str, usize> = stored
        .iter()
        .enumerate()
        .map(|(number, event)| (event.dedup_key.as_str(), number))
        .collect();
    let mut subjects: BTreeMap<(&str, &str, &str), Vec<&Happened>> = BTreeMap::new();
    for one in happened {
        let subject = &one.event.subject;
        let of = (
            one.provider,
            subject.repository.as_str(),
            subject.key.as_str(),
        );
        subjects.entry(of).or_default().push(one);
    }
    let several = subjects.values().filter(|all| all.len() > 1).count();
    assert!(several > 50, "{several} subjects of several happenings");
    for (subject, all) in &subjects {
        let order: Vec<usize> = all
            .iter()
            .map(|one| stored[one.event.dedup_key.as_str()])
            .collect();
        let told: Vec<String> = all
            .iter()
            .zip(&order)
            .map(|(one, at)| format!("{at}: {} at {}", one.event.dedup_key, one.at))
            .collect();
        assert!(order.is_sorted(), "{subject:?}: {told:#?}");
    }
}
