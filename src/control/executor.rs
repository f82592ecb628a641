//! The calls of one request. Each is written down before and after; one that fails does not stop
//! the others.

use std::{collections::HashSet, ops::Range};

use crate::{
    model::{ApiAccess, ChangeAction, ItemEvent, Reason, Server, ServerId},
    secmon::Error as ApiError,
    store::Error,
};

use super::{
    Control,
    reconcile::{RequestedSince, settle},
};

/// Servers in one call that adds: a refusal then speaks of few, and the body stays small.
const SERVERS_PER_CALL: usize = 100;

pub(super) struct Run<'a> {
    pub control: &'a Control,
    pub access: &'a ApiAccess,
    pub action: ChangeAction,
    pub request: &'a str,
}

impl Run<'_> {
    /// Sends `servers`, which are the request's first items, and settles what the answers leave
    /// open. An error of the store ends it: what cannot be written down is not sent.
    pub async fn all(&self, servers: &[Server]) -> Result<(), Error> {
        let mut is_open = false;
        for batch in self.batches(servers) {
            if !self
                .control
                .store
                .begin_sending(self.request, batch.clone())
                .await?
            {
                tracing::warn!(
                    request = self.request,
                    "a request was taken to be left behind"
                );
                return Ok(());
            }
            let answer = self.call(&servers[batch.clone()]).await;
            if let Err(error) = &answer {
                tracing::warn!(request = self.request, action = self.action.code(), %error, "a call that changes control failed");
                is_open = true;
            }
            let (event, why) = judge(answer.as_ref().err());
            let why = why
                .as_ref()
                .map(|(reason, text)| (*reason, text.as_deref()));
            self.control
                .store
                .move_items(self.request, batch, event, why)
                .await?;
        }
        if is_open {
            self.read_again().await?;
        }
        Ok(())
    }

    async fn read_again(&self) -> Result<(), Error> {
        let reading = match self.control.read_lists(self.access).await {
            Ok(reading) => reading,
            // Then the answers are all that is known.
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
        let settled = settle(&request, &reading, &since, &gone);
        store.settle_items(self.request, &settled).await
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

/// What an answer says of the items that it was for.
fn judge(error: Option<&ApiError>) -> (ItemEvent, Option<(Reason, Option<String>)>) {
    let Some(error) = error else {
        return (ItemEvent::Accept, None);
    };
    let reason = match error {
        ApiError::Token(_) => Reason::TokenFailed,
        ApiError::Unreachable { sent: false, .. } | ApiError::TimedOut { sent: false } => {
            Reason::NotReached
        }
        // The gateway gave up waiting; what stands behind it may not have.
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
    (event, Some((reason, said(error))))
}

/// What the API itself said: the only words of an error that are shown to people.
pub(super) fn said(error: &ApiError) -> Option<String> {
    match error {
        ApiError::Refused { message, .. } => message.clone(),
        ApiError::HttpStatus {
            status, message, ..
        } => Some(message.clone().unwrap_or_else(|| format!("HTTP {status}"))),
        ApiError::Token(cause) => said(cause),
        _ => None,
    }
}
