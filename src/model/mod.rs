//! What the portal talks about: teams and people, servers, changes, tickets and events. No I/O.

mod access;
mod actor;
mod app_key;
mod change_request;
mod clock;
mod country;
mod display_name;
mod event;
mod history;
mod id;
mod normal_form;
mod page;
mod rate_limit;
mod reason;
mod region;
mod role;
mod search;
mod server;
mod slug;
mod team;
mod text;
mod ticket;
mod time;
mod user;
mod vendor_term;

pub use access::{ApiAccess, TokenCredentials};
pub use actor::{Actor, Via};
pub use app_key::AppKey;
pub use change_request::{ChangeAction, ItemEvent, ItemState, Reason, transition};
pub use clock::Clock;
pub use country::country_name;
pub use display_name::{MAX_NAME, display_name};
pub use event::{Event, EventRange};
pub use history::HistoryEntry;
pub use id::{ServerId, TicketId};
pub use normal_form::{has_visible_text, normalize};
pub use page::{PageNumber, PageOf};
pub use rate_limit::{Failures, MAX_WAIT, RateLimit};
pub use reason::{MAX_REASON, stated_reason};
pub use region::Region;
pub use role::{Permission, Role};
pub use search::SearchTerms;
pub use server::{LoadBalancer, Server, ServerLists, Vm};
pub use slug::Slug;
pub use team::{Team, TeamId};
pub use text::is_unseen;
pub use ticket::{Ticket, TicketDetail};
pub use time::{ApiTimestamp, KstDateTime};
pub use user::{Membership, User, UserId, Username};
pub use vendor_term::{VendorTerm, Vocabulary, vocabulary};

/// Why a text was refused at the door, in words that fit behind the name of the field.
///
/// It never repeats the text: an appKey may have been typed into the wrong field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseError(pub &'static str);
