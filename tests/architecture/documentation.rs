//! Documentation references: settings, files, links and ASVS requirements exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::source::{Source, files};

/// Number and level of each level 1 and level 2 requirement, a line each.
const REQUIREMENTS: &str = include_str!("asvs-5.0.0.txt");

const MAX_README_LINES: usize = 150;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("the file exists")
}

/// All Markdown documents: those in the root and in `docs/`.
fn documents() -> Vec<Source> {
    let top = ["README.md", "CHANGELOG.md", "SECURITY.md"];
    let mut documents: Vec<_> = top
        .into_iter()
        .map(|name| Source::new(PathBuf::from(name), read(name)))
        .collect();
    documents.extend(files("docs", &["md"]));
    documents
}

#[test]
fn security_page_lists_each_asvs_requirement_once() {
    let text = read("docs/security.md");
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    for name in text.lines().flat_map(requirements) {
        *listed.entry(name).or_default() += 1;
    }
    let required: BTreeSet<_> = REQUIREMENTS
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, _)| name)
        .collect();
    // The standard has 70 requirements of level 1 and 183 of level 2.
    assert_eq!(required.len(), 253);
    let names: BTreeSet<_> = listed.keys().copied().collect();
    assert_eq!(names, required);
    let repeated: Vec<_> = listed.iter().filter(|(_, times)| **times > 1).collect();
    assert!(repeated.is_empty(), "listed more than once: {repeated:?}");
}

/// The requirements that a table row is about: its first cell, if that holds numbers only.
fn requirements(line: &str) -> Vec<&str> {
    let is_number = |name: &&str| {
        let parts: Vec<_> = name.split('.').collect();
        parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok())
    };
    let cell = line
        .strip_prefix("| ")
        .and_then(|rest| rest.split(" | ").next());
    let names: Vec<_> = cell.unwrap_or_default().split(", ").collect();
    if names.iter().all(is_number) {
        names
    } else {
        Vec::new()
    }
}

#[test]
fn documents_link_to_existing_files_and_headings() {
    let mut broken = Vec::new();
    let mut links = 0;
    for document in documents() {
        let folder = document.path.parent().unwrap_or(Path::new("")).to_owned();
        for target in link_targets(&document.text) {
            links += 1;
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() {
                document.path.clone()
            } else {
                folder.join(path)
            };
            let file = root().join(&path);
            let has_anchor = || {
                let text = fs::read_to_string(&file).unwrap_or_default();
                text.lines()
                    .filter_map(heading_anchor)
                    .any(|name| name == anchor)
            };
            if !file.exists() || !anchor.is_empty() && !has_anchor() {
                broken.push(format!("{}: {target}", document.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links lead nowhere: {broken:#?}");
    assert!(links > 20, "{links} links");
}

/// The targets of Markdown links, without those to other sites.
fn link_targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target)
        .filter(|target| !target.contains("://"))
}

fn heading_anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let lower = heading.to_lowercase();
    let kept = lower
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    Some(kept.map(|c| if c == ' ' { '-' } else { c }).collect())
}

#[test]
fn documents_name_existing_paths() {
    let mut missing = Vec::new();
    let mut named = 0;
    for document in documents() {
        for name in document.text.split('`').skip(1).step_by(2) {
            if is_path(name) {
                named += 1;
                if !root().join(name).exists() {
                    missing.push(format!("{}: {name}", document.path.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "paths that do not exist: {missing:#?}");
    assert!(named > 20, "{named} paths");
}

/// Whether a word in code style is a path of this repository.
fn is_path(name: &str) -> bool {
    const FOLDERS: [&str; 8] = [
        "src/",
        "tests/",
        "static/",
        "templates/",
        "locales/",
        "docs/",
        "benches/",
        "deploy/",
    ];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    FOLDERS.iter().any(|folder| name.starts_with(folder)) && name.chars().all(is_plain)
}

#[test]
fn configuration_page_lists_every_setting() {
    let page = read("docs/configuration.md");
    let mut known = BTreeSet::new();
    let sources = files("src", &["rs"]);
    for source in sources.iter().filter(|source| {
        source.path.starts_with("src/config") || source.path.starts_with("src/config.rs")
    }) {
        let names = source.text.split("env = \"").skip(1);
        known.extend(
            names
                .filter_map(|rest| rest.split('"').next())
                .map(str::to_owned),
        );
    }
    assert!(known.len() > 20, "{known:?}");
    let mut listed = BTreeSet::new();
    for cell in page.lines().filter_map(|line| line.strip_prefix("| `")) {
        // A row may list variants: `SECMON_PORTAL_API_KR1`, `_KR2`.
        let cell = cell.split(" | ").next().unwrap_or_default();
        let names: Vec<_> = cell
            .split(['`', ',', ' '])
            .filter(|name| !name.is_empty())
            .collect();
        let first = names.first().copied().unwrap_or_default();
        for name in names {
            if name.starts_with("SECMON_PORTAL_") {
                listed.insert(name.to_owned());
            } else if let Some((stem, _)) = first.rsplit_once('_') {
                listed.insert(format!("{stem}{name}"));
            }
        }
    }
    assert_eq!(listed, known);
}

#[test]
fn readme_is_short_and_starts_with_two_commands() {
    let readme = read("README.md");
    assert!(readme.lines().count() <= MAX_README_LINES);
    let first: Vec<_> = readme
        .lines()
        .filter(|line| line.starts_with("$ "))
        .take(2)
        .collect();
    assert!(
        first[0].starts_with("$ cargo run --release -- demo"),
        "{first:?}"
    );
    assert!(first[1].starts_with("$ tests/run"), "{first:?}");
}

#[test]
fn documentation_tests_recognize_rows_links_and_paths() {
    assert_eq!(requirements("| 1.2.3, 4.5.6 | why |"), ["1.2.3", "4.5.6"]);
    assert!(requirements("| 1.2 | x |").is_empty());
    let links: Vec<_> = link_targets("[a](b.md#c) [d](https://e.example) ![f](g.png)").collect();
    assert_eq!(links, ["b.md#c", "g.png"]);
    assert_eq!(
        heading_anchor("## Key rotation, now").as_deref(),
        Some("key-rotation-now")
    );
    assert!(is_path("src/web/query.rs") && !is_path("cargo deny") && !is_path("src/{a}.rs"));
}
