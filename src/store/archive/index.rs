//! What a ticket is found by, written together with its texts.

use crate::{
    model::normalize,
    store::{Error, Tx},
};

use super::TicketTexts;

/// Replaces everything that the ticket is found by.
pub(super) async fn index_ticket(tx: &mut Tx<'_>, texts: TicketTexts<'_>) -> Result<(), Error> {
    let head = [
        Some(texts.ticket_id),
        texts.name,
        texts.attack,
        texts.source_ip,
        texts.destination_ip,
        Some(texts.server_names),
    ];
    let parts = texts.parts.iter().map(|part| part.text.as_str());
    let all: Vec<_> = head.into_iter().flatten().chain(parts).collect();
    sqlx::query("update archived_tickets set seek = $1 where place = $2 and team = $3")
        .bind(normalize(&all.join("\n")))
        .bind(texts.place)
        .bind(texts.team)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
