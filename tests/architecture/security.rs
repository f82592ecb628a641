//! `SECURITY.md` goes through every requirement of OWASP ASVS 5.0 up to level 2; what it names exists.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The numbers and levels of the requirements of levels 1 and 2, a line each.
const REQUIREMENTS: &str = include_str!("asvs-5.0.0.txt");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn security() -> String {
    fs::read_to_string(root().join("SECURITY.md")).expect("is there")
}

/// The rows of tables whose first cell names requirements: these, and the other cells.
fn rows(text: &str) -> Vec<(Vec<&str>, Vec<&str>)> {
    let is_number = |name: &str| {
        let parts: Vec<_> = name.split('.').collect();
        parts.len() == 3 && parts.iter().all(|it| it.parse::<u32>().is_ok())
    };
    text.lines()
        .filter_map(|line| {
            let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
            let mut cells = cells.split(" | ");
            let named: Vec<_> = cells.next()?.split(", ").collect();
            let is_row = named.iter().all(|name| is_number(name));
            is_row.then(|| (named, cells.collect()))
        })
        .collect()
}

#[test]
fn every_requirement_of_levels_1_and_2_is_told_of_once() {
    let text = security();
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for (named, _) in rows(&text) {
        for name in named {
            *told.entry(name).or_default() += 1;
        }
    }
    let asked = REQUIREMENTS.lines();
    let asked: BTreeMap<_, _> = asked.filter_map(|it| it.split_once(' ')).collect();
    // As the standard says: 70 of level 1, 183 of level 2.
    let of = |level| asked.values().filter(|it| **it == level).count();
    assert_eq!((of("1"), of("2")), (70, 183));
    let missing: Vec<_> = asked.keys().filter(|it| !told.contains_key(*it)).collect();
    assert!(
        missing.is_empty(),
        "SECURITY.md does not tell of {missing:?}"
    );
    let unknown: Vec<_> = told.keys().filter(|it| !asked.contains_key(*it)).collect();
    assert!(unknown.is_empty(), "nobody asks for {unknown:?}");
    let twice: Vec<_> = told.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "is told more than once: {twice:?}");
}

#[test]
fn what_is_met_says_where_and_what_shows_it() {
    for (named, cells) in rows(&security()) {
        let Some(shown) = cells.get(2) else {
            continue; // It does not apply, or is not met.
        };
        let by_test = shown.contains("::");
        let otherwise = ["this file", "the compiler", "the gate", "who runs it"];
        let is_shown = by_test || otherwise.iter().any(|it| shown.contains(it));
        assert!(is_shown, "{named:?}: nothing shows it");
    }
}

#[test]
fn files_and_tests_that_security_md_names_exist() {
    let text = security();
    let named: BTreeSet<&str> = text.split('`').skip(1).step_by(2).collect();
    let (mut files, mut tests) = (0, 0);
    let mut missing = Vec::new();
    for name in named {
        let (path, function) = name.split_once("::").unwrap_or((name, ""));
        if !names_a_file(path) {
            continue;
        }
        files += 1;
        let Some(content) = content(path) else {
            missing.push(name);
            continue;
        };
        if !function.is_empty() {
            tests += 1;
            if !content.contains(&format!("fn {function}(")) {
                missing.push(name);
            }
        }
    }
    assert!(
        missing.is_empty(),
        "SECURITY.md names what is not there: {missing:#?}"
    );
    assert!(files > 100 && tests > 80, "{files} files, {tests} tests");
}

/// Is it written like a file or folder of the project.
fn names_a_file(name: &str) -> bool {
    const FOLDERS: [&str; 10] = [
        "src",
        "it",
        "cli",
        "browser",
        "architecture",
        "tests",
        "static",
        "templates",
        "docs",
        "benches",
    ];
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let is_below = name
        .split_once('/')
        .is_some_and(|(folder, _)| FOLDERS.contains(&folder));
    let kind = Path::new(name).extension().and_then(|it| it.to_str());
    name.chars().all(is_word) && (is_below || matches!(kind, Some("toml" | "lock" | "md")))
}

/// What a file holds; a folder holds nothing. Tests are named from `tests/` on.
fn content(name: &str) -> Option<String> {
    let places = [root(), root().join("tests")];
    let mut places = places.iter().map(|place| place.join(name));
    let path = places.find(|path| path.exists())?;
    Some(read(&path))
}

fn read(path: &Path) -> String {
    if path.is_dir() {
        return String::new();
    }
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn these_tests_read_tables_and_names() {
    let table = "| 1.2.3, 4.5.6 | why |\n| --- | --- |\n| 1.2 | x |\n| 7.8.9 | a | b | c |";
    let told: Vec<_> = rows(table)
        .into_iter()
        .map(|(named, cells)| (named.join("+"), cells.len()))
        .collect();
    assert_eq!(
        told,
        [("1.2.3+4.5.6".to_owned(), 1), ("7.8.9".to_owned(), 3)]
    );
    for (name, is_file) in [
        ("src/app.rs", true),
        ("it/nothing.rs", true),
        ("deny.toml", true),
        ("it does", false),
        ("audit verify", false),
    ] {
        assert_eq!(names_a_file(name), is_file, "{name}");
    }
    assert!(content("it/nothing.rs").is_none());
    assert!(content("it/access.rs").is_some());
}
