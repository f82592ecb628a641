//! Faulty APIs beyond the simulator's faults.

use std::{
    io::{BufRead as _, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// A recording proxy between the portal and an API.
pub struct Recorder {
    pub address: String,
    passed: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    /// `api` is `http://IP:port`.
    pub fn before(api: &str) -> Self {
        let api = api.trim_start_matches("http://").to_owned();
        let passed = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&passed);
        let address = serve(move |caller| {
            let called = TcpStream::connect(&api).expect("the API listens");
            let there = (caller.try_clone(), called.try_clone());
            let (from, to) = (there.0.expect("is open"), there.1.expect("is open"));
            let kept_there = Arc::clone(&kept);
            std::thread::spawn(move || pass(from, to, &kept_there));
            pass(called, caller, &kept);
        });
        Self { address, passed }
    }

    /// All issued access tokens.
    pub fn access_tokens(&self) -> Vec<String> {
        let passed = self.passed.lock().expect("nobody panicked");
        let passed = String::from_utf8_lossy(&passed);
        let after = passed.split("\"access_token\"").skip(1);
        after
            .map(|rest| rest.split('"').nth(1).expect("has a value").to_owned())
            .collect()
    }
}

fn pass(mut from: impl Read, mut to: TcpStream, kept: &Mutex<Vec<u8>>) {
    let mut part = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut part) {
        kept.lock()
            .expect("nobody panicked")
            .extend(&part[..length]);
        if to.write_all(&part[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// An API that refuses everything and echoes the request in its message.
pub fn telltale() -> String {
    serve(|mut caller| {
        let mut head = String::new();
        let mut lines = BufReader::new(caller.try_clone().expect("is open"));
        while lines.read_line(&mut head).is_ok_and(|length| length > 2) {}
        let told = serde_json::json!({
            "header": { "resultCode": -1, "resultMessage": head, "isSuccessful": false }
        });
        let told = told.to_string();
        let length = told.len();
        let _ = write!(
            caller,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n{told}"
        );
    })
}

/// An address without a listener.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let address = listener.local_addr().expect("is bound");
    format!("http://{address}")
}

fn serve(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let address = listener.local_addr().expect("is bound");
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for caller in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || answer(caller));
        }
    });
    format!("http://{address}")
}
