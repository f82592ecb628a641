//! The addresses that links and images may hold.

use url::Url;

/// Longer ones are no addresses that a person follows.
const LONGEST_LINK: usize = 4096;

/// The largest image, in characters of base64.
const LARGEST_IMAGE: usize = 1024 * 1024;

/// A link's address, in the normal form of browsers: to a host over HTTP, or to a mailbox.
///
/// A relative one would lead into the portal, and any other scheme to code or to another program.
pub fn link(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let allowed = match url.scheme() {
        "http" | "https" => url.has_host(),
        "mailto" => true,
        _ => false,
    };
    let url = String::from(url);
    (allowed && url.len() <= LONGEST_LINK).then_some(url)
}

/// An image's address: the picture itself, in a format that holds no script.
pub fn image(address: &str) -> Option<String> {
    let (head, data) = address.trim_ascii().split_once(',')?;
    let format = match head.to_ascii_lowercase().as_str() {
        "data:image/png;base64" => "png",
        "data:image/jpeg;base64" | "data:image/jpg;base64" => "jpeg",
        "data:image/gif;base64" => "gif",
        "data:image/webp;base64" => "webp",
        _ => return None,
    };
    if data.len() > LARGEST_IMAGE {
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
    fn a_link_leads_to_a_host_or_a_mailbox_and_nowhere_else() {
        for address in ["https://example.com/a?b=1&c=2", "mailto:soc@example.com"] {
            assert_eq!(link(address).as_deref(), Some(address));
        }
        for address in [
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
            assert_eq!(link(address), None, "{address}");
        }
    }

    #[test]
    fn an_image_is_a_picture_in_the_text_itself() {
        let seen = image(" DATA:image/JPG;base64,AA\r\n A= ");
        assert_eq!(seen.as_deref(), Some("data:image/jpeg;base64,AAA="));
        for address in [
            "https://example.com/a.png",
            "/a.png",
            "data:image/svg+xml;base64,AAAA",
            "data:image/png,AAAA",
            "data:image/png;base64,",
            "data:image/png;base64,A",
            "data:image/png;base64,A\"AA",
            "data:text/html;base64,AAAA",
        ] {
            assert_eq!(image(address), None, "{address}");
        }
        let large = "A".repeat(LARGEST_IMAGE + 4);
        assert_eq!(image(&format!("data:image/png;base64,{large}")), None);
    }
}
