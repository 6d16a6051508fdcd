//! C++: names of the standard library whose header is not included, where the compiler does not say which it is.

use std::sync::LazyLock;

use regex::Regex;

use super::{Case, Mend, Rule};

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

/// Headers with the names people use of them.
const HEADERS: &[(&str, &str)] = &[
    (
        "algorithm",
        "all_of any_of binary_search clamp copy copy_if count count_if equal fill find find_if for_each generate \
         is_sorted lower_bound max max_element merge min min_element minmax none_of partition remove remove_if \
         replace reverse rotate shuffle sort stable_sort swap_ranges transform unique upper_bound",
    ),
    ("chrono", "chrono"),
    (
        "cmath",
        "ceil cos exp floor fmod hypot isnan log log10 log2 pow round sin sqrt tan",
    ),
    (
        "cstdint",
        "int16_t int32_t int64_t int8_t uint16_t uint32_t uint64_t uint8_t",
    ),
    ("cstdlib", "abort exit getenv strtol"),
    ("cstring", "memcmp memcpy memmove memset strcmp strlen"),
    ("fstream", "fstream ifstream ofstream"),
    ("functional", "bind function greater less reference_wrapper"),
    ("iomanip", "put_time setfill setprecision setw"),
    ("iostream", "cerr cin clog cout"),
    ("iterator", "back_inserter distance next prev"),
    ("limits", "numeric_limits"),
    (
        "memory",
        "make_shared make_unique shared_ptr unique_ptr weak_ptr",
    ),
    (
        "mutex",
        "lock_guard mutex once_flag scoped_lock unique_lock",
    ),
    ("numeric", "accumulate gcd iota lcm reduce"),
    ("optional", "nullopt optional"),
    ("sstream", "istringstream ostringstream stringstream"),
    (
        "stdexcept",
        "invalid_argument logic_error out_of_range runtime_error",
    ),
    ("string", "getline stod stoi stol string to_string"),
    ("thread", "thread"),
    ("tuple", "make_tuple tie tuple"),
    ("utility", "exchange forward make_pair move pair swap"),
    ("variant", "holds_alternative variant visit"),
    ("vector", "vector"),
];

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:[‘'](\w+)['’] is not a member of [‘']std['’]|no (?:template|type|member) named '(\w+)' in namespace 'std')",
    )
    .expect("the pattern is constant")
});

fn mend(case: &Case<'_>) -> Option<Mend> {
    let found = NAME.captures(&case.error.message)?;
    let name = found.get(1).or(found.get(2))?.as_str();
    let (header, _) = HEADERS
        .iter()
        .find(|(_, names)| names.split_whitespace().any(|known| known == name))?;
    let source = case.source()?;
    let line = format!("#include <{header}>");
    let includes: Vec<(u32, &str)> = source
        .lines()
        .filter(|(_, there)| there.starts_with("#include "))
        .collect();
    let before = includes
        .iter()
        .find(|(_, there)| there.starts_with("#include <") && *there > line.as_str());
    let system = includes
        .iter()
        .rev()
        .find(|(_, there)| there.starts_with("#include <"));
    let at = match (before, system.or(includes.last())) {
        (Some((number, _)), _) => *number,
        (None, Some((number, _))) => number + 1,
        (None, None) => 1,
    };
    Some(Mend::certain(
        format!("Add `{line}`"),
        vec![source.inserted(at, vec![line])],
    ))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn the_header_of_a_name_of_the_standard_library_is_included() {
        check(
            &RULE,
            &[
                (
                    "a.cpp:6:14: error: ‘sort’ is not a member of ‘std’\n    6 |         std::sort(a);\n      |              ^~~~\n",
                    &[(
                        "a.cpp",
                        "#include \"a.h\"\n#include <vector>\n\nvoid f() { std::sort(a); }\n",
                    )],
                    "a.cpp",
                    Some(
                        "#include \"a.h\"\n#include <algorithm>\n#include <vector>\n\nvoid f() { std::sort(a); }\n",
                    ),
                ),
                (
                    "a.cpp:6:14: error: ‘fnord’ is not a member of ‘std’\n",
                    &[("a.cpp", "#include <vector>\n")],
                    "a.cpp",
                    None,
                ),
            ],
        );
    }
}
