//! The paging rows of docs/secmon-api.md: counts, pages past the end, links.

use secmon_portal::{
    model::{HistoryEntry, PageNumber, PageOf},
    secmon::Error,
};
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::query_param};

use super::{
    support::{access, client, gateway, success},
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
async fn row_12_page_past_the_end_is_empty() {
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
async fn row_12_other_404_is_an_error() {
    let is_404 = |outcome: Result<_, Error>| {
        let error = outcome
            .map(|_: PageOf<HistoryEntry>| ())
            .expect_err("fails");
        assert!(
            matches!(error, Error::HttpStatus { status: 404, .. }),
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
async fn row_13_next_link_only_signals_a_next_page() {
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

#[tokio::test]
async fn row_21_count_tells_what_follows_where_the_link_is_missing() {
    for next in [json!({}), json!({"next": null}), json!({"next": false})] {
        let listing = |rows: usize, count: u64| {
            let mut fields = json!({"results": vec![json!({}); rows], "count": count});
            let next = next.as_object().cloned().unwrap_or_default();
            fields.as_object_mut().expect("an object").extend(next);
            tickets(fields)
        };
        let first = listing(10, 25).await;
        assert!(first.has_next, "{next}");
        assert_eq!(
            (first.span(), first.pages()),
            (Some((1, 10)), Some(3)),
            "{next}"
        );
        assert!(!listing(10, 10).await.has_next, "{next}");
        assert!(!listing(10, 8).await.has_next, "{next}");
    }
    let without_count = tickets(json!({"results": [{}]})).await;
    assert!(!without_count.has_next);
}

#[tokio::test]
async fn row_21_page_size_is_learnt_from_the_first_page() {
    let page = |rows: usize| success(json!({"results": vec![json!({}); rows], "count": 45}));
    let server = MockServer::start().await;
    for (number, rows) in [("1", 20), ("2", 20), ("3", 5)] {
        Mock::given(query_param("page", number))
            .respond_with(page(rows))
            .mount(&server)
            .await;
    }
    let client = client(&server.uri());
    for (number, span, has_next) in [
        (1, (1, 20), true),
        (2, (21, 40), true),
        (3, (41, 45), false),
    ] {
        let listing = client.tickets(&access(), PageNumber::new(number)).await;
        let listing = listing.expect("succeeds");
        assert_eq!((listing.span(), listing.has_next), (Some(span), has_next));
    }
}

#[tokio::test]
async fn row_22_results_may_be_missing_only_from_an_empty_list() {
    for count in [json!(0), json!("0")] {
        let listing = history(success(json!({"count": count})), 1).await;
        let listing = listing.expect("is an empty list");
        assert!(listing.rows.is_empty() && !listing.has_next);
    }
    for fields in [json!({"count": 3}), json!({"count": null}), json!({})] {
        let error = history(success(fields.clone()), 1).await.map(drop);
        assert!(
            matches!(error, Err(Error::UnexpectedResponse { .. })),
            "{fields}"
        );
    }
}
