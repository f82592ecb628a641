//! Rules that the compiler does not enforce: module order, template content, file size.

mod documentation;
mod source;
mod template;

use std::path::PathBuf;

use source::{Source, files, sources, without_tests, words};
use template::{inline_parts, raw_output};

/// Modules from top to bottom, and the modules above that each may use.
const HOUSE: [(&str, &str); 17] = [
    ("config", ""),
    ("telemetry", "config"),
    ("http_client", ""),
    ("model", ""),
    ("secmon", "telemetry http_client model"),
    ("store", "model"),
    ("auth", "http_client model store"),
    ("jobs", "model store"),
    ("control", "model secmon store jobs"),
    ("sanitizer", "model"),
    ("archive", "model secmon store jobs sanitizer"),
    (
        "web",
        "config telemetry model secmon store auth control archive sanitizer",
    ),
    (
        "pages",
        "config telemetry model secmon store auth control archive sanitizer web",
    ),
    (
        "router",
        "config telemetry model secmon store auth control archive sanitizer web pages",
    ),
    ("simulator", "model"),
    (
        "server",
        "config telemetry model secmon store auth jobs control archive sanitizer web router",
    ),
    (
        "cli",
        "config telemetry http_client model secmon store auth jobs control archive sanitizer web router server simulator",
    ),
];

/// One door for each outside thing: a crate, or the name that lets a template print raw, and its module. The HTTP
/// client is built in one place, and used where an outside system is called.
const DOORS: [(&str, &[&str]); 5] = [
    (
        "reqwest",
        &["http_client", "secmon", "auth/oidc/http", "cli/healthcheck"],
    ),
    ("openidconnect", &["auth/oidc"]),
    ("sqlx", &["store"]),
    ("ammonia", &["sanitizer"]),
    ("HtmlSafe", &["sanitizer"]),
];

const MAX_FILE: usize = 450;

#[test]
fn module_uses_only_modules_above_it() {
    let broken = sources().iter().flat_map(arrows).collect();
    report("an arrow of the house goes up", broken);
}

#[test]
fn each_external_crate_is_used_in_one_module() {
    let mut broken = Vec::new();
    for source in sources() {
        for (name, doors) in DOORS {
            if !doors.iter().any(|door| is_behind(&source, door)) {
                let places = words(&source.code).filter(|(_, word)| *word == name);
                broken.extend(places.map(|(at, _)| {
                    let doors = doors.join(" or ");
                    format!("{} names {name}, which is {doors}'s", source.place(at))
                }));
            }
        }
    }
    report("an outside thing is used past its door", broken);
}

fn is_behind(source: &Source, door: &str) -> bool {
    let place = source.modules().join("/");
    let below = place.strip_prefix(door);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[test]
fn file_is_short_and_opens_with_a_description() {
    let mut broken = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            broken.push(format!(
                "{} does not open with a //! sentence",
                source.place(0)
            ));
        }
        let lines = source.text.lines().count();
        if lines > MAX_FILE {
            broken.push(format!(
                "{} has {lines} lines, more than {MAX_FILE}",
                source.place(0)
            ));
        }
    }
    report("a file breaks the rules for files", broken);
}

#[test]
fn template_holds_nothing_blocked_by_the_content_policy() {
    let mut broken = Vec::new();
    for source in files("templates", &["html", "svg"]) {
        broken.extend(raw_output(&source));
        broken.extend(inline_parts(&source));
    }
    for source in sources() {
        let switch = source.text.match_indices("escape = \"none\"");
        broken.extend(switch.map(|(at, _)| format!("{} turns escaping off", source.place(at))));
    }
    report(
        "a template could print what a stranger wrote, or holds script or style",
        broken,
    );
}

/// APIs that turn text into code or markup, receive cross-site messages (a `BroadcastChannel` has none), or store data
/// beyond the tab.
const NOT_IN_SCRIPTS: [&str; 19] = [
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "DOMParser",
    "createContextualFragment",
    "setHTMLUnsafe",
    "eval(",
    "new Function",
    "setTimeout(\"",
    "import(",
    " addEventListener(\"message\"",
    "window.addEventListener(\"message\"",
    "onmessage",
    "parent.",
    "opener",
    "contentWindow",
    "localStorage",
    "indexedDB",
];

#[test]
fn script_evaluates_no_text_and_stores_nothing_beyond_its_tab() {
    let mut broken = Vec::new();
    let scripts = files("static/js", &["js"]);
    assert!(scripts.len() > 3);
    for source in scripts {
        for name in NOT_IN_SCRIPTS {
            let places = source.text.match_indices(name);
            broken.extend(places.map(|(at, _)| format!("{} holds {name}", source.place(at))));
        }
    }
    report("a script does what no script here may", broken);
}

#[test]
fn source_starts_no_other_program() {
    let mut broken = Vec::new();
    for source in sources() {
        let code = without_tests(&source.code);
        let is_test = source.modules().iter().any(|part| part == "tests");
        for name in [
            "process::Command",
            "tokio::process",
            "std::process::Command",
        ] {
            let places = code.match_indices(name).filter(|_| !is_test);
            broken.extend(places.map(|(at, _)| format!("{} names {name}", source.place(at))));
        }
    }
    report("the portal starts no other program", broken);
}

/// The place that may write rows of the audit log.
const AUDIT_WRITER: &str = "src/store/audit/chain.rs";

#[test]
fn source_never_updates_an_audit_row() {
    let mut broken = Vec::new();
    let mut writers = 0;
    let migrations = files("src/store/migrations", &["sql"]);
    for source in sources().into_iter().chain(migrations) {
        broken.extend(changes_of_audit(&source.text).map(|at| source.place(at)));
        let added = source.text.matches("insert into audit ").count();
        if source.path.ends_with(AUDIT_WRITER) {
            writers += added;
        } else if added > 0 {
            broken.push(format!("{} writes one past the chain", source.place(0)));
        }
    }
    report("rows of the audit log are added and read only", broken);
    assert_eq!(writers, 1, "and added in one place");
}

/// Where SQL alters or removes rows of the audit log.
fn changes_of_audit(text: &str) -> impl Iterator<Item = usize> {
    let ways = [
        "update audit",
        "delete from audit",
        "replace into audit",
        "truncate audit",
        "drop table audit",
    ];
    ways.into_iter()
        .flat_map(|way| text.match_indices(way))
        .filter(|(at, way)| {
            !text[at + way.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
        })
        .map(|(at, _)| at)
}

#[test]
fn architecture_tests_detect_violations() {
    assert_eq!(
        changes_of_audit("delete from audit where x; update audits; update audit\nset").count(),
        2
    );
    let source = |path: &str, text: &str| Source::new(PathBuf::from(path), text.to_owned());
    for (path, text, upward) in [
        ("src/model/a.rs", "use crate::store::Store;", 1),
        (
            "src/web/a.rs",
            "use crate::{\n    model::{Team, User},\n    pages,\n};",
            1,
        ),
        ("src/store/a.rs", "fn a() { super::super::web::form() }", 1),
        ("src/store/mod.rs", "use super::{model::Team, router};", 1),
        (
            "src/secmon/a.rs",
            "fn a() -> crate::model::Team { crate::nowhere::a() }",
            1,
        ),
        (
            "src/store/a.rs",
            "use super::Store; use crate::model::Team; use crate::store::b;",
            0,
        ),
        (
            "src/model/a.rs",
            "// crate::store\nconst A: &str = r#\"crate::web\"#; const B: char = '\"';",
            0,
        ),
        (
            "src/model/a.rs",
            "#[cfg(test)]\nmod tests {\n    use crate::store::Store;\n}\n",
            0,
        ),
        (
            "src/model/a.rs",
            "#[cfg(test)]\nmod tests { fn a() { \"}\"; } }\nuse crate::web;",
            1,
        ),
        ("src/cli/serve.rs", "use crate::{router, pages};", 1),
        ("src/main.rs", "use crate::pages;", 0),
    ] {
        assert_eq!(arrows(&source(path, text)).len(), upward, "{text}");
    }
    for (path, door, is_its) in [
        ("src/secmon/http.rs", "secmon", true),
        ("src/a/b/mod.rs", "a/b", true),
        ("src/a/b/c.rs", "a/b/c", true),
        ("src/a/b/d.rs", "a/b/c", false),
        ("src/secmonitor.rs", "secmon", false),
    ] {
        assert_eq!(is_behind(&source(path, ""), door), is_its, "{path} {door}");
    }
    for (text, refused) in [
        ("<p>{{ name|safe }}</p>", 1),
        ("<p>{{ name | safe }} {{ safe }} {{ a|lower }}</p>", 1),
        ("<p {% if a > b %}style=\"x\"{% endif %}>", 1),
        ("<style>", 1),
        ("<script>a()</script>", 1),
        ("<script type=\"module\" src=\"{{ a }}\"></script>", 0),
        ("<a onclick=\"a()\" href=\"javascript:a()\">", 2),
        (
            "<a title=\"style=x onclick=y\" data-style=x>{% call a(style=\"x\") %} style=\"x\"",
            0,
        ),
        ("{# <script> #}<!-- none -->", 0),
    ] {
        let template = source("templates/a.html", text);
        let found: Vec<_> = raw_output(&template)
            .into_iter()
            .chain(inline_parts(&template))
            .collect();
        assert_eq!(found.len(), refused, "{text}: {found:?}");
    }
}

fn report(rule: &str, mut broken: Vec<String>) {
    broken.sort();
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

/// The uses of a module that this file may not use, tests aside. `super::` counts where it leads out of the module.
fn arrows(source: &Source) -> Vec<String> {
    let modules = source.modules();
    let Some(own) = modules.first() else {
        return Vec::new(); // main.rs and lib.rs hold the house together.
    };
    if modules.iter().any(|part| part == "tests") {
        return Vec::new();
    }
    let code = without_tests(&source.code);
    let to_root = "super::".repeat(modules.len());
    let mut broken = Vec::new();
    for prefix in ["crate::", &to_root] {
        for (at, _) in code.match_indices(prefix) {
            for name in first_names(&code[at + prefix.len()..]) {
                // `super` inside a nested module leads to the file's own names.
                let leads_out =
                    prefix == "crate::" || HOUSE.iter().any(|(module, _)| *module == name);
                if let Some(reason) = refusal(own, name).filter(|_| leads_out) {
                    broken.push(format!("{} {reason}", source.place(at)));
                }
            }
        }
    }
    broken
}

fn refusal(own: &str, used: &str) -> Option<String> {
    if own == used {
        return None;
    }
    let Some((_, allowed)) = HOUSE.iter().find(|(name, _)| *name == own) else {
        return Some(format!("belongs to {own}, which has no place in the house"));
    };
    let is_allowed = allowed.split(' ').any(|name| name == used);
    (!is_allowed).then(|| format!("{own} uses {used}; it may use: {allowed}"))
}

/// The first name of each path behind `crate::`, which is one name or a group in braces.
fn first_names(rest: &str) -> Vec<&str> {
    let Some(group) = rest.strip_prefix('{') else {
        return words(rest).take(1).map(|(_, word)| word).collect();
    };
    let mut names = Vec::new();
    let (mut depth, mut starts_path) = (0, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => starts_path = true,
            c if starts_path && !c.is_whitespace() => {
                names.extend(words(&group[at..]).next().map(|(_, word)| word));
                starts_path = false;
            }
            _ => {}
        }
    }
    names
}
