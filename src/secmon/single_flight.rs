//! Single flight: identical reads that overlap share one API call. Nothing is cached after the response.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use url::Url;

use crate::model::TeamId;

use super::{error::Error, lock, response::ApiResponse, token::CredentialsHash};

type Outcome = Result<Arc<ApiResponse>, Error>;
type Flight = BoxFuture<'static, Outcome>;

/// Identity of a read. Not `Debug`: the URL holds the appKey.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct ReadKey {
    pub team: TeamId,
    pub url: Url,
    pub credentials: Option<CredentialsHash>,
}

/// The reads in flight. Their callers own them: a read ends early only when all of its callers have gone.
#[derive(Default)]
pub(super) struct SingleFlight(Mutex<HashMap<ReadKey, WeakShared<Flight>>>);

impl SingleFlight {
    /// Joins the identical read in flight, or starts `read`.
    pub fn join(
        &self,
        key: ReadKey,
        read: impl Future<Output = Outcome> + Send + 'static,
    ) -> Shared<Flight> {
        let mut flights = lock(&self.0);
        if let Some(flight) = flights.get(&key).and_then(in_flight) {
            return flight;
        }
        flights.retain(|_, flight| in_flight(flight).is_some());
        let flight = read.boxed().shared();
        flights.extend(flight.downgrade().map(|weak| (key, weak)));
        flight
    }

    /// Later reads of this team start anew: a read from before a change must not answer one from after it.
    pub fn forget(&self, team: &TeamId) {
        lock(&self.0).retain(|key, _| key.team != *team);
    }
}

fn in_flight(flight: &WeakShared<Flight>) -> Option<Shared<Flight>> {
    flight.upgrade().filter(|flight| flight.peek().is_none())
}
