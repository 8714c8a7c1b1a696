//! Files that go with a message: what is written of one, and what travels.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::safe_text::{Cap, scrub};

/// The most files of a message.
pub const MOST_FILES: usize = 20;

/// How many bytes the files of a message may have together: relays take mails of 10 MB unless they are told otherwise
/// (Postfix: `message_size_limit`), and base64 makes a third more of a file.
pub const MOST_BYTES: u64 = 7_000_000;

/// The longest name of a file, in characters.
const LONGEST_NAME: usize = 120;

/// The longest end of a name that says what it is, such as `.numbers`.
const LONGEST_END: usize = 12;

/// A file of a message; its bytes stand elsewhere, under their digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// What it is saved as: without a path, in one line.
    pub name: String,
    /// Its media type, by the name.
    pub media_type: String,
    /// How many bytes.
    pub size: u64,
    /// SHA-256 of the bytes, in hexadecimal digits.
    pub sha256: String,
}

/// A file on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// What it is saved as.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// It, as mail carries it: base64 in lines of 76. Made once, however many people get it.
    pub base64: Arc<[u8]>,
}

impl Enclosure {
    /// The file with its bytes.
    pub fn new(file: &FileRef, bytes: &[u8]) -> Self {
        let (name, media_type) = (file.name.clone(), file.media_type.clone());
        Self { name, media_type, base64: in_lines(&STANDARD.encode(bytes)).into() }
    }

    /// Stands for a file of which only the name matters, as in a preview.
    pub fn stand_in(file: &FileRef) -> Self {
        Self::new(file, format!("{} bytes", file.size).as_bytes())
    }
}

/// Base64 as mail takes it (RFC 2045 §6.8).
pub fn in_lines(base64: &str) -> Vec<u8> {
    let lines: Vec<&[u8]> = base64.as_bytes().chunks(76).collect();
    lines.join(&b"\r\n"[..])
}

/// Why a file cannot go with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Relays and readers of mail would take it for a mistake.
    #[error("it is empty")]
    Empty,
    /// There are as many as there may be.
    #[error("a message takes at most {MOST_FILES} files")]
    TooMany,
    /// Together they are more than relays take.
    #[error("the files of a message may have {} MB together", MOST_BYTES / 1_000_000)]
    TooLarge,
    /// Another one has that name: nobody could tell them apart.
    #[error("another file of the message has the same name")]
    SameName,
    /// It was read for a message that made room for another one meanwhile.
    #[error("the message that it was for is not open any more")]
    NoMessage,
}

impl FileRef {
    /// The file that stands at `path`, whose bytes have that digest.
    pub fn at(path: &Path, size: u64, sha256: String) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let guessed = mime_guess::from_path(path).first_or_octet_stream();
        // A message in a message may not be base64 (RFC 2046 §5.2.1).
        let is_whole = matches!(guessed.type_().as_str(), "message" | "multipart");
        let media_type = if is_whole { "application/octet-stream" } else { guessed.essence_str() }.to_owned();
        Self { name: file_name(&name, 1), media_type, size, sha256 }
    }
}

/// Whether `new` can go beside the others.
pub fn fits(files: &[FileRef], new: &FileRef) -> Result<(), FileError> {
    if new.size == 0 {
        return Err(FileError::Empty);
    }
    if files.len() >= MOST_FILES {
        return Err(FileError::TooMany);
    }
    if files.iter().map(|file| file.size).sum::<u64>().saturating_add(new.size) > MOST_BYTES {
        return Err(FileError::TooLarge);
    }
    if files.iter().any(|file| file.name.eq_ignore_ascii_case(&new.name)) {
        return Err(FileError::SameName);
    }
    Ok(())
}

/// A name without a path, in one line, that every system can save; `number` names one that has none.
pub fn file_name(typed: &str, number: usize) -> String {
    let last = typed.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name: String = scrub(&name, Cap::List).chars().filter(|c| !"\"<>:|?*".contains(*c)).collect();
    let name = shortened(&name);
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.trim_matches([' ', '.']).is_empty() { format!("file-{number}") } else { name }
}

/// At most so long, and still what its end says it is.
fn shortened(name: &str) -> String {
    let count = name.chars().count();
    if count <= LONGEST_NAME {
        return name.to_owned();
    }
    let end = name.rfind('.').map(|dot| &name[dot..]).filter(|end| end.chars().count() <= LONGEST_END);
    let end = end.unwrap_or_default();
    let stem: String = name.chars().take(LONGEST_NAME - end.chars().count()).collect();
    stem + end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, size: u64) -> FileRef {
        FileRef::at(Path::new(name), size, String::new())
    }

    #[test]
    fn a_file_is_known_by_its_name_and_what_the_name_says() {
        let plan = file("/home/ann/计划 1.PDF", 5);
        assert_eq!((plan.name.as_str(), plan.media_type.as_str()), ("计划 1.PDF", "application/pdf"));
        assert_eq!(file("a/logo.png", 1).media_type, "image/png");
        assert_eq!(file("core", 1).media_type, "application/octet-stream");
        assert_eq!(file("..", 1).name, "file-1");
    }

    #[test]
    fn a_hostile_name_is_no_header_and_no_path() {
        assert_eq!(file_name("a\r\nBcc: x@y.z\".pdf", 1), "a Bcc x@y.z.pdf");
        assert_eq!(file_name("..\\..\\evil.exe", 1), "evil.exe");
        assert_eq!(file_name("..", 2), "file-2");
        let long = file_name(&format!("{}.pdf", "长".repeat(130)), 1);
        assert!(long.ends_with("长.pdf") && long.chars().count() == 120, "{long}");
        assert_eq!(file_name(&"x".repeat(130), 1).len(), 120);
    }

    #[test]
    fn what_travels_is_base64_in_lines_and_never_a_message_in_a_message() {
        let mail = file("old.eml", 300);
        assert_eq!(mail.media_type, "application/octet-stream");
        let travels = Enclosure::new(&mail, &[b'a'; 300]);
        let lines: Vec<usize> = travels.base64.split(|b| *b == b'\n').map(<[u8]>::len).collect();
        assert_eq!(lines, [77, 77, 77, 77, 77, 20]);
        assert_eq!(&*Enclosure::stand_in(&mail).base64, STANDARD.encode("300 bytes").as_bytes());
    }

    #[test]
    fn files_fit_until_a_relay_would_refuse_them() {
        let mut files = vec![file("a.pdf", MOST_BYTES - 1)];
        assert_eq!(fits(&files, &file("b.pdf", 1)), Ok(()));
        assert_eq!(fits(&files, &file("b.pdf", 2)), Err(FileError::TooLarge));
        assert_eq!(fits(&files, &file("b.pdf", 0)), Err(FileError::Empty));
        assert_eq!(fits(&files, &file("x/A.pdf", 1)), Err(FileError::SameName));
        files = (0..MOST_FILES).map(|n| file(&format!("{n}.pdf"), 1)).collect();
        assert_eq!(fits(&files, &file("b.pdf", 1)), Err(FileError::TooMany));
    }
}
