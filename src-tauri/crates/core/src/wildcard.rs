//! Patterns people write for names and paths, as regular expressions: `*`, `**` and `?`, everything else is itself.

/// The regular expression of a path's pattern, without anchors: `*` and `?` stay within a folder, `**` does not.
pub fn of_path(pattern: &str) -> String {
    translated(pattern, "[^/]")
}

/// The regular expression of a name's pattern, without anchors: `*` stands for any text, `?` for any one letter.
pub fn of_name(pattern: &str) -> String {
    translated(pattern, ".")
}

/// True if all of `name` is as the pattern says; small and capital letters are alike.
pub fn is_named(pattern: &str, name: &str) -> bool {
    regex::RegexBuilder::new(&format!("^(?:{})$", of_name(pattern)))
        .case_insensitive(true)
        .build()
        .is_ok_and(|regex| regex.is_match(name))
}

fn translated(pattern: &str, letter: &str) -> String {
    let mut regex = String::new();
    let mut rest = pattern;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("**/") {
            regex.push_str("(?:.*/)?");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            regex.push_str(".*");
            rest = after;
        } else if let Some(after) = rest.strip_prefix('*') {
            regex.push_str(letter);
            regex.push('*');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('?') {
            regex.push_str(letter);
            rest = after;
        } else {
            let end = rest.find(['*', '?']).unwrap_or(rest.len());
            regex.push_str(&regex::escape(&rest[..end]));
            rest = &rest[end..];
        }
    }
    regex
}
