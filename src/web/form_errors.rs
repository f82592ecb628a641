//! What is wrong with a form that was sent, each problem tied to its field.

/// Errors in the order of the form's fields; each is the name of a message.
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

    /// What `read` gave, or its problem written down.
    pub fn keep<T>(&mut self, field: &'static str, read: Result<T, &'static str>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(message) => {
                self.add(field, message);
                None
            }
        }
    }

    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Has that field a problem.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|(at, _)| *at == field)
    }

    /// Fields and messages.
    #[must_use]
    pub fn all(&self) -> &[(&'static str, &'static str)] {
        &self.0
    }
}
