//! What a recorded run has around it, from the recorder to the suggestion.

use crate::world::World;
use crate::world::greeter::Greeter;

/// A check that needs a variable and says nothing of it.
const CHECK: &str = "test -n \"$API_URL\" || { echo 'app.js:1:1: error: no answer'; exit 1; }";

#[test]
fn a_variable_that_is_gone_since_the_command_passed_is_named_and_its_value_is_nowhere() {
    let world = World::new();
    let greeter = Greeter::new(world.folder());
    world.says(&["watch".as_ref(), greeter.folder.as_os_str()]);
    let run = |address: Option<&str>| {
        let mut perch = world.command(&["exec", "--", "sh", "-c", CHECK]);
        perch.current_dir(&greeter.folder);
        if let Some(address) = address {
            perch.env("API_URL", address);
        }
        perch.output().expect("perch runs").status.code()
    };
    assert_eq!(run(Some("https://ada:hunter2hunter2@api.example")), Some(0));
    assert_eq!(run(None), Some(1));

    let id = world.inbox().pop().expect("it failed");
    let shown = world.says(&["show", &id]);
    let expected = "Changed besides the code since it last passed: variable `API_URL` is gone";
    assert!(shown.contains(expected), "{shown}");
    let kept = std::fs::read(world.home().join("data/perch.db")).expect("the database");
    let secret = b"hunter2hunter2";
    assert!(!kept.windows(secret.len()).any(|part| part == secret));
}
