//! Which of several names another one was meant to be: the one that is clearly nearest.

/// The only name of `candidates` that is near to `wrong` and nearer than any other.
pub(super) fn nearest<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let most = match wrong.chars().count() {
        0..=2 => return None,
        3..=5 => 1,
        _ => 2,
    };
    let mut best: Option<(usize, &str)> = None;
    let mut tied = false;
    for candidate in candidates {
        if candidate == wrong {
            continue;
        }
        // Another case is nearer than another letter.
        let distance = if candidate.eq_ignore_ascii_case(wrong) {
            0
        } else {
            strsim::osa_distance(wrong, candidate)
        };
        if distance > most {
            continue;
        }
        match best {
            Some((least, name)) if distance > least || name == candidate => {}
            Some((least, _)) if distance == least => tied = true,
            _ => {
                best = Some((distance, candidate));
                tied = false;
            }
        }
    }
    best.filter(|_| !tied).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clearly_nearest_name_is_one() {
        let cases: [(&str, &[&str], Option<&str>); 7] = [
            ("totl", &["total", "count"], Some("total")),
            ("lenght", &["length", "width"], Some("length")),
            ("Parser", &["parser", "parsers"], Some("parser")),
            ("cat", &["bat", "hat"], None),
            ("ab", &["abc"], None),
            ("name", &["value"], None),
            ("resutl", &["result", "result", "resume"], Some("result")),
        ];
        for (wrong, candidates, expected) in cases {
            assert_eq!(
                nearest(wrong, candidates.iter().copied()),
                expected,
                "{wrong}"
            );
        }
    }
}
