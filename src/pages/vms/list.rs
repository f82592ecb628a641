//! One of the two lists: filtered, sorted and paged as its address says.

use std::collections::HashMap;

use serde::Deserialize;

use crate::{
    model::{KstDateTime, PageNumber, SearchTerms, Server, ServerId},
    pages::paging::Paging,
    web::{Layout, QueryText, address},
};

use super::{
    marks::{ServerFlags, Show},
    order::{self, Sort},
};

/// Rows on a page, counting the VMs behind load balancers.
const ROWS: usize = 400;

/// The lists' state, all of it in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// What the rows must hold.
    pub q: QueryText,
    /// Which servers, whatever the text.
    pub show: Show,
    pub sort: Sort,
    /// The page of the list of servers that are not monitored.
    page: PageNumber,
    /// The page of the list of monitored ones.
    monitored_page: PageNumber,
    /// The request whose outcome is told.
    pub request: QueryText,
    /// What else is to be said.
    pub notice: QueryText,
}

/// What the rows of both lists must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub text: QueryText,
    terms: SearchTerms,
    pub show: Show,
}

impl Filter {
    #[must_use]
    pub fn lets_through(&self, server: &Server, layout: &Layout, marks: &ServerFlags) -> bool {
        self.show.lets_through(server, marks) && order::matches(server, &self.terms, layout)
    }

    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.text.is_empty() && self.show == Show::Everything
    }
}

/// Which of the two lists.
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

    /// Can the API be asked for this: has it an id, and to be added also every VM with it.
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
    /// The list as it is, without the message after an action.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        self.address_with(path, &[])
    }

    /// The list as it is but for `changed`, which takes the place of what is there.
    #[must_use]
    pub fn address_with(&self, path: &str, changed: &[(&str, Option<&str>)]) -> String {
        let number =
            |layout: PageNumber| (layout > PageNumber::FIRST).then(|| layout.get().to_string());
        let (layout, monitored_page) = (number(self.page), number(self.monitored_page));
        let state = [
            ("q", Some(&*self.q)),
            ("show", self.show.in_address()),
            ("sort", Some(self.sort.as_str())),
            ("page", layout.as_deref()),
            ("monitored_page", monitored_page.as_deref()),
            ("request", None),
        ];
        let now = state.map(|(name, value)| {
            let other = changed.iter().find(|(changed, _)| *changed == name);
            other.copied().unwrap_or((name, value))
        });
        address::with_query(path, &now)
    }

    /// The page of a VM or a load balancer, from where the list is found again as it is.
    #[must_use]
    pub fn server_address(&self, team_path: &str, id: &ServerId) -> String {
        self.address(&format!("{team_path}/vms/{id}"))
    }

    #[must_use]
    pub fn filter(&self) -> Filter {
        Filter {
            text: self.q.clone(),
            terms: SearchTerms::parse(&self.q),
            show: self.show,
        }
    }

    fn number(&self, side: ListKind) -> PageNumber {
        match side {
            ListKind::NotMonitored => self.page,
            ListKind::Monitored => self.monitored_page,
        }
    }
}

/// A list as its template shows it.
pub struct ListView {
    pub side: ListKind,
    pub rows: Vec<Server>,
    /// How many things there are to choose, load balancers and VMs of their own.
    pub items: usize,
    /// How many VMs there are in them.
    pub servers: usize,
    /// How many things the filter lets through.
    pub matching: usize,
    /// How many of those can be sent.
    pub matching_sendable: usize,
    pub paging: Paging,
    /// Those whose release the portal has asked for, and when; the list does not tell.
    release_requested: HashMap<String, KstDateTime>,
}

impl ListView {
    pub fn new(
        mut all: Vec<Server>,
        side: ListKind,
        query: &ListQuery,
        layout: &Layout,
        marks: &ServerFlags,
        release_requested: HashMap<String, KstDateTime>,
    ) -> Self {
        let items = all.len();
        let servers = all.iter().map(|server| server.vms().len()).sum();
        let filter = query.filter();
        all.retain(|server| filter.lets_through(server, layout, marks));
        order::sort(&mut all, &query.sort);
        let matching = all.len();
        let matching_sendable = all.iter().filter(|server| side.can_be_sent(server)).count();
        let (rows, pages) = cut(all, query.number(side));
        let paging = paging(&rows, pages, matching, side, query, layout.path());
        Self {
            side,
            rows,
            items,
            servers,
            matching,
            matching_sendable,
            paging,
            release_requested,
        }
    }

    #[must_use]
    pub fn release_requested(&self, server: &Server) -> Option<KstDateTime> {
        let id = server.id()?.as_str();
        self.release_requested.get(id).copied()
    }
}

/// The rows of one page, and how many pages there are. A load balancer stays whole.
fn cut(all: Vec<Server>, number: PageNumber) -> (Vec<Server>, u32) {
    let mut pages: Vec<Vec<Server>> = vec![Vec::new()];
    let mut rows = 0;
    for server in all {
        let height = match &server {
            Server::LoadBalancer(it) => 1 + it.vms.len(),
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

fn paging(
    rows: &[Server],
    pages: u32,
    matching: usize,
    side: ListKind,
    query: &ListQuery,
    path: &str,
) -> Paging {
    let number = query.number(side);
    let has_next = number.get() < pages;
    let to = |page: PageNumber| {
        let number = page.get().to_string();
        let number = (page > PageNumber::FIRST).then_some(number.as_str());
        query.address_with(path, &[(side.page_parameter(), number)])
    };
    Paging {
        page: number.get(),
        pages: Some(pages),
        total: u64::try_from(matching).ok(),
        // Pages hold different numbers of things, since a load balancer stays whole.
        span: (!rows.is_empty() && pages == 1).then_some((1, rows.len() as u64)),
        first: (number > PageNumber::FIRST).then(|| to(PageNumber::FIRST)),
        previous: number
            .previous()
            .filter(|previous| previous.get() < pages)
            .map(to),
        next: has_next.then(|| to(number.next())),
        last: has_next.then(|| to(PageNumber::new(pages))),
        lacks_rows: false,
    }
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
    fn a_long_list_is_paged_and_nothing_is_lost() {
        let sizes = [1, 2, 3, 4].map(|n| cut(servers(ROWS * 2 + 5), PageNumber::new(n)).0.len());
        assert_eq!(sizes, [ROWS, ROWS, 5, 0]);
        assert_eq!(cut(servers(0), PageNumber::FIRST).1, 1);
    }

    #[test]
    fn a_change_of_one_parameter_keeps_the_others() {
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
