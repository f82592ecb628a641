//! Adding and releasing servers: plan, persist, execute, reconcile, poll.

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
    model::{
        ChangeAction, ChangeRequest, Clock, NewChangeRequest, Server, ServerId, StartedRequest,
        Team, UserId,
    },
    secmon::Secmon,
    store::{AuditRecord, Error, Store},
};

pub use attribution::{Attribution, Origin, ServerIdentity, asked_before};
pub use plan::{plan, split_pending};
pub use poller::Poller;
pub use snapshot::InventoryReading;

/// Items of one form: a whole large fleet. Their ids fill half of the largest form.
pub const MAX_ITEMS: usize = 5000;

/// How long a browser waits for the work before it is shown the progress: less than a proxy's
/// timeout.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a repeated form waits for the first one.
const REPLAY_TIMEOUT: Duration = Duration::from_secs(15);

/// A running request is touched a few times before it would count as abandoned.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Adds and releases. A clone shares the work under way.
#[derive(Clone)]
pub struct Control {
    store: Store,
    secmon: Secmon,
    clock: Clock,
    /// Work continues without its browser; shutdown waits for it.
    tasks: TaskTracker,
}

/// A user's command to add or release servers.
#[derive(Debug)]
pub struct ChangeCommand {
    pub team: Team,
    pub user: UserId,
    pub action: ChangeAction,
    /// The reason given by the user.
    pub stated_reason: Option<String>,
    /// As the form sent them.
    pub ids: Vec<String>,
    /// The [`membership_hash`] of each server that the confirmation showed, if there was one.
    pub shown: HashSet<String>,
    /// The form's idempotency token.
    pub token: String,
    pub by: AuditRecord,
}

#[derive(Debug)]
pub enum SubmitOutcome {
    /// The id of the request that this form created, now or earlier.
    Request(String),
    /// Nothing was done: the request with that id used the token for another selection.
    OtherSelection(String),
    /// Nothing was done: other VMs would go along than were shown.
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

    /// Executes a command once for each token. Long work continues after the response; the request's
    /// items show its progress.
    ///
    /// # Errors
    /// When the request could not be stored; then nothing was sent.
    pub async fn submit(&self, command: ChangeCommand) -> Result<SubmitOutcome, Error> {
        let selection = selection(command.action, &command.ids);
        let (team, token) = (command.team.clone(), command.token.clone());
        if let Some(known) = self.store.control_by_token(&team.id, &token).await? {
            return self.replay(&team, known, &selection).await;
        }
        let this = self.clone();
        let mut work = self
            .tasks
            .spawn(async move { this.perform(command, selection).await });
        loop {
            if let Ok(done) = tokio::time::timeout(ANSWER_TIMEOUT, &mut work).await {
                return done.unwrap_or(Err(Error::Unreadable("the work on a request ended early")));
            }
            if let Some(started) = self.store.control_by_token(&team.id, &token).await? {
                return Ok(SubmitOutcome::Request(started.id));
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
        command: ChangeCommand,
        selection: String,
    ) -> Result<SubmitOutcome, Error> {
        let planned = self.store.time().await?;
        let access = self.store.api_access(&command.team).await?;
        let reading = self.read_lists(&access).await;
        if let Err(error) = &reading {
            tracing::warn!(team = %command.team.slug, %error, "the server lists were not read");
        }
        let lists = reading.as_ref().map(|reading| &reading.fleet);
        let (items, mut servers) = plan(command.action, &command.ids, lists);
        if self.differs_from_shown(&command, &servers).await? {
            return Ok(SubmitOutcome::Changed);
        }
        let ChangeCommand { team, action, .. } = command;
        let new = NewChangeRequest {
            team: team.id.clone(),
            user: command.user,
            action,
            stated_reason: command.stated_reason,
            token: command.token,
            selection: selection.clone(),
            planned,
            items,
        };
        let request = match self.store.start_control(new, &command.by).await? {
            StartedRequest::Known(known) => return self.replay(&team, known, &selection).await,
            StartedRequest::New { id, taken } => {
                servers.retain(|server| server.id().is_some_and(|id| !taken.contains(id.as_str())));
                id
            }
        };
        let executor = executor::Executor {
            control: self,
            access: &access,
            action,
            request: &request,
        };
        // Errors after this point are visible in the request's items.
        if let Err(error) = self.execute(&executor, &servers).await {
            tracing::error!(request, %error, "a change request was not completed");
        }
        Ok(SubmitOutcome::Request(request))
    }

    /// Whether servers would go along that the confirmation did not show. Those of another request
    /// are not sent.
    async fn differs_from_shown(
        &self,
        command: &ChangeCommand,
        servers: &[Server],
    ) -> Result<bool, Error> {
        if command.shown.is_empty() {
            return Ok(false);
        }
        let pending = self.store.pending_items(&command.team.id, command.action);
        let pending = pending.await?;
        Ok(servers.iter().any(|server| {
            let is_pending = server
                .id()
                .is_some_and(|id| pending.contains_key(id.as_str()));
            !is_pending && !command.shown.contains(&membership_hash(server))
        }))
    }

    async fn execute(
        &self,
        executor: &executor::Executor<'_>,
        servers: &[Server],
    ) -> Result<(), Error> {
        let work = async {
            executor.run(servers).await?;
            self.store.finish_control(executor.request).await
        };
        tokio::select! {
            done = work => done,
            () = self.keep_touching(executor.request) => Ok(()),
        }
    }

    async fn keep_touching(&self, request: &str) {
        let mut beats = tokio::time::interval(HEARTBEAT);
        loop {
            beats.tick().await;
            if let Err(error) = self.store.touch_control(request).await {
                tracing::warn!(request, %error, "a running request was not touched");
            }
        }
    }

    /// Answers a repeated form with the request of the first one, once that is done.
    async fn replay(
        &self,
        team: &Team,
        mut known: ChangeRequest,
        selection: &str,
    ) -> Result<SubmitOutcome, Error> {
        if known.selection != selection {
            return Ok(SubmitOutcome::OtherSelection(known.id));
        }
        // Another process may run it: only the store knows.
        let deadline = tokio::time::Instant::now() + REPLAY_TIMEOUT;
        while known.is_running && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(100)).await;
            match self.store.control_request(&team.id, &known.id).await? {
                Some(now) => known = now,
                None => break,
            }
        }
        Ok(SubmitOutcome::Request(known.id))
    }

    /// A request's present state: an abandoned one is ended and reconciled with a reading.
    pub async fn refresh(
        &self,
        team: &Team,
        id: &str,
        reading: Option<&InventoryReading>,
    ) -> Result<Option<ChangeRequest>, Error> {
        let request = self.store.control_request(&team.id, id).await?;
        let is_abandoned =
            |request: &ChangeRequest| !request.is_running && request.finished.is_none();
        if !request.as_ref().is_some_and(is_abandoned) {
            return Ok(request);
        }
        self.store.mark_abandoned(id).await?;
        if let Some(reading) = reading {
            self.reconcile(&team.id, reading).await?;
        }
        self.store.control_request(&team.id, id).await
    }
}

/// Names a server together with the VMs that go along with it, so that a confirmation covers no
/// others.
#[must_use]
pub fn membership_hash(server: &Server) -> String {
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

/// Hash of a selection, independent of its order.
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
