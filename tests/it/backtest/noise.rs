//! What looking back teaches: a rule that would have been noise in a repository starts silent there, and only that one.

use jiff::{SignedDuration, Timestamp};
use perch_testkit::repository::Repository;
use serde_json::{Value, json};

use crate::world::World;

/// A shop whose exports go one by one and are missed at once, and whose tables lose columns that nobody misses.
struct Shop {
    repository: Repository,
    now: Timestamp,
    exports: Vec<&'static str>,
    columns: usize,
}

const EXPORTS: [&str; 7] = ["parse", "show", "round", "scale", "split", "count", "order"];

impl Shop {
    fn new() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the program looks back from the present"
        )]
        let now = Timestamp::now();
        let mut shop = Self {
            repository: Repository::new(),
            now,
            exports: EXPORTS.to_vec(),
            columns: 0,
        };
        shop.on_day(85);
        shop.write_prices();
        shop.write_cart();
        shop.repository.commit("Begin");
        shop
    }

    /// So many days ago.
    fn on_day(&mut self, ago: i64) {
        self.repository
            .set_date(self.now - SignedDuration::from_hours(24 * ago));
    }

    fn write_prices(&self) {
        let function = |name: &&str| {
            format!("export function {name}(text: string): number {{\n  return Number(text);\n}}\n")
        };
        let text: Vec<String> = self.exports.iter().map(function).collect();
        self.repository.write("src/price.ts", text.join("\n"));
    }

    fn write_cart(&self) {
        let names = self.exports.join(", ");
        self.repository.write(
            "src/cart.ts",
            format!("import {{ {names} }} from './price';\n\nexport const readers = [{names}];\n"),
        );
    }

    /// An export goes while the cart uses it.
    fn drop_export(&mut self) {
        let gone = self.exports.remove(0);
        self.write_prices();
        self.repository.commit(&format!("Drop {gone}"));
    }

    /// The cart is put right.
    fn mend_cart(&self) {
        self.write_cart();
        self.repository.commit("Put the cart right");
    }

    fn drop_column(&mut self) {
        self.columns += 1;
        let number = self.columns;
        self.repository.write(
            &format!("migrations/{number:04}_drop.sql"),
            format!("ALTER TABLE orders DROP COLUMN note{number};\n"),
        );
        self.repository.commit(&format!("Drop note {number}"));
    }
}

/// Looks at everything that is watched, and says why the one suggestion there is has its level.
fn why(world: &World) -> String {
    world.says(&["check"]);
    let inbox = world.inbox();
    assert_eq!(inbox.len(), 1, "one suggestion for one branch");
    world.says(&["why", &inbox[0]])
}

/// The rules that start silent, by `perch`'s own words.
fn silent(world: &World) -> Vec<(Value, Value, Value)> {
    let found = world.json(&["filters", "silent"]);
    let rules = found["rules"].as_array().expect("a list");
    rules
        .iter()
        .map(|one| {
            (
                one["rule"].clone(),
                one["right"].clone(),
                one["told"].clone(),
            )
        })
        .collect()
}

const LOOKING_BACK: &str = "looking back, none of 6 of its kind proved right in this repository, so `push/migration` starts silent here";

#[test]
fn a_rule_that_would_have_been_noise_starts_silent_and_one_that_would_have_been_right_does_not() {
    let mut shop = Shop::new();
    for turn in 0..6 {
        shop.on_day(80 - 9 * turn);
        shop.drop_export();
        shop.on_day(79 - 9 * turn);
        shop.mend_cart();
        shop.on_day(77 - 9 * turn);
        shop.drop_column();
    }
    let world = World::new();
    let folder = shop.repository.key();
    world.says(&["watch", &folder]);
    world.says(&["check"]);
    assert_eq!(silent(&world), []);

    let report = world.says(&["backtest", &folder]);
    assert!(
        report.contains("  push/migration  0 of 6 proved right\n"),
        "{report}"
    );
    let told = [(json!("push/migration"), json!(0), json!(6))];
    assert_eq!(silent(&world), told);
    assert!(
        world
            .says(&["filters"])
            .contains("push/migration  0 of 6 proved right  in project")
    );
    world.says(&["backtest", &folder]);
    assert_eq!(silent(&world), told, "looking back again finds the same");

    shop.on_day(0);
    shop.drop_column();
    let reason = why(&world);
    assert!(reason.contains(LOOKING_BACK), "{reason}");

    shop.drop_export();
    let reason = why(&world);
    assert!(
        reason.contains("`push/export`")
            && reason.contains("it involves you and can be decided now"),
        "{reason}"
    );
}

#[test]
fn a_silent_rule_speaks_once_it_is_lifted_and_stays_lifted() {
    let mut shop = Shop::new();
    for turn in 0..6 {
        shop.on_day(80 - 9 * turn);
        shop.drop_column();
    }
    let world = World::new();
    let folder = shop.repository.key();
    world.says(&["watch", &folder]);
    world.says(&["check"]);
    world.says(&["backtest", &folder, "--to", "main"]);
    assert_eq!(
        silent(&world),
        [],
        "a past that ends elsewhere teaches nothing"
    );
    world.says(&["backtest", &folder]);
    assert_eq!(silent(&world).len(), 1);

    let elsewhere = world.perch(&["filters", "lift", "push/migration", "--repository", "other"]);
    assert!(
        String::from_utf8_lossy(&elsewhere.stderr)
            .contains("`push/migration` does not start silent in `other`; `perch filters` lists")
    );
    let left = world.says(&["filters", "lift", "push/migration"]);
    assert!(left.starts_with("No rule starts silent."), "{left}");
    world.says(&["backtest", &folder]);
    assert_eq!(silent(&world), []);

    shop.on_day(0);
    shop.drop_column();
    let reason = why(&world);
    assert!(
        reason.contains("it involves you and can be decided now")
            && !reason.contains("looking back"),
        "{reason}"
    );
}
