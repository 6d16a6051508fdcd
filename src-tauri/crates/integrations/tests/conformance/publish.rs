//! Acting: each step once, refused in words, taken back.

use http::Method;
use perch_testkit::scenario::publish::{self as scenario, Arrange, archived, refusing, taken};
use perch_testkit::watch::REPO;

use crate::forges::{Conduct, for_every_forge};

for_every_forge! {
    each_step_twice_is_done_once
    steps_broken_off_at_any_request_and_resumed_are_done_once
    what_was_done_is_taken_back_and_taken_back_again
    what_others_changed_since_is_not_taken_back
    a_head_that_moved_matters_only_where_it_touches
    what_cannot_be_done_is_refused_with_what_to_do
    a_fork_is_not_pushed_to
    limits_and_breakdowns_are_tried_again_and_strange_ids_refused
}

async fn each_step_twice_is_done_once<P: Conduct>() {
    let watch = scenario::each_step_twice_is_done_once::<P>(P::COMMITS).await;
    assert!(watch.forge.with(P::is_draft));
    let comments = watch.forge.with(|world| world.repo(REPO).comments());
    assert_eq!(comments[0]["body"], format!("Looked at it.\n\n{}", P::MARK));
}

async fn steps_broken_off_at_any_request_and_resumed_are_done_once<P: Conduct>() {
    scenario::steps_broken_off_anywhere_and_resumed_are_done_once::<P>().await;
}

async fn what_was_done_is_taken_back_and_taken_back_again<P: Conduct>() {
    let (_, said) = scenario::what_was_done_is_taken_back_and_again::<P>().await;
    let pull = P::PULL;
    assert_eq!(
        said,
        [
            "deleted the comment".to_owned(),
            format!("closed {pull}2"),
            "deleted branch `perch/build-failed/fix-1a2b`".into(),
            "the comment was gone already".into(),
            format!("{pull}2 was closed already"),
            "branch `perch/build-failed/fix-1a2b` was gone already".into(),
        ]
    );
}

async fn what_others_changed_since_is_not_taken_back<P: Conduct>() {
    scenario::what_others_changed_since_is_not_taken_back::<P>().await;
}

async fn a_head_that_moved_matters_only_where_it_touches<P: Conduct>() {
    scenario::a_head_that_moved_matters_only_where_it_touches::<P>().await;
}

async fn what_cannot_be_done_is_refused_with_what_to_do<P: Conduct>() {
    let all = P::REPOSITORIES;
    let mut cases: Vec<(&str, Arrange)> = vec![
        ("archived", archived()),
        ("branch taken", taken()),
        ("not there", refusing(Method::GET, all, 404, "Not Found")),
        (
            "token unknown",
            refusing(Method::GET, all, 401, "Unauthorized"),
        ),
    ];
    cases.extend(P::denials());
    let said = scenario::refusals::<P>(cases).await;
    insta::assert_snapshot!(format!("what_is_refused_{}", P::default().id()), said);
}

async fn a_fork_is_not_pushed_to<P: Conduct>() {
    scenario::a_fork_is_not_pushed_to::<P>().await;
}

async fn limits_and_breakdowns_are_tried_again_and_strange_ids_refused<P: Conduct>() {
    scenario::limits_are_tried_again_and_strange_ids_refused::<P>(P::STRANGE).await;
}
