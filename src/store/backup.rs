//! Online backup of an SQLite database.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sqlx::{AnyConnection, Connection as _};

/// Errors of a backup; one line each. No file is left behind.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("only an SQLite database is copied so; use pg_dump for PostgreSQL")]
    NotSqlite,
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    #[error("cannot write {}: {error}", file.display())]
    Write { file: PathBuf, error: io::Error },
    #[error("cannot copy the database: {0}")]
    Copy(#[from] sqlx::Error),
}

/// Copies the SQLite database at `url`, which must exist, to a file that must not. Readers and writers go on
/// meanwhile: the copy is what one reading transaction sees
/// (<https://www.sqlite.org/lang_vacuum.html#vacuuminto>). Only its owner may read the file, and it
/// gets its name when it is whole.
///
/// # Errors
/// [`BackupError`].
pub async fn backup(url: &str, file: &Path) -> Result<(), BackupError> {
    if !url.starts_with("sqlite:") {
        return Err(BackupError::NotSqlite);
    }
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let failed = |error: io::Error| BackupError::Write {
        file: file.to_owned(),
        error,
    };
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // Created for its owner only, and deleted on failure. SQLite accepts an empty file.
    let partial = tempfile::Builder::new()
        .prefix(".backup-")
        .tempfile_in(folder)
        .map_err(failed)?;
    let name = partial.path().to_str().ok_or_else(|| {
        failed(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the name of the folder is no text",
        ))
    })?;
    sqlx::any::install_default_drivers();
    let mut database = AnyConnection::connect(url).await?;
    let copied = sqlx::query("vacuum into $1")
        .bind(name)
        .execute(&mut database)
        .await;
    database.close().await?;
    copied?;
    partial.as_file().sync_all().map_err(failed)?;
    // Never overwrites a file created meanwhile.
    match partial.persist_noclobber(file) {
        Ok(_) => {}
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists(file.to_owned()));
        }
        Err(error) => return Err(failed(error.error)),
    }
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)
}
