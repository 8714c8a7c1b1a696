//! The operator's editor on a text: a private temporary file, the child with our terminal, the text back.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::app::msg::Handed;

/// Runs the editor and waits for its end. The terminal must have been given back before.
pub async fn edit(text: String) -> Handed {
    match try_edit(&text).await {
        Ok(edited) => Handed::Text(edited),
        Err(error) => Handed::Failed(error.to_string()),
    }
}

async fn try_edit(text: &str) -> std::io::Result<String> {
    let file = PrivateFile::with(text)?;
    let editor = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()))
        .unwrap_or_else(|| "vi".to_owned());
    // Through a shell, because the variable may hold arguments: `code --wait`.
    let status = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("sh")
        .arg(file.path())
        .status()
        .await?;
    if !status.success() {
        return Err(std::io::Error::other(format!("`{editor}` ended with {status}")));
    }
    let edited = std::fs::read_to_string(file.path())?;
    // Editors end the last line; the text did not have to.
    let bare = edited.strip_suffix('\n').filter(|_| !text.ends_with('\n'));
    Ok(bare.unwrap_or(&edited).to_owned())
}

/// A file that only its owner can read, gone when it is dropped.
struct PrivateFile(PathBuf);

impl PrivateFile {
    fn with(text: &str) -> std::io::Result<Self> {
        let directory = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let path = directory.join(format!("pushdeck-{}.md", uuid::Uuid::new_v4()));
        write_private(&path, text.as_bytes())?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "cannot remove the editor's file");
        }
    }
}

/// Writes a new file that only its owner can read; never over an existing one.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}
