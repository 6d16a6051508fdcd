//! C: a function of a library that is not linked, in a project that a Makefile builds.

use std::sync::LazyLock;

use regex::Regex;

use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: false,
    mend,
};

/// Libraries beside the C library, with functions people use of them.
const LIBRARIES: &[(&str, &str)] = &[
    (
        "m",
        "acos asin atan atan2 cbrt ceil cos cosh erf exp exp2 fabs floor fmax fmin fmod hypot log log10 log2 lround \
         pow round sin sinh sqrt sqrtf tan tanh trunc",
    ),
    (
        "pthread",
        "pthread_cond_wait pthread_create pthread_join pthread_mutex_lock",
    ),
    ("dl", "dlclose dlerror dlopen dlsym"),
    ("rt", "clock_gettime shm_open timer_create"),
    (
        "z",
        "adler32 compress crc32 deflate deflateInit_ inflate inflateInit_ uncompress",
    ),
];

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^undefined reference to [`'‘](\w+)['’]$").expect("the pattern is constant")
});

fn mend(case: &Case<'_>) -> Option<Mend> {
    let name = NAME.captures(&case.error.message)?.get(1)?.as_str();
    let (library, _) = LIBRARIES
        .iter()
        .find(|(_, functions)| functions.split_whitespace().any(|known| known == name))?;
    let source = case.read(&case.resolve("Makefile")?)?;
    let flag = format!("-l{library}");
    let text = format!("Link with `{flag}`");
    let libraries = source.lines().find(|(_, line)| {
        line.strip_prefix("LDLIBS").is_some_and(|rest| {
            rest.trim_start()
                .trim_start_matches([':', '+', '?'])
                .starts_with('=')
        })
    });
    let (number, line) = libraries.or_else(|| {
        // The only recipe line that links: it writes a file and does more than compile.
        let mut links = source.lines().filter(|(_, line)| {
            let compiles = line.split_whitespace().any(|word| word == "-c");
            line.starts_with('\t') && line.contains(" -o ") && !compiles
        });
        links.next().filter(|_| links.next().is_none())
    })?;
    if line.ends_with('\\') || line.contains('#') {
        return None;
    }
    let change = source.replaced(number, format!("{} {flag}", line.trim_end()))?;
    Some(Mend::certain(text, vec![change]))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn the_library_of_a_known_function_is_linked_where_it_is_clear_how() {
        let log = "/usr/bin/ld: /tmp/a.o: in function `main':\na.c:(.text+0x9): undefined reference to `sqrt'\ncollect2: error: ld returned 1 exit status\n";
        check(
            &RULE,
            &[
                (
                    log,
                    &[(
                        "Makefile",
                        "a: a.c\n\t$(CC) -o $@ $<\nb.o: b.c\n\t$(CC) -c -o $@ $<\n",
                    )],
                    "Makefile",
                    Some("a: a.c\n\t$(CC) -o $@ $< -lm\nb.o: b.c\n\t$(CC) -c -o $@ $<\n"),
                ),
                (
                    log,
                    &[("Makefile", "LDLIBS = -lz\na: a.o\n")],
                    "Makefile",
                    Some("LDLIBS = -lz -lm\na: a.o\n"),
                ),
                (
                    log,
                    &[("Makefile", "a: a.c\n\tcc -o a a.c\nb: b.c\n\tcc -o b b.c\n")],
                    "Makefile",
                    None,
                ),
                (
                    "m.c:(.text+0x9): undefined reference to `missing'\n",
                    &[("Makefile", "a: a.c\n\tcc -o a a.c\n")],
                    "Makefile",
                    None,
                ),
            ],
        );
    }
}
