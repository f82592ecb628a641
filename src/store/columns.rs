//! How columns become domain types: codes, ids and times.

use chrono::DateTime;
use sqlx::{
    Any, Decode, Type,
    any::{AnyTypeInfo, AnyValueRef},
    error::BoxDynError,
};

use crate::model::{
    Action, ChangeAction, ItemKind, ItemState, KstDateTime, Outcome, Protection, Reason,
    ServerChangeKind, TeamId, UserId,
};

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
    KstDateTime: i64 => |millis| DateTime::from_timestamp_millis(millis).map(Self::from_utc);
}

/// A count, which the database has no unsigned type for.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
