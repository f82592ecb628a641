//! Static files and compression.

use std::io::Read as _;

use crate::support::{Page, Portal};

#[tokio::test]
async fn static_files_are_immutable_under_their_fingerprint() {
    let portal = Portal::start().await;
    let mut client = portal.client();
    let page = client.get("/login").await;
    let mut addresses = page.attributes("link", "href");
    addresses.extend(page.attributes("script", "src"));
    assert!(addresses.len() >= 4);
    for address in addresses {
        let plain = client.get(&address).await;
        assert_eq!(plain.status, 200, "{address}");
        let kept = plain.header("cache-control");
        assert_eq!(kept, Some("public, max-age=31536000, immutable"));
        let (_, file) = address.split_at("/static/".len());
        let (_, file) = file.split_once('/').expect("has a fingerprint");
        let older = client.get(&format!("/static/older/{file}")).await;
        assert_eq!(
            (older.status, older.header("cache-control")),
            (200, Some("no-cache"))
        );
    }
}

#[tokio::test]
async fn static_path_cannot_escape_its_folder() {
    let portal = Portal::start().await;
    for path in [
        "../Cargo.toml",
        "%2e%2e/Cargo.toml",
        "..%2fCargo.toml",
        "css/../../Cargo.toml",
        "",
        "css",
    ] {
        let answer = portal.client().get(&format!("/static/x/{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn static_files_are_sent_in_the_best_accepted_encoding() {
    let portal = Portal::start().await;
    let mut client = portal.client();
    let style = client
        .get("/login")
        .await
        .link("link[href$='bootstrap.min.css']");
    let plain = client.get(&style).await;
    for (accepted, encoding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("gzip;q=1.0, br;q=0", Some("gzip")),
        ("GZIP", Some("gzip")),
        ("identity", None),
    ] {
        let mut browser = client.clone().with_header("accept-encoding", accepted);
        let answer = browser.get(&style).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.header("vary"), Some("accept-encoding"), "{accepted}");
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(&*length));
        assert!(answer.body.len() < plain.body.len() / 5 || encoding.is_none());
        assert_eq!(decoded(&answer), plain.body, "{accepted}");
    }
}

#[tokio::test]
async fn pages_are_compressed_in_an_accepted_encoding() {
    let portal = Portal::start().await;
    let viewer = portal.sign_in("viewer").await;
    for (accepted, encoding) in [
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("gzip, br", Some("br")),
        ("gzip", Some("gzip")),
        ("identity", None),
    ] {
        let mut browser = viewer.clone().with_header("accept-encoding", accepted);
        let answer = browser.get("/t/acme/vms").await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.header("vary"), Some("accept-encoding"), "{accepted}");
        let length = answer.header("content-length").map(str::to_owned);
        let whole = answer.body.len().to_string();
        assert_eq!(length, encoding.is_none().then_some(whole), "{accepted}");
        if encoding != Some("zstd") {
            let page = String::from_utf8(decoded(&answer)).expect("is text");
            assert!(page.ends_with("</html>"), "{accepted}");
        }
        // BREACH: another site learns nothing from the length.
        for site in ["cross-site", "same-site"] {
            let mut led = browser.clone().with_header("sec-fetch-site", site);
            let answer = led.get("/t/acme/vms?q=guess").await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("content-encoding"), None, "{site}");
        }
    }
}

#[tokio::test]
async fn small_responses_and_exports_are_not_compressed() {
    let portal = Portal::start().await;
    let viewer = portal.sign_in("viewer").await;
    let mut browser = viewer.with_header("accept-encoding", "gzip, br, zstd");
    for address in ["/healthz", "/session", "/t/acme/vms.csv"] {
        let answer = { browser.clone().with_header("accept", "application/json") }
            .get(address)
            .await;
        assert_eq!(answer.status, 200, "{address}");
        assert_eq!(answer.header("content-encoding"), None, "{address}");
    }
    let answer = browser.get("/healthz").await;
    assert_eq!(answer.header("content-length"), Some("3"));
}

fn decoded(answer: &Page) -> Vec<u8> {
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        Some("br") => brotli::BrotliDecompress(&mut &*answer.body, &mut plain),
        Some("gzip") => {
            let mut reader = flate2::read::GzDecoder::new(&*answer.body);
            reader.read_to_end(&mut plain).map(drop)
        }
        _ => return answer.body.clone(),
    }
    .expect("can be decompressed");
    plain
}
