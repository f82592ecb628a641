//! Database statements of a request.

use std::sync::{LazyLock, Mutex};

use tracing::{Event, Instrument as _, Subscriber, info_span, span};
use tracing_subscriber::{
    Layer, filter::filter_fn, layer::Context, layer::SubscriberExt as _, registry::LookupSpan,
};

use crate::support::{Portal, TestClient};

/// The span of each statement that was executed in a span of [`statements`].
static EXECUTED: Mutex<Vec<span::Id>> = Mutex::new(Vec::new());

const SPAN: &str = "counted request";

struct Counter;

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Counter {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut spans = context.event_scope(event).into_iter().flatten();
        if event.metadata().target() == "sqlx::query"
            && let Some(request) = spans.find(|span| span.name() == SPAN)
        {
            EXECUTED.lock().expect("is sound").push(request.id());
        }
    }
}

/// The driver runs statements on separate threads, which only a global subscriber covers.
static SUBSCRIBER: LazyLock<()> = LazyLock::new(|| {
    let wanted = filter_fn(|metadata| metadata.is_span() || metadata.target() == "sqlx::query");
    let subscriber = tracing_subscriber::registry().with(wanted).with(Counter);
    tracing::subscriber::set_global_default(subscriber).expect("is the only one");
});

/// How many statements a page executes.
async fn statements(client: &mut TestClient, address: &str) -> usize {
    LazyLock::force(&SUBSCRIBER);
    let request = info_span!("counted request");
    let id = request.id().expect("is enabled");
    let page = client.get(address).instrument(request).await;
    assert_eq!(page.status, 200, "{address}");
    let executed = EXECUTED.lock().expect("is sound");
    executed.iter().filter(|span| **span == id).count()
}

#[tokio::test]
async fn page_authenticates_with_one_statement() {
    let portal = Portal::start().await;
    for username in ["viewer", "site-admin"] {
        let mut client = portal.sign_in(username).await;
        client.get("/t/acme/tickets").await;
        // The page's own statements: the state of the archive and the team's key, or none.
        for (address, expected) in [("/t/acme/tickets", 3), ("/session", 1)] {
            let executed = statements(&mut client, address).await;
            assert_eq!(executed, expected, "{address} for {username}");
        }
    }
}
