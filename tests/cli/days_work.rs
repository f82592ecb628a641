//! A day of work at the most verbose log level leaves no secret in any output.

mod guest;

use std::fs;

use crate::{
    apis::{Recorder, nobody, telltale},
    http::{Answer, ResponseLog, TestClient},
    leaks::{self, Secrets},
    support::{CommandExt as _, Place, ProgramOutput, Running},
};

const APP_KEY: &str = "app-key-5ecret-AbCdEf";
const NEXT_KEY: &str = "next-key-5ecret-OpQrSt";
const BROWSER_KEY: &str = "browser-key-5ecret-CdEfGh";
const OTHER_KEY: &str = "other-key-5ecret-GhIjKl";
const UNKNOWN_KEY: &str = "unknown-key-5ecret-UvWxYz";
const TOKEN_ID: &str = "token-id-5ecret-EfGhIj";
const TOKEN_SECRET: &str = "token-5ecret-YzAbCd";
const PASSWORD: &str = "päss & \"5ecret\" <MnOp>";
const NEXT_PASSWORD: &str = "next & 5ecret 배터리 <QrSt>";
const SET_PASSWORD: &str = "set by somebody else 5ecret";
const WRONG_PASSWORD: &str = "wrong 5ecret+StUvWx";
const TYPED_AS_NAME: &str = "typed-as-name-5ecret";

/// Pages opened by each role, including forbidden ones.
const TEAM_PAGES: [&str; 16] = [
    "",
    "/vms",
    "/vms?q=192.168&sort=-name",
    "/history",
    "/history?page=2",
    "/tickets",
    "/tickets?page=9999",
    "/tickets/nonsense",
    "/events",
    "/events?start=2025-01-01T00:00&end=2025-01-02T00:00",
    "/events?start=nonsense",
    "/audit",
    "/vms.csv",
    "/tickets.csv",
    "/audit.csv",
    "/nowhere",
];
const PAGES: [&str; 13] = [
    "/",
    "/login",
    "/account",
    "/admin/teams",
    "/admin/users",
    "/admin/audit",
    "/admin/audit.csv",
    "/healthz",
    "/readyz",
    "/nowhere?password=x",
    "/t/nobody-s/vms",
    "/static/nothing/css/portal.css",
    "/favicon.ico",
];

/// The day: its data directory and all outputs.
struct Day {
    place: Place,
    settings: Vec<(&'static str, String)>,
    said: Vec<leaks::Place>,
    responses: ResponseLog,
    /// Must not be found anywhere.
    secrets: Secrets,
    /// Must be found on pages only: the one-time tokens of forms.
    tokens: Secrets,
    /// Secrets that only the page for their owner may show.
    shown: Secrets,
}

impl Day {
    fn new(format: &str) -> (Self, [Running; 2], Recorder) {
        let place = Place::new();
        let keys = [APP_KEY, NEXT_KEY, OTHER_KEY, BROWSER_KEY];
        place.file("keys", keys.join("\n"));
        place.file("token", format!("{TOKEN_ID}:{TOKEN_SECRET}"));
        let (simulator, api) =
            place.simulator("--app-key-file keys --token-file token --delay 0s --log trace");
        let (broken, html) = place.simulator("--app-key-file keys --fault html --log trace");
        let recorder = Recorder::before(&api);
        let settings = [
            ("LOG", "trace".to_owned()),
            ("LOG_FORMAT", format.to_owned()),
            ("API_KR1", recorder.address.clone()),
            ("API_KR2", telltale()),
            ("API_KR3", nobody()),
            ("API_GOV_KR1", html),
            (
                "TOKEN_URL",
                format!("{}/oauth2/token/create", recorder.address),
            ),
        ];
        let name = |value: &str| -> &'static str { format!("SECMON_PORTAL_{value}").leak() };
        let settings = settings.map(|(it, value)| (name(it), value)).to_vec();
        let mut day = Self {
            place,
            settings,
            said: Vec::new(),
            responses: ResponseLog::default(),
            secrets: Secrets::default(),
            tokens: Secrets::default(),
            shown: Secrets::default(),
        };
        for (what, secret) in [
            ("an appKey", APP_KEY),
            ("the next appKey", NEXT_KEY),
            ("another appKey", OTHER_KEY),
            ("an appKey that was typed in a browser", BROWSER_KEY),
            ("an appKey that nobody knows", UNKNOWN_KEY),
            ("a token's id", TOKEN_ID),
            ("a token's secret", TOKEN_SECRET),
            ("a password", PASSWORD),
            ("the next password", NEXT_PASSWORD),
            ("the password set", SET_PASSWORD),
            ("a wrong password", WRONG_PASSWORD),
        ] {
            day.secrets.add(what, secret);
        }
        (day, [simulator, broken], recorder)
    }

    /// A command at a shell, with something on its standard input.
    fn runs(&mut self, line: &str, typed: &str) {
        let mut command = self.place.program(line);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        let file = self.place.file("typed", typed);
        let file = fs::File::open(file).expect("is there");
        let ended = command.stdin(file).ends();
        fs::remove_file(self.place.path("typed")).expect("is there");
        assert_eq!(ended.status.code(), Some(0), "{line}: {ended:?}");
        self.ends(line, ended);
    }

    fn ends(&mut self, what: &str, ended: ProgramOutput) {
        self.said
            .push((format!("{what}, stdout"), ended.stdout.into()));
        self.said
            .push((format!("{what}, stderr"), ended.stderr.into()));
    }

    /// A signed-in client.
    fn signs_in(&mut self, address: &str, username: &str, password: &str) -> TestClient {
        let mut client = TestClient::new(address).logged_to(&self.responses);
        assert!(client.signs_in(username, password), "{username}");
        self.knows(&client);
        client
    }

    /// The session's name is a secret too.
    fn knows(&mut self, client: &TestClient) {
        let session = client.session().expect("is signed in");
        self.secrets.add("a session", session);
    }

    /// The one-time token of a page's form.
    fn token(&mut self, page: &Answer, form: &str) -> String {
        let (_, rest) = page.body.split_once(form).expect(form);
        let (_, rest) = rest.split_once("name=\"token\" value=\"").expect(form);
        let token = rest.split('"').next().unwrap_or_default();
        self.tokens.add("the token of a form", token);
        token.to_owned()
    }
}

/// The first thing that can be chosen for a form.
fn choice(page: &Answer, form: &str) -> String {
    let chosen = format!("form=\"{form}\"");
    let (before, _) = page.body.split_once(&chosen).expect(form);
    let (_, value) = before.rsplit_once("value=\"").expect(form);
    value.trim_end_matches(['"', ' ']).to_owned()
}

fn at_the_shell_in_the_morning(day: &mut Day) {
    day.place.file("password", PASSWORD);
    for (slug, region, key, token) in [
        ("acme", "kr1", APP_KEY, "--token-file token"),
        ("echo", "kr2", OTHER_KEY, "--token-file token"),
        ("mute", "kr3", OTHER_KEY, ""),
        ("html", "gov-kr1", OTHER_KEY, ""),
        ("lost", "kr1", UNKNOWN_KEY, "--token-file token"),
    ] {
        let add = format!("team add --slug {slug} --name {slug} --region {region}");
        day.runs(&format!("{add} --app-key-file - {token}"), key);
    }
    day.runs("team check --slug acme", "");
    let member = |role: &str| -> String {
        let teams = ["acme", "echo", "mute", "html", "lost"];
        teams
            .map(|team| format!("--member {team}:{role}"))
            .join(" ")
    };
    for (name, right) in [
        ("viewer", member("viewer")),
        ("operator", member("operator")),
        ("admin", member("admin")),
        ("root", "--site-admin".to_owned()),
    ] {
        day.runs(
            &format!("user add --username {name} {right} --password-file -"),
            PASSWORD,
        );
    }
}

fn everybody_looks_at_everything(day: &mut Day, address: &str) -> Vec<TestClient> {
    let mut clients = Vec::new();
    let mut hasty = TestClient::new(address).logged_to(&day.responses);
    assert!(!hasty.signs_in(TYPED_AS_NAME, PASSWORD));
    for name in ["viewer", "operator", "admin", "root"] {
        let mut stranger = TestClient::new(address).logged_to(&day.responses);
        assert!(!stranger.signs_in(name, WRONG_PASSWORD));
        let client = day.signs_in(address, name, PASSWORD);
        for page in PAGES {
            client.get(page);
        }
        for team in ["acme", "echo", "mute", "html", "lost"] {
            for page in TEAM_PAGES {
                client.get(&format!("/t/{team}{page}"));
            }
        }
        let tickets = client.get("/t/acme/tickets");
        let ticket = tickets
            .body
            .split_once("/t/acme/tickets/")
            .expect("has tickets")
            .1;
        let ticket = ticket.split(['"', '?']).next().expect("has an id");
        assert_eq!(client.get(&format!("/t/acme/tickets/{ticket}")).status, 200);
        clients.push(client);
    }
    clients
}

fn the_operator_adds_and_releases(day: &mut Day, operator: &mut TestClient) {
    let page = operator.get("/t/acme/vms");
    for (list, action) in [("not-monitored", "add"), ("monitored", "release")] {
        let token = day.token(&page, &format!("id=\"{list}\""));
        let id = choice(&page, list);
        let there = format!("/t/acme/vms/{action}");
        if action == "release" {
            let asked = operator.post(&there, &[("id", &id), ("token", &token)]);
            assert_eq!(asked.status, 200, "{asked:?}");
            day.token(&asked, "class=\"confirm");
        }
        let form = [("id", id.as_str()), ("token", &token), ("confirm", "yes")];
        let done = operator.post(&there, &form);
        assert_eq!(done.status, 303, "{done:?}");
        operator.post(&there, &form);
        if let Some(there) = done.header("location") {
            assert_eq!(operator.get(there).status, 200);
        }
        // Failing APIs, and one with an invalid token.
        for team in ["echo", "mute", "html", "lost"] {
            operator.post(&format!("/t/{team}/vms/{action}"), &form);
        }
        operator.post(&there, &[("id", &id), ("token", "nonsense")]);
    }
}

fn a_key_is_replaced_in_the_browser(root: &mut TestClient) {
    for (key, status) in [(UNKNOWN_KEY, 422), (BROWSER_KEY, 303)] {
        let typed = [
            ("app_key", key),
            ("token_id", TOKEN_ID),
            ("token_secret", TOKEN_SECRET),
        ];
        let answer = root.post("/admin/teams/acme/key", &typed);
        assert_eq!(answer.status, status, "{answer:?}");
    }
    assert_eq!(root.post("/admin/teams/acme/key/try", &[]).status, 200);
}

/// The process list, as every user of the machine sees it.
fn the_list_of_processes(day: &mut Day, portal: &Running) {
    for about in ["cmdline", "environ", "comm", "status"] {
        let file = format!("/proc/{}/{about}", portal.id());
        let told = fs::read(&file).expect("is there");
        assert!(!told.is_empty(), "{file}");
        day.said.push((file, told));
    }
}

fn keys_and_passwords_are_replaced(day: &mut Day, address: &str, operator: &mut TestClient) {
    day.runs(
        "team set-key --slug acme --token-file token --app-key-file -",
        NEXT_KEY,
    );
    assert_eq!(operator.get("/t/acme/vms").status, 200);
    for (old, new, again) in [
        (WRONG_PASSWORD, NEXT_PASSWORD, NEXT_PASSWORD),
        (PASSWORD, NEXT_PASSWORD, WRONG_PASSWORD),
        (PASSWORD, "short", "short"),
        (PASSWORD, NEXT_PASSWORD, NEXT_PASSWORD),
    ] {
        let form = [("old", old), ("new", new), ("again", again)];
        operator.post("/account/password", &form);
    }
    day.knows(operator);
    day.signs_in(address, "operator", NEXT_PASSWORD);
    day.runs(
        "user set-password --username viewer --password-file -",
        SET_PASSWORD,
    );
    let mut viewer = day.signs_in(address, "viewer", SET_PASSWORD);
    let account = viewer.get("/account");
    assert_eq!(account.status, 200);
    viewer.post("/account/sessions/end", &[("session", "nonsense")]);
    let key = fs::read(day.place.path("data/secret.key")).expect("is there");
    day.secrets.add("the key", key);
    day.runs("rotate-key", "");
    assert_eq!(operator.get("/t/acme/vms").status, 200);
}

fn at_the_shell_in_the_evening(day: &mut Day) {
    day.runs("audit verify", "");
    day.runs("user disable --username admin", "");
    day.runs("team remove --slug lost", "");
    day.runs("team list", "");
    day.runs("user list", "");
}

fn a_day(format: &str) {
    let (mut day, apis, recorder) = Day::new(format);
    at_the_shell_in_the_morning(&mut day);
    let settings: Vec<_> = day
        .settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let (portal, address) = day.place.serve(&settings);
    let mut clients = everybody_looks_at_everything(&mut day, &address);
    the_operator_adds_and_releases(&mut day, &mut clients[1]);
    guest::comes_and_goes(&mut day, &address, &mut clients[3]);
    a_key_is_replaced_in_the_browser(&mut clients[3]);
    let operator = &mut clients[1];
    keys_and_passwords_are_replaced(&mut day, &address, operator);
    for client in &clients[1..] {
        assert_eq!(client.get("/t/acme/audit").status, 200);
    }
    at_the_shell_in_the_evening(&mut day);
    the_list_of_processes(&mut day, &portal);
    for client in &mut clients {
        client.post("/preferences", &[("language", "ko"), ("theme", "dark")]);
        client.post("/logout", &[]);
    }
    let given = recorder.access_tokens();
    assert!(!given.is_empty());
    for token in given {
        day.secrets.add("an access token", token);
    }
    // The files as they lie while the portal runs, and afterwards.
    let mut written = files(&day.place);
    portal.terminate();
    let ended = portal.end();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    day.ends("the portal", ended);
    for api in apis {
        api.terminate();
        let ended = api.end();
        day.ends("an API", ended);
    }
    written.extend(files(&day.place));
    nothing_is_found(&day, &written);
}

/// All files in the data directory and the temporary folder, except keys.
fn files(place: &Place) -> Vec<leaks::Place> {
    let files = place.files().into_iter();
    files
        .map(|(path, content)| (path.display().to_string(), content))
        .filter(|(path, _)| path.starts_with("data/") || path.starts_with("tmp/"))
        .filter(|(path, _)| !path.starts_with("data/secret.key"))
        .collect()
}

fn nothing_is_found(day: &Day, written: &[leaks::Place]) {
    let responses = day.responses.lock().expect("nobody panicked").clone();
    let log: usize = day.said.iter().map(|(_, said)| said.len()).sum();
    assert!(log > 10_000, "the log is on: {log} bytes");
    assert!(responses.len() > 400, "{} answers", responses.len());
    let told = |(what, answer): &(String, Vec<u8>)| {
        what.starts_with("GET /t/echo/") && String::from_utf8_lossy(answer).contains("GET /v1.0/")
    };
    assert!(responses.iter().any(told), "the echoing API was called");
    assert!(written.iter().any(|(path, _)| path == "data/portal.db"));
    assert!(day.secrets.len() > 20);
    assert!(day.tokens.len() > 2);
    assert_eq!(day.tokens.found_in(&day.said), [""; 0]);
    assert_eq!(day.tokens.found_in(written), [""; 0]);
    for places in [&*day.said, written, &*responses] {
        assert_eq!(day.secrets.found_in(places), [""; 0]);
    }
    for places in [&*day.said, written] {
        assert_eq!(day.shown.found_in(places), [""; 0]);
    }
    let (may, may_not): (Vec<_>, Vec<_>) = responses
        .iter()
        .cloned()
        .partition(|(what, _)| guest::may_show(what));
    assert_eq!(day.shown.found_in(&may_not), [""; 0]);
    assert!(
        day.shown.found_in(&may).len() >= day.shown.len(),
        "are shown"
    );
    // A value in the wrong field is shown again to its sender, and stored nowhere.
    let mut typed = Secrets::default();
    typed.add("a password typed as a name", TYPED_AS_NAME);
    for places in [&*day.said, written] {
        assert_eq!(typed.found_in(places), [""; 0]);
    }
    assert!(
        !typed.found_in(&responses).is_empty(),
        "the search finds things"
    );
}

#[test]
fn day_of_work_leaves_no_secret_in_output_or_files() {
    a_day("text");
}

#[test]
fn day_of_work_leaves_no_secret_in_json_logs() {
    a_day("json");
}
