//! The provider of the tests: the npm package `oidc-provider`, as a child process that ends with its test.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

pub struct Provider {
    pub issuer: String,
    child: Child,
    told: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Provider {
    /// Starts the provider with the settings of `provider.mjs`.
    pub fn start(settings: &Value) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc_provider");
        assert!(
            folder.join("node_modules/oidc-provider").exists(),
            "the provider is not installed: `tests/run` does it, or `npm ci` in tests/oidc_provider"
        );
        let mut child = Command::new("node")
            .arg("provider.mjs")
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Discards warnings about its runtime and its development mode.
            .stderr(Stdio::null())
            .spawn()
            .expect("Node.js is installed: `tests/run` does it");
        let told = child.stdin.take().expect("is piped");
        let said = BufReader::new(child.stdout.take().expect("is piped"));
        let mut provider = Self {
            issuer: String::new(),
            child,
            told,
            said,
        };
        provider.issuer = provider.asks(settings);
        provider
    }

    /// Sends a command, and returns the reply.
    pub fn asks(&mut self, what: &Value) -> String {
        writeln!(self.told, "{what}").expect("is told");
        let mut line = String::new();
        self.said.read_line(&mut line).expect("says a line");
        line.trim().to_owned()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
