//! Files of the store: for their owner alone, or for a group where the folder is the group's.
//!
//! A team makes the folder with mode 2770 and the group's name; every file in it then is 0660, whatever the umask
//! of whoever comes first, or the second operator would meet a store that cannot be written.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Whether the group of a folder may write in it.
fn is_the_groups(folder: &Path) -> io::Result<bool> {
    Ok(std::fs::metadata(folder)?.permissions().mode() & 0o020 != 0)
}

/// Makes an empty file in `folder`; none: it was there, and was not opened. (Closing the store's own file would drop
/// SQLite's locks on it.)
pub fn make(folder: &Path, name: &str) -> io::Result<Option<File>> {
    let made = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(folder.join(name));
    match made {
        Ok(file) => {
            if is_the_groups(folder)? {
                file.set_permissions(Permissions::from_mode(0o660))?;
            }
            Ok(Some(file))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a lock file in `folder`, and makes it if it is not there.
pub fn open(folder: &Path, name: &str) -> io::Result<File> {
    match make(folder, name)? {
        Some(file) => Ok(file),
        None => OpenOptions::new().read(true).write(true).open(folder.join(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_private_unless_the_folder_is_a_groups() {
        for (folder_mode, file_mode) in [(0o700, 0o600), (0o2770, 0o660)] {
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::set_permissions(folder.path(), Permissions::from_mode(folder_mode)).expect("a mode");
            for _ in 0..2 {
                let file = open(folder.path(), "sender.lock").expect("opened");
                assert_eq!(file.metadata().expect("there").permissions().mode() & 0o777, file_mode);
            }
        }
    }
}
