//! The export of servers: both lists, with the page's filter and order.

use axum::extract::State;
use futures_util::{Stream, TryStreamExt as _, stream};

use crate::{
    control::InventoryReading,
    model::{ApiAccess, KstDateTime, Server, ServerId, TeamId, Vm},
    web::{
        AppState, Authorized, Layout, LenientQuery, Result,
        access::ReadTeam,
        export::{Columns, ExportRequest, TableExport},
    },
};

use super::{
    filter::ServerFlags,
    list::{ListKind, ListQuery},
    sort,
};

/// Rows written at a time.
const BATCH: usize = 500;

#[derive(Clone)]
struct Row {
    list: ListKind,
    /// A load balancer is a row without an operating system.
    vm: Vm,
    load_balancer: LoadBalancerCell,
    unprotected_since: Option<KstDateTime>,
}

#[derive(Clone)]
enum LoadBalancerCell {
    Standalone,
    Itself,
    Member(Option<String>),
}

pub async fn export(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<ListQuery>,
    request: ExportRequest,
) -> Result {
    let access = state.store.api_access(who.team()).await?;
    let export = TableExport::new(&state, &who, request, "vms");
    let export = export.with_filters(&query.filters());
    let team = who.team().id.clone();
    let layout = who.layout();
    let rows = stream::once(async move { read(&state, &access, &team, &query, &layout).await });
    export.send(columns(), batches(rows)).await
}

async fn read(
    state: &AppState,
    access: &ApiAccess,
    team: &TeamId,
    query: &ListQuery,
    layout: &Layout,
) -> Result<Vec<Row>> {
    let InventoryReading { fleet, .. } = state.control.read_lists(access).await?;
    let flags = ServerFlags::load(&state.store, team).await?;
    let filter = query.filter();
    let mut rows = Vec::new();
    for (list, mut servers) in [
        (ListKind::NotMonitored, fleet.not_monitored),
        (ListKind::Monitored, fleet.monitored),
    ] {
        servers.retain(|server| filter.lets_through(list, server, layout, &flags));
        sort::sort(&mut servers, query.sort.value());
        let servers = servers.into_iter();
        rows.extend(servers.flat_map(|server| rows_of_server(list, server, &flags)));
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

fn rows_of_server(list: ListKind, server: Server, flags: &ServerFlags) -> Vec<Row> {
    let row = |vm: Vm, load_balancer| {
        let known = flags.unprotected(&vm).filter(|known| known.is_since_known);
        Row {
            list,
            unprotected_since: known.map(|known| known.since),
            vm,
            load_balancer,
        }
    };
    match server {
        Server::Vm(vm) => vec![row(vm, LoadBalancerCell::Standalone)],
        Server::LoadBalancer(lb) => {
            let member = LoadBalancerCell::Member(lb.name.clone());
            let itself = Vm {
                id: lb.id,
                name: lb.name,
                os: None,
                fixed_ip: lb.fixed_ip,
                floating_ip: lb.floating_ip,
                status: lb.status,
            };
            let members = lb.vms.into_iter().map(|vm| row(vm, member.clone()));
            std::iter::once(row(itself, LoadBalancerCell::Itself))
                .chain(members)
                .collect()
        }
    }
}

fn columns() -> Columns<Row> {
    Columns::<Row>::default()
        .rendered("vms-list", |page, row| {
            page.t(format!("vms-{}", row.list.code())).to_owned()
        })
        .text("vm-name", |row| row.vm.name.as_deref())
        .rendered("load-balancer", |page, row| match &row.load_balancer {
            LoadBalancerCell::Standalone => String::new(),
            LoadBalancerCell::Itself => page.t("load-balancer").to_owned(),
            LoadBalancerCell::Member(name) => name.clone().unwrap_or_default(),
        })
        .text("floating-ip", |row| row.vm.floating_ip.as_deref())
        .text("fixed-ip", |row| row.vm.fixed_ip.as_deref())
        .text("vm-os", |row| row.vm.os.as_deref())
        .term("vm-status", |row| row.vm.status.as_ref())
        .rendered("unprotected-since", |_, row| {
            row.unprotected_since
                .map(|since| since.to_string())
                .unwrap_or_default()
        })
        .text("server-id", |row| row.vm.id.as_ref().map(ServerId::as_str))
}
