//! Stylesheets and scripts: embedded, compressed once, and named by what is in them.

use std::{collections::HashMap, io::Write as _, sync::LazyLock};

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

struct Asset {
    kind: &'static str,
    plain: Vec<u8>,
    gzipped: Vec<u8>,
}

struct Assets {
    fingerprint: String,
    by_path: HashMap<String, Asset>,
}

/// One fingerprint for all, so that scripts can import each other by relative paths.
static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut paths: Vec<String> = Files::iter().map(|path| path.to_string()).collect();
    paths.sort();
    let mut hash = Sha256::new();
    let mut by_path = HashMap::new();
    for path in paths {
        let Some(file) = Files::get(&path) else {
            continue;
        };
        hash.update(path.as_bytes());
        hash.update(&file.data);
        let asset = Asset {
            kind: kind(&path),
            gzipped: gzip(&file.data),
            plain: file.data.into_owned(),
        };
        by_path.insert(path, asset);
    }
    let fingerprint = URL_SAFE_NO_PAD.encode(&hash.finalize()[..9]);
    Assets {
        fingerprint,
        by_path,
    }
});

/// The address of a file under `static/`.
#[must_use]
pub fn address(path: &str) -> String {
    format!("/static/{}/{path}", ASSETS.fingerprint)
}

/// Answers `GET /static/{fingerprint}/{path}`. A page of an older portal asks by an older
/// fingerprint: it gets what there is, and is not told to keep it.
pub async fn serve(
    Path((fingerprint, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(asset) = ASSETS.by_path.get(&path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let keep = if fingerprint == ASSETS.fingerprint {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("gzip"));
    let common = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, keep),
        (header::VARY, "accept-encoding"),
    ];
    if gzip {
        let encoding = [(header::CONTENT_ENCODING, "gzip")];
        (common, encoding, asset.gzipped.as_slice()).into_response()
    } else {
        (common, asset.plain.as_slice()).into_response()
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(data)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}
