//! `secmon-portal team remove`: a team goes, and its archive once somebody confirms that.

use std::io::{IsTerminal as _, stdin};

use crate::{
    cli::{message, say},
    model::{Slug, TeamId},
    store::{AuditRecord, Store},
};

/// Nobody is asked where nobody can answer: the archive is kept then.
pub async fn run(store: &Store, slug: &Slug, yes: bool, by: &AuditRecord) -> Result<(), String> {
    let Some(team) = store.site_team(slug).await.map_err(message)? else {
        return remove_left_archives(store, slug, yes).await;
    };
    let team = team.team;
    let held = held(store, &team.id).await?;
    let mut deletes = yes;
    if let Some(held) = &held {
        say(&format!(
            "Team {slug} ({}) has an archive: {held}",
            team.name
        ));
        if !yes && stdin().is_terminal() {
            deletes = ask(slug)?;
        }
    }
    store.remove_team(&team, by).await.map_err(message)?;
    match held {
        Some(_) if deletes => store.delete_archive(&team.id).await.map_err(message)?,
        Some(_) => say(&format!(
            "Its archive is kept; delete it with: secmon-portal team remove --slug {slug} --yes"
        )),
        None => {}
    }
    say(&format!("Team {slug} is removed"));
    Ok(())
}

/// What teams of that name left behind when they were removed.
async fn remove_left_archives(store: &Store, slug: &Slug, yes: bool) -> Result<(), String> {
    let left = store.removed_archives(slug).await.map_err(message)?;
    if left.is_empty() || !yes {
        return Err(format!("there is no team {slug}"));
    }
    for team in left {
        let held = held(store, &team).await?;
        store.delete_archive(&team).await.map_err(message)?;
        let held = held.unwrap_or_else(|| "nothing".to_owned());
        say(&format!(
            "The archive of the removed team {slug} is deleted: {held}"
        ));
    }
    Ok(())
}

/// The rows of an archive in words; `None` when there are none.
async fn held(store: &Store, team: &TeamId) -> Result<Option<String>, String> {
    let kinds = store.archive_status(team).await.map_err(message)?;
    let rows: Vec<_> = kinds
        .iter()
        .filter(|kind| kind.stored > 0)
        .map(|kind| format!("{} {}", kind.stored, kind.kind.code()))
        .collect();
    Ok((!rows.is_empty()).then(|| rows.join(", ")))
}

fn ask(slug: &Slug) -> Result<bool, String> {
    say(&format!(
        "Removing the team deletes it, and the source may not have it any more. Type {slug} to go on:"
    ));
    let mut answer = String::new();
    stdin().read_line(&mut answer).map_err(message)?;
    if answer.trim() == slug.as_str() {
        Ok(true)
    } else {
        Err("nothing is removed".to_owned())
    }
}
