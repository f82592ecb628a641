//! Notes on tickets. An edit keeps the text before it, and fails when somebody else edited the note in the meantime.

use crate::{
    model::{KstDateTime, TeamId, TicketId, User, normalize},
    store::{Action, AuditRecord, Error, Store, Tx, read_time, storable, transaction::retry},
};

/// A note as it is now.
#[derive(Debug, Clone)]
pub struct TicketNote {
    pub id: String,
    /// Who wrote this version.
    pub author: String,
    pub created: KstDateTime,
    pub edited: Option<KstDateTime>,
    /// 1 as it was written, one more with each edit.
    pub version: i64,
    pub text: String,
    /// Earlier versions, newest first.
    pub earlier: Vec<NoteVersion>,
}

/// An earlier text of a note.
#[derive(Debug, Clone)]
pub struct NoteVersion {
    pub author: String,
    pub written: KstDateTime,
    pub text: String,
}

/// What became of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteEdit {
    Saved,
    /// Somebody else edited the note after it was shown.
    Conflict,
    /// There is no such note on this ticket.
    NotFound,
}

#[derive(sqlx::FromRow)]
struct NoteRow {
    id: String,
    author_id: String,
    author_name: String,
    created_at: i64,
    edited_at: Option<i64>,
    version: i64,
    text: String,
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    note_id: String,
    author_name: String,
    written_at: i64,
    text: String,
}

impl Store {
    /// The notes on a ticket, oldest first.
    pub async fn ticket_notes(&self, place: i64) -> Result<Vec<TicketNote>, Error> {
        let notes: Vec<NoteRow> = sqlx::query_as(
            "select id, author_id, author_name, created_at, edited_at, version, text from ticket_notes
             where place = $1 order by created_at, id",
        )
        .bind(place)
        .fetch_all(&self.pool)
        .await?;
        let versions: Vec<VersionRow> = sqlx::query_as(
            "select note_id, author_name, written_at, text from ticket_note_revisions
             where note_id in (select id from ticket_notes where place = $1) order by version desc",
        )
        .bind(place)
        .fetch_all(&self.pool)
        .await?;
        notes
            .into_iter()
            .map(|note| read_note(note, &versions))
            .collect()
    }

    /// Adds a note; `false` when the archive does not hold the ticket.
    pub async fn add_note(
        &self,
        team: &TeamId,
        ticket: &TicketId,
        text: &str,
        author: &User,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let record = by.clone().on_team(team, ticket.as_str());
        let id = uuid::Uuid::now_v7().simple().to_string();
        self.audited(&record, Action::NoteAdded, || {
            sqlx::query(
                "insert into ticket_notes (id, team, place, author_id, author_name, created_at, version, text, seek)
                 select $1, team, place, $2, $3, $4, 1, $5, $6 from archived_tickets
                 where team = (select number from archives where team_id = $7) and ticket_id = $8",
            )
            .bind(id.clone())
            .bind(author.id.0.clone())
            .bind(author.username.to_string())
            .bind(self.now())
            .bind(storable(text))
            .bind(storable(&normalize(text)))
            .bind(team.0.clone())
            .bind(ticket.as_str().to_owned())
        })
        .await
    }

    /// Replaces the text of a note that was shown in that version.
    pub async fn edit_note(
        &self,
        team: &TeamId,
        ticket: &TicketId,
        (note, version): (&str, i64),
        text: &str,
        author: &User,
        by: &AuditRecord,
    ) -> Result<NoteEdit, Error> {
        let record = by.clone().on_team(team, ticket.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            let Some(before) = find_note(&mut tx, team, ticket, note).await? else {
                return Ok(NoteEdit::NotFound);
            };
            // Sent twice.
            if before.text == storable(text) {
                return Ok(NoteEdit::Saved);
            }
            if before.version != version || !self.write_note(&mut tx, &before, text, author).await?
            {
                return Ok(NoteEdit::Conflict);
            }
            self.commit_audited(tx, &record, Action::NoteEdited).await?;
            Ok(NoteEdit::Saved)
        })
        .await
    }

    /// Keeps the text as a version and replaces it, unless another edit came first.
    async fn write_note(
        &self,
        tx: &mut Tx<'_>,
        before: &NoteRow,
        text: &str,
        author: &User,
    ) -> Result<bool, Error> {
        let edit = sqlx::query(
            "update ticket_notes set text = $1, seek = $2, version = version + 1, edited_at = $3,
                 author_id = $4, author_name = $5
             where id = $6 and version = $7",
        )
        .bind(storable(text))
        .bind(storable(&normalize(text)))
        .bind(self.now())
        .bind(author.id.0.clone())
        .bind(author.username.to_string())
        .bind(before.id.clone())
        .bind(before.version);
        if tx.run(edit).await? == 0 {
            return Ok(false);
        }
        let keep = sqlx::query(
            "insert into ticket_note_revisions (note_id, version, author_id, author_name, written_at, text)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(before.id.clone())
        .bind(before.version)
        .bind(before.author_id.clone())
        .bind(before.author_name.clone())
        .bind(before.edited_at.unwrap_or(before.created_at))
        .bind(before.text.clone());
        tx.run(keep).await?;
        Ok(true)
    }
}

async fn find_note(
    tx: &mut Tx<'_>,
    team: &TeamId,
    ticket: &TicketId,
    note: &str,
) -> Result<Option<NoteRow>, Error> {
    let note = sqlx::query_as(
        "select n.id, n.author_id, n.author_name, n.created_at, n.edited_at, n.version, n.text
         from ticket_notes n join archived_tickets t on t.place = n.place and t.team = n.team
         where n.id = $1 and t.ticket_id = $2
           and n.team = (select number from archives where team_id = $3)",
    )
    .bind(storable(note))
    .bind(ticket.as_str())
    .bind(&team.0)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(note)
}

fn read_note(note: NoteRow, versions: &[VersionRow]) -> Result<TicketNote, Error> {
    let earlier = versions.iter().filter(|version| version.note_id == note.id);
    let earlier = earlier.map(|version| {
        Ok(NoteVersion {
            author: version.author_name.clone(),
            written: read_time(version.written_at)?,
            text: version.text.clone(),
        })
    });
    Ok(TicketNote {
        earlier: earlier.collect::<Result<_, Error>>()?,
        id: note.id,
        author: note.author_name,
        created: read_time(note.created_at)?,
        edited: note.edited_at.map(read_time).transpose()?,
        version: note.version,
        text: note.text,
    })
}
