//! Domain types as columns.

use sqlx::{
    Any, Decode, Type,
    any::{AnyTypeInfo, AnyValueRef},
    error::BoxDynError,
};

use crate::model::{KstDateTime, TeamId, UserId};

use super::{Error, read_time};

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
    KstDateTime = i64, read_time;
}
