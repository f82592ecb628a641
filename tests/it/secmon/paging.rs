//! The rows of SECMON.md about pages: counts, the page past the end, links to other pages.

use secmon_portal::{
    model::{Change, Listing},
    secmon::Error,
};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{
    support::{gateway, success},
    variants::{history, tickets},
};

#[tokio::test]
async fn row_11_counts_are_numbers_or_strings() {
    for (count, total) in [
        (json!(20), Some(20)),
        (json!("20"), Some(20)),
        (json!(null), None),
        (json!("many"), None),
        (json!(-1), None),
    ] {
        let listing = tickets(json!({"results": [{}], "count": count})).await;
        assert_eq!(listing.total, total, "{count}");
    }
}

#[tokio::test]
async fn row_12_a_page_past_the_end_is_an_empty_page() {
    let gone = |body: &str| ResponseTemplate::new(404).set_body_string(body);
    for body in [r#"{"detail": "Invalid page."}"#, "", r#"{"header": null}"#] {
        let listing = history(gone(body), 9).await.expect("is an empty page");
        assert!(listing.rows.is_empty() && !listing.has_next, "{body:?}");
        assert_eq!(listing.page.get(), 9);
    }
    let listing = history(success(json!({"results": []})), 9).await;
    assert!(listing.expect("is an empty page").rows.is_empty());
}

#[tokio::test]
async fn row_12_any_other_404_is_an_error() {
    let is_404 = |outcome: Result<_, Error>| {
        let error = outcome.map(|_: Listing<Change>| ()).expect_err("fails");
        assert!(
            matches!(error, Error::Gateway { status: 404, .. }),
            "{error:?}"
        );
    };
    let detail = ResponseTemplate::new(404).set_body_json(json!({"detail": "Invalid page."}));
    is_404(history(detail, 1).await);
    is_404(history(gateway(404, 4_041_007, "not found"), 9).await);
    // Taken for the end of the list, it would hide that the API is not there at all.
    let page = ResponseTemplate::new(404).set_body_string("<html>404 Not Found</html>");
    is_404(history(page, 9).await);
}

#[tokio::test]
async fn row_13_next_only_says_that_there_is_one() {
    for (next, has_next) in [
        (
            json!("https://kr1-secmon.api.nhncloudservice.com/appkeys/x/history?page=2"),
            true,
        ),
        (json!(""), false),
        (json!(null), false),
    ] {
        let listing = tickets(json!({"results": [{}], "next": next})).await;
        assert_eq!(listing.has_next, has_next, "{next}");
    }
    assert!(!tickets(json!({"results": [{}]})).await.has_next);
}
