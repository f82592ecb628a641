//! The writer of a file, by its format.

use std::io;

use super::{
    Format, Rows, TableExport, about::Facts, csv::CsvWriter, xlsx::XlsxWriter,
    zip_file::DescribedCsv,
};

pub(super) enum Writer {
    Csv(CsvWriter),
    DescribedCsv(Box<DescribedCsv>),
    Xlsx(Box<XlsxWriter>),
}

impl Writer {
    pub(super) fn new(export: &TableExport, head: &[String]) -> io::Result<Self> {
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
    pub(super) fn write(&mut self, rows: &Rows) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv(writer) => writer.write(rows),
            Self::DescribedCsv(writer) => writer.write(rows),
            Self::Xlsx(writer) => writer.write(rows),
        }
    }

    pub(super) fn finish(self, facts: Facts) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv(writer) => Ok(writer.finish()),
            Self::DescribedCsv(writer) => writer.finish(&facts),
            Self::Xlsx(writer) => writer.finish(facts),
        }
    }
}
