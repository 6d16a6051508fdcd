//! Where the text an edit replaces stands: four rungs, the first that finds it decides. Every rung wants one place.

use similar::{Algorithm, TextDiff};

use super::{Block, Refused};
use crate::patch::Edit;

/// How alike two texts must be that are not the same, from 0 to 1.
const ALIKE: f32 = 0.9;
/// Texts with more lines are not looked for by likeness: it would take too long, and they should be exact.
const LONGEST_ALIKE: usize = 80;
/// Shorter texts are alike too easily, in bytes.
const SHORTEST_ALIKE: usize = 20;

/// The exact edit that `block` means in `text`.
pub(super) fn find(block: &Block, number: usize, text: &str) -> Result<Edit, Refused> {
    let ambiguous = |count| Refused::Ambiguous {
        path: block.path.clone(),
        number,
        count,
    };
    if block.search.is_empty() {
        return Ok(edit(text, 0..0, as_in(text, &block.replace)));
    }
    match text.match_indices(&block.search).count() {
        0 => {}
        1 => {
            let start = text.find(&block.search).unwrap_or_default();
            let whole = start..start + block.search.len();
            return Ok(edit(text, whole, as_in(text, &block.replace)));
        }
        count => return Err(ambiguous(count)),
    }
    let lines = Lines::of(text);
    let wanted: Vec<&str> = block.search.lines().collect();
    if wanted.is_empty()
        || wanted.iter().all(|line| line.trim().is_empty())
        || wanted.len() > lines.count()
    {
        return Err(missing(block, number));
    }
    let ends_line = block.search.ends_with('\n');
    let replaced = |place: usize, replace: &str| {
        let span = lines.span(place, wanted.len(), ends_line);
        let mut replace = as_in(text, replace);
        // The file's last line has no end to be replaced.
        if ends_line && !text[span.clone()].ends_with('\n') {
            replace.truncate(replace.trim_end_matches(['\r', '\n']).len());
        }
        edit(text, span, replace)
    };

    let trimmed = lines.places(&wanted, |line, wanted| line.trim_end() == wanted.trim_end());
    match trimmed.as_slice() {
        [] => {}
        [place] => return Ok(replaced(*place, &block.replace)),
        places => return Err(ambiguous(places.len())),
    }

    let shifted: Vec<(usize, Shift)> = (0..=lines.count() - wanted.len())
        .filter_map(|place| {
            Shift::between(&wanted, lines.from(place, wanted.len())).map(|shift| (place, shift))
        })
        .collect();
    match shifted.as_slice() {
        [] => {}
        [(place, shift)] => {
            if let Some(replace) = shift.apply(&block.replace) {
                return Ok(replaced(*place, &replace));
            }
        }
        places => return Err(ambiguous(places.len())),
    }

    if wanted.len() > LONGEST_ALIKE || block.search.len() < SHORTEST_ALIKE {
        return Err(missing(block, number));
    }
    let searched = wanted.join("\n");
    let alike: Vec<usize> = (0..=lines.count() - wanted.len())
        .filter(|&place| {
            let there: Vec<&str> = lines.from(place, wanted.len()).map(str::trim_end).collect();
            is_alike(&searched, &there.join("\n"))
        })
        .collect();
    match alike.as_slice() {
        [] => Err(missing(block, number)),
        [place] => Ok(replaced(*place, &block.replace)),
        places => Err(ambiguous(places.len())),
    }
}

fn missing(block: &Block, number: usize) -> Refused {
    Refused::NotFound {
        path: block.path.clone(),
        number,
    }
}

fn edit(text: &str, span: std::ops::Range<usize>, replace: String) -> Edit {
    let line = text[..span.start].matches('\n').count() + 1;
    Edit {
        search: text[span].to_owned(),
        replace,
        line: u32::try_from(line).ok(),
    }
}

/// `replace` with the line ends of `text`.
fn as_in(text: &str, replace: &str) -> String {
    let unix = replace.replace("\r\n", "\n");
    if text.contains("\r\n") && !text.replace("\r\n", "").contains('\n') {
        unix.replace('\n', "\r\n")
    } else {
        unix
    }
}

/// How alike two texts are, letter by letter; the cheap bound comes first.
fn is_alike(one: &str, other: &str) -> bool {
    let (least, most) = (one.len().min(other.len()), one.len().max(other.len()));
    if most == 0 || 10 * least < 8 * most {
        return false;
    }
    let mut counts = [0_i32; 256];
    one.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    other
        .bytes()
        .for_each(|byte| counts[usize::from(byte)] -= 1);
    let apart: u32 = counts.iter().map(|count| count.unsigned_abs()).sum();
    if u64::from(apart) * 10 > u64::try_from(one.len() + other.len()).unwrap_or(u64::MAX) {
        return false;
    }
    TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .diff_chars(one, other)
        .ratio()
        >= ALIKE
}

/// What every line of a text has more or less before it than another's.
#[derive(Debug, PartialEq, Eq)]
enum Shift {
    More(String),
    Less(String),
}

impl Shift {
    /// The indent by which all lines of `there` differ from `wanted`, if they differ in nothing else.
    fn between<'a>(wanted: &[&str], there: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut shift = None;
        for (wanted, there) in wanted.iter().zip(there) {
            let (wanted, there) = (wanted.trim_end(), there.trim_end());
            if wanted.is_empty() || there.is_empty() {
                if wanted != there {
                    return None;
                }
                continue;
            }
            let this = if let Some(more) = there.strip_suffix(wanted) {
                Self::More(more.to_owned())
            } else {
                Self::Less(wanted.strip_suffix(there)?.to_owned())
            };
            let (Self::More(indent) | Self::Less(indent)) = &this;
            if indent.is_empty() || !indent.chars().all(|c| matches!(c, ' ' | '\t')) {
                return None;
            }
            match &shift {
                None => shift = Some(this),
                Some(shift) if *shift == this => {}
                Some(_) => return None,
            }
        }
        shift
    }

    /// `text` shifted the same way; nothing where a line has less to take away.
    fn apply(&self, text: &str) -> Option<String> {
        text.split_inclusive('\n')
            .map(|line| match self {
                _ if line.trim().is_empty() => Some(line.to_owned()),
                Self::More(indent) => Some(format!("{indent}{line}")),
                Self::Less(indent) => line.strip_prefix(indent.as_str()).map(str::to_owned),
            })
            .collect()
    }
}

/// A text by lines, with where each begins and where it ends without its line end.
struct Lines<'text> {
    text: &'text str,
    spans: Vec<(usize, usize)>,
}

impl<'text> Lines<'text> {
    fn of(text: &'text str) -> Self {
        let mut spans = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let bare = line.strip_suffix('\n').unwrap_or(line);
            let bare = bare.strip_suffix('\r').unwrap_or(bare);
            spans.push((start, start + bare.len()));
            start += line.len();
        }
        Self { text, spans }
    }

    fn count(&self) -> usize {
        self.spans.len()
    }

    fn from(&self, place: usize, count: usize) -> impl Iterator<Item = &'text str> {
        self.spans[place..place + count]
            .iter()
            .map(|&(start, end)| &self.text[start..end])
    }

    fn places(&self, wanted: &[&str], same: impl Fn(&str, &str) -> bool) -> Vec<usize> {
        (0..=self.count() - wanted.len())
            .filter(|&place| {
                self.from(place, wanted.len())
                    .zip(wanted)
                    .all(|(line, wanted)| same(line, wanted))
            })
            .collect()
    }

    /// The bytes of `count` lines from `place`, with or without the last line end.
    fn span(&self, place: usize, count: usize, ends_line: bool) -> std::ops::Range<usize> {
        let next = self.spans.get(place + count);
        let end = match next {
            Some(&(next, _)) if ends_line => next,
            None if ends_line => self.text.len(),
            _ => self.spans[place + count - 1].1,
        };
        self.spans[place].0..end
    }
}
