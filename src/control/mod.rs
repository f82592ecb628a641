//! Adding and releasing: plan from what the API lists, write down, call, read again, tell.

mod attribution;
mod executor;
mod places;
mod plan;
mod poller;
mod reconcile;
mod snapshot;

use std::{collections::HashSet, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use tokio_util::task::TaskTracker;

use crate::{
    model::{ChangeAction, Clock, Server, ServerId, Team, UserId},
    secmon::Secmon,
    store::{AuditRecord, ChangeRequest, Error, NewChangeRequest, StartedRequest, Store},
};

pub use attribution::{Attribution, Origin, ServerIdentity, asked_before};
pub use plan::{plan, set_aside};
pub use poller::Poller;
pub use snapshot::InventoryReading;

/// The most things that one form may ask for: all of a large fleet. Their ids fill half of the
/// largest form.
pub const MAX_ITEMS: usize = 5000;

/// How long a browser waits for the work before it is told how far it has come: less than a proxy
/// waits for the portal.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a request under way is said to be so: a few times before it counts as left behind.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Adds and releases. A clone shares the work under way.
#[derive(Clone)]
pub struct Control {
    store: Store,
    secmon: Secmon,
    clock: Clock,
    /// Work goes on when the browser goes away; the end of the portal waits for it.
    tasks: TaskTracker,
}

/// What somebody asked for.
#[derive(Debug)]
pub struct ChangeCommand {
    pub team: Team,
    pub user: UserId,
    pub action: ChangeAction,
    /// Why, in their words.
    pub stated_reason: Option<String>,
    /// As the form sent them.
    pub ids: Vec<String>,
    /// What [`going`] said of each thing that was shown to be confirmed, if it was.
    pub shown: HashSet<String>,
    /// What the form's one-time token is remembered by.
    pub token: String,
    pub by: AuditRecord,
}

/// What became of asking.
#[derive(Debug)]
pub enum SubmitOutcome {
    /// The request with that id tells: this form's, or the one that it made when it was first sent.
    Request(String),
    /// The token was used for something else before, by the request with that id; nothing was done.
    OtherSelection(String),
    /// Other VMs would go along than were shown; nothing was done.
    Changed,
}

impl Control {
    #[must_use]
    pub fn new(store: Store, secmon: Secmon, clock: Clock) -> Self {
        Self {
            store,
            secmon,
            clock,
            tasks: TaskTracker::new(),
        }
    }

    /// Does what was asked, once for each token. After a while the answer comes before the work
    /// is done; the request's items then say how far it has come.
    ///
    /// # Errors
    /// When it could not be written down; then nothing was sent.
    pub async fn submit(&self, asked: ChangeCommand) -> Result<SubmitOutcome, Error> {
        let selection = selection(asked.action, &asked.ids);
        let (team, token) = (asked.team.clone(), asked.token.clone());
        if let Some(known) = self.store.control_by_token(&team.id, &token).await? {
            return self.repeat(&team, known, &selection).await;
        }
        let this = self.clone();
        let mut work = self
            .tasks
            .spawn(async move { this.perform(asked, selection).await });
        loop {
            if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
                return done.unwrap_or(Err(Error::Unreadable("the work on a request ended early")));
            }
            if let Some(begun) = self.store.control_by_token(&team.id, &token).await? {
                return Ok(SubmitOutcome::Request(begun.id));
            }
        }
    }

    /// Waits until all work under way has ended.
    pub async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn perform(
        &self,
        asked: ChangeCommand,
        selection: String,
    ) -> Result<SubmitOutcome, Error> {
        let planned = self.store.time().await?;
        let access = self.store.api_access(&asked.team).await?;
        let read = self.read_lists(&access).await;
        if let Err(error) = &read {
            tracing::warn!(team = %asked.team.slug, %error, "the lists could not be read");
        }
        let fleet = read.as_ref().map(|reading| &reading.fleet);
        let (items, mut servers) = plan(asked.action, &asked.ids, fleet);
        let under_way = self.store.under_way(&asked.team.id, asked.action).await?;
        let is_under_way = |server: &Server| {
            server
                .id()
                .is_some_and(|id| under_way.contains_key(id.as_str()))
        };
        let is_new =
            |server: &Server| !asked.shown.contains(&going(server)) && !is_under_way(server);
        if !asked.shown.is_empty() && servers.iter().any(is_new) {
            return Ok(SubmitOutcome::Changed);
        }
        let new = NewChangeRequest {
            team: asked.team.id.clone(),
            user: asked.user,
            action: asked.action,
            stated_reason: asked.stated_reason,
            token: asked.token,
            selection: selection.clone(),
            planned,
            items,
        };
        let request = match self.store.start_control(new, &asked.by).await? {
            StartedRequest::Known(known) => {
                return self.repeat(&asked.team, known, &selection).await;
            }
            StartedRequest::New { id, taken } => {
                let is_free =
                    |server: &Server| server.id().is_some_and(|id| !taken.contains(id.as_str()));
                servers.retain(is_free);
                id
            }
        };
        let run = executor::Run {
            control: self,
            access: &access,
            action: asked.action,
            request: &request,
        };
        // From here on what is not told by an error is told by the request's items.
        let work = async {
            run.all(&servers).await?;
            self.store.finish_control(&request).await
        };
        let followed = tokio::select! {
            done = work => done,
            () = self.keep_touching(&request) => Ok(()),
        };
        if let Err(error) = followed {
            tracing::error!(request, %error, "a request could not be followed to its end");
        }
        Ok(SubmitOutcome::Request(request))
    }

    /// Says again and again that the request is being worked on.
    async fn keep_touching(&self, request: &str) {
        let mut beats = tokio::time::interval(HEARTBEAT);
        loop {
            beats.tick().await;
            if let Err(error) = self.store.touch_control(request).await {
                tracing::warn!(request, %error, "a request could not be kept alive");
            }
        }
    }

    /// Tells what the first sending of the same form did, once it is done.
    async fn repeat(
        &self,
        team: &Team,
        mut known: ChangeRequest,
        selection: &str,
    ) -> Result<SubmitOutcome, Error> {
        if known.selection != selection {
            return Ok(SubmitOutcome::OtherSelection(known.id));
        }
        // The first may be under way in another process, so that only the store can tell.
        for _ in 0..150 {
            if !known.is_running {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            match self.store.control_request(&team.id, &known.id).await? {
                Some(now) => known = now,
                None => break,
            }
        }
        Ok(SubmitOutcome::Request(known.id))
    }

    /// The request, with what the lists say, when they have just been read.
    pub async fn look_again(
        &self,
        team: &Team,
        id: &str,
        read: Option<&InventoryReading>,
    ) -> Result<Option<ChangeRequest>, Error> {
        let Some(mut request) = self.store.control_request(&team.id, id).await? else {
            return Ok(None);
        };
        if request.is_running || request.finished.is_some() {
            return Ok(Some(request));
        }
        self.store.mark_abandoned(id).await?;
        if let Some(reading) = read {
            self.settle(&team.id, reading).await?;
        }
        if let Some(now) = self.store.control_request(&team.id, id).await? {
            request = now;
        }
        Ok(Some(request))
    }
}

/// Names a thing together with the VMs that go along with it, to tell whether they are still the
/// same when it is confirmed.
#[must_use]
pub fn going(server: &Server) -> String {
    let text = |id: Option<&ServerId>| id.map_or("", ServerId::as_str).to_owned();
    let mut vms: Vec<String> = server.vms().iter().map(|vm| text(vm.id.as_ref())).collect();
    vms.sort_unstable();
    let hash = Sha256::digest(vms.join(","));
    format!(
        "{}:{}",
        text(server.id()),
        URL_SAFE_NO_PAD.encode(&hash[..12])
    )
}

/// Names a selection, whatever the order it was sent in.
fn selection(action: ChangeAction, ids: &[String]) -> String {
    let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut hash = Sha256::new();
    hash.update(action.code());
    for id in ids {
        hash.update([0]);
        hash.update(id);
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}
