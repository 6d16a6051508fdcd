//! Made-up secrets and what looks like them, from the tables beside this file. The same seed gives the same samples.
//!
//! Nothing here knows how secrets are found: forms, names and places are written down apart from the rules.

/// A text and the secrets in it; without secrets it is clean and must stay as it is.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// The kind of secret, or what the text resembles.
    pub(crate) kind: String,
    /// The text.
    pub(crate) text: String,
    /// The secrets.
    pub(crate) secrets: Vec<String>,
}

/// Letters and numbers without order, from a seed.
pub(crate) struct Random(u64);

impl Random {
    /// From `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound).expect("a small number");
        usize::try_from((mixed ^ (mixed >> 31)) % bound).expect("below a small number")
    }

    fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }

    fn letters(&mut self, alphabet: &str, count: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..count).map(|_| *self.pick(&letters)).collect()
    }
}

const DIGITS: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
const MIXED: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

fn alphabet(class: char) -> String {
    match class {
        'h' => "0123456789abcdef".into(),
        'H' => "0123456789abcdefABCDEF".into(),
        'a' => LOWER.into(),
        'A' => LOWER.to_ascii_uppercase(),
        'm' => MIXED.into(),
        'l' => MIXED[..52].into(),
        'd' => DIGITS.into(),
        'U' => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".into(),
        'B' => "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".into(),
        'k' => "abcdefgh0123456789".into(),
        'w' => format!("{MIXED}_-"),
        'W' => format!("{LOWER}_-"),
        'e' => format!("{MIXED}_-="),
        'X' => format!("{LOWER}_-.="),
        'c' => format!("{LOWER}_-=+/"),
        'b' => format!("{MIXED}+/"),
        other => panic!("no alphabet is called {other}"),
    }
}

/// `form` with its parts in braces filled in.
pub(crate) fn fill(form: &str, random: &mut Random) -> String {
    let mut out = String::new();
    let mut rest = form;
    while let Some(start) = rest.find('{') {
        let part = rest[start + 1..].split('}').next().unwrap_or_default();
        let known = part
            .chars()
            .next()
            .is_some_and(|class| "hHaAmldUBkwWeXcbuV".contains(class))
            && part[1..]
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !known {
            out.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        }
        out.push_str(&rest[..start]);
        rest = &rest[start + part.len() + 2..];
        let class = part.chars().next().expect("it has one");
        if matches!(class, 'u' | 'V') {
            let uuid = [8, 4, 4, 4, 12]
                .map(|count| random.letters(&alphabet('h'), count))
                .join("-");
            out.push_str(&if class == 'V' {
                uuid.to_ascii_uppercase()
            } else {
                uuid
            });
            continue;
        }
        let (least, most) = part[1..]
            .split_once('-')
            .unwrap_or((&part[1..], &part[1..]));
        let (least, most): (usize, usize) = (
            least.parse().expect("a number"),
            most.parse().expect("a number"),
        );
        let count = least + random.below(most - least + 1);
        let mut letters = random.letters(&alphabet(class), count);
        // Nobody's secret ends in the middle of padding, or is a word by chance.
        while letters.ends_with(['-', '=', '.', '/', '+'])
            || letters.starts_with(['-', '=', '.', '/', '+'])
        {
            letters = random.letters(&alphabet(class), count);
        }
        out.push_str(&letters);
    }
    out.push_str(rest);
    out
}

/// The lines of a table that say something, their columns apart.
fn table(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.splitn(3, " | ").map(str::trim).collect())
}

/// The text without its « and », and what stood between them.
fn marked(text: &str) -> (String, Vec<String>) {
    let secrets = text
        .split('«')
        .skip(1)
        .filter_map(|rest| rest.split_once('»').map(|(secret, _)| secret.to_owned()))
        .collect();
    (text.replace(['«', '»'], ""), secrets)
}

fn unescape(text: &str) -> String {
    text.replace("\\\\n", "\u{0}")
        .replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\u001b", "\u{1b}")
        .replace('\u{0}', "\\n")
}

/// What stands behind a service's name in that of a variable.
const BEHIND: &[&str] = &[
    "api_key",
    "token",
    "secret",
    "key",
    "access_token",
    "api_token",
    "client_secret",
    "secret_key",
    "auth_token",
    "access_key",
    "api_secret",
];

/// `template` with the names filled in.
fn named(template: &str, service: &str, random: &mut Random) -> String {
    let behind = random.pick(BEHIND);
    let snake = match service {
        // These names are complete.
        name if name.contains("contribsys")
            || name.starts_with("snyk_")
            || name.starts_with("sonar") =>
        {
            name.to_owned()
        }
        name if BEHIND.iter().any(|behind| name.ends_with(behind)) => name.to_owned(),
        name => format!("{name}_{behind}"),
    };
    let snake = snake.replace('.', "_");
    let words: Vec<&str> = snake.split('_').filter(|word| !word.is_empty()).collect();
    let pascal: String = words
        .iter()
        .map(|word| word[..1].to_ascii_uppercase() + &word[1..])
        .collect();
    let camel = pascal[..1].to_ascii_lowercase() + &pascal[1..];
    template
        .replace("‹NAME›", &snake.to_ascii_uppercase())
        .replace("‹name›", &snake)
        .replace("‹nameCase›", &camel)
        .replace("‹NameCase›", &pascal)
        .replace("‹name-case›", &snake.replace('_', "-"))
        .replace("‹name.case›", &snake.replace('_', "."))
        .replace("‹service›", service)
}

/// Every kind of secret in every place it can stand, `rounds` times with other letters.
pub(crate) fn secrets(seed: u64, rounds: usize) -> Vec<Sample> {
    let contexts: Vec<&str> = include_str!("contexts.txt")
        .lines()
        .filter(|line| line.contains('•'))
        .collect();
    let mut random = Random::new(seed);
    let mut samples = Vec::new();
    for _ in 0..rounds {
        for row in table(include_str!("kinds.txt")) {
            let [kind, names, form] = row[..] else {
                panic!("three columns: {row:?}")
            };
            for context in &contexts {
                let bare = context.strip_prefix("! ");
                if bare.is_some() && names != "*" {
                    continue;
                }
                let names: Vec<&str> = names.split(',').map(str::trim).collect();
                let service = match *random.pick(&names) {
                    "*" => *random.pick(&["acme", "my", "app", "prod"]),
                    name => name,
                };
                let context = unescape(&named(bare.unwrap_or(context), service, &mut random));
                let form = if form.contains('«') {
                    form.to_owned()
                } else {
                    format!("«{form}»")
                };
                let (text, secrets) = marked(&context.replace('•', &fill(&form, &mut random)));
                samples.push(Sample {
                    kind: kind.to_owned(),
                    text,
                    secrets,
                });
            }
        }
        for line in include_str!("places.txt")
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let (kind, place) = line.split_once(" | ").expect("two columns");
            for around in ["•", "before\n•\nafter", "  •", "+ •", "# •"] {
                let place = unescape(place);
                let manifest = kind == "kubernetes-secret-yaml" && around != "•";
                if manifest
                    || (place.contains('\n') && around.len() > "•".len() && !around.contains('\n'))
                {
                    continue;
                }
                let (text, secrets) = marked(&fill(&around.replace('•', &place), &mut random));
                samples.push(Sample {
                    kind: kind.trim().to_owned(),
                    text,
                    secrets,
                });
            }
        }
    }
    samples
}

/// Texts without a secret that look as if they had one.
pub(crate) fn look_alikes(seed: u64, rounds: usize) -> Vec<Sample> {
    let mut random = Random::new(seed ^ 0x1001);
    let mut samples = Vec::new();
    for _ in 0..rounds {
        for line in include_str!("look_alikes.txt")
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let (kind, text) = line.split_once(" | ").expect("two columns");
            samples.push(Sample {
                kind: kind.trim().to_owned(),
                text: fill(&unescape(text), &mut random),
                secrets: Vec::new(),
            });
        }
        // A name that asks for a secret, with what stands in for one.
        for row in table(include_str!("kinds.txt")) {
            let service = match row[1].split(',').next().unwrap_or_default().trim() {
                "*" => row[0].split('-').next().unwrap_or_default(),
                name => name,
            };
            for context in [
                "‹NAME›=•",
                "‹name›: •",
                "‹nameCase›: \"•\"",
                "{\"‹name›\": \"•\"}",
                "const ‹nameCase› = '•';",
                "--‹name-case› •",
            ] {
                let stand_in = *random.pick(STAND_INS);
                let text = named(context, service, &mut random).replace('•', stand_in);
                samples.push(Sample {
                    kind: "stand-in".into(),
                    text,
                    secrets: Vec::new(),
                });
            }
        }
    }
    samples
}

/// What people write where a secret will stand.
const STAND_INS: &[&str] = &[
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "XXXXXXXX",
    "<YOUR_TOKEN>",
    "<api-key>",
    "${API_KEY}",
    "$API_KEY",
    "${{ secrets.API_KEY }}",
    "{{ api_key }}",
    "%API_KEY%",
    "********",
    "your-api-key-here",
    "YOUR_API_KEY",
    "changeme",
    "REDACTED",
    "[redacted]",
    "process.env.API_KEY",
    "os.environ['API_KEY']",
    "…",
    "null",
    "true",
    "example-key",
    "placeholder",
    "0000000000000000",
    "secret",
    "#{api_key}",
    "@API_KEY@",
    "replace-me",
    "TODO",
    "env(API_KEY)",
    "$(cat key.txt)",
    "/run/secrets/api_key",
    "https://docs.acme.test/keys",
    "insert_key_here",
    "dummy-key",
    "%s",
    "none",
    "api_key",
    "{0}",
    "__API_KEY__",
];
