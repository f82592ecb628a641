//! What a ticket is found by, written together with its texts: words, indicators and the rows of its tables.

use std::collections::BTreeSet;

use crate::{
    model::{
        AddressKey, AnalysisRow, AnalysisTable, Indicator, KstDateTime, Vocabulary, country_code,
        indicators, normalize, team_gram, text_grams, vocabulary,
    },
    store::{Error, Tx, storable},
};

use super::{
    TicketTexts,
    statement::{Statement, Value},
};

/// Rows that one statement inserts: SQLite takes a limited number of parameters.
const ROWS_PER_STATEMENT: usize = 100;

/// Replaces everything that the ticket is found by.
pub(super) async fn index_ticket(tx: &mut Tx<'_>, texts: TicketTexts<'_>) -> Result<(), Error> {
    let head = [
        Some(texts.ticket_id),
        texts.name,
        texts.attack,
        texts.source_ip,
        texts.destination_ip,
        Some(texts.server_names),
    ];
    let parts = texts.parts.iter().map(|part| part.text.as_str());
    let all: Vec<&str> = head.into_iter().flatten().chain(parts).collect();
    let text = storable(&all.join("\n"));
    let text = normalize(&text);
    index_words(tx, texts, &text).await?;
    index_indicators(tx, texts, &indicators(&text)).await?;
    index_tables(tx, texts).await
}

async fn index_words(tx: &mut Tx<'_>, texts: TicketTexts<'_>, seek: &str) -> Result<(), Error> {
    let seek_sql = "update archived_tickets set seek = $1 where place = $2 and team = $3";
    sqlx::query(seek_sql)
        .bind(seek)
        .bind(texts.place)
        .bind(texts.team)
        .execute(&mut **tx)
        .await?;
    delete(tx, "delete from ticket_words where rowid = $1", texts.place).await?;
    let grams = [team_gram(texts.team), text_grams(seek)].join(" ");
    sqlx::query("insert into ticket_words (rowid, grams) values ($1, $2)")
        .bind(texts.place)
        .bind(grams.trim_end())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn index_indicators(
    tx: &mut Tx<'_>,
    texts: TicketTexts<'_>,
    indicators: &BTreeSet<Indicator>,
) -> Result<(), Error> {
    delete(tx, "delete from indicators where place = $1", texts.place).await?;
    let row = |indicator: &Indicator| -> Vec<Value> {
        let (kind, key) = (indicator.kind.code(), indicator.key.as_str());
        vec![
            texts.team.into(),
            kind.into(),
            key.into(),
            texts.place.into(),
        ]
    };
    let rows = indicators.iter().map(row).collect();
    insert(
        tx,
        "insert into indicators (team, kind, key, place) values ",
        rows,
    )
    .await
}

async fn index_tables(tx: &mut Tx<'_>, texts: TicketTexts<'_>) -> Result<(), Error> {
    delete(
        tx,
        "delete from analysis_rows where place = $1",
        texts.place,
    )
    .await?;
    let mut rows = Vec::new();
    for part in texts.parts {
        for (position, row) in (1_i64..).zip(AnalysisTable::parse(&part.raw).rows) {
            let mut values: Vec<Value> = vec![
                texts.place.into(),
                part.part.as_str().into(),
                position.into(),
                texts.team.into(),
            ];
            values.extend(table_row(&row));
            rows.push(values);
        }
    }
    let columns = "insert into analysis_rows (place, part, position, team, name, ended_at, ended_original,
         severity, severity_original, source_ip, source_key, source_port, source_country, destination_ip,
         destination_key, destination_port, destination_country, direction, direction_original, pattern,
         events) values ";
    insert(tx, columns, rows).await
}

/// The columns from `name` on.
fn table_row(row: &AnalysisRow) -> [Value; 17] {
    let text = |text: &str| Value::from((!text.is_empty()).then(|| storable(text)));
    let key = |key: Option<AddressKey>| {
        let key = key.map_or(String::new(), |key| key.as_str().to_owned());
        Value::Text(key)
    };
    let port = |port: &str| Value::from(port.parse::<u16>().ok().map(i64::from));
    let country = |name: &str| country_code(name).map_or_else(|| text(name), Value::from);
    let code = |vocabulary: &Vocabulary, word: &str| {
        let term = vocabulary.term(word);
        Value::from(term.filter_code().unwrap_or_default())
    };
    let ended = row.ended_at().map(KstDateTime::millis);
    let attacks = row
        .attacks()
        .and_then(|attacks| i64::try_from(attacks).ok());
    [
        text(&row.name),
        ended.into(),
        if ended.is_none() {
            text(&row.ended)
        } else {
            Value::Null
        },
        code(&vocabulary::SEVERITY, &row.severity),
        text(&row.severity),
        text(&row.source),
        key(row.source_key()),
        port(&row.source_port),
        country(&row.source_country),
        text(&row.destination),
        key(row.destination_key()),
        port(&row.destination_port),
        country(&row.destination_country),
        code(&vocabulary::DIRECTION, &row.direction),
        text(&row.direction),
        text(&row.pattern),
        attacks.into(),
    ]
}

async fn delete(tx: &mut Tx<'_>, sql: &'static str, place: i64) -> Result<(), Error> {
    sqlx::query(sql).bind(place).execute(&mut **tx).await?;
    Ok(())
}

async fn insert(tx: &mut Tx<'_>, sql: &str, rows: Vec<Vec<Value>>) -> Result<(), Error> {
    for batch in rows.chunks(ROWS_PER_STATEMENT) {
        let mut statement = Statement::new(sql);
        statement.push_joined(", ", batch, |statement, row| {
            statement.push("(").bind_list(row.iter().cloned()).push(")");
        });
        statement.fetch_all(&mut **tx).await?;
    }
    Ok(())
}
