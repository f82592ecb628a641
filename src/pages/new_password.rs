//! What is said of a new password that may not be chosen, wherever somebody chooses one.

use crate::credentials::WeakPassword;

/// Its message.
pub(super) fn message(weak: WeakPassword) -> &'static str {
    match weak {
        WeakPassword::Short => "password-short",
        WeakPassword::Long => "password-long",
        WeakPassword::Common => "password-common",
        WeakPassword::Username => "password-username",
    }
}
