//! Calls of the Secmon API, from request to decoded rows: `cargo bench --bench source`.

mod support;

use divan::Bencher;
use secmon_portal::{
    model::{ApiAccess, AppKey, EventRange, KstDateTime, PageNumber, Region, TeamId},
    secmon::{BaseUrls, Secmon, Settings},
};
use support::{Rows, serve_source};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

struct Source {
    runtime: Runtime,
    secmon: Secmon,
    access: ApiAccess,
}

/// Every list has so many rows.
fn source(rows: usize) -> Source {
    let runtime = Runtime::new().expect("starts");
    let rows = Rows {
        servers: rows,
        tickets: rows,
        events: rows,
    };
    let base = runtime.block_on(serve_source(rows));
    let base: url::Url = base.parse().expect("a URL");
    let settings = Settings {
        bases: BaseUrls::new(|_| base.clone()),
        ..Settings::default()
    };
    Source {
        runtime,
        secmon: Secmon::new(settings).expect("can be built"),
        access: ApiAccess {
            team: TeamId("team".to_owned()),
            region: Region::Kr1,
            app_key: AppKey::parse("key").expect("a key"),
            token: None,
        },
    }
}

/// With one row it is the price of HTTP.
#[divan::bench(args = [1, 50, 5_000])]
fn server_lists(bencher: Bencher, rows: usize) {
    let Source {
        runtime,
        secmon,
        access,
    } = source(rows);
    bencher.bench_local(|| {
        runtime
            .block_on(secmon.fleet_in_turn(&access))
            .expect("rows")
    });
}

#[divan::bench(args = [1, 10, 1_000])]
fn tickets(bencher: Bencher, rows: usize) {
    let Source {
        runtime,
        secmon,
        access,
    } = source(rows);
    let page = PageNumber::FIRST;
    bencher.bench_local(|| {
        runtime
            .block_on(secmon.tickets(&access, page))
            .expect("rows")
    });
}

#[divan::bench(args = [1, 20, 1_000])]
fn events(bencher: Bencher, rows: usize) {
    let Source {
        runtime,
        secmon,
        access,
    } = source(rows);
    let at = |text| KstDateTime::parse(text).expect("a time");
    let range = EventRange::new(at("2021-07-01T20:00:00"), at("2021-07-13T20:23:59"));
    let (range, page) = (range.expect("a range"), PageNumber::FIRST);
    bencher.bench_local(|| {
        runtime
            .block_on(secmon.events(&access, page, range))
            .expect("rows")
    });
}

#[divan::bench(args = ["guide", "200kb", "1mb"])]
fn ticket(bencher: Bencher, id: &str) {
    let Source {
        runtime,
        secmon,
        access,
    } = source(1);
    let id = id.parse().expect("an id");
    bencher.bench_local(|| {
        runtime
            .block_on(secmon.ticket(&access, &id))
            .expect("a ticket")
    });
}
