//! Finds the keywords of all rules in a text, whatever their case, overlapping ones too.
//!
//! Nearly all of a text holds no keyword, so each four letters are looked up in a table of those that a keyword
//! begins with: it stays in the processor's nearest memory, and no step waits for the one before, as those of an
//! automaton for so many words do.

/// Letters of the shortest keyword.
const SHORTEST: usize = 2;
/// How many letters are looked at together.
const TOGETHER: usize = 4;
/// The bits of four letters that tell them apart; upper and lower case are the same.
const LETTERS: u32 = 0x1f1f_1f1f;
/// Kinds of beginnings; several may share one.
const KINDS: usize = 1 << 16;

/// A keyword in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    /// Which one, in the order they were given.
    pub(super) word: usize,
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
}

/// Keywords made ready to be looked for.
pub(super) struct Finder {
    /// A bit for each kind of beginning that a keyword has.
    begins: Box<[u64; KINDS / 64]>,
    /// Where the keywords of a kind stand among `words`, and one more at the end.
    places: Vec<u16>,
    /// The keywords with their numbers, sorted by the kind of their beginnings.
    words: Vec<(&'static str, usize)>,
}

impl Finder {
    /// `words` are in lower case and at least [`SHORTEST`] letters long.
    pub(super) fn new(words: &[&'static str]) -> Self {
        let mut sorted: Vec<(usize, &str, usize)> = Vec::new();
        for (number, word) in words.iter().enumerate() {
            assert!(
                word.len() >= SHORTEST,
                "`{word}` is too short to be told from others"
            );
            let begun = beginnings(word.as_bytes());
            sorted.extend(begun.map(|begun| (kind(begun), *word, number)));
        }
        sorted.sort_unstable();
        sorted.dedup();
        let mut begins = Box::new([0; KINDS / 64]);
        for (kind, ..) in &sorted {
            begins[kind / 64] |= 1 << (kind % 64);
        }
        let place = |kind| {
            let place = sorted.partition_point(|word| word.0 < kind);
            u16::try_from(place).expect("there are fewer than 65,536 keywords")
        };
        Self {
            begins,
            places: (0..=KINDS).map(place).collect(),
            words: sorted
                .iter()
                .map(|&(_, word, number)| (word, number))
                .collect(),
        }
    }

    /// Every keyword in `text`, by where it begins.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> Hits<'a> {
        Hits {
            finder: self,
            bytes: text.as_bytes(),
            next: 0,
            start: 0,
            left: &[],
        }
    }
}

/// See [`Finder::find`].
pub(super) struct Hits<'a> {
    finder: &'a Finder,
    bytes: &'a [u8],
    /// Where the next beginning stands.
    next: usize,
    /// Where the words in hand would begin.
    start: usize,
    /// Words that begin like the text there and were not compared yet.
    left: &'a [(&'static str, usize)],
}

impl Hits<'_> {
    /// Goes to the next beginning of a keyword; false at the end.
    fn go_on(&mut self) -> bool {
        let begins = &self.finder.begins;
        let is_known = |letters: [u8; TOGETHER]| {
            let kind = kind(letters);
            begins[kind / 64] >> (kind % 64) & 1 == 1
        };
        let rest = &self.bytes[self.next..];
        let whole = rest
            .windows(TOGETHER)
            .position(|letters| is_known(letters.try_into().expect("windows are as long as that")));
        // A shorter word may end the text: its beginning goes on with whatever follows.
        let found = whole.or_else(|| {
            (rest.len().saturating_sub(TOGETHER - 1)..rest.len())
                .find(|&at| is_known(letters(&rest[at..])))
        });
        let Some(passed) = found else {
            self.next = self.bytes.len();
            return false;
        };
        self.start = self.next + passed;
        self.next = self.start + 1;
        let places = &self.finder.places[kind(letters(&rest[passed..]))..];
        self.left = &self.finder.words[usize::from(places[0])..usize::from(places[1])];
        true
    }
}

impl Iterator for Hits<'_> {
    type Item = Hit;

    fn next(&mut self) -> Option<Hit> {
        loop {
            while let Some((&(word, number), left)) = self.left.split_first() {
                self.left = left;
                let end = self.start + word.len();
                let there = self.bytes.get(self.start..end);
                if there.is_some_and(|there| there.eq_ignore_ascii_case(word.as_bytes())) {
                    return Some(Hit {
                        word: number,
                        start: self.start,
                        end,
                    });
                }
            }
            if !self.go_on() {
                return None;
            }
        }
    }
}

/// The first letters of `bytes`, with nothing for those that are not there.
fn letters(bytes: &[u8]) -> [u8; TOGETHER] {
    let mut letters = [0; TOGETHER];
    let there = bytes.len().min(TOGETHER);
    letters[..there].copy_from_slice(&bytes[..there]);
    letters
}

/// The kind of a beginning: letters mixed, so that those of words spread over all kinds (Knuth, TAOCP 3, 6.4).
fn kind(letters: [u8; TOGETHER]) -> usize {
    let mixed = (u32::from_le_bytes(letters) & LETTERS).wrapping_mul(0x9e37_79b1);
    (mixed >> 16) as usize
}

/// How a text may go on from the beginning of a word: one way, or every way a shorter word may.
fn beginnings(word: &[u8]) -> impl Iterator<Item = [u8; TOGETHER]> {
    let ways = |place: usize| if word.len() > place { 0..=0 } else { 0..=0x1f };
    let (thirds, fourths) = (ways(2), ways(3));
    let begun = letters(word);
    thirds.flat_map(move |third| {
        fourths.clone().map(move |fourth| {
            let [first, second, own_third, own_fourth] = begun;
            [first, second, own_third | third, own_fourth | fourth]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &[&str] = &["key", "apikey", "q~", "api", "-----begin", "ghp_"];

    fn found(text: &str) -> Vec<(&str, &str)> {
        let finder = Finder::new(WORDS);
        finder
            .find(text)
            .map(|hit| (WORDS[hit.word], &text[hit.start..hit.end]))
            .collect()
    }

    #[test]
    fn every_keyword_is_found_whatever_its_case_and_neighbours() {
        let all = |text: &str| -> Vec<String> {
            found(text)
                .iter()
                .map(|(_, there)| (*there).to_owned())
                .collect()
        };
        assert_eq!(all("My_ApiKey=1"), ["Api", "ApiKey", "Key"]);
        assert_eq!(all("1Q~"), ["Q~"]);
        assert_eq!(all("q~x q~"), ["q~", "q~"]);
        assert_eq!(all("a-----BEGIN x"), ["-----BEGIN"]);
        assert_eq!(all("ghp_ghp_"), ["ghp_", "ghp_"]);
    }

    #[test]
    fn nothing_is_found_in_what_only_looks_alike() {
        for text in [
            "",
            "k",
            "ke",
            "kez",
            "K\u{05}Y",
            "ap",
            "-----begi",
            "é\u{301}",
            "q\u{1e}",
        ] {
            assert_eq!(found(text), [], "{text:?}");
        }
    }
}
