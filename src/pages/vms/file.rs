//! Both lists as a file: as the filter and the order of the page have them, of all its pages.

use axum::extract::State;
use futures_util::stream;

use crate::{
    control::FleetReading,
    model::{RowId, Server, Vm},
    pages::export,
    web::{
        Can, Page, Portal, Query, Result,
        access::ReadTeam,
        table_file::{Format, Rows, TableFile},
    },
};

use super::{
    list::{ListQuery, Side},
    marks::Marks,
    order,
};

pub async fn file(
    who: Can<ReadTeam>,
    State(portal): State<Portal>,
    Query(query): Query<ListQuery>,
    format: Format,
) -> Result {
    let access = portal.store.api_access(who.team()).await?;
    let FleetReading { fleet, .. } = portal.control.read_lists(&access).await?;
    let marks = Marks::of(&portal.store, &who.team().id).await?;
    let page = who.page();
    let record = who.record().on_team(&who.team().id, &page.address);
    export::written_down(&portal, &record).await?;
    let filter = query.filter();
    let mut rows = Rows::new();
    let lists = [
        (Side::NotMonitored, fleet.not_monitored),
        (Side::Monitored, fleet.monitored),
    ];
    for (side, mut servers) in lists {
        servers.retain(|server| filter.lets_through(server, &page, &marks));
        order::sort(&mut servers, &query.sort);
        let lines = servers.iter().flat_map(|it| lines(&page, side, it, &marks));
        rows.extend(lines);
    }
    let file = TableFile {
        format,
        name: export::name(&portal, &format!("{}-vms", who.team().slug)),
        head: head(&page),
    };
    file.send(stream::iter([Ok(rows)])).await
}

fn head(page: &Page) -> Vec<String> {
    let first = [
        "vms-list",
        "vm-name",
        "load-balancer",
        "floating-ip",
        "fixed-ip",
        "vm-os",
    ];
    let mut head = first.map(|it| page.say(it)).to_vec();
    head.extend(export::word_titles(page, "vm-status"));
    head.extend(["unprotected-since", "server-id"].map(|it| page.say(it)));
    head
}

/// A line for the load balancer and one for each VM behind it, or one for a VM of its own.
fn lines(page: &Page, side: Side, server: &Server, marks: &Marks) -> Rows {
    let list = page.say(format!("vms-{}", side.code()));
    let of_vm = |vm: &Vm, behind: &str| {
        let mut line = vec![
            list.clone(),
            export::cell(vm.name.as_deref()),
            behind.to_owned(),
        ];
        let ips = [&vm.floating_ip, &vm.fixed_ip, &vm.os];
        line.extend(ips.map(|it| export::cell(it.as_deref())));
        line.extend(export::word(page, vm.status.as_ref()));
        let known = marks.unprotected(vm).filter(|it| it.is_since_known);
        line.push(known.map(|it| it.since.to_string()).unwrap_or_default());
        line.push(export::cell(vm.id.as_ref().map(RowId::as_str)));
        line
    };
    match server {
        Server::Vm(vm) => vec![of_vm(vm, "")],
        Server::LoadBalancer(it) => {
            let name = export::cell(it.name.as_deref());
            let mut line = vec![list.clone(), name.clone(), page.say("load-balancer")];
            let ips = [&it.floating_ip, &it.fixed_ip];
            line.extend(ips.map(|it| export::cell(it.as_deref())));
            line.push(String::new());
            line.extend(export::word(page, it.status.as_ref()));
            line.push(String::new());
            line.push(export::cell(it.id.as_ref().map(RowId::as_str)));
            let behind = it.vms.iter().map(|vm| of_vm(vm, &name));
            std::iter::once(line).chain(behind).collect()
        }
    }
}
