//! The token endpoint: exchanges a code for tokens (RFC 6749, section 4.1.3, with PKCE).

use secrecy::ExposeSecret;
use serde::Deserialize;
use url::form_urlencoded;

use super::{OidcError, Settings, http::Http, provider::Metadata};

/// The used fields of the token response.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub id_token: Option<String>,
    pub access_token: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// A code from the callback, and the proof that this portal requested it.
pub(super) struct Exchange<'a> {
    pub code: &'a str,
    pub verifier: &'a str,
    pub callback: &'a str,
}

impl Exchange<'_> {
    pub async fn send(
        &self,
        http: &Http,
        settings: &Settings,
        metadata: &Metadata,
    ) -> Result<Tokens, OidcError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", self.code),
            ("redirect_uri", self.callback),
            ("code_verifier", self.verifier),
        ];
        let secret = settings.client_secret.as_ref();
        let secret = secret.map(ExposeSecret::expose_secret);
        let mut basic = None;
        match secret {
            Some(secret) if !metadata.takes_secret_in_form => {
                basic = Some((encoded(&settings.client_id), encoded(secret)));
            }
            secret => {
                form.push(("client_id", &settings.client_id));
                form.extend(secret.map(|secret| ("client_secret", secret)));
            }
        }
        let answer = http.post(&metadata.token_endpoint, basic, &form).await?;
        if answer.is_success {
            return answer.json();
        }
        let Refusal { error } = answer.json()?;
        Err(match error.as_str() {
            "invalid_grant" => OidcError::CodeRefused,
            "invalid_client" | "unauthorized_client" => OidcError::ClientRefused,
            _ => OidcError::Refused,
        })
    }
}

/// RFC 6749, section 2.3.1: both parts are form-encoded before they are put into the header.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
