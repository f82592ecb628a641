//! What the portal talks about: teams and people, servers, changes, tickets and events. No I/O.

mod access;
mod app_key;
mod change;
mod change_request;
mod clock;
mod country;
mod display_name;
mod event;
mod fleet;
mod id;
mod korean_time;
mod listing;
mod normal_form;
mod one_line;
mod rate_limit;
mod region;
mod role;
mod search;
mod slug;
mod stated_reason;
mod team;
mod ticket;
mod user;
mod words;

pub use access::{ApiAccess, TokenCredentials};
pub use app_key::AppKey;
pub use change::Change;
pub use change_request::{ControlAction, ItemEvent, ItemState, Reason, transition};
pub use clock::Clock;
pub use country::country_name;
pub use display_name::{MAX_NAME, display_name};
pub use event::{Event, EventRange};
pub use fleet::{Fleet, LoadBalancer, Server, Vm};
pub use id::{RowId, TicketId};
pub use korean_time::{KoreanTime, Moment};
pub use listing::{Listing, PageNumber};
pub use normal_form::{has_visible_text, normalize};
pub use one_line::is_unseen;
pub use rate_limit::{Failures, MAX_WAIT, RateLimit};
pub use region::Region;
pub use role::{Permission, Role};
pub use search::SearchTerms;
pub use slug::Slug;
pub use stated_reason::{LONGEST_REASON, stated_reason};
pub use team::{Team, TeamId};
pub use ticket::{Ticket, TicketDetail};
pub use user::{Membership, User, UserId, Username};
pub use words::{Word, Words, words_of};

/// Why a text was refused at the door, in words that fit behind the name of the field.
///
/// It never repeats the text: an appKey may have been typed into the wrong field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub &'static str);
