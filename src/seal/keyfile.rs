//! The store key's file: `keys/STORE-ID`, made with the store, never beside it.
//!
//! Mode 0600 (0640 for a team). A file that others can read is refused, as is one that is a link
//! planted by somebody else. `PUSHDECK_KEY_FILE` or the service manager may name another place.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{KEY_LEN, KeyBytes, SealError, random_key};

const MAGIC: &str = "pushdeck-key-1 ";

/// Where the key of a store lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// In this folder, under the id of the store.
    Folder(PathBuf),
    /// In this very file.
    File(PathBuf),
}

impl KeyPlace {
    /// The key file of the store of that id.
    pub fn path(&self, store_id: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join(store_id),
            Self::File(file) => file.clone(),
        }
    }
}

fn unusable(path: &Path, why: impl ToString) -> SealError {
    SealError::KeyUnusable { path: path.to_owned(), why: why.to_string() }
}

/// Makes a new key file with mode 0600; an existing file is used when it holds a key, never overwritten.
pub fn create(path: &Path) -> Result<KeyBytes, SealError> {
    if path.exists() {
        return load(path);
    }
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| unusable(path, error))?;
    }
    let key = random_key()?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| unusable(path, error))?;
    let line = Zeroizing::new(format!("{MAGIC}{}\n", STANDARD.encode(key.as_ref())));
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| unusable(path, error))?;
    Ok(key)
}

/// Reads a key file. Others than owner and group must have no access, the group at most reading.
pub fn load(path: &Path) -> Result<KeyBytes, SealError> {
    let mut file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => SealError::KeyMissing(path.to_owned()),
        _ => unusable(path, error),
    })?;
    let about = file.metadata().map_err(|error| unusable(path, error))?;
    if !about.is_file() || about.size() > 4_096 {
        return Err(unusable(path, "it is not a key file"));
    }
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o037 != 0 {
        return Err(unusable(path, format!("its mode is {mode:04o}; set it to 0600 (0640 for a team)")));
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(|error| unusable(path, error))?;
    let encoded = text
        .trim()
        .strip_prefix(MAGIC.trim_end())
        .map(str::trim)
        .ok_or_else(|| unusable(path, "it is not a key file"))?;
    let bytes =
        Zeroizing::new(STANDARD.decode(encoded).map_err(|_| unusable(path, "its key is not readable"))?);
    let key: [u8; KEY_LEN] =
        bytes.as_slice().try_into().map_err(|_| unusable(path, "its key has the wrong length"))?;
    Ok(Zeroizing::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_private_and_made_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys/store-1");
        let key = create(&path).expect("made");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(create(&path).expect("kept"), key);
        assert_eq!(load(&path).expect("read"), key);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        create(&path).expect("made");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("mode");
        let error = load(&path).expect_err("refused").to_string();
        assert!(error.contains("0644") && error.contains("0600"), "{error}");
        assert!(matches!(load(&folder.path().join("none")), Err(SealError::KeyMissing(_))));
    }
}
