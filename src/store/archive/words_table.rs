//! The full-text index: the one table whose definition differs between the engines.

use sqlx::Executor as _;

use crate::store::database::{Engine, Pool};

/// Creates `ticket_words (rowid, grams)` where it is missing. `insert into ticket_words (rowid, grams)` and `delete from
/// ticket_words where rowid = …` are the same on both engines; an update is a delete and an insert.
pub(in crate::store) async fn create_words_table(pool: &Pool) -> Result<(), sqlx::Error> {
    let statements: &[&str] = match pool.engine {
        // `detail=none` keeps no positions: the text decides, grams only narrow.
        Engine::Sqlite => &[
            "create virtual table if not exists ticket_words using fts5 (grams, content = '',
                 contentless_delete = 1, detail = none, tokenize = 'ascii')",
        ],
        Engine::Postgres => &[
            "create table if not exists ticket_words (rowid bigint primary key, grams text not null)",
            "create index if not exists ticket_words_match on ticket_words
                 using gin (array_to_tsvector(string_to_array(grams, ' ')))",
        ],
    };
    for statement in statements {
        pool.connections.execute(*statement).await?;
    }
    Ok(())
}
