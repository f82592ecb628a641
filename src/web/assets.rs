//! Static files: embedded, immutable under a fingerprint, and compressed once per encoding.

use std::{
    collections::HashMap,
    io::Write as _,
    sync::{LazyLock, OnceLock},
};

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse as _,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use super::{Error, Result};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

struct Asset {
    media_type: &'static str,
    plain: Vec<u8>,
    brotli: OnceLock<Vec<u8>>,
    gzip: OnceLock<Vec<u8>>,
}

struct Assets {
    fingerprint: String,
    by_path: HashMap<String, Asset>,
}

/// One fingerprint for all files, so that scripts can import each other by relative paths.
static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut paths: Vec<_> = Files::iter().collect();
    paths.sort();
    let mut hash = Sha256::new();
    let mut by_path = HashMap::new();
    for (path, file) in paths
        .into_iter()
        .filter_map(|path| Files::get(&path).map(|file| (path, file)))
    {
        hash.update(path.as_bytes());
        hash.update(&file.data);
        let asset = Asset {
            media_type: media_type(&path),
            plain: file.data.into_owned(),
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        };
        by_path.insert(path.into_owned(), asset);
    }
    let fingerprint = URL_SAFE_NO_PAD.encode(&hash.finalize()[..9]);
    Assets {
        fingerprint,
        by_path,
    }
});

#[derive(Debug, Clone, Copy)]
enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The smaller of the encodings that the client accepts.
    fn accepted(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
        [Self::Brotli, Self::Gzip].into_iter().find(|encoding| {
            accepted.split(',').any(|offer| {
                let (name, quality) = offer.split_once(';').unwrap_or((offer, ""));
                let is_refused = quality
                    .trim()
                    .strip_prefix("q=")
                    .is_some_and(|quality| quality.parse() == Ok(0.0));
                name.trim().eq_ignore_ascii_case(encoding.name()) && !is_refused
            })
        })
    }
}

impl Asset {
    /// The file in this encoding. The first call compresses at the best level, which takes a while.
    fn encoded(&self, encoding: Encoding) -> &[u8] {
        match encoding {
            Encoding::Brotli => self.brotli.get_or_init(|| brotli(&self.plain)),
            Encoding::Gzip => self.gzip.get_or_init(|| gzip(&self.plain)),
        }
    }
}

/// The address of a file under `static/`.
#[must_use]
pub fn address(path: &str) -> String {
    format!("/static/{}/{path}", ASSETS.fingerprint)
}

/// Compresses all files, so that no visitor waits for it.
pub fn compress_all() {
    for asset in ASSETS.by_path.values() {
        asset.encoded(Encoding::Brotli);
        asset.encoded(Encoding::Gzip);
    }
}

/// `GET /static/{fingerprint}/{path}`. Pages of an older version have an older fingerprint: they get the present file,
/// but may not cache it.
pub async fn serve(
    Path((fingerprint, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result {
    let Some(asset) = ASSETS.by_path.get(&path) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let cache = if fingerprint == ASSETS.fingerprint {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let common = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, cache),
        (header::VARY, "accept-encoding"),
    ];
    let Some(encoding) = Encoding::accepted(&headers) else {
        return Ok((common, asset.plain.as_slice()).into_response());
    };
    let body = tokio::task::spawn_blocking(move || asset.encoded(encoding));
    let body = body.await.map_err(Error::internal)?;
    let encoding = [(header::CONTENT_ENCODING, encoding.name())];
    Ok((common, encoding, body).into_response())
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn brotli(data: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    // The default quality is the best one. A larger window than the largest file only costs memory.
    let parameters = brotli::enc::BrotliEncoderParams {
        lgwin: 18,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*data, &mut compressed, &parameters)
        .expect("writing to memory does not fail");
    compressed
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(data)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}
