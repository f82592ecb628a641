//! An SQL statement that is put together from pieces.

use sqlx::{Any, AssertSqlSafe, Executor, any::AnyRow};

use crate::store::Error;

/// SQL and the values of its parameters. What people typed is always a parameter.
#[derive(Debug, Default)]
pub(super) struct Statement {
    sql: String,
    values: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Number(i64),
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Statement {
    pub fn new(sql: &str) -> Self {
        let mut statement = Self::default();
        statement.push(sql);
        statement
    }

    pub fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds a parameter with its value.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        match value.into() {
            Value::Null => self.push("null"),
            value => {
                self.values.push(value);
                let placeholder = format!("${}", self.values.len());
                self.push(&placeholder)
            }
        }
    }

    /// Adds parameters with commas between them.
    pub fn bind_list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        for (index, value) in values.into_iter().enumerate() {
            self.push(if index > 0 { ", " } else { "" }).bind(value);
        }
        self
    }

    /// Adds the pieces that `push` writes, each after the first behind `separator`.
    pub fn push_joined<T>(
        &mut self,
        separator: &str,
        items: impl IntoIterator<Item = T>,
        mut push: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        for (index, item) in items.into_iter().enumerate() {
            self.push(if index > 0 { separator } else { "" });
            push(self, item);
        }
        self
    }

    pub async fn fetch_all<'e>(
        self,
        executor: impl Executor<'e, Database = Any>,
    ) -> Result<Vec<AnyRow>, Error> {
        let mut query = sqlx::query(AssertSqlSafe(self.sql));
        for value in self.values {
            query = match value {
                Value::Null => query,
                Value::Number(number) => query.bind(number),
                Value::Text(text) => query.bind(text),
            };
        }
        Ok(query.fetch_all(executor).await?)
    }
}
