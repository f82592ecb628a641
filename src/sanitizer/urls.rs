//! The URLs of links and images.

use url::Url;

/// Bytes.
const MAX_LINK: usize = 4096;

/// Characters of base64.
const MAX_IMAGE: usize = 1024 * 1024;

/// A link's URL in normal form: to a host over HTTP, or to a mailbox. A relative URL would lead into the portal, another
/// scheme to code or other programs.
pub fn link(href: &str) -> Option<String> {
    let url = Url::parse(href).ok()?;
    let allowed = match url.scheme() {
        "http" | "https" => url.has_host(),
        "mailto" => true,
        _ => false,
    };
    // A URL that changes when parsed again could lead elsewhere in the browser.
    let stable = Url::parse(url.as_str()).is_ok_and(|again| again.as_str() == url.as_str());
    let url = String::from(url);
    (allowed && stable && url.len() <= MAX_LINK).then_some(url)
}

/// An image's `data:` URL in a raster format, which cannot hold scripts.
pub fn image(src: &str) -> Option<String> {
    let (head, data) = src.trim_ascii().split_once(',')?;
    let format = match head.to_ascii_lowercase().as_str() {
        "data:image/png;base64" => "png",
        "data:image/jpeg;base64" | "data:image/jpg;base64" => "jpeg",
        "data:image/gif;base64" => "gif",
        "data:image/webp;base64" => "webp",
        _ => return None,
    };
    if data.len() > MAX_IMAGE {
        return None;
    }
    let data: String = data.split_ascii_whitespace().collect();
    let digits = data.trim_end_matches('=');
    let padding = data.len() - digits.len();
    let base64 = digits
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if digits.is_empty() || !base64 || padding > 2 || digits.len() % 4 == 1 {
        return None;
    }
    Some(format!("data:image/{format};base64,{data}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_leads_to_host_or_mailbox_only() {
        for url in ["https://example.com/a?b=1&c=2", "mailto:soc@example.com"] {
            assert_eq!(link(url).as_deref(), Some(url));
        }
        for url in [
            "",
            "/t/team/vms",
            "//example.com",
            "javascript:alert(1)",
            " java\tscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://example.com/x",
            "javascript&colon;alert(1)",
        ] {
            assert_eq!(link(url), None, "{url}");
        }
    }

    #[test]
    fn image_is_data_of_a_raster_format_only() {
        let seen = image(" DATA:image/JPG;base64,AA\r\n A= ");
        assert_eq!(seen.as_deref(), Some("data:image/jpeg;base64,AAA="));
        for url in [
            "https://example.com/a.png",
            "/a.png",
            "data:image/svg+xml;base64,AAAA",
            "data:image/png,AAAA",
            "data:image/png;base64,",
            "data:image/png;base64,A",
            "data:image/png;base64,A\"AA",
            "data:text/html;base64,AAAA",
        ] {
            assert_eq!(image(url), None, "{url}");
        }
        let large = "A".repeat(MAX_IMAGE + 4);
        assert_eq!(image(&format!("data:image/png;base64,{large}")), None);
    }
}
