//! Choosing repositories from a list by their numbers.

use anyhow::bail;
use perch_api::wire::sign_in::Repositories;

use crate::cli::output::plain;
use crate::cli::terminal;

/// Repositories shown at once; a word narrows a longer list down.
const SHOWN: usize = 40;

/// Lets the user choose; without one the list is the answer's reason.
pub(super) fn repositories(seen: &Repositories) -> anyhow::Result<Vec<String>> {
    let names: Vec<&str> = seen
        .repositories
        .iter()
        .filter(|one| !one.archived)
        .map(|one| one.name.as_str())
        .collect();
    if names.is_empty() {
        bail!("the token sees no repository; name what to watch, or give the token access");
    }
    if !terminal::is_there() {
        bail!(
            "name what to watch with --watch; the token sees {}{}",
            plain(
                &names
                    .iter()
                    .take(SHOWN)
                    .copied()
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            if names.len() > SHOWN { ", …" } else { "" }
        );
    }
    let mut shown = names.clone();
    loop {
        let listed: Vec<String> = shown
            .iter()
            .take(SHOWN)
            .enumerate()
            .map(|(number, name)| format!("{:>4}  {name}", number + 1))
            .collect();
        let more = shown.len().saturating_sub(SHOWN);
        let more = if more > 0 {
            format!("\n      and {more} more")
        } else {
            String::new()
        };
        let question = format!(
            "{}{more}\nNumbers to watch (1 3 5-8), or a word to narrow the list down:",
            plain(&listed.join("\n"))
        );
        let answer = terminal::ask(&question)?;
        match numbers(&answer, shown.len().min(SHOWN)) {
            Some(chosen) if !chosen.is_empty() => {
                return Ok(chosen.into_iter().map(|at| shown[at].to_owned()).collect());
            }
            _ if answer.is_empty() => bail!("nothing was chosen, so nothing is connected"),
            _ => {
                let word = answer.to_lowercase();
                let found: Vec<&str> = names
                    .iter()
                    .copied()
                    .filter(|name| name.to_lowercase().contains(&word))
                    .collect();
                shown = if found.is_empty() {
                    names.clone()
                } else {
                    found
                };
            }
        }
    }
}

/// The places that numbers and ranges name, counted from 0 and each once; nothing if it is no such list or names one that
/// is not there.
fn numbers(text: &str, count: usize) -> Option<Vec<usize>> {
    let mut chosen = Vec::new();
    for part in text.split([' ', ',']).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if first == 0 || first > last || last > count {
            return None;
        }
        for place in first - 1..last {
            if !chosen.contains(&place) {
                chosen.push(place);
            }
        }
    }
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn numbers_and_ranges_name_places_and_words_name_none() {
        for (text, chosen) in [
            ("1", Some(vec![0])),
            ("3 1, 3", Some(vec![2, 0])),
            ("2-4", Some(vec![1, 2, 3])),
            ("", Some(vec![])),
            ("0", None),
            ("6", None),
            ("4-2", None),
            ("api", None),
            ("1 api", None),
        ] {
            assert_eq!(numbers(text, 5), chosen, "{text}");
        }
    }
}
