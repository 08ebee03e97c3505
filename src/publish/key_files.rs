//! Where secret keys lie: one file each in a folder of the data, readable by its owner only.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::keys::KeyPair;

/// A folder of keys.
#[derive(Clone, Debug)]
pub struct KeyFolder(PathBuf);

impl KeyFolder {
    /// The keys in a folder; it need not exist yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// The file of a key.
    #[must_use]
    pub fn file(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.key"))
    }

    /// Makes a new key and writes its file, flushed to the disk.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn make(&self) -> anyhow::Result<KeyPair> {
        let key = KeyPair::of_secret(&rand::random());
        let path = self.file(&key.id());
        let doing = || format!("writing the key {}", path.display());
        fs::create_dir_all(&self.0).with_context(doing)?;
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).with_context(doing)?;
        writeln!(file, "{}", hex::encode(key.secret())).with_context(doing)?;
        file.sync_all().with_context(doing)?;
        Ok(key)
    }

    /// The key of an id; none if it has no file here.
    ///
    /// # Errors
    /// If the file cannot be read or holds another key.
    pub fn load(&self, id: &str) -> anyhow::Result<Option<KeyPair>> {
        let path = self.file(id);
        let doing = || format!("reading the key {}", path.display());
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.with_context(doing)?,
        };
        let mut secret = [0; 32];
        hex::decode_to_slice(text.trim_end(), &mut secret).with_context(doing)?;
        let key = KeyPair::of_secret(&secret);
        ensure!(key.id() == id, "{} holds another key", path.display());
        Ok(Some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_for_its_owner_only_and_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = KeyFolder::new(&folder.path().join("keys"));
        let key = keys.make().expect("a key");
        let read = keys.load(&key.id()).expect("read").expect("a key");
        assert_eq!(read.secret(), key.secret());
        assert!(keys.load("none").expect("read").is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(keys.file(&key.id()))
                .expect("a file")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::rename(keys.file(&key.id()), keys.file("other")).expect("renamed");
        assert!(keys.load("other").is_err());
    }
}
