//! The file that the key lies in, and the two beside it while it is replaced.
//!
//! `secret.key` holds the key; `secret.key.new` the next one, until it takes that name;
//! `secret.key.old-ID` is one of before. Each appears under its name whole or not at all, and no key
//! is ever overwritten. Who replaces files holds the database's lock on the key.

use std::{
    ffi::OsString,
    io::Write as _,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use super::{KeyError, KeyId, SecretKey};

#[derive(Debug)]
pub(super) struct KeyFile(PathBuf);

impl KeyFile {
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The key, or `None` when there is no such file.
    pub fn read(&self) -> Result<Option<SecretKey>, KeyError> {
        read(&self.0)
    }

    /// The next key, or the one that took its place a moment ago.
    pub fn read_new(&self) -> Result<Option<SecretKey>, KeyError> {
        read(&self.beside("new"))
    }

    /// Whoever reads it opens every secret. Some containers cannot give it to one user alone.
    pub fn warn_of_readers(&self) {
        let mode = std::fs::metadata(&self.0).map(|it| it.mode());
        if let Ok(mode) = mode.map(|mode| mode & 0o777)
            && mode & 0o077 != 0
        {
            let file = self.shown();
            tracing::warn!(%file, mode = format!("{mode:o}"), "others than its owner may read the key file");
        }
    }

    pub fn shown(&self) -> String {
        self.0.display().to_string()
    }

    /// Where a key of before lies, or would.
    pub fn old(&self, id: &KeyId) -> PathBuf {
        self.beside(&format!("old-{id}"))
    }

    /// Makes a key, unless another process does so at once: then that one's is the key.
    pub fn make(&self) -> Result<SecretKey, KeyError> {
        let (key, file) = draw(&self.0)?;
        match file.persist_noclobber(&self.0) {
            Ok(_) => Ok(key),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                self.read()?.ok_or_else(|| KeyError::Missing(self.shown()))
            }
            Err(error) => Err(failed(&self.0, error.error)),
        }
    }

    /// Makes the next key and keeps the present one under the name that it will have: after this
    /// nothing but a rename is left to do. `present` is the key that the database's secrets are
    /// encrypted with now.
    pub fn prepare(&self, present: &SecretKey) -> Result<SecretKey, KeyError> {
        // Another one may have died, or wait for the lock, before its rename.
        if self.read()?.as_ref().map(SecretKey::id) != Some(present.id()) {
            self.install(present.id())?;
        }
        self.keep(present.id())?;
        self.make_new().inspect_err(|_| self.give_up(present.id()))
    }

    fn make_new(&self) -> Result<SecretKey, KeyError> {
        let new = self.beside("new");
        let (key, file) = draw(&new)?;
        let like = std::fs::metadata(self.real()).map_err(|cause| failed(&new, cause))?;
        // Run as root, it must leave a file that the portal can read.
        std::os::unix::fs::chown(file.path(), Some(like.uid()), Some(like.gid()))
            .map_err(|cause| failed(&new, cause))?;
        let mode = std::fs::Permissions::from_mode(like.mode() & 0o777);
        std::fs::set_permissions(file.path(), mode).map_err(|cause| failed(&new, cause))?;
        file.persist(&new)
            .map_err(|error| failed(&new, error.error))?;
        self.settle_folder()?;
        Ok(key)
    }

    /// Takes back what [`prepare`](Self::prepare) did, when nothing came of it.
    pub fn give_up(&self, present: &KeyId) {
        for file in [self.beside("new"), self.old(present)] {
            // What stays here does no harm.
            let _ = std::fs::remove_file(file);
        }
    }

    /// Gives the next key, which must have this id, the name of the present one.
    pub fn install(&self, id: &KeyId) -> Result<(), KeyError> {
        let present = self.read()?;
        let present = present.as_ref().map(SecretKey::id);
        if present == Some(id) {
            return Ok(());
        }
        if self.read_new()?.as_ref().map(SecretKey::id) != Some(id) {
            return Err(self.wrong(Some(id)));
        }
        if let Some(present) = present {
            self.keep(present)?;
        }
        let renamed = std::fs::rename(self.beside("new"), self.real());
        renamed.map_err(|cause| failed(&self.0, cause))?;
        self.settle_folder()
    }

    /// Why the key is not the right one, and where that lies, if it is beside.
    pub fn wrong(&self, id: Option<&KeyId>) -> KeyError {
        match id.map(|id| self.old(id)).filter(|old| old.exists()) {
            Some(old) => KeyError::WrongButOld(self.shown(), old.display().to_string()),
            None => KeyError::Wrong(self.shown()),
        }
    }

    /// A second name for the present key.
    fn keep(&self, id: &KeyId) -> Result<(), KeyError> {
        let (real, old) = (self.real(), self.old(id));
        match std::fs::hard_link(&real, &old) {
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            // A file that is a mount of its own cannot be renamed over either.
            Err(cause) if cause.kind() == std::io::ErrorKind::CrossesDevices => {
                Err(failed(&old, cause))
            }
            // Not every file system has second names.
            Err(_) => {
                let copied = std::fs::copy(&real, &old);
                copied.map_err(|cause| failed(&old, cause)).map(|_| ())
            }
            Ok(()) => Ok(()),
        }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = OsString::from(self.real());
        name.push(".");
        name.push(ending);
        name.into()
    }

    /// The file itself, where its name is a link.
    fn real(&self) -> PathBuf {
        std::fs::canonicalize(&self.0).unwrap_or_else(|_| self.0.clone())
    }

    /// A name that was given stays given when the power fails.
    fn settle_folder(&self) -> Result<(), KeyError> {
        let real = self.real();
        let folder = std::fs::File::open(folder(&real));
        let settled = folder.and_then(|folder| folder.sync_all());
        settled.map_err(|cause| failed(&self.0, cause))
    }
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| *folder != Path::new(""))
        .unwrap_or(Path::new("."))
}

fn read(path: &Path) -> Result<Option<SecretKey>, KeyError> {
    let shown = || path.display().to_string();
    match std::fs::read(path) {
        Ok(content) => SecretKey::parse(&content)
            .map(Some)
            .ok_or_else(|| KeyError::Corrupt(shown())),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(KeyError::Read {
            path: shown(),
            cause,
        }),
    }
}

/// A new key, in a file without a name in the folder of `path` that only its owner may read.
fn draw(path: &Path) -> Result<(SecretKey, tempfile::NamedTempFile), KeyError> {
    let drawn = || {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        let mut file = tempfile::NamedTempFile::new_in(folder(path))?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        Ok((SecretKey::new(&bytes), file))
    };
    drawn().map_err(|cause| failed(path, cause))
}

fn failed(path: &Path, cause: std::io::Error) -> KeyError {
    KeyError::Write {
        path: path.display().to_string(),
        cause,
    }
}
