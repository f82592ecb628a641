//! The address of the server lists, and one list filtered, sorted and paged by it.

use std::collections::HashMap;

use serde::Deserialize;

use crate::{
    model::{KstDateTime, PageNumber, Server, ServerId},
    web::{
        Layout, QueryText, address,
        filter::{Choice, FilterValue as _},
        pagination::Pagination,
    },
};

use super::{
    filter::{ListFilter, ServerFilter, ServerFlags, Show},
    sort::{self, Sort},
};

/// Rows on a page, with the VMs behind load balancers.
const ROWS: usize = 400;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    pub q: QueryText,
    pub list: Choice<ListFilter>,
    pub show: Choice<Show>,
    pub os: QueryText,
    pub sort: Choice<Sort>,
    /// The page of the list of servers that are not monitored.
    page: PageNumber,
    monitored_page: PageNumber,
    /// The change request whose outcome the page shows.
    pub request: QueryText,
    pub notice: QueryText,
}

/// One of the API's two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    NotMonitored,
    Monitored,
}

impl ListKind {
    /// Its messages are named after it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotMonitored => "not-monitored",
            Self::Monitored => "monitored",
        }
    }

    #[must_use]
    pub fn is_monitored(self) -> bool {
        self == Self::Monitored
    }

    /// Whether the API can add or release the server: it needs its id, and to add it the ids of its VMs.
    #[must_use]
    pub fn can_be_sent(self, server: &Server) -> bool {
        match self {
            Self::NotMonitored => server.can_be_added(),
            Self::Monitored => server.id().is_some(),
        }
    }

    fn page_parameter(self) -> &'static str {
        match self {
            Self::NotMonitored => "page",
            Self::Monitored => "monitored_page",
        }
    }
}

impl ListQuery {
    /// The list's address, without the message after an action.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        self.address_with(path, &[])
    }

    /// The list's address with some parameters replaced.
    #[must_use]
    pub fn address_with(&self, path: &str, changed: &[(&str, Option<&str>)]) -> String {
        let number = |page: PageNumber| (page > PageNumber::FIRST).then(|| page.get().to_string());
        let (page, monitored_page) = (number(self.page), number(self.monitored_page));
        let [q, list, show, os, sort] = self.filters();
        let current = [
            q,
            list,
            show,
            os,
            sort,
            ("page", page.as_deref()),
            ("monitored_page", monitored_page.as_deref()),
            ("request", None),
        ];
        let parameters = current.map(|(name, value)| {
            let other = changed.iter().find(|(changed, _)| *changed == name);
            other.copied().unwrap_or((name, value))
        });
        address::with_query(path, &parameters)
    }

    /// The parameters that files take over.
    #[must_use]
    pub fn filters(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("q", Some(&self.q)),
            ("list", self.list.code()),
            ("show", self.show.code()),
            ("os", Some(&self.os)),
            ("sort", self.sort.value().map(Sort::code)),
        ]
    }

    /// The page of a server, which links back to this list.
    #[must_use]
    pub fn server_address(&self, team_path: &str, id: &ServerId) -> String {
        self.address(&format!("{team_path}/vms/{id}"))
    }

    #[must_use]
    pub fn filter(&self) -> ServerFilter {
        ServerFilter::new(&self.q, self.list, self.show, &self.os)
    }

    fn number(&self, list: ListKind) -> PageNumber {
        match list {
            ListKind::NotMonitored => self.page,
            ListKind::Monitored => self.monitored_page,
        }
    }
}

/// One list on the page.
pub struct ListView {
    pub list: ListKind,
    pub rows: Vec<Server>,
    /// Load balancers and standalone VMs.
    pub items: usize,
    /// All VMs.
    pub servers: usize,
    /// Items that pass the filter.
    pub matching: usize,
    pub matching_sendable: usize,
    pub paging: Pagination,
    /// Released items that the API still lists, and when their release was requested.
    release_requested: HashMap<String, KstDateTime>,
}

impl ListView {
    pub fn new(
        mut all: Vec<Server>,
        list: ListKind,
        query: &ListQuery,
        layout: &Layout,
        flags: &ServerFlags,
        release_requested: HashMap<String, KstDateTime>,
    ) -> Self {
        let items = all.len();
        let servers = all.iter().map(|server| server.vms().len()).sum();
        let filter = query.filter();
        all.retain(|server| filter.lets_through(list, server, layout, flags));
        sort::sort(&mut all, query.sort.value());
        let matching = all.len();
        let matching_sendable = all.iter().filter(|server| list.can_be_sent(server)).count();
        let number = query.number(list);
        let (rows, pages) = cut(all, number);
        let to = |page: PageNumber| {
            let number = (page > PageNumber::FIRST).then(|| page.get().to_string());
            query.address_with(layout.path(), &[(list.page_parameter(), number.as_deref())])
        };
        let (has_next, is_past_the_end) = (number.get() < pages, number.get() > pages);
        Self {
            paging: Pagination {
                total: Some(matching as u64),
                ..Pagination::with_links(number, Some(pages), has_next, is_past_the_end, to)
            },
            list,
            rows,
            items,
            servers,
            matching,
            matching_sendable,
            release_requested,
        }
    }

    #[must_use]
    pub fn release_requested(&self, server: &Server) -> Option<KstDateTime> {
        let id = server.id()?.as_str();
        self.release_requested.get(id).copied()
    }
}

/// The items of one page, and the number of pages. The VMs of a load balancer stay together.
fn cut(all: Vec<Server>, number: PageNumber) -> (Vec<Server>, u32) {
    let mut pages: Vec<Vec<Server>> = vec![Vec::new()];
    let mut rows = 0;
    for server in all {
        let height = match &server {
            Server::LoadBalancer(lb) => 1 + lb.vms.len(),
            Server::Vm(_) => 1,
        };
        if rows > 0 && rows + height > ROWS {
            pages.push(Vec::new());
            rows = 0;
        }
        rows += height;
        if let Some(page) = pages.last_mut() {
            page.push(server);
        }
    }
    let count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    let index = usize::try_from(number.get() - 1).unwrap_or(usize::MAX);
    let page = pages.into_iter().nth(index).unwrap_or_default();
    (page, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Vm;

    fn servers(count: usize) -> Vec<Server> {
        let vm = |n: usize| {
            Server::Vm(Vm {
                name: Some(format!("vm{n}")),
                ..Vm::default()
            })
        };
        (0..count).map(vm).collect()
    }

    #[test]
    fn long_list_is_paged_without_loss() {
        let sizes = [1, 2, 3, 4].map(|n| cut(servers(ROWS * 2 + 5), PageNumber::new(n)).0.len());
        assert_eq!(sizes, [ROWS, ROWS, 5, 0]);
        assert_eq!(cut(servers(0), PageNumber::FIRST).1, 1);
    }

    #[test]
    fn changed_parameter_keeps_the_others() {
        let query = ListQuery {
            q: "웹".to_owned().into(),
            sort: "-name".to_owned().into(),
            page: PageNumber::new(2),
            ..ListQuery::default()
        };
        assert_eq!(
            query.address_with("/x", &[("sort", Some("os"))]),
            "/x?q=%EC%9B%B9&sort=os&page=2"
        );
        assert_eq!(
            query.address_with("/x", &[("page", None)]),
            "/x?q=%EC%9B%B9&sort=-name"
        );
    }
}
