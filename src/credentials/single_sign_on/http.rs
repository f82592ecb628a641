//! The door to the provider: sends one request and reads its answer within limits, following nothing.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, http};
use reqwest::Response;
use tokio::time::timeout;
use url::Url;

use crate::http_client::{HttpClients, is_this_machine};

use super::{BuildError, Failure};

/// A discovery document and a set of keys have some thousand bytes.
const LONGEST: usize = 512 * 1024;

pub(super) struct Http {
    clients: HttpClients,
    limit: Duration,
}

impl Http {
    /// With the most time that one call may take, all of it.
    pub fn new(limit: Duration) -> Result<Self, BuildError> {
        let clients = HttpClients::new(|builder| builder.connect_timeout(limit / 2));
        Ok(Self {
            clients: clients.map_err(|_| BuildError)?,
            limit,
        })
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| Failure::NotAProvider)?;
        if !is_safe(&url) {
            return Err(Failure::NotAProvider);
        }
        let client = self.clients.client(&url);
        let request = reqwest::Request::try_from(request).map_err(|_| Failure::NotAProvider)?;
        let answered = timeout(self.limit, async {
            // Its error text would hold the address, and addresses can hold secrets: none of it is used.
            let response = client.execute(request).await;
            read(response.map_err(|_| Failure::Unreachable)?).await
        });
        answered.await.map_err(|_| Failure::TimedOut)?
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Failure>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// What a provider says of itself could lead anywhere: only to addresses by which nobody listens in.
pub(super) fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(url))
}

/// Counts what came out of decompression.
async fn read(mut response: Response) -> Result<HttpResponse, Failure> {
    let mut answer = http::Response::builder().status(response.status());
    if let Some(headers) = answer.headers_mut() {
        *headers = response.headers().clone();
    }
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await.map_err(|_| Failure::Unreachable)?;
        let Some(chunk) = chunk else { break };
        if body.len() + chunk.len() > LONGEST {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    answer.body(body).map_err(|_| Failure::NotAProvider)
}
