//! Domain types as columns, and the columns that a user and a team are read from.

use chrono::DateTime;
use sqlx::{
    Any, Decode, FromRow, Row as _, Type,
    any::{AnyRow, AnyTypeInfo, AnyValueRef},
    error::BoxDynError,
};

use crate::model::{
    Action, ChangeAction, ItemKind, ItemState, KstDateTime, Membership, Outcome, Protection,
    Reason, Region, Role, ServerChangeKind, Slug, Team, TeamId, User, UserId, Username,
};

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

/// Types that are read from a column of another type.
macro_rules! columns {
    ($($name:ty: $column:ty => $read:expr;)*) => {$(
        impl Type<Any> for $name {
            fn type_info() -> AnyTypeInfo {
                <$column as Type<Any>>::type_info()
            }

            fn compatible(column: &AnyTypeInfo) -> bool {
                <$column as Type<Any>>::compatible(column)
            }
        }

        impl<'r> Decode<'r, Any> for $name {
            fn decode(value: AnyValueRef<'r>) -> Result<Self, BoxDynError> {
                let read: fn($column) -> Option<Self> = $read;
                let column = <$column as Decode<'r, Any>>::decode(value)?;
                read(column).ok_or_else(|| concat!("no ", stringify!($name)).into())
            }
        }
    )*};
}

columns! {
    Action: &str => Self::parse;
    ChangeAction: &str => Self::parse;
    ItemKind: &str => Self::parse;
    ItemState: &str => Self::parse;
    Outcome: &str => Self::parse;
    Protection: &str => Self::parse;
    Reason: &str => Self::parse;
    ServerChangeKind: &str => Self::parse;
    TeamId: String => |id| Some(Self(id));
    UserId: String => |id| Some(Self(id));
    Username: String => |name| Self::existing(&name).ok();
    Slug: String => |slug| slug.parse().ok();
    Region: String => |code| code.parse().ok();
    Role: String => |code| code.parse().ok();
    KstDateTime: i64 => |millis| DateTime::from_timestamp_millis(millis).map(Self::from_utc);
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

/// Whether a nullable time is set: it stands where a flag would.
fn is_set(row: &AnyRow, column: &str) -> Result<bool, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.is_some())
}

/// A count, which the database has no unsigned type for.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
