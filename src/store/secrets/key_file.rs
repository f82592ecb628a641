//! Files that hold a key. They are read, and one is made on the first start; none is ever overwritten.

use std::{
    io::{ErrorKind, Write as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use super::{KeyError, SecretKey};

/// The key, or `None` when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<SecretKey>, KeyError> {
    match std::fs::read(path) {
        Ok(content) => {
            warn_of_readers(path);
            let key = SecretKey::parse(&content);
            Ok(Some(key.ok_or_else(|| KeyError::Corrupt(shown(path)))?))
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(KeyError::Read {
            path: shown(path),
            cause,
        }),
    }
}

/// An earlier key. Its file must be there: without it secrets may be lost.
pub(super) fn read_old(path: &Path) -> Result<SecretKey, KeyError> {
    read(path)?.ok_or_else(|| KeyError::Read {
        path: shown(path),
        cause: ErrorKind::NotFound.into(),
    })
}

/// Creates a key file for its owner only. When another process does so concurrently, its key is used.
pub(super) fn make(path: &Path) -> Result<SecretKey, KeyError> {
    let failed = |cause| KeyError::Write {
        path: shown(path),
        cause,
    };
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|cause| failed(std::io::Error::other(cause)))?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let drawn = || {
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    match drawn().map_err(failed)?.persist_noclobber(path) {
        Ok(_) => Ok(SecretKey::new(&bytes)),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| KeyError::Missing(shown(path)))
        }
        Err(error) => Err(failed(error.error)),
    }
}

/// A reader of the file can decrypt every secret. Some containers cannot restrict it to one user.
fn warn_of_readers(path: &Path) {
    let mode = std::fs::metadata(path).map(|metadata| metadata.mode() & 0o777);
    if let Ok(mode) = mode
        && mode & 0o077 != 0
    {
        let file = shown(path);
        tracing::warn!(%file, mode = format!("{mode:o}"), "the key file is readable by other users");
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
