//! The portal's words: in two languages, all of them there and none too many.

use std::collections::{BTreeMap, BTreeSet};

use secmon_portal::{
    model::{
        ChangeAction, ItemState, Protection, Reason, Region, Role, ServerChangeKind, vocabulary,
    },
    store::{Action, Outcome},
    web::i18n::Locale,
};

use crate::support::{PASSWORD, Portal, files_below};

/// The messages of a catalogue in its order, each with the names of its arguments.
fn catalogue(language: Locale) -> Vec<(String, BTreeSet<String>)> {
    let file = format!("locales/{}.ftl", language.code());
    let text = std::fs::read_to_string(root().join(file)).expect("can be read");
    let mut messages: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in text.lines() {
        let id = line.split(" =").next().unwrap_or_default();
        if line.starts_with(|c: char| c.is_ascii_lowercase()) && id.len() < line.len() {
            messages.push((id.to_owned(), BTreeSet::new()));
        }
        let Some((_, arguments)) = messages.last_mut() else {
            continue;
        };
        for rest in line.split('$').skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
            arguments.insert(rest[..end.unwrap_or(rest.len())].to_owned());
        }
    }
    messages
}

fn root() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Families of composed message keys, and their variable parts.
fn families() -> BTreeMap<&'static str, Vec<String>> {
    let codes = |codes: &[&str]| {
        codes
            .iter()
            .map(|&code| code.to_owned())
            .collect::<Vec<_>>()
    };
    let actions: Vec<_> = ChangeAction::ALL
        .iter()
        .map(|action| action.code())
        .collect();
    let states: Vec<_> = ItemState::ALL.iter().map(|state| state.code()).collect();
    let changes: Vec<_> = ServerChangeKind::ALL
        .iter()
        .map(|kind| kind.code())
        .collect();
    let protections: Vec<_> = Protection::ALL
        .iter()
        .map(|protection| protection.code())
        .collect();
    let reasons: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    let roles: Vec<_> = Role::ALL.iter().map(|role| role.code()).collect();
    let sides = ["monitored", "not-monitored"];
    let with = |starts: &[&str], ends: &[&str]| {
        let all = starts
            .iter()
            .flat_map(|start| ends.iter().map(move |end| format!("{start}{end}")));
        all.collect::<Vec<_>>()
    };
    let kinds = kinds_of_errors();
    let kinds: Vec<_> = kinds.iter().map(String::as_str).collect();
    BTreeMap::from([
        ("error-", with(&kinds, &["-title", "-what", "-who", "-do"])),
        ("state-", with(&["add-", "release-"], &states)),
        ("short-", with(&["add-", "release-"], &states)),
        ("reason-", codes(&reasons)),
        ("todo-", codes(&[states.clone(), reasons].concat())),
        ("asked-", codes(&actions)),
        ("server-", codes(&changes)),
        ("since-", codes(&protections)),
        ("protection-", codes(&protections)),
        ("server-do-", codes(&["add", "release"])),
        (
            "show-",
            codes(&["everything", "new", "elsewhere", "changed", "unknown"]),
        ),
        (
            "list-",
            codes(&["not-monitored", "pending", "monitored", "all", "unknown"]),
        ),
        ("events-", codes(&["start", "end"])),
        (
            "request-state-",
            codes(&[
                "sending", "accepted", "waiting", "done", "failed", "skipped", "unknown",
                "overdue", "reverted", "expired",
            ]),
        ),
        ("request-line-", codes(&actions)),
        (
            "confirm-",
            with(&actions, &["-title", "-effect", "-billing", "-do"]),
        ),
        ("vms-", with(&sides, &["", "-none", "-hint"])),
        ("load-balancer-", codes(&sides)),
        (
            "audit-",
            Action::ALL
                .iter()
                .map(|action| action.code().to_owned())
                .collect(),
        ),
        (
            "audit-outcome-",
            Outcome::ALL
                .iter()
                .map(|outcome| outcome.code().to_owned())
                .collect(),
        ),
        ("role-", with(&roles, &["", "-may"])),
        (
            "region-",
            Region::ALL
                .iter()
                .map(|region| region.code().to_owned())
                .collect(),
        ),
    ])
}

/// All error kinds: short texts of words and hyphens in the error module.
fn kinds_of_errors() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("src/web/error.rs")).expect("can be read");
    let mut kinds = literals(&text);
    kinds.retain(|kind| {
        kind.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !kind.starts_with("x-")
    });
    assert!(kinds.len() > 12, "{kinds:?}");
    kinds.into_iter().collect()
}

fn literals(text: &str) -> BTreeSet<String> {
    text.split('"')
        .filter(|part| is_name(part))
        .map(str::to_owned)
        .collect()
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Templates, and page code without its tests.
fn texts() -> Vec<String> {
    let mut files = files_below(&root().join("templates"));
    for folder in ["src/pages", "src/web"] {
        files.extend(files_below(&root().join(folder)));
    }
    files.retain(|(path, _)| path.extension().is_some_and(|kind| kind != "ftl"));
    let text = |content: Vec<u8>| String::from_utf8(content).expect("is text");
    let texts = files.into_iter().map(|(_, content)| text(content));
    texts
        .map(|text| {
            text.split("#[cfg(test)]")
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

/// Message keys used whole, and prefixes of composed ones.
fn said() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut whole, mut beginnings) = (BTreeSet::new(), BTreeSet::new());
    for text in texts() {
        for call in [".t(", ".t_with("] {
            for (at, _) in text.match_indices(call) {
                let Some(rest) = text[at + call.len()..].strip_prefix('"') else {
                    continue;
                };
                let (name, rest) = rest.split_once('"').expect("a text ends");
                if rest.trim_start().starts_with('~') {
                    beginnings.insert(name.to_owned());
                } else {
                    whole.insert(name.to_owned());
                }
            }
        }
    }
    (whole, beginnings)
}

fn put_together() -> BTreeSet<String> {
    let families = families().into_iter();
    let names =
        families.flat_map(|(start, ends)| ends.into_iter().map(move |end| format!("{start}{end}")));
    let words = vocabulary::ALL.iter().flat_map(|words| words.codes());
    names.chain(words.map(str::to_owned)).collect()
}

#[test]
fn catalogs_have_the_same_keys_in_the_same_order() {
    let (korean, english) = (catalogue(Locale::Korean), catalogue(Locale::English));
    assert!(korean.len() > 200);
    assert_eq!(korean, english);
}

#[test]
fn used_message_keys_exist() {
    let (whole, beginnings) = said();
    assert!(whole.len() > 80, "{whole:?}");
    let families = families();
    for beginning in &beginnings {
        assert!(
            families.contains_key(beginning.as_str()),
            "{beginning} is put together, by what?"
        );
    }
    for language in [Locale::Korean, Locale::English] {
        let names = whole.iter().cloned().chain(put_together());
        let missing: Vec<_> = names.filter(|name| !language.knows(name)).collect();
        assert!(missing.is_empty(), "{} lacks {missing:?}", language.code());
    }
}

#[test]
fn unused_message_keys_do_not_exist() {
    let (mut used, _) = said();
    used.extend(put_together());
    used.extend(texts().iter().flat_map(|text| literals(text)));
    let messages = catalogue(Locale::English).into_iter().map(|(name, _)| name);
    let unused: Vec<_> = messages.filter(|name| !used.contains(name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[tokio::test]
async fn language_falls_back_from_choice_to_browser_to_korean() {
    let portal = Portal::start().await;
    for (cookie, accepted, language, heading) in [
        (None, None, "ko", "로그인"),
        (None, Some("en-GB,en;q=0.8"), "en", "Sign in"),
        (None, Some("de,fr;q=0.8"), "ko", "로그인"),
        (None, Some("ko-KR,en;q=0.8"), "ko", "로그인"),
        (Some("ko"), Some("en"), "ko", "로그인"),
        (Some("en"), Some("ko"), "en", "Sign in"),
        (Some("<script>"), Some("en"), "en", "Sign in"),
    ] {
        let mut client = portal.client().without_header("accept-language");
        if let Some(accepted) = accepted {
            client = client.with_header("accept-language", accepted);
        }
        if let Some(cookie) = cookie {
            client
                .cookies
                .insert("secmon_portal_language".into(), cookie.into());
        }
        let page = client.get("/login").await;
        assert_eq!(page.attributes("html", "lang"), [language]);
        assert_eq!(page.texts("h1"), [heading]);
    }
}

#[tokio::test]
async fn language_and_theme_persist_and_return_to_the_page() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/tickets?page=2").await;
    assert_eq!(page.attributes("html", "data-theme"), ["system"]);
    for (name, value) in [("language", "ko"), ("theme", "dark")] {
        assert!(page.has(&format!(
            "form.preferences button[name={name}][value={value}]"
        )));
        let form = page.form("form.preferences").smuggle(name, value);
        let answer = viewer.submit(&form).await;
        assert_eq!(answer.location().as_deref(), Some("/t/acme/tickets?page=2"));
        let cookie = answer.header("set-cookie").expect("a cookie is set");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"] {
            assert!(cookie.contains(part), "{cookie}");
        }
    }
    let page = viewer.get("/t/acme/tickets?page=2").await;
    assert_eq!(page.attributes("html", "lang"), ["ko"]);
    assert_eq!(page.attributes("html", "data-theme"), ["dark"]);
    assert_eq!(
        page.attributes("[aria-pressed=true]", "value"),
        ["ko", "dark"]
    );
    // Also after the sign-out.
    viewer.post("/logout", &[]).await;
    assert_eq!(
        viewer.get("/login").await.attributes("html", "lang"),
        ["ko"]
    );
}

#[tokio::test]
async fn preference_form_refuses_other_sites_and_invalid_values() {
    let portal = Portal::start().await;
    for back in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "",
    ] {
        let fields = [("language", "xx"), ("theme", "<b>"), ("back", back)];
        let answer = portal.client().post("/preferences", &fields).await;
        assert_eq!(answer.location().as_deref(), Some("/"), "{back}");
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn language_change_on_a_redisplayed_form_returns_to_a_page() {
    let portal = Portal::start().await;
    let mut client = portal.client();
    let page = client.get("/login?next=/t/acme/vms").await;
    let page = client.sign_in_at(&page, "viewer", "wrong").await;
    let form = page.form("form.preferences").smuggle("language", "ko");
    let page = client.submit_and_follow(&form).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.address, "/login?next=/t/acme/vms");
    let page = client.sign_in_at(&page, "viewer", PASSWORD).await;
    assert_eq!(page.location().as_deref(), Some("/t/acme/vms"));
}

#[tokio::test]
async fn vendor_term_is_translated_with_its_original() {
    let portal = Portal::start().await;
    let viewer = portal.sign_in("viewer").await;
    for (language, said) in [("ko", "미관제"), ("en", "Not monitored")] {
        let mut viewer = viewer.clone().with_header("accept-language", language);
        let page = viewer.get("/t/acme/vms").await;
        let word = "#not-monitored-list tbody .badge";
        assert!(
            page.texts(word)[0].contains(said),
            "{}",
            page.texts(word)[0]
        );
        assert_eq!(page.attributes(word, "title")[0], "미신청");
    }
}
