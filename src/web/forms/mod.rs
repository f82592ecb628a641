//! Forms: what is wrong with one, each problem tied to its field, and the fields that several pages share.

pub mod new_password;
pub mod team;
pub mod team_key;
pub mod user;

use axum::http::StatusCode;

use crate::auth::LoginError;

use super::Error;

/// Errors in the order of the form's fields: the field and the message's name.
#[derive(Debug, Clone, Default)]
pub struct FormErrors(Vec<(&'static str, &'static str)>);

impl FormErrors {
    #[must_use]
    pub fn one(field: &'static str, message: &'static str) -> Self {
        Self(vec![(field, message)])
    }

    pub fn add(&mut self, field: &'static str, message: &'static str) {
        self.0.push((field, message));
    }

    /// The parsed value, or `None` and its error added.
    pub fn keep<T>(&mut self, field: &'static str, read: Result<T, &'static str>) -> Option<T> {
        read.map_err(|message| self.add(field, message)).ok()
    }

    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|(at, _)| *at == field)
    }

    #[must_use]
    pub fn all(&self) -> &[(&'static str, &'static str)] {
        &self.0
    }

    /// 422 for a form that is shown again.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        if self.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

/// Why a form changed nothing: the sender's mistake `P`, or a failure of the portal.
#[derive(Debug)]
pub enum FormError<P = FormErrors> {
    Invalid(P),
    Failed(Error),
}

impl<P, E: Into<Error>> From<E> for FormError<P> {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl From<FormErrors> for FormError {
    fn from(errors: FormErrors) -> Self {
        Self::Invalid(errors)
    }
}

impl<P> FormError<P> {
    /// The form again with the mistake, or the failure.
    pub async fn show<F>(self, form: impl FnOnce(P) -> F) -> super::Result
    where
        F: Future<Output = super::Result>,
    {
        match self {
            Self::Invalid(mistake) => form(mistake).await,
            Self::Failed(error) => Err(error),
        }
    }
}

impl FormError {
    /// A failed reauthentication, tied to the password's field. `no_password` is the message for a user without one.
    #[must_use]
    pub fn from_reauth(error: LoginError, field: &'static str, no_password: &'static str) -> Self {
        match error {
            LoginError::Wrong => FormErrors::one(field, "password-old-wrong").into(),
            LoginError::NoPassword => FormErrors::one(field, no_password).into(),
            LoginError::RateLimited(wait) => Error::TooManyAttempts(wait).into(),
            LoginError::Password(error) => error.into(),
            LoginError::Store(error) => error.into(),
        }
    }
}
