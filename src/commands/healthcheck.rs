//! `secmon-portal healthcheck`: whether the portal answers ready, for a container's HEALTHCHECK.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use url::Url;

/// The most time that connecting and answering may take together.
const LIMIT: Duration = Duration::from_secs(5);

/// Asks the portal at `/readyz` whether it can serve.
#[derive(Debug, clap::Args)]
pub struct HealthcheckArgs {
    /// The address to ask, http only [default: http:// + the listen address]
    #[arg(long, env = "SECMON_PORTAL_HEALTHCHECK_URL", value_name = "URL")]
    #[arg(hide_env_values = true)]
    pub url: Option<String>,
}

impl HealthcheckArgs {
    /// Succeeds when the portal answers `/readyz` with 200 within 5 seconds.
    ///
    /// # Errors
    /// In one line, why it counts as not ready.
    pub async fn run(self, default_listen: SocketAddr) -> Result<(), String> {
        let authority = match &self.url {
            Some(url) => authority(url)?,
            None => reachable(default_listen).to_string(),
        };
        ask(&authority, LIMIT).await
    }
}

async fn ask(authority: &str, limit: Duration) -> Result<(), String> {
    let status = timeout(limit, status_of(authority))
        .await
        .map_err(|_| format!("{authority} did not answer within {limit:?}"))?
        .map_err(|error| format!("{authority} could not be asked: {error}"))?;
    match status.as_deref() {
        Some("200") => Ok(()),
        Some(status) => Err(format!("{authority} is not ready: it answered {status}")),
        None => Err(format!("{authority} did not answer as a web server does")),
    }
}

/// Reads `host:port` off an address. It is asked in plain HTTP: the portal itself speaks no TLS.
fn authority(url: &str) -> Result<String, String> {
    let url = Url::parse(url).map_err(|error| format!("--url is not an address: {error}"))?;
    if url.scheme() != "http" {
        return Err(
            "--url must begin with http://: give the http address that the portal listens on"
                .into(),
        );
    }
    let host = url.host_str().unwrap_or_default();
    Ok(format!(
        "{host}:{}",
        url.port_or_known_default().unwrap_or(80)
    ))
}

/// A portal that listens on every address is asked on this machine's own.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() {
        listen.set_ip(match listen.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    listen
}

/// The status in the answer's first line, or nothing when it is no HTTP answer.
///
/// Written out, since the status line of one address is too little to need a client.
async fn status_of(authority: &str) -> std::io::Result<Option<String>> {
    let mut connection = TcpStream::connect(authority).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    // `HTTP/1.1 200` is all that is needed.
    let mut head = [0; 12];
    if let Err(error) = connection.read_exact(&mut head).await {
        let is_short = error.kind() == std::io::ErrorKind::UnexpectedEof;
        return if is_short { Ok(None) } else { Err(error) };
    }
    let status = head
        .strip_prefix(b"HTTP/1.1 ")
        .or(head.strip_prefix(b"HTTP/1.0 "));
    Ok(status
        .filter(|status| status.iter().all(u8::is_ascii_digit))
        .map(|status| String::from_utf8_lossy(status).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{net::TcpListener, task::JoinHandle};

    /// A server that gives this answer once, and tells what it was asked.
    async fn server(answer: &'static str) -> (SocketAddr, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("is bound");
        let asked = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.expect("accepts");
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(connection.read_u8().await.expect("reads"));
            }
            connection
                .write_all(answer.as_bytes())
                .await
                .expect("writes");
            String::from_utf8(request).expect("is text")
        });
        (address, asked)
    }

    async fn check(url: Option<&str>, listen: SocketAddr) -> Result<(), String> {
        HealthcheckArgs {
            url: url.map(str::to_owned),
        }
        .run(listen)
        .await
    }

    #[tokio::test]
    async fn a_portal_that_answers_200_is_ready() {
        let (address, asked) = server("HTTP/1.1 200 OK\r\n\r\nready").await;
        let everywhere = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port());
        assert_eq!(check(None, everywhere).await, Ok(()));
        let asked = asked.await.expect("is asked");
        assert_eq!(
            asked,
            format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")
        );
    }

    #[tokio::test]
    async fn the_address_can_be_given() {
        let (address, asked) = server("HTTP/1.1 200 OK\r\n\r\n").await;
        let url = format!("http://localhost:{}/", address.port());
        let nowhere = "127.0.0.1:1".parse().expect("parses");
        assert_eq!(check(Some(&url), nowhere).await, Ok(()));
        assert!(asked.await.expect("is asked").contains("host: localhost:"));
    }

    #[tokio::test]
    async fn anything_else_is_not_ready() {
        for (answer, reason) in [
            (
                "HTTP/1.1 503 Service Unavailable\r\n\r\n",
                "is not ready: it answered 503",
            ),
            (
                "HTTP/1.1 204 No Content\r\n\r\n",
                "is not ready: it answered 204",
            ),
            (
                "SSH-2.0-OpenSSH_9.2\r\n",
                "did not answer as a web server does",
            ),
            ("HTTP/1.1 2", "did not answer as a web server does"),
            ("", "did not answer as a web server does"),
        ] {
            let (address, _) = server(answer).await;
            assert_eq!(
                check(None, address).await,
                Err(format!("{address} {reason}")),
                "{answer}"
            );
        }
    }

    #[tokio::test]
    async fn a_portal_that_is_not_there_is_not_ready() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("is bound");
        drop(listener);
        let reason = check(None, address).await.expect_err("fails");
        assert!(
            reason.starts_with(&format!("{address} could not be asked: ")),
            "{reason}"
        );
        assert_eq!(reason.lines().count(), 1);
    }

    #[tokio::test]
    async fn a_portal_that_stays_silent_is_not_ready() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("is bound");
        let reason = ask(&address.to_string(), Duration::from_millis(20)).await;
        assert_eq!(reason, Err(format!("{address} did not answer within 20ms")));
    }

    #[tokio::test]
    async fn an_https_address_is_refused_with_a_way_out() {
        let nowhere = "127.0.0.1:1".parse().expect("parses");
        let reason = check(Some("https://portal.example"), nowhere)
            .await
            .expect_err("fails");
        assert!(
            reason.contains("give the http address that the portal listens on"),
            "{reason}"
        );
        let reason = check(Some("portal"), nowhere).await.expect_err("fails");
        assert!(reason.starts_with("--url is not an address"), "{reason}");
    }

    #[test]
    fn an_address_that_means_every_address_is_asked_on_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("192.0.2.1:80", "192.0.2.1:80"),
        ] {
            assert_eq!(
                reachable(listen.parse().expect("parses")).to_string(),
                asked
            );
        }
        assert_eq!(authority("http://[::1]").as_deref(), Ok("[::1]:80"));
    }
}
