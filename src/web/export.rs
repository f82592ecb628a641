//! Exports of lists as CSV and XLSX, streamed while the list is read.
//!
//! Streaming keeps memory constant and proxies from timing out. A failed export ends the connection within the body, so
//! that a part never looks whole.

mod about;
mod columns;
mod csv;
mod delivery;
mod list_walk;
mod xlsx;
mod xml;
mod zip_file;

use std::io;

use axum::{
    body::{Body, Bytes},
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    response::IntoResponse as _,
};
use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::sync::mpsc;
use url::form_urlencoded;

use crate::{
    archive::Freshness,
    model::ListQuery,
    store::{Action, AuditRecord, Outcome, Store},
};

use super::{AppState, Authorized, CurrentUser, Error, Layout, Result};

use self::{
    about::{About, Facts},
    csv::CsvWriter,
    delivery::{Chunk, Delivery, parts},
    xlsx::XlsxWriter,
    zip_file::DescribedCsv,
};
pub use self::{
    columns::{Cell, Column, ColumnKind, Columns},
    list_walk::all_rows,
};

/// A batch of rows, as cells.
type Rows = [Vec<String>];

/// The format of a file, by the extension of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Xlsx,
}

impl Format {
    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        let (_, extension) = path.rsplit_once('.')?;
        let mut formats = [Self::Csv, Self::Xlsx].into_iter();
        formats.find(|format| format.extension() == extension)
    }

    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// The requested file, and whether only its headers are requested.
#[derive(Debug, Clone, Copy)]
pub struct ExportRequest {
    format: Format,
    /// The CSV file comes in a zip file together with its description. An XLSX file always holds one.
    is_described: bool,
    is_head: bool,
}

impl ExportRequest {
    /// The extension and the media type of the file.
    fn kind(self) -> (&'static str, &'static str) {
        let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        match self.format {
            Format::Csv if self.is_described => ("zip", "application/zip"),
            Format::Csv => (self.format.extension(), "text/csv; charset=utf-8"),
            Format::Xlsx => (self.format.extension(), xlsx),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for ExportRequest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        Ok(Self {
            format: Format::from_path(parts.uri.path()).ok_or(Error::NotFound)?,
            is_described: parameters.any(|(name, value)| name == "about" && value == "1"),
            is_head: parts.method == Method::HEAD,
        })
    }
}

/// The most characters of an address in the audit log.
const MAX_ADDRESS: usize = 300;

/// An export that has not begun.
pub struct TableExport {
    request: ExportRequest,
    /// The file's name without its extension.
    name: String,
    layout: Layout,
    store: Store,
    record: AuditRecord,
    about: About,
}

impl TableExport {
    /// An export of a team's list, which names its file.
    #[must_use]
    pub fn new<P>(
        state: &AppState,
        who: &Authorized<P>,
        request: ExportRequest,
        list: &'static str,
    ) -> Self {
        let team = who.team();
        let on_team = |record: AuditRecord, address: &str| record.on_team(&team.id, address);
        let name = format!("{}-{list}", team.slug);
        Self::build(state, who, request, &name, list, on_team)
    }

    /// An export of a list of the whole site.
    #[must_use]
    pub fn new_for_site(
        state: &AppState,
        who: &CurrentUser,
        request: ExportRequest,
        list: &'static str,
    ) -> Self {
        let on_site = |record: AuditRecord, address: &str| record.on(address);
        Self::build(state, who, request, list, list, on_site)
    }

    /// The file's name begins with the first text; the second one is the list's.
    fn build(
        state: &AppState,
        who: &CurrentUser,
        request: ExportRequest,
        name: &str,
        list: &'static str,
        on: impl FnOnce(AuditRecord, &str) -> AuditRecord,
    ) -> Self {
        let layout = who.layout();
        let address: String = layout.address.chars().take(MAX_ADDRESS).collect();
        let now = state.clock.korean();
        let time = now.to_input().replace(['-', ':'], "").replace('T', "-");
        Self {
            request,
            name: format!("secmon-{name}-{time}"),
            record: on(who.record(), &address),
            store: state.store.clone(),
            about: About::new(list, now),
            layout,
        }
    }

    /// With the parameters that filter the list, for the file's description.
    #[must_use]
    pub fn with_filters(mut self, parameters: &[(&'static str, Option<&str>)]) -> Self {
        self.about.set_filters(parameters);
        self
    }

    /// With the query of an archived list and how complete the archive is, for the file's description.
    #[must_use]
    pub fn with_archive(mut self, query: &ListQuery, freshness: &Freshness) -> Self {
        self.about.set_archive(query, freshness);
        self
    }

    /// Sends the list. A short file is sent whole, so that a failure is an error page; a longer one is streamed. A HEAD
    /// request reads no row and records no audit event.
    ///
    /// # Errors
    /// When the list cannot be read or the audit event cannot be written before the response begins.
    pub async fn send<T: Send + Sync + 'static>(
        self,
        columns: Columns<T>,
        rows: impl Stream<Item = Result<Vec<T>>> + Send + 'static,
    ) -> Result {
        let headers = self.headers()?;
        if self.request.is_head {
            let unknown_length = stream::empty::<io::Result<Bytes>>();
            return Ok((headers, Body::from_stream(unknown_length)).into_response());
        }
        // Backpressure: one part at a time.
        let (sender, mut receiver) = mpsc::channel(1);
        tokio::spawn(self.run(columns, rows.boxed(), Delivery::new(sender)));
        let body = match receiver.recv().await {
            Some(Chunk::Last(whole)) => Body::from(whole),
            Some(Chunk::Part(first)) => Body::from_stream(parts(first, receiver)),
            Some(Chunk::Failed(error)) => return Err(error),
            None => return Err(Error::internal("an export ended without a result")),
        };
        Ok((headers, body).into_response())
    }

    fn headers(&self) -> Result<HeaderMap> {
        let (extension, media_type) = self.request.kind();
        let name = format!("{}.{extension}", self.name);
        let disposition = format!("attachment; filename=\"{name}\"");
        let mut headers = HeaderMap::new();
        let media_type = HeaderValue::from_static(media_type);
        headers.insert(header::CONTENT_TYPE, media_type);
        headers.insert(
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).map_err(Error::internal)?,
        );
        // nginx would buffer slow rows until a proxy before it times out.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        Ok(headers)
    }

    /// Writes the file and the audit event of its end, in a task of its own that outlives the client's connection.
    async fn run<T: Sync + 'static>(
        self,
        columns: Columns<T>,
        rows: BoxStream<'static, Result<Vec<T>>>,
        mut delivery: Delivery,
    ) {
        let written = self.write(&columns, rows, &mut delivery).await;
        let (rows, outcome) = match &written {
            Ok(_) => (delivery.rows, Outcome::Done),
            Err(_) => (delivery.delivered, Outcome::Incomplete),
        };
        if delivery.is_recorded {
            let record = self.record.clone().with_rows(rows);
            let ended = self.store.audit(&record, Action::ExportEnded, outcome);
            if let Err(error) = ended.await {
                tracing::error!(%error, "the end of an export is missing in the audit log");
            }
        }
        let last = match written {
            Ok(bytes) => Chunk::Last(bytes),
            Err(error) => {
                if delivery.has_begun {
                    tracing::warn!(?error, rows, "an export was broken off");
                }
                Chunk::Failed(error)
            }
        };
        delivery.end(last).await;
    }

    /// Delivers the file except for its last bytes, which it returns.
    async fn write<T: 'static>(
        &self,
        columns: &Columns<T>,
        mut rows: BoxStream<'static, Result<Vec<T>>>,
        delivery: &mut Delivery,
    ) -> Result<Vec<u8>> {
        let head = columns.head(&self.layout);
        let mut writer = Writer::new(self, &head).map_err(Error::internal)?;
        let mut next = rows.next().await.transpose()?;
        let asked = self
            .store
            .audit(&self.record, Action::Exported, Outcome::Done);
        asked.await?;
        delivery.is_recorded = true;
        while let Some(batch) = next {
            let cells = batch.iter().map(|row| columns.row(&self.layout, row));
            let cells: Vec<_> = cells.collect();
            let bytes = writer.write(&cells).map_err(Error::internal)?;
            delivery.add(bytes, cells.len()).await?;
            next = rows.next().await.transpose()?;
        }
        let facts = self.about.facts(&self.layout, delivery.rows);
        let rest = writer.finish(facts).map_err(Error::internal)?;
        delivery.finish(rest)
    }
}

enum Writer {
    Csv(CsvWriter),
    DescribedCsv(Box<DescribedCsv>),
    Xlsx(Box<XlsxWriter>),
}

impl Writer {
    fn new(export: &TableExport, head: &[String]) -> io::Result<Self> {
        Ok(match export.request.format {
            Format::Csv if export.request.is_described => {
                let name = format!("{}.csv", export.name);
                Self::DescribedCsv(Box::new(DescribedCsv::new(&name, head)?))
            }
            Format::Csv => Self::Csv(CsvWriter::new(head)?),
            Format::Xlsx => Self::Xlsx(Box::new(XlsxWriter::new(export.layout.locale, head)?)),
        })
    }

    /// The bytes that are ready after these rows.
    fn write(&mut self, rows: &Rows) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv(writer) => writer.write(rows),
            Self::DescribedCsv(writer) => writer.write(rows),
            Self::Xlsx(writer) => writer.write(rows),
        }
    }

    fn finish(self, facts: Facts) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv(writer) => Ok(writer.finish()),
            Self::DescribedCsv(writer) => writer.finish(&facts),
            Self::Xlsx(writer) => writer.finish(facts),
        }
    }
}
