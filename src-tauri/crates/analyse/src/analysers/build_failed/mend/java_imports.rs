//! Java: classes of the standard library that are used and not imported.

use std::collections::BTreeSet;

use super::source::Source;
use super::{Case, Mend, Rule};
use crate::explain::LineChange;

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

/// Packages of the standard library with the classes people use of them.
const PACKAGES: &[(&str, &str)] = &[
    (
        "java.io",
        "BufferedReader BufferedWriter ByteArrayInputStream ByteArrayOutputStream Closeable File FileInputStream \
         FileNotFoundException FileOutputStream FileReader FileWriter IOException InputStream InputStreamReader \
         OutputStream OutputStreamWriter PrintStream PrintWriter Reader Serializable StringReader StringWriter \
         UncheckedIOException Writer",
    ),
    (
        "java.math",
        "BigDecimal BigInteger MathContext RoundingMode",
    ),
    (
        "java.net",
        "URI URISyntaxException URL URLDecoder URLEncoder",
    ),
    ("java.nio.charset", "Charset StandardCharsets"),
    ("java.nio.file", "Files Path Paths StandardCopyOption"),
    (
        "java.time",
        "Clock DayOfWeek Duration Instant LocalDate LocalDateTime LocalTime Month OffsetDateTime Period Year ZoneId \
         ZoneOffset ZonedDateTime",
    ),
    (
        "java.time.format",
        "DateTimeFormatter DateTimeParseException",
    ),
    (
        "java.util",
        "ArrayDeque ArrayList Arrays Base64 BitSet Collection Collections Comparator Deque EnumMap EnumSet HashMap \
         HashSet Iterator LinkedHashMap LinkedHashSet LinkedList List ListIterator Locale Map NavigableMap \
         NoSuchElementException Objects Optional OptionalInt PriorityQueue Properties Queue Random Scanner Set \
         SortedMap SortedSet StringJoiner TreeMap TreeSet UUID",
    ),
    (
        "java.util.concurrent",
        "Callable CompletableFuture ConcurrentHashMap ConcurrentMap CopyOnWriteArrayList CountDownLatch \
         ExecutionException Executor ExecutorService Executors Future LinkedBlockingQueue ScheduledExecutorService \
         ThreadLocalRandom TimeUnit TimeoutException",
    ),
    (
        "java.util.concurrent.atomic",
        "AtomicBoolean AtomicInteger AtomicLong AtomicReference",
    ),
    (
        "java.util.function",
        "BiConsumer BiFunction BinaryOperator Consumer Function IntFunction IntPredicate Predicate Supplier \
         ToIntFunction UnaryOperator",
    ),
    ("java.util.regex", "Matcher Pattern PatternSyntaxException"),
    (
        "java.util.stream",
        "Collectors IntStream LongStream Stream StreamSupport",
    ),
];

fn mend(case: &Case<'_>) -> Option<Mend> {
    let source = case
        .source()
        .filter(|source| source.path.ends_with(".java"))?;
    class(&case.error.message)?;
    // All that the file lacks in one, so that each report brings the same change.
    let added: BTreeSet<String> = case
        .beside()
        .filter_map(|error| class(&error.message))
        .collect();
    let text = match added.iter().next() {
        Some(only) if added.len() == 1 => format!("Import `{only}`"),
        _ => format!("Import {} classes of the standard library", added.len()),
    };
    Some(Mend::certain(text, inserted(&source, &added)?))
}

/// The full name of the class of the standard library `message` does not find.
fn class(message: &str) -> Option<String> {
    let symbol = message.strip_prefix("cannot find symbol: ")?;
    let name = symbol
        .strip_prefix("class ")
        .or_else(|| symbol.strip_prefix("variable "))?;
    PACKAGES
        .iter()
        .find(|(_, classes)| classes.split_whitespace().any(|class| class == name))
        .map(|(package, _)| format!("{package}.{name}"))
}

/// `added` among the imports of the file, or below its package.
fn inserted(source: &Source<'_>, added: &BTreeSet<String>) -> Option<Vec<LineChange>> {
    let imports: Vec<(u32, &str)> = source
        .lines()
        .filter_map(|(number, line)| Some((number, line.strip_prefix("import ")?)))
        .filter(|(_, name)| !name.starts_with("static "))
        .collect();
    if let Some((last, _)) = imports.last() {
        return Some(
            added
                .iter()
                .map(|name| {
                    let before = imports
                        .iter()
                        .find(|(_, there)| there.trim_end_matches(';') > name.as_str());
                    let at = before.map_or(last + 1, |(number, _)| *number);
                    source.inserted(at, vec![format!("import {name};")])
                })
                .collect(),
        );
    }
    let mut lines: Vec<String> = added.iter().map(|name| format!("import {name};")).collect();
    let package = source
        .lines()
        .find(|(_, line)| line.starts_with("package "));
    if let Some((number, _)) = package {
        lines.insert(0, String::new());
        return Some(vec![source.inserted(number + 1, lines)]);
    }
    lines.push(String::new());
    let first = source.lines().find(|(_, line)| {
        let line = line.trim();
        !line.is_empty()
            && !["//", "/*", "*"]
                .iter()
                .any(|start| line.starts_with(start))
    })?;
    Some(vec![source.inserted(first.0, lines)])
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn a_class_of_the_standard_library_is_imported() {
        let log = "A.java:4: error: cannot find symbol\n    List<String> a = new ArrayList<>();\n    ^\n  symbol:   class List\n  location: class A\nA.java:4: error: cannot find symbol\n    List<String> a = new ArrayList<>();\n                         ^\n  symbol:   class ArrayList\n  location: class A\n2 errors\n";
        check(
            &RULE,
            &[
                (
                    log,
                    &[(
                        "A.java",
                        "package a;\n\nclass A {\n    List<String> a = new ArrayList<>();\n}\n",
                    )],
                    "A.java",
                    Some(
                        "package a;\n\nimport java.util.ArrayList;\nimport java.util.List;\n\nclass A {\n    List<String> a = new ArrayList<>();\n}\n",
                    ),
                ),
                (
                    "A.java:5: error: cannot find symbol\n    Map<String, Foo> m;\n    ^\n  symbol:   class Map\n",
                    &[(
                        "A.java",
                        "import java.util.List;\nimport java.util.Set;\n\nclass A {\n    Map<String, Foo> m;\n}\n",
                    )],
                    "A.java",
                    Some(
                        "import java.util.List;\nimport java.util.Map;\nimport java.util.Set;\n\nclass A {\n    Map<String, Foo> m;\n}\n",
                    ),
                ),
                (
                    "A.java:2: error: cannot find symbol\n    Foo m;\n    ^\n  symbol:   class Foo\n",
                    &[("A.java", "class A {\n    Foo m;\n}\n")],
                    "A.java",
                    None,
                ),
            ],
        );
    }
}
