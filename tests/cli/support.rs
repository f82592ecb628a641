//! A data directory, and child processes that end with their test.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// More than anything here takes on a slow machine; only a broken program is waited for so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// An empty folder, in which the program runs with the data directory `data` and temporary files in `tmp`.
pub struct Place {
    folder: TempDir,
}

/// Output of an ended program.
#[derive(Debug)]
pub struct ProgramOutput {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// A program that runs until a shutdown signal. It is killed when its test ends.
pub struct Running {
    child: Child,
    stdout: Lines,
    stderr: Lines,
}

/// Output of a program, line by line.
struct Lines {
    coming: Receiver<String>,
    seen: String,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("tmp")).expect("a folder");
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A private file, for secrets.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("is written");
        path
    }

    /// The program with its arguments, a word each, and with none of this process's settings.
    pub fn program(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_secmon-portal"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SECMON_PORTAL_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .env("SECMON_PORTAL_DATA_DIR", "data")
            .env("TMPDIR", self.path("tmp"))
            .env("RUST_BACKTRACE", "1")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &str) -> ProgramOutput {
        self.program(arguments).ends()
    }

    /// Runs the program to its end, with `typed` on its standard input.
    pub fn run_typing(&self, arguments: &str, typed: &str) -> ProgramOutput {
        let mut command = self.program(arguments);
        let mut running = command.stdin(Stdio::piped()).starts();
        let mut stdin = running.stdin();
        // A program that complains before it reads closes the pipe.
        let _ = stdin.write_all(typed.as_bytes());
        drop(stdin);
        running.end()
    }

    /// Starts the portal, and waits until it listens: the program and its address, `IP:port`.
    pub fn serve(&self, settings: &[(&str, &str)]) -> (Running, String) {
        let mut command = self.program("serve --listen 127.0.0.1:0");
        let mut running = command.envs(settings.iter().copied()).starts();
        let line = running.says_on_stderr("the portal listens");
        // As text ` address=127.0.0.1:1`, as JSON `"address":"127.0.0.1:1"`.
        let (_, rest) = line.split_once("address").expect(&line);
        let rest = rest.trim_start_matches(['=', '"', ':']);
        let end = rest.find([' ', '"']).expect(&line);
        let address = rest[..end].to_owned();
        (running, address)
    }

    /// Starts the simulated API, and waits until it listens: the program and its address, `http://…`.
    pub fn simulator(&self, arguments: &str) -> (Running, String) {
        let mut command = self.program("simulator --listen 127.0.0.1:0");
        let mut running = command.args(arguments.split_whitespace()).starts();
        let line = running.says("Simulated Secmon API at ");
        let address = line.split_once("http://").expect(&line).1;
        let end = address.find([',', '\n']).unwrap_or(address.len());
        let address = format!("http://{}", &address[..end]);
        (running, address)
    }

    /// Every file below the folder, with its content.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("is a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let content = fs::read(&path).expect("a file");
                    files.insert(self.relative(&path), content);
                }
            }
        }
        files
    }

    fn relative(&self, path: &Path) -> PathBuf {
        let relative = path.strip_prefix(self.folder.path());
        relative.expect("is below the folder").to_owned()
    }
}

/// Extensions of [`Command`] for these tests.
pub trait CommandExt {
    /// Runs it to its end.
    fn ends(&mut self) -> ProgramOutput;
    /// Starts it.
    fn starts(&mut self) -> Running;
}

impl CommandExt for Command {
    fn ends(&mut self) -> ProgramOutput {
        self.starts().end()
    }

    fn starts(&mut self) -> Running {
        let mut child = self
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let stdout = Lines::new(child.stdout.take().expect("is piped"));
        let stderr = Lines::new(child.stderr.take().expect("is piped"));
        Running {
            child,
            stdout,
            stderr,
        }
    }
}

impl Running {
    /// Waits for a line on standard output that holds `words`.
    pub fn says(&mut self, words: &str) -> String {
        self.stdout.line_with(words)
    }

    /// Waits for a line on standard error that holds `words`.
    pub fn says_on_stderr(&mut self, words: &str) -> String {
        self.stderr.line_with(words)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Piped standard input, closed on drop.
    pub fn stdin(&mut self) -> std::process::ChildStdin {
        self.child.stdin.take().expect("is piped")
    }

    /// Sends SIGTERM, as a service manager does.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let told = Command::new("sh").args(["-c", &kill]).status();
        assert!(told.expect("there is a shell").success());
    }

    /// Waits for its end.
    pub fn end(self) -> ProgramOutput {
        self.end_within(PATIENCE)
    }

    /// Waits for its end, at most so long.
    pub fn end_within(mut self, limit: Duration) -> ProgramOutput {
        let deadline = Instant::now() + limit;
        // It ends when it closes its outputs: nothing else holds them.
        let stdout = self.stdout.rest(deadline);
        let stderr = self.stderr.rest(deadline);
        let status = self.child.wait().expect("has ended");
        ProgramOutput {
            status,
            stdout,
            stderr,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Lines {
    fn new(output: impl Read + Send + 'static) -> Self {
        let (sender, coming) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                let said = String::from_utf8_lossy(&line).into_owned();
                line.clear();
                if sender.send(said).is_err() {
                    break;
                }
            }
        });
        Self {
            coming,
            seen: String::new(),
        }
    }

    fn line_with(&mut self, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.coming.recv_timeout(left) else {
                panic!("it never said {words:?}, but:\n{}", self.seen);
            };
            self.seen.push_str(&line);
            if line.contains(words) {
                return line;
            }
        }
    }

    fn rest(&mut self, deadline: Instant) -> String {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.coming.recv_timeout(left) {
                Ok(line) => self.seen.push_str(&line),
                Err(RecvTimeoutError::Disconnected) => return std::mem::take(&mut self.seen),
                Err(RecvTimeoutError::Timeout) => panic!("it still runs; it said:\n{}", self.seen),
            }
        }
    }
}

impl ProgramOutput {
    /// Asserts success without warnings, and returns the output.
    pub fn succeeds(self) -> String {
        assert_eq!(self.status.code(), Some(0), "{self:?}");
        assert_eq!(self.stderr, "", "{self:?}");
        self.stdout
    }

    /// It failed: the reason, which is one line.
    pub fn fails(self) -> String {
        self.complains(1)
    }

    /// Asserts a failure with one line on stderr, and returns the line.
    pub fn refuses(self) -> String {
        self.complains(2)
    }

    fn complains(self, status: i32) -> String {
        assert_eq!(self.status.code(), Some(status), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        let reason = self.stderr.strip_suffix('\n').expect("ends its line");
        let reason = reason.strip_prefix("secmon-portal: ");
        let reason = reason.unwrap_or_else(|| panic!("names itself: {}", self.stderr));
        assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
        reason.to_owned()
    }
}
