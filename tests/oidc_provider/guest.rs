//! A minimal browser for the provider.

use std::collections::BTreeMap;

use reqwest::{Client, RequestBuilder, Response, header, redirect::Policy};
use scraper::{Html, Selector};
use url::Url;

/// A browser at the provider, with its cookies.
pub struct Guest {
    portal: String,
    pub client: Client,
    cookies: BTreeMap<String, String>,
}

impl Guest {
    /// On the way to that portal and from it.
    pub fn with_portal(portal: &str) -> Self {
        // Also where no client of the portal has done it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).no_proxy();
        Self {
            portal: portal.to_owned(),
            client: client.build().expect("can be built"),
            cookies: BTreeMap::new(),
        }
    }

    /// Signs in at the provider if asked, and returns the redirect to the portal.
    pub async fn signs_in(&mut self, address: &str, name: &str) -> String {
        let fields = [("login", name), ("password", "x")];
        self.goes(address, &fields).await
    }

    /// Follows redirects, and submits the provider's form with these fields.
    pub async fn goes(&mut self, address: &str, fields: &[(&str, &str)]) -> String {
        let mut at = address.to_owned();
        let mut answer = self.asks(self.client.get(&at)).await;
        for _ in 0..10 {
            if let Some(there) = location(&answer, &at) {
                if let Some(path) = there.strip_prefix(&self.portal) {
                    return path.to_owned();
                }
                at = there;
                answer = self.asks(self.client.get(&at)).await;
                continue;
            }
            let text = answer.text().await.expect("is text");
            let (action, mut all) = form(&text);
            all.extend(
                fields
                    .iter()
                    .map(|(name, it)| ((*name).to_owned(), (*it).to_owned())),
            );
            let url = Url::parse(&at).expect("an address");
            at = url.join(&action).expect("an address").to_string();
            answer = self.asks(self.client.post(&at).form(&all)).await;
        }
        panic!("it leads nowhere: {at}");
    }

    /// Sends a request with the cookies, and stores new ones.
    pub async fn asks(&mut self, request: RequestBuilder) -> Response {
        let cookies = self.cookies.iter().map(|(name, it)| format!("{name}={it}"));
        let cookies: Vec<_> = cookies.collect();
        let request = request.header(header::COOKIE, cookies.join("; "));
        let answer = request.send().await.expect("answers");
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("is text");
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("has a name");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// A form's action and hidden fields.
fn form(text: &str) -> (String, Vec<(String, String)>) {
    let html = Html::parse_document(text);
    let forms = Selector::parse("form").expect("a selector");
    let hidden = Selector::parse("input[type=hidden]").expect("a selector");
    let form = html
        .select(&forms)
        .next()
        .unwrap_or_else(|| panic!("no form: {text}"));
    let value =
        |name: &str, of: &scraper::ElementRef<'_>| of.attr(name).unwrap_or_default().to_owned();
    let fields = form.select(&hidden);
    let fields = fields.map(|field| (value("name", &field), value("value", &field)));
    (value("action", &form), fields.collect())
}

/// The absolute URL of a redirect.
pub fn location(answer: &Response, at: &str) -> Option<String> {
    let there = answer.headers().get(header::LOCATION)?;
    let there = there.to_str().expect("is text");
    let url = Url::parse(at).expect("an address");
    Some(url.join(there).expect("an address").to_string())
}
