//! The calls of one request, each stored before and after. A failed call does not stop the others.

use std::{collections::HashSet, ops::Range};

use crate::{
    model::{ApiAccess, ChangeAction, ItemEvent, Reason, Server, ServerId},
    secmon::Error as ApiError,
    store::Error,
};

use super::{
    Control,
    reconcile::{RequestedSince, reconcile},
};

/// Servers of one add call: a refusal concerns few, and the body stays small.
const SERVERS_PER_CALL: usize = 100;

/// The calls of a request.
pub(super) struct Executor<'a> {
    pub control: &'a Control,
    pub access: &'a ApiAccess,
    pub action: ChangeAction,
    pub request: &'a str,
}

impl Executor<'_> {
    /// Sends `servers`, which are the request's first items, and reads the lists again if an answer
    /// leaves something open. A store error ends it: what cannot be stored is not sent.
    pub async fn run(&self, servers: &[Server]) -> Result<(), Error> {
        let store = &self.control.store;
        let mut is_open = false;
        for batch in self.batches(servers) {
            if !store.begin_sending(self.request, batch.clone()).await? {
                tracing::warn!(request = self.request, "the request was marked abandoned");
                return Ok(());
            }
            let answer = self.call(&servers[batch.clone()]).await;
            if let Err(error) = &answer {
                tracing::warn!(request = self.request, action = self.action.code(), %error, "a change call failed");
                is_open = true;
            }
            let (event, why) = judge(answer.as_ref().err());
            let why = why
                .as_ref()
                .map(|(reason, text)| (*reason, text.as_deref()));
            store.move_items(self.request, batch, event, why).await?;
        }
        if is_open {
            self.read_again().await?;
        }
        Ok(())
    }

    async fn read_again(&self) -> Result<(), Error> {
        let reading = match self.control.read_lists(self.access).await {
            Ok(reading) => reading,
            Err(error) => {
                tracing::warn!(request = self.request, %error, "the lists could not be read again");
                return Ok(());
            }
        };
        let (team, store) = (&self.access.team, &self.control.store);
        let Some(request) = store.control_request(team, self.request).await? else {
            return Ok(());
        };
        let (since, gone) = (RequestedSince::default(), HashSet::new());
        let updates = reconcile(&request, &reading, &since, &gone);
        store.update_items(self.request, &updates).await
    }

    fn batches(&self, servers: &[Server]) -> Vec<Range<usize>> {
        let sizes: Vec<usize> = match self.action {
            ChangeAction::Add => servers.chunks(SERVERS_PER_CALL).map(<[_]>::len).collect(),
            ChangeAction::Release => self
                .control
                .secmon
                .release_batches(self.access, &ids(servers))
                .iter()
                .map(|batch| batch.len())
                .collect(),
        };
        let mut start = 0;
        let range = |size| {
            let batch = start..start + size;
            start = batch.end;
            batch
        };
        sizes.into_iter().map(range).collect()
    }

    async fn call(&self, servers: &[Server]) -> Result<(), ApiError> {
        let secmon = &self.control.secmon;
        match self.action {
            ChangeAction::Add => secmon.add(self.access, servers).await,
            ChangeAction::Release => secmon.release(self.access, &ids(servers)).await,
        }
    }
}

fn ids(servers: &[Server]) -> Vec<ServerId> {
    servers.iter().filter_map(Server::id).cloned().collect()
}

/// Effect of a response on the items of its call.
fn judge(error: Option<&ApiError>) -> (ItemEvent, Option<(Reason, Option<String>)>) {
    let Some(error) = error else {
        return (ItemEvent::Accept, None);
    };
    let reason = match error {
        ApiError::Token(_) => Reason::TokenFailed,
        ApiError::Unreachable { sent: false, .. } | ApiError::TimedOut { sent: false } => {
            Reason::NotReached
        }
        // The gateway gave up waiting; the API behind it may not have.
        ApiError::Unreachable { .. }
        | ApiError::TimedOut { .. }
        | ApiError::HttpStatus { status: 504, .. } => Reason::NoAnswer,
        _ if error.may_have_taken_effect() => Reason::BadAnswer,
        _ => Reason::Refused,
    };
    let event = if error.may_have_taken_effect() {
        ItemEvent::LoseAnswer
    } else {
        ItemEvent::Reject
    };
    (event, Some((reason, api_message(error))))
}

/// The API's message, the only text of an error that pages show.
pub(super) fn api_message(error: &ApiError) -> Option<String> {
    match error {
        ApiError::Refused { message, .. } => message.clone(),
        ApiError::HttpStatus {
            status, message, ..
        } => Some(message.clone().unwrap_or_else(|| format!("HTTP {status}"))),
        ApiError::Token(cause) => api_message(cause),
        _ => None,
    }
}
