//! An API with hostile text in every field, and a server that must receive no request.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use axum::{
    Router,
    extract::Request,
    http::{Method, header},
    response::IntoResponse,
};
use serde_json::{Value, json};
use url::Url;

use crate::{portal::listen, vectors};

/// Limit of an API message on a page, in characters.
const MAX_MESSAGE: usize = 500;

/// The server that the vectors fetch from.
#[derive(Clone)]
pub struct Sink {
    pub address: String,
    heard: Arc<Mutex<Vec<SinkRequests>>>,
}

/// A received request.
#[derive(Debug, Clone)]
pub struct SinkRequests {
    pub address: String,
    pub referrer: Option<String>,
}

impl Sink {
    pub async fn start() -> Self {
        let (listener, url) = listen().await;
        let heard: Arc<Mutex<Vec<SinkRequests>>> = Arc::default();
        let sink = Self {
            address: url.authority().to_owned(),
            heard: Arc::clone(&heard),
        };
        let router = Router::new().fallback(move |request: Request| {
            let referrer = request.headers().get(header::REFERER);
            heard.lock().expect("is whole").push(SinkRequests {
                address: request.uri().to_string(),
                referrer: referrer.map(|referrer| format!("{referrer:?}")),
            });
            async { "" }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        sink
    }

    pub fn heard(&self) -> Vec<SinkRequests> {
        self.heard.lock().expect("is whole").clone()
    }

    /// Every vector: each runs `alert` with its own number, and fetches from here.
    pub fn texts(&self) -> Vec<String> {
        let number = |(number, vector): (usize, &str)| {
            vector
                .replace("lert(1)", &format!("lert({number})"))
                .replace("https:/", "http:/")
                .replace("https:evil", "http:evil")
                .replace("evil.example", &self.address)
        };
        vectors::all().enumerate().map(number).collect()
    }
}

/// Rows and parts rotate through these texts, so that each text appears in each field.
#[derive(Clone)]
pub struct Api {
    texts: Arc<Vec<String>>,
    /// Whether every call is refused.
    refusing: Arc<AtomicBool>,
    messages: Arc<Vec<String>>,
    said: Arc<AtomicUsize>,
}

impl Api {
    pub fn new(texts: Vec<String>) -> Self {
        let mut messages = vec![String::new()];
        for text in &texts {
            let last = messages.last_mut().expect("has one");
            if last.chars().count() + text.chars().count() < MAX_MESSAGE {
                *last = format!("{last} {text}");
            } else {
                messages.push(text.clone());
            }
        }
        Self {
            texts: Arc::new(texts),
            refusing: Arc::default(),
            messages: Arc::new(messages),
            said: Arc::default(),
        }
    }

    pub async fn serve(&self) -> Url {
        let (listener, url) = listen().await;
        let api = self.clone();
        let router = Router::new().fallback(move |request: Request| {
            let answer = api.answer(request.method(), request.uri().path());
            async move {
                (
                    [(header::CONTENT_TYPE, "application/json")],
                    answer.to_string(),
                )
                    .into_response()
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    pub fn refuses(&self, refusing: bool) {
        self.refusing.store(refusing, Ordering::SeqCst);
    }

    /// Number of refusals until every text was sent.
    pub fn messages(&self) -> usize {
        self.messages.len()
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// The text of a row's field.
    pub fn text(&self, row: usize, field: usize) -> &str {
        &self.texts[(row + field * 97) % self.texts.len()]
    }

    fn answer(&self, method: &Method, path: &str) -> Value {
        let path = path.rsplit_once("/appkeys/").map_or(path, |(_, path)| path);
        let path = path.split_once('/').map_or(path, |(_, path)| path);
        if self.refusing.load(Ordering::SeqCst) || method != Method::GET {
            return self.refusal();
        }
        let rows = |row: fn(&Self, usize) -> Value| {
            let rows: Vec<Value> = (0..self.len()).map(|number| row(self, number)).collect();
            json!({"header": success(), "count": rows.len(), "results": rows, "next": null, "previous": null})
        };
        match path {
            "not-applied-vms" => rows(|api, row| api.vm("vm", row)),
            "applied-vms" => rows(Self::load_balancer),
            "history" => rows(Self::change),
            "tickets" => rows(Self::ticket),
            "events" => rows(Self::event),
            _ => {
                let id: usize = path.trim_start_matches("tickets/").parse().unwrap_or(0);
                let part = |field| self.text(id, field);
                let data =
                    json!({"result": [part(0), part(1), part(2)], "desc": [part(3), part(4)]});
                json!({"header": success(), "data": data})
            }
        }
    }

    fn refusal(&self) -> Value {
        let said = self.said.fetch_add(1, Ordering::SeqCst);
        let message = &self.messages[said % self.messages.len()];
        let header =
            json!({"resultCode": message, "resultMessage": message, "isSuccessful": false});
        json!({"header": header})
    }

    fn vm(&self, prefix: &str, row: usize) -> Value {
        json!({
            "vmId": format!("{prefix}-{row}"), "vmName": self.text(row, 0), "vmOs": self.text(row, 1),
            "fixedIp": self.text(row, 2), "vmIp": self.text(row, 3), "serviceStatus": self.text(row, 4),
        })
    }

    fn load_balancer(&self, row: usize) -> Value {
        json!({
            "lbId": format!("lb-{row}"), "lbName": self.text(row, 1), "lbIp": self.text(row, 2),
            "fixedIp": self.text(row, 3), "serviceStatus": self.text(row, 4), "vm": [self.vm("behind", row)],
        })
    }

    fn change(&self, row: usize) -> Value {
        json!({
            "historyId": row, "status": self.text(row, 1), "reason": self.text(row, 2), "contents": self.text(row, 3),
            "vmId": self.text(row, 0), "meter": self.text(row, 4), "type": self.text(row, 5), "regDate": self.text(row, 6),
        })
    }

    fn ticket(&self, row: usize) -> Value {
        json!({
            "ticketId": row, "ticketName": self.text(row, 0), "detectDate": self.text(row, 1), "isAttack": self.text(row, 2),
            "srcIp": self.text(row, 3), "ticketStatus": self.text(row, 4), "ticketType": self.text(row, 5),
            "attackType": self.text(row, 6), "dstIp": self.text(row, 7),
        })
    }

    fn event(&self, row: usize) -> Value {
        json!({
            "detectTime": self.text(row, 0), "severityLevel": self.text(row, 1), "attackName": self.text(row, 2),
            "srcIp": self.text(row, 3), "srcPort": self.text(row, 4), "dstIp": self.text(row, 5), "dstPort": self.text(row, 6),
            "dstCountryCode": self.text(row, 7), "inOut": self.text(row, 8),
        })
    }
}

fn success() -> Value {
    json!({"resultCode": 1, "resultMessage": "Request success", "isSuccessful": true})
}
