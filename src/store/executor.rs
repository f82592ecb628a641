//! Queries on the pool and in a transaction, with named statements or without.

use futures_util::{
    StreamExt as _, TryStreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Any, AnyConnection, Describe, Either, Execute, Executor, SqlStr,
    any::{AnyArguments, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo},
    error::BoxDynError,
};

use super::database::{Pool, Statements, TxConnection};

/// A query with a statement that has a name, or has none.
struct PreparedStatement<Q> {
    query: Q,
    statements: Statements,
}

impl<'q, Q: Execute<'q, Any>> Execute<'q, Any> for PreparedStatement<Q> {
    fn sql(self) -> SqlStr {
        self.query.sql()
    }

    fn statement(&self) -> Option<&AnyStatement> {
        self.query.statement()
    }

    fn take_arguments(&mut self) -> Result<Option<AnyArguments>, BoxDynError> {
        self.query.take_arguments()
    }

    fn persistent(&self) -> bool {
        self.statements == Statements::Named && self.query.persistent()
    }
}

type Step = Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>;

impl<'c> Executor<'c> for &'c mut TxConnection<'_> {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let statements = self.statements;
        let connection: &'c mut AnyConnection = &mut self.tx;
        connection.fetch_many(PreparedStatement { query, statements })
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let statements = self.statements;
        let connection: &'c mut AnyConnection = &mut self.tx;
        connection.fetch_optional(PreparedStatement { query, statements })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        let connection: &'c mut AnyConnection = &mut self.tx;
        connection.prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, sqlx::Error>>
    where
        'c: 'e,
    {
        let connection: &'c mut AnyConnection = &mut self.tx;
        connection.describe(sql)
    }
}

impl<'p> Executor<'p> for &'p Pool {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step>
    where
        'p: 'e,
        E: 'q + Execute<'q, Any>,
    {
        if self.statements == Statements::Named {
            return (&self.connections).fetch_many(query);
        }
        // Preparing and running are two messages: only a transaction keeps them on one server
        // connection.
        let steps = async move {
            let mut tx = self.begin().await?;
            let steps: Vec<_> = tx.fetch_many(query).try_collect().await?;
            tx.commit().await?;
            Ok::<_, sqlx::Error>(stream::iter(steps.into_iter().map(Ok)))
        };
        stream::once(steps).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Any>,
    {
        if self.statements == Statements::Named {
            return (&self.connections).fetch_optional(query);
        }
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let row = tx.fetch_optional(query).await?;
            tx.commit().await?;
            Ok(row)
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'p: 'e,
    {
        (&self.connections).prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, sqlx::Error>>
    where
        'p: 'e,
    {
        (&self.connections).describe(sql)
    }
}
