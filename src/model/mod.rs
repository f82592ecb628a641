//! Domain types and pure logic: teams, users, servers, change requests, tickets, events. No I/O.

mod access;
mod actor;
mod address_key;
mod analysis_table;
mod app_key;
mod archive;
mod audit;
mod change_request;
mod clock;
mod codes;
mod country;
mod display_name;
mod event;
mod filter;
mod grams;
mod highlight;
mod history;
mod id;
mod indicators;
mod inventory;
mod list_definition;
mod list_page;
mod list_query;
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
pub use address_key::{AddressKey, AddressRange};
pub use analysis_table::{AnalysisRow, AnalysisTable};
pub use app_key::AppKey;
pub use archive::{
    ArchiveKind, archived_time, first_place, next_parts_visit, next_window_visit, parts_hash,
    place, severity_level,
};
pub use audit::{Action, ChainBreak, ChainLink, Outcome};
pub use change_request::{
    ChangeAction, ChangeRequest, ItemEvent, ItemKind, ItemState, ItemUpdate, NewChangeRequest,
    PendingRequest, Reason, RequestItem, StartedRequest, Step, transition,
};
pub use clock::Clock;
pub(crate) use codes::codes;
pub use country::{country_code, country_name};
pub use display_name::{MAX_NAME, display_name};
pub use event::{Event, EventRange};
pub use filter::{Filter, FilterValue, Operand};
pub use grams::{Gram, is_exact, team_gram, term_grams, text_grams};
pub use highlight::{Fragment, excerpt, highlight, match_ranges};
pub use history::HistoryEntry;
pub use id::{ServerId, TicketId};
pub use indicators::{Indicator, IndicatorKind, indicators};
pub use inventory::{
    ChangeCause, ChangeCauses, Coverage, KnownServer, Protection, ServerChange, ServerChangeKind,
    ServerDiff, Snapshot, StoredServer, diff,
};
pub use list_definition::{EVENTS, Field, HISTORY, ListDefinition, TICKETS, ValueKind};
pub use list_page::{Count, ListPage};
pub use list_query::{Limits, ListQuery, Position, Sort};
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

/// Why a value was refused, as text that follows the field's name.
///
/// It never repeats the value: an appKey may have been typed into the wrong field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseError(pub &'static str);
