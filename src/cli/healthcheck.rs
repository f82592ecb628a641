//! `secmon-portal healthcheck`: whether the portal answers ready, for a container's HEALTHCHECK.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use url::Url;

use crate::http_client::HttpClients;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Requests `/readyz` of the portal.
#[derive(Debug, clap::Args)]
pub struct HealthcheckArgs {
    /// The portal's http URL [default: http:// + the listen address]
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
        let url = match &self.url {
            Some(url) => base_url(url)?,
            None => base_url(&format!("http://{}", reachable(default_listen)))?,
        };
        check(&url, TIMEOUT).await
    }
}

async fn check(base: &Url, timeout: Duration) -> Result<(), String> {
    let shown = base.as_str().trim_end_matches('/');
    let clients = HttpClients::new(|builder| builder.timeout(timeout));
    let clients = clients.map_err(|error| error.without_url().to_string())?;
    let url = base
        .join("/readyz")
        .map_err(|error| format!("--url is not an address: {error}"))?;
    let answer = clients.client(base).get(url).send().await;
    match answer.map(|answer| answer.status().as_u16()) {
        Ok(200) => Ok(()),
        Ok(status) => Err(format!("{shown} is not ready: it answered {status}")),
        Err(error) if error.is_timeout() => {
            Err(format!("{shown} did not answer within {timeout:?}"))
        }
        Err(error) => Err(format!("{shown} could not be asked: {}", reason(error))),
    }
}

/// The innermost cause, such as "Connection refused".
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// The portal itself speaks no TLS, and behind a proxy the proxy would be checked too.
fn base_url(url: &str) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|error| format!("--url is not an address: {error}"))?;
    if url.scheme() != "http" {
        return Err(
            "--url must begin with http://: give the http address that the portal listens on"
                .into(),
        );
    }
    Ok(url)
}

/// The loopback address, for a portal on every address.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() {
        listen.set_ip(match listen.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    listen
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        task::JoinHandle,
    };

    /// A server with one canned response, which returns the request.
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

    async fn run(url: Option<&str>, listen: SocketAddr) -> Result<(), String> {
        HealthcheckArgs {
            url: url.map(str::to_owned),
        }
        .run(listen)
        .await
    }

    #[tokio::test]
    async fn portal_is_ready_when_it_answers_200() {
        let (address, asked) = server("HTTP/1.1 200 OK\r\n\r\nready").await;
        let everywhere = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port());
        assert_eq!(run(None, everywhere).await, Ok(()));
        let asked = asked.await.expect("is asked");
        assert!(asked.starts_with("GET /readyz HTTP/1.1\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn address_option_replaces_the_default() {
        let (address, asked) = server("HTTP/1.1 200 OK\r\n\r\n").await;
        let url = format!("http://localhost:{}/", address.port());
        let nowhere = "127.0.0.1:1".parse().expect("parses");
        assert_eq!(run(Some(&url), nowhere).await, Ok(()));
        assert!(asked.await.expect("is asked").contains("host: localhost:"));
    }

    #[tokio::test]
    async fn other_status_is_not_ready() {
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
                "HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n",
                "it answered 302",
            ),
            ("SSH-2.0-OpenSSH_9.2\r\n", "could not be asked: "),
            ("HTTP/1.1 2", "could not be asked: "),
            ("", "could not be asked: "),
        ] {
            let (address, _) = server(answer).await;
            let refused = run(None, address).await.expect_err("is not ready");
            assert!(
                refused.starts_with(&format!("http://{address} ")) && refused.contains(reason),
                "{answer}: {refused}"
            );
        }
    }

    #[tokio::test]
    async fn closed_port_is_not_ready() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("is bound");
        drop(listener);
        let reason = run(None, address).await.expect_err("fails");
        assert!(
            reason.starts_with(&format!("http://{address} could not be asked: ")),
            "{reason}"
        );
        assert_eq!(reason.lines().count(), 1);
    }

    #[tokio::test]
    async fn silent_portal_is_not_ready() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("is bound");
        let url = base_url(&format!("http://{address}")).expect("an address");
        let reason = check(&url, Duration::from_millis(20)).await;
        assert_eq!(
            reason,
            Err(format!("http://{address} did not answer within 20ms"))
        );
    }

    #[tokio::test]
    async fn https_address_is_refused_with_advice() {
        let nowhere = "127.0.0.1:1".parse().expect("parses");
        let reason = run(Some("https://portal.example"), nowhere)
            .await
            .expect_err("fails");
        assert!(
            reason.contains("give the http address that the portal listens on"),
            "{reason}"
        );
        let reason = run(Some("portal"), nowhere).await.expect_err("fails");
        assert!(reason.starts_with("--url is not an address"), "{reason}");
    }

    #[test]
    fn wildcard_address_is_probed_on_loopback() {
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
    }
}
