//! Domain types as columns, and the columns that a user and a team are read from.

use sqlx::{
    Any, Decode, FromRow, Row as _, Type,
    any::{AnyRow, AnyTypeInfo, AnyValueRef},
    error::BoxDynError,
};

use crate::model::{
    KstDateTime, Membership, Region, Role, Slug, Team, TeamId, User, UserId, Username,
};

use super::{Error, read_time};

macro_rules! user_columns {
    () => {
        "users.id, username, display_name, site_admin_at, disabled_at, credential_version"
    };
}
macro_rules! team_columns {
    () => {
        "teams.id as team_id, slug, name, region, reason_required_at"
    };
}
pub(super) use {team_columns, user_columns};

macro_rules! columns {
    ($($type:ty = $stored:ty, $read:expr;)*) => {$(
        impl Type<Any> for $type {
            fn type_info() -> AnyTypeInfo {
                <$stored as Type<Any>>::type_info()
            }

            fn compatible(stored: &AnyTypeInfo) -> bool {
                <$stored as Type<Any>>::compatible(stored)
            }
        }

        impl<'r> Decode<'r, Any> for $type {
            fn decode(value: AnyValueRef<'r>) -> Result<Self, BoxDynError> {
                let read: fn($stored) -> Result<Self, Error> = $read;
                Ok(read(<$stored as Decode<Any>>::decode(value)?)?)
            }
        }
    )*};
}

columns! {
    UserId = String, |id| Ok(Self(id));
    TeamId = String, |id| Ok(Self(id));
    Username = String, |name| Self::existing(&name).map_err(|_| Error::Unreadable("a user's name"));
    Slug = String, |slug| slug.parse().map_err(|_| Error::Unreadable("a team's slug"));
    Region = String, |code| code.parse().map_err(|_| Error::Unreadable("a team's region"));
    Role = String, |code| code.parse().map_err(|_| Error::Unreadable("a member's role"));
    KstDateTime = i64, read_time;
}

impl FromRow<'_, AnyRow> for User {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            username: row.try_get("username")?,
            display_name: row.try_get("display_name")?,
            site_admin: is_set(row, "site_admin_at")?,
            disabled: is_set(row, "disabled_at")?,
            credential_version: row.try_get("credential_version")?,
        })
    }
}

impl FromRow<'_, AnyRow> for Team {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("team_id")?,
            slug: row.try_get("slug")?,
            name: row.try_get("name")?,
            region: row.try_get("region")?,
            reason_required: is_set(row, "reason_required_at")?,
        })
    }
}

impl FromRow<'_, AnyRow> for Membership {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            team: Team::from_row(row)?,
            role: row.try_get("role")?,
        })
    }
}

/// Whether a nullable time is set.
fn is_set(row: &AnyRow, column: &str) -> Result<bool, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.is_some())
}
