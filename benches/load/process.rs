//! The measured processes, and their figures in `/proc`.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use reqwest::header::SET_COOKIE;

const PORTAL: &str = env!("CARGO_BIN_EXE_secmon-portal");
const PASSWORD: &str = "correct-horse-battery";

/// Of `/proc/PID/stat`, on every Linux.
const TICKS_PER_SECOND: u32 = 100;

/// Killed on drop.
pub struct Process {
    child: Child,
    pub base: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// This program in another role, which prints its base URL.
    pub fn start_self(arguments: &[&str]) -> Self {
        let program = std::env::current_exe().expect("a path");
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let mut base = String::new();
        let output = child.stdout.take().expect("is piped");
        BufReader::new(output).read_line(&mut base).expect("a line");
        let base = base.trim().to_owned();
        Self { child, base }
    }

    /// User and system time.
    pub fn cpu(&self) -> Duration {
        let stat = self.read("stat");
        // The name in parentheses may hold spaces.
        let (_, fields) = stat.rsplit_once(") ").expect("a name");
        let fields: Vec<&str> = fields.split(' ').collect();
        let ticks = |at: usize| fields[at].parse::<u32>().expect("a number");
        Duration::from_secs(1) * (ticks(11) + ticks(12)) / TICKS_PER_SECOND
    }

    pub fn reset_peak_memory(&self) {
        fs::write(self.path("clear_refs"), "5").expect("Linux");
    }

    pub fn peak_memory_mb(&self) -> f64 {
        self.memory_mb("VmHWM:")
    }

    pub fn memory_in_use_mb(&self) -> f64 {
        self.memory_mb("VmRSS:")
    }

    fn memory_mb(&self, field: &str) -> f64 {
        let status = self.read("status");
        let mut lines = status.lines();
        let value = lines.find_map(|line| line.strip_prefix(field));
        let value = value.expect("Linux").trim().trim_end_matches(" kB");
        value.parse::<f64>().expect("a number") / 1024.0
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("Linux")
    }

    fn path(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.child.id())
    }
}

/// Two teams with a viewer.
pub fn set_up(folder: &Path) {
    for (team, region) in [("small", "kr1"), ("large", "kr2")] {
        let arguments = ["--slug", team, "--name", team, "--region", region];
        let arguments = [&["team", "add"], &arguments[..], &["--app-key-file", "-"]].concat();
        run(folder, &arguments, "simulator-key-1");
    }
    let members = ["--member", "small:viewer", "--member", "large:viewer"];
    let user = ["user", "add", "--username", "kim", "--password-file", "-"];
    run(folder, &[&user[..], &members].concat(), PASSWORD);
}

/// A portal on the data of [`set_up`], with an API for each team.
pub fn start_portal(folder: &Path, small: &str, large: &str) -> Process {
    start_command(folder, &["serve", "--api-kr1", small, "--api-kr2", large])
}

/// The simulated API with a fault.
pub fn start_simulator(folder: &Path, fault: &str) -> Process {
    start_command(folder, &["simulator", "--fault", fault])
}

/// Starts a command and waits until it listens.
fn start_command(folder: &Path, arguments: &[&str]) -> Process {
    // Another process could take the port in between; then the command fails.
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let mut command = command(folder);
    command.args(arguments).args(["--listen", &address]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let process = Process {
        child: command.spawn().expect("starts"),
        base: format!("http://{address}"),
    };
    let limit = Instant::now() + Duration::from_mins(1);
    while TcpStream::connect(&address).is_err() {
        assert!(Instant::now() < limit, "{arguments:?} does not start");
        sleep(Duration::from_millis(5));
    }
    process
}

/// Through the form; returns the session's cookie.
pub async fn sign_in(base: &str) -> String {
    let client = crate::measure::client();
    let form = [("username", "kim"), ("password", PASSWORD)];
    let request = client.post(format!("{base}/login")).form(&form);
    let response = request.send().await.expect("a response");
    let cookies = response.headers().get_all(SET_COOKIE).iter();
    let cookies: Vec<&str> = cookies
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .collect();
    assert!(!cookies.is_empty(), "sign-in failed: {}", response.status());
    cookies.join("; ")
}

/// A command of the portal, with its standard input.
fn run(folder: &Path, arguments: &[&str], input: &str) {
    let mut command = command(folder);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let mut child = command.spawn().expect("starts");
    let mut stdin = child.stdin.take().expect("is piped");
    stdin.write_all(input.as_bytes()).expect("is read");
    drop(stdin);
    assert!(child.wait().expect("ends").success(), "{arguments:?}");
}

/// Without the settings of this shell.
fn command(folder: &Path) -> Command {
    let mut command = Command::new(PORTAL);
    let settings = std::env::vars().map(|(name, _)| name);
    for name in settings.filter(|name| name.starts_with("SECMON_PORTAL_")) {
        command.env_remove(name);
    }
    command.env("SECMON_PORTAL_DATA_DIR", folder.join("data"));
    command
}
