//! The connection pool, and everything that differs between SQLite and PostgreSQL.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use sqlx::{
    Any, AnyPool, Connection as _, Executor as _,
    any::AnyPoolOptions,
    migrate::{MigrateError, Migrator},
};

/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(8);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub fn from_url(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            Self::Sqlite
        } else {
            Self::Postgres
        }
    }

    /// SQLite takes its write lock at once: a transaction that reads first and asks for the lock
    /// later fails when another one wrote in between. On PostgreSQL the level is stated because a
    /// server may have another default, under which concurrent updates fail instead of waiting.
    fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "begin immediate",
            Self::Postgres => "begin isolation level read committed",
        }
    }

    /// The query for milliseconds since 1970 by the database's clock.
    pub fn now(self) -> &'static str {
        match self {
            Self::Sqlite => "select cast(unixepoch('subsec') * 1000 as integer)",
            Self::Postgres => {
                "select cast(floor(extract(epoch from clock_timestamp()) * 1000) as bigint)"
            }
        }
    }

    fn max_connections(self) -> u32 {
        match self {
            Self::Sqlite => 8,
            Self::Postgres => 16,
        }
    }

    /// Statements for every new connection. SQLite overwrites deleted data: secrets under an earlier key
    /// must not stay in the file.
    fn setup(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &["pragma secure_delete = on"],
            Self::Postgres => &[],
        }
    }
}

/// How statements are sent to PostgreSQL. A pooler in transaction mode (`PgBouncer`) gives each
/// transaction another server connection, on which a named statement is missing or taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statements {
    Named,
    Unnamed,
}

/// A pool of connections. Its queries are plain `sqlx` queries: `&Pool` is an executor.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    pub(super) connections: AnyPool,
    pub engine: Engine,
    pub(super) statements: Statements,
}

impl Pool {
    /// Opens the pool; at least one connection works then.
    pub async fn connect(url: &str, statements: Statements) -> Result<Self, sqlx::Error> {
        let engine = Engine::from_url(url);
        // SQLite's driver waits five seconds for another's lock.
        let connections = AnyPoolOptions::new()
            .max_connections(engine.max_connections())
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A file does not hang up, and a ping is a round trip to the driver's thread.
            .test_before_acquire(engine == Engine::Postgres)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    for statement in engine.setup() {
                        connection.execute(*statement).await?;
                    }
                    Ok(())
                })
            })
            // SQLite ends a transaction by itself when the disk is full or fails. The driver's
            // own rollback fails then, and its connection would count as inside a transaction for
            // ever. The ping waits until the driver has done what it still has to.
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect(url)
            .await?;
        Ok(Self {
            connections,
            engine,
            statements,
        })
    }

    pub async fn begin(&self) -> Result<Tx<'static>, sqlx::Error> {
        let tx = self.connections.begin_with(self.engine.begin()).await?;
        let statements = self.statements;
        Ok(Tx(TxConnection { tx, statements }))
    }

    pub async fn close(&self) {
        self.connections.close().await;
    }

    pub async fn migrate(&self, migrations: &Migrator) -> Result<(), MigrateError> {
        if self.statements == Statements::Named {
            return migrations.run(&self.connections).await;
        }
        // The migrator's statements are named. One transaction keeps one server connection, and the
        // names are forgotten around it, on both sides.
        let mut connection = self.connections.acquire().await?.detach();
        let mut tx = connection.begin_with(self.engine.begin()).await?;
        tx.execute("deallocate all").await?;
        migrations.run(&mut *tx).await?;
        tx.execute("deallocate all").await?;
        tx.commit().await?;
        connection.close().await?;
        Ok(())
    }
}

/// A transaction, rolled back on drop unless committed.
#[derive(Debug)]
pub(super) struct Tx<'c>(TxConnection<'c>);

/// The connection of a transaction: `&mut *tx` is an executor.
#[derive(Debug)]
pub(super) struct TxConnection<'c> {
    pub(super) tx: sqlx::Transaction<'c, Any>,
    pub(super) statements: Statements,
}

impl Tx<'_> {
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.0.tx.commit().await
    }

    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.0.tx.rollback().await
    }
}

impl<'c> Deref for Tx<'c> {
    type Target = TxConnection<'c>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn connection_is_closed_when_sqlite_ended_its_transaction() {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("portal.db");
        let url = format!("sqlite://{}?mode=rwc", file.display());
        let pool = Pool::connect(&url, Statements::Named).await;
        let pool = pool.expect("connects");
        pool.execute("create table filler (content text)")
            .await
            .expect("is made");
        let mut tx = pool.begin().await.expect("begins");
        // As on a disk that is full; it counts for this connection only.
        tx.execute("pragma max_page_count = 1")
            .await
            .expect("is set");
        let full = tx.execute("insert into filler values (hex(zeroblob(99999)))");
        full.await.expect_err("the database is full");
        drop(tx);
        for _ in 0..3 {
            let mut tx = pool.begin().await.expect("begins again");
            tx.execute("insert into filler values (hex(zeroblob(99999)))")
                .await
                .expect("there is room");
            tx.commit().await.expect("is committed");
        }
    }
}
