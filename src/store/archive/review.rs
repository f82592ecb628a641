//! The review of tickets: marks and assignees, each change with its audit event.

use crate::{
    model::{TeamId, TicketId, User},
    store::{Action, AuditRecord, Error, Outcome, Store, Tx, transaction::retry},
};

impl Store {
    /// Marks tickets as reviewed, or as not reviewed. Gives the number of those that were not so before.
    pub async fn review_tickets(
        &self,
        team: &TeamId,
        tickets: &[TicketId],
        is_reviewed: bool,
        by: &AuditRecord,
    ) -> Result<u64, Error> {
        let action = if is_reviewed {
            Action::TicketReviewed
        } else {
            Action::TicketReopened
        };
        let mut tickets = tickets.to_vec();
        // Locks are taken in one order.
        tickets.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        tickets.dedup();
        retry(|| async {
            let mut tx = self.begin().await?;
            let mut changed = Vec::new();
            for ticket in &tickets {
                if self
                    .review_ticket(&mut tx, team, ticket, is_reviewed, by)
                    .await?
                {
                    changed.push(ticket.as_str());
                }
            }
            for ticket in &changed {
                let record = by.clone().on_team(team, ticket);
                self.audit_in(&mut tx, &record, action, Outcome::Done)
                    .await?;
            }
            tx.commit().await?;
            Ok(changed.len() as u64)
        })
        .await
    }

    async fn review_ticket(
        &self,
        tx: &mut Tx<'_>,
        team: &TeamId,
        ticket: &TicketId,
        is_reviewed: bool,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let query = if is_reviewed {
            sqlx::query(
                "update archived_tickets set reviewed_at = $1, reviewed_by = $2
                 where team = (select number from archives where team_id = $3) and ticket_id = $4
                   and reviewed_at is null",
            )
            .bind(self.now())
            .bind(by.actor_name().to_owned())
        } else {
            sqlx::query(
                "update archived_tickets set reviewed_at = null, reviewed_by = null
                 where team = (select number from archives where team_id = $1) and ticket_id = $2
                   and reviewed_at is not null",
            )
        };
        let query = query.bind(team.0.clone()).bind(ticket.as_str().to_owned());
        Ok(tx.run(query).await? > 0)
    }

    /// Assigns a ticket to a user, or to nobody. `false` when it is assigned so already.
    pub async fn assign_ticket(
        &self,
        team: &TeamId,
        ticket: &TicketId,
        assignee: Option<&User>,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let name = assignee.map_or("-", |user| user.username.as_str());
        let record = by.clone().on_team(team, &format!("{ticket}: {name}"));
        self.audited(&record, Action::TicketAssigned, || {
            sqlx::query(
                "update archived_tickets set assignee_id = nullif($1, '')
                 where team = (select number from archives where team_id = $2) and ticket_id = $3
                   and coalesce(assignee_id, '') <> $1",
            )
            .bind(assignee.map_or(String::new(), |user| user.id.0.clone()))
            .bind(team.0.clone())
            .bind(ticket.as_str().to_owned())
        })
        .await
    }
}
