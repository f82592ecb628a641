//! Teams, clients and servers for the client's tests.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use secmon_portal::{
    model::{
        ApiAccess, AppKey, EventRange, KstDateTime, PageNumber, Region, ServerId, TeamId, TicketId,
        TokenCredentials,
    },
    secmon::{BaseUrls, Secmon, Settings},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

pub const KEY: &str = "AbCdEfGh01234567";
pub const TOKEN_ID: &str = "UserAccessKeyId";
pub const TOKEN_SECRET: &str = "T0pS3cretHalf";
pub const TOKEN: &str = "tok3n-of-the-team";

pub fn access() -> ApiAccess {
    access_of("team-1", KEY)
}

pub fn access_of(team: &str, key: &str) -> ApiAccess {
    ApiAccess {
        team: TeamId(team.to_owned()),
        region: Region::Kr1,
        app_key: AppKey::parse(key).expect("is a key"),
        token: None,
    }
}

pub fn access_with_token() -> ApiAccess {
    let token = TokenCredentials::parse(&format!("{TOKEN_ID}:{TOKEN_SECRET}"));
    ApiAccess {
        token: Some(token.expect("are credentials")),
        ..access()
    }
}

pub fn client(base: &str) -> Secmon {
    client_with(base, |_| ())
}

/// A client whose only region and token URL are at `base`.
pub fn client_with(base: &str, change: impl FnOnce(&mut Settings)) -> Secmon {
    let url: url::Url = base.parse().expect("is an address");
    let mut settings = Settings {
        bases: BaseUrls::new(|_| url.clone()),
        token_url: url.join("/oauth2/token/create").expect("is an address"),
        ..Settings::default()
    };
    change(&mut settings);
    Secmon::new(settings).expect("can be built")
}

/// A client with a short timeout, for servers that never respond.
pub fn impatient(base: &str) -> Secmon {
    client_with(base, |settings| {
        settings.timeout = Duration::from_millis(200);
    })
}

pub fn first() -> PageNumber {
    PageNumber::FIRST
}

pub fn range() -> EventRange {
    let at = |text| KstDateTime::parse(text).expect("is a time");
    EventRange::new(at("2021-07-01T20:00:00"), at("2021-07-13T20:23:59")).expect("is a range")
}

pub fn row_id(text: &str) -> ServerId {
    text.parse().expect("is an id")
}

pub fn ticket_id(text: &str) -> TicketId {
    text.parse().expect("is an id")
}

/// A successful API response, with `fields` next to its header.
pub fn success(mut fields: Value) -> ResponseTemplate {
    fields["header"] = json!({
        "resultCode": 1, "resultMessage": "Request success", "isSuccessful": true,
    });
    ResponseTemplate::new(200).set_body_json(fields)
}

pub fn gateway(status: u16, code: i64, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({
        "header": {"resultCode": code, "resultMessage": message, "isSuccessful": false},
    }))
}

/// A server with one canned response.
pub async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

pub async fn requests_of(server: &MockServer) -> Vec<wiremock::Request> {
    let requests = server.received_requests().await;
    requests.expect("requests are recorded")
}

/// A raw server, for responses that no HTTP library would send.
pub struct Listener {
    pub base: String,
    pub connections: Arc<AtomicUsize>,
    /// Ends when a connection has: with an error when the client hung up.
    pub first_connection: JoinHandle<std::io::Result<()>>,
}

impl Listener {
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Reads a request and passes the connection to `answer`.
pub async fn listener<F>(answer: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Listener
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let base = format!("http://{}", socket.local_addr().expect("has an address"));
    let connections = Arc::new(AtomicUsize::new(0));
    let (count, (tell, told)) = (connections.clone(), tokio::sync::oneshot::channel());
    tokio::spawn(async move {
        let mut tell = Some(tell);
        while let Ok((mut connection, _)) = socket.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 4096];
            let _ = connection.read(&mut request).await;
            let served = tokio::spawn(answer(connection));
            if let Some(tell) = tell.take() {
                let _ = tell.send(served);
            }
        }
        Ok::<(), Infallible>(())
    });
    let first_connection = tokio::spawn(async {
        let served = told.await.expect("a connection is made");
        served.await.expect("the server does not panic")
    });
    Listener {
        base,
        connections,
        first_connection,
    }
}

/// Sends `head`, then `part` until the client hangs up; of an empty part there is nothing to send.
pub async fn endless(head: impl Into<Vec<u8>>, part: Vec<u8>) -> Listener {
    let (head, part) = (Arc::new(head.into()), Arc::new(part));
    listener(move |mut connection| {
        let (head, part) = (Arc::clone(&head), Arc::clone(&part));
        async move {
            connection.write_all(&head).await?;
            if part.is_empty() {
                let hung_up = connection.read(&mut [0; 1]).await;
                return hung_up.and(Err(std::io::ErrorKind::ConnectionAborted.into()));
            }
            loop {
                connection.write_all(&part).await?;
            }
        }
    })
    .await
}

/// Hangs up on every request.
pub async fn hanging_up() -> Listener {
    listener(|connection| async {
        drop(connection);
        Ok(())
    })
    .await
}

/// An address without a listener.
pub async fn nobody() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    format!("http://{}", socket.local_addr().expect("has an address"))
}
