//! Both lists of servers as a file: all pages, with the filter and the order of the page.

use axum::extract::State;
use futures_util::{
    Stream, TryStreamExt as _,
    stream::{self},
};

use crate::{
    control::InventoryReading,
    model::{ApiAccess, KstDateTime, Server, ServerId, TeamId, VendorTerm, Vm},
    pages::export,
    web::{
        AppState, Authorized, Layout, LenientQuery, Result,
        access::ReadTeam,
        export::{Columns, ExportRequest},
    },
};

use super::{
    list::{ListKind, ListQuery},
    marks::ServerFlags,
    order,
};

/// Rows that are written at a time.
const BATCH: usize = 500;

/// A load balancer, a VM behind it, or a VM of its own.
#[derive(Clone)]
struct Row {
    side: ListKind,
    name: Option<String>,
    balancer: Balancer,
    floating_ip: Option<String>,
    fixed_ip: Option<String>,
    os: Option<String>,
    status: Option<VendorTerm>,
    unprotected_since: Option<KstDateTime>,
    id: Option<ServerId>,
}

#[derive(Clone)]
enum Balancer {
    None,
    Itself,
    Of(Option<String>),
}

pub async fn export(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<ListQuery>,
    request: ExportRequest,
) -> Result {
    let access = state.store.api_access(who.team()).await?;
    let file = export::of_team(&state, &who, request, "vms");
    let team = who.team().id.clone();
    let layout = who.layout();
    let rows = stream::once(async move { read(&state, &access, &team, &query, &layout).await });
    file.send(columns(), batches(rows)).await
}

async fn read(
    state: &AppState,
    access: &ApiAccess,
    team: &TeamId,
    query: &ListQuery,
    layout: &Layout,
) -> Result<Vec<Row>> {
    let InventoryReading { fleet, .. } = state.control.read_lists(access).await?;
    let marks = ServerFlags::of(&state.store, team).await?;
    let filter = query.filter();
    let mut rows = Vec::new();
    let lists = [
        (ListKind::NotMonitored, fleet.not_monitored),
        (ListKind::Monitored, fleet.monitored),
    ];
    for (side, mut servers) in lists {
        servers.retain(|server| filter.lets_through(server, layout, &marks));
        order::sort(&mut servers, &query.sort);
        let of_server = servers
            .into_iter()
            .flat_map(|server| rows_of(side, server, &marks));
        rows.extend(of_server);
    }
    Ok(rows)
}

fn batches(
    rows: impl Stream<Item = Result<Vec<Row>>> + Send,
) -> impl Stream<Item = Result<Vec<Row>>> + Send {
    let batches = rows.map_ok(|rows| {
        let batches: Vec<_> = rows.chunks(BATCH).map(|batch| Ok(batch.to_vec())).collect();
        stream::iter(batches)
    });
    batches.try_flatten()
}

/// A row for a load balancer and one for each VM behind it, or one for a VM of its own.
fn rows_of(side: ListKind, server: Server, marks: &ServerFlags) -> Vec<Row> {
    match server {
        Server::Vm(vm) => vec![row_of(side, vm, Balancer::None, marks)],
        Server::LoadBalancer(balancer) => {
            let name = balancer.name;
            let row = Row {
                side,
                name: name.clone(),
                balancer: Balancer::Itself,
                floating_ip: balancer.floating_ip,
                fixed_ip: balancer.fixed_ip,
                os: None,
                status: balancer.status,
                unprotected_since: None,
                id: balancer.id,
            };
            let vms = balancer.vms.into_iter();
            let behind = vms.map(|vm| row_of(side, vm, Balancer::Of(name.clone()), marks));
            std::iter::once(row).chain(behind).collect()
        }
    }
}

fn row_of(side: ListKind, vm: Vm, balancer: Balancer, marks: &ServerFlags) -> Row {
    let known = marks.unprotected(&vm).filter(|known| known.is_since_known);
    Row {
        side,
        balancer,
        unprotected_since: known.map(|known| known.since),
        name: vm.name,
        floating_ip: vm.floating_ip,
        fixed_ip: vm.fixed_ip,
        os: vm.os,
        status: vm.status,
        id: vm.id,
    }
}

fn columns() -> Columns<Row> {
    Columns::<Row>::default()
        .rendered("vms-list", |page, row| {
            page.t(format!("vms-{}", row.side.code())).to_owned()
        })
        .text("vm-name", |row| row.name.as_deref())
        .rendered("load-balancer", |page, row| match &row.balancer {
            Balancer::None => String::new(),
            Balancer::Itself => page.t("load-balancer").to_owned(),
            Balancer::Of(name) => name.clone().unwrap_or_default(),
        })
        .text("floating-ip", |row| row.floating_ip.as_deref())
        .text("fixed-ip", |row| row.fixed_ip.as_deref())
        .text("vm-os", |row| row.os.as_deref())
        .word("vm-status", |row| row.status.as_ref())
        .rendered("unprotected-since", |_, row| {
            let since = row.unprotected_since.map(|since| since.to_string());
            since.unwrap_or_default()
        })
        .text("server-id", |row| row.id.as_ref().map(ServerId::as_str))
}
