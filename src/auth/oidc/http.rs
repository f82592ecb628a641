//! HTTP client for the provider: bounded responses, no redirects.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use url::Url;

use crate::http_client::{HttpClients, is_this_machine};

use super::{BuildError, OidcError};

/// A discovery document and a set of keys have some thousand bytes.
const MAX_RESPONSE_BYTES: usize = 512 * 1024;

pub(super) struct Http {
    clients: HttpClients,
    limit: Duration,
}

impl Http {
    /// `limit` is the total timeout of one call.
    pub fn new(limit: Duration) -> Result<Self, BuildError> {
        let clients = HttpClients::new(|builder| builder.connect_timeout(limit / 2));
        Ok(Self {
            clients: clients.map_err(|_| BuildError)?,
            limit,
        })
    }

    pub async fn get_json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, OidcError> {
        let answer = self.send(Method::GET, url, |request| request).await?;
        answer.successful()?.json()
    }

    /// With an access token.
    pub async fn get_as(&self, url: &Url, access_token: &str) -> Result<Answer, OidcError> {
        let authorized = |request: RequestBuilder| request.bearer_auth(access_token);
        self.send(Method::GET, url, authorized).await?.successful()
    }

    /// Posts a form, with basic authentication if given.
    pub async fn post(
        &self,
        url: &Url,
        basic: Option<(String, String)>,
        form: &[(&str, &str)],
    ) -> Result<Answer, OidcError> {
        self.send(Method::POST, url, |request| match basic {
            Some((name, password)) => request.basic_auth(name, Some(password)).form(form),
            None => request.form(form),
        })
        .await
    }

    async fn send(
        &self,
        method: Method,
        url: &Url,
        complete: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, OidcError> {
        if !is_safe(url) {
            return Err(OidcError::NotAProvider);
        }
        let client = self.clients.client(url);
        let request = client.request(method, url.clone());
        let request = request.header(reqwest::header::ACCEPT, "application/json");
        let answered = timeout(self.limit, async {
            // The error's text holds the address, which can hold secrets.
            let response = complete(request).send().await;
            read(response.map_err(|_| OidcError::Unreachable)?).await
        });
        answered.await.map_err(|_| OidcError::TimedOut)?
    }
}

/// An answer of the provider.
pub(super) struct Answer {
    pub is_success: bool,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, OidcError> {
        serde_json::from_slice(&self.body).map_err(|_| OidcError::NotAProvider)
    }

    fn successful(self) -> Result<Self, OidcError> {
        if self.is_success {
            Ok(self)
        } else {
            Err(OidcError::NotAProvider)
        }
    }
}

/// Addresses in the metadata could lead anywhere: only encrypted and local ones are followed.
pub(super) fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(url))
}

/// Limits the decompressed size.
async fn read(mut response: Response) -> Result<Answer, OidcError> {
    let is_success = response.status().is_success();
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await.map_err(|_| OidcError::Unreachable)?;
        let Some(chunk) = chunk else { break };
        if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Err(OidcError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { is_success, body })
}
