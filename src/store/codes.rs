//! Codes as columns.

use sqlx::{
    Any, Decode, Type,
    any::{AnyTypeInfo, AnyValueRef},
    error::BoxDynError,
};

use crate::model::{
    Action, ChangeAction, ItemKind, ItemState, Outcome, Protection, Reason, ServerChangeKind,
};

macro_rules! code_columns {
    ($($name:ident)*) => {$(
        impl Type<Any> for $name {
            fn type_info() -> AnyTypeInfo {
                <str as Type<Any>>::type_info()
            }
        }

        impl<'r> Decode<'r, Any> for $name {
            fn decode(value: AnyValueRef<'r>) -> Result<Self, BoxDynError> {
                let code = <&str as Decode<Any>>::decode(value)?;
                Self::parse(code).ok_or_else(|| concat!("no ", stringify!($name)).into())
            }
        }
    )*};
}

code_columns! {
    Action ChangeAction ItemKind ItemState Outcome Protection Reason ServerChangeKind
}
