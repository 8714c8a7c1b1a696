//! Text from outside made harmless: the only way for a stranger's words to reach a terminal or a log.
//!
//! Nicknames, upstream messages, provider answers and CSV cells pass through `scrub` where they enter.
//! Control characters become visible pictures; what would reorder, hide or stack up becomes
//! `<U+XXXX>`. Clean text is only borrowed. Cutting to the width of a screen is `ui::width`'s work.

use std::borrow::Cow;
use std::fmt;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// The most bytes that one character on screen may be made of.
const CLUSTER_BYTES: usize = 32;
/// The most combining marks that one base may carry.
const MARKS: usize = 4;
const ELLIPSIS: char = '…';
const JOINER: char = '\u{200D}';
const EMOJI_STYLE: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';

/// How much of a text is kept, and whether it may have lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// One line of at most 512 bytes: names, titles, errors in a list.
    List,
    /// Lines, together at most 64 KiB: bodies, raw replies, conversations.
    Detail,
}

impl Cap {
    /// The most bytes of the result, the `…` included.
    pub const fn bytes(self) -> usize {
        match self {
            Self::List => 512,
            Self::Detail => 64 * 1024,
        }
    }

    const fn keeps_lines(self) -> bool {
        matches!(self, Self::Detail)
    }
}

/// A text that has been through `scrub`; there is no other way to make one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SafeText(String);

impl SafeText {
    /// Scrubs `text`.
    pub fn new(text: &str, cap: Cap) -> Self {
        Self(scrub(text, cap).into_owned())
    }

    /// The harmless text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for SafeText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<SafeText> for String {
    fn from(text: SafeText) -> Self {
        text.0
    }
}

/// Makes bytes of unknown encoding harmless; what is not UTF-8 becomes `�`.
pub fn scrub_bytes(bytes: &[u8], cap: Cap) -> String {
    scrub(&String::from_utf8_lossy(bytes), cap).into_owned()
}

/// Makes `text` harmless and caps it at a character border with `…`. Scrubbing twice changes nothing.
pub fn scrub(text: &str, cap: Cap) -> Cow<'_, str> {
    if text.chars().all(|c| is_plain(c) || (c == '\n' && cap.keeps_lines())) {
        return if text.len() <= cap.bytes() {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(shorten(text, cap.bytes()))
        };
    }
    let mut scrubber = Scrubber::default();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        match c {
            '\r' if next == Some('\n') => {}
            '\n' if cap.keeps_lines() => scrubber.line_end(),
            '\t' => scrubber.plain("    "),
            _ => scrubber.take(c, next),
        }
        if scrubber.out.len() > cap.bytes() {
            break;
        }
    }
    if scrubber.out.len() > cap.bytes() {
        Cow::Owned(shorten(&scrubber.out, cap.bytes()))
    } else {
        Cow::Owned(scrubber.out)
    }
}

/// Cuts at the last character border that leaves room for the ellipsis.
fn shorten(text: &str, bytes: usize) -> String {
    let room = bytes - ELLIPSIS.len_utf8();
    let end = text.grapheme_indices(true).map(|(at, _)| at).take_while(|at| *at <= room).last().unwrap_or(0);
    let mut cut = String::with_capacity(bytes);
    cut.push_str(&text[..end]);
    cut.push(ELLIPSIS);
    cut
}

/// Builds the result one character at a time. Every decision looks at what was written, never at what
/// was read, so a second run over the result decides the same.
#[derive(Default)]
struct Scrubber {
    out: String,
    /// Where the last cluster of `out` begins.
    cluster: usize,
    /// Surplus marks are being dropped; one `…` stands for them.
    dropping: bool,
}

impl Scrubber {
    fn take(&mut self, c: char, next: Option<char>) {
        match c {
            '\0'..='\x1F' => self.push(control_picture(c as u32)),
            '\x7F' => self.push('\u{2421}'),
            JOINER if self.joins_emoji(next) => self.push(c),
            EMOJI_STYLE if self.styles_emoji(next) => self.push(c),
            _ if is_hidden(c) => self.plain(&format!("<U+{:04X}>", c as u32)),
            _ if self.ends_in_prepended() && is_prepended(c) => {
                self.plain(&format!("<U+{:04X}>", c as u32));
            }
            _ => self.push(c),
        }
    }

    fn line_end(&mut self) {
        self.out.push('\n');
        self.cluster = self.out.len();
        self.dropping = false;
    }

    fn plain(&mut self, text: &str) {
        for c in text.chars() {
            self.push(c);
        }
    }

    fn tail(&self) -> &str {
        &self.out[self.cluster..]
    }

    fn push(&mut self, c: char) {
        let extends = !is_plain(c) && extends(c);
        if self.dropping && extends {
            return;
        }
        self.dropping = false;
        if !self.continues(c) {
            self.cluster = self.out.len();
        } else if self.tail().len() + c.len_utf8() > CLUSTER_BYTES || (extends && self.marks(c) > MARKS) {
            self.dropping = true;
            self.cluster = self.out.len();
            self.out.push(ELLIPSIS);
            // A letter that no longer fits starts anew; only marks are dropped.
            if !extends {
                self.push(c);
            }
            return;
        }
        self.out.push(c);
    }

    /// Whether `c` would become part of the character written last.
    fn continues(&self, c: char) -> bool {
        let tail = self.tail();
        let Some(last) = tail.chars().next_back() else { return false };
        if is_plain(c) && is_plain(last) {
            return false;
        }
        let mut both = String::with_capacity(tail.len() + 4);
        both.push_str(tail);
        both.push(c);
        !matches!(GraphemeCursor::new(tail.len(), both.len(), true).is_boundary(&both, 0), Ok(true) | Err(_))
    }

    /// How many marks the last base would carry with `c`.
    fn marks(&self, c: char) -> usize {
        let counts = |c: char| c != JOINER && c != EMOJI_STYLE;
        let before = self.tail().chars().rev().take_while(|c| extends(*c)).filter(|c| counts(*c)).count();
        before + usize::from(counts(c))
    }

    fn ends_in_prepended(&self) -> bool {
        self.tail().chars().next_back().is_some_and(is_prepended)
    }

    /// A joiner between two pictures that fit into one character.
    fn joins_emoji(&self, next: Option<char>) -> bool {
        let Some(next) = next.filter(|c| is_picture(*c)) else { return false };
        let fits = self.tail().len() + JOINER.len_utf8() + next.len_utf8() <= CLUSTER_BYTES;
        let mut before = self.tail().chars().rev();
        let last = before.find(|c| *c != EMOJI_STYLE && !is_skin_tone(*c));
        fits && last.is_some_and(is_picture)
    }

    /// The emoji style right behind a picture, or inside a keycap.
    fn styles_emoji(&self, next: Option<char>) -> bool {
        if self.tail().len() + EMOJI_STYLE.len_utf8() + KEYCAP.len_utf8() > CLUSTER_BYTES {
            return false;
        }
        self.tail().chars().next_back().is_some_and(|last| match last {
            '0'..='9' | '#' | '*' => next == Some(KEYCAP),
            _ => is_picture(last),
        })
    }
}

fn control_picture(c: u32) -> char {
    char::from_u32(0x2400 + c).unwrap_or('\u{2426}')
}

/// Characters that stand alone whatever is beside them. Most texts consist of nothing else.
const fn is_plain(c: char) -> bool {
    matches!(c,
        ' '..='~'
        | '\u{A1}'..='\u{A8}' | '\u{AA}'..='\u{AC}' | '\u{AF}'..='\u{2FF}'
        | '\u{370}'..='\u{377}' | '\u{37A}'..='\u{37F}' | '\u{391}'..='\u{3A1}' | '\u{3A3}'..='\u{482}'
        | '\u{48A}'..='\u{52F}'
        | '\u{2010}'..='\u{2027}'
        | '\u{2500}'..='\u{259F}'
        | '\u{3001}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{309B}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{FF01}'..='\u{FF9D}')
}

/// Characters that reorder, hide, or mean whatever a font likes.
const fn is_hidden(c: char) -> bool {
    let code = c as u32;
    matches!(c,
        // C1 controls and the soft hyphen.
        '\u{80}'..='\u{9F}' | '\u{AD}'
        // Direction marks, embeddings, overrides, isolates and their deprecated kin.
        | '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}'
        // Zero-width and other default-ignorable characters, variation selectors, musical brackets.
        | '\u{34F}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200D}'
        | '\u{2060}'..='\u{2065}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
        // Fillers, separators, interlinear marks.
        | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}'
        | '\u{2028}' | '\u{2029}' | '\u{FFF9}'..='\u{FFFB}'
        // Private use.
        | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}'
        // Noncharacters.
        | '\u{FDD0}'..='\u{FDEF}'
    ) || code & 0xFFFE == 0xFFFE
}

const fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

// The three questions below are put to the segmentation tables, so that we carry none of our own:
// what a letter, a picture or a mark is shows in how it clusters with a known neighbour.

/// Whether `c` attaches to any letter before it.
fn extends(c: char) -> bool {
    is_one_cluster(&['a', c])
}

/// Whether any letter attaches to `c` before it.
fn is_prepended(c: char) -> bool {
    !is_plain(c) && is_one_cluster(&[c, 'a'])
}

/// Whether a joiner glues `c` to another picture.
fn is_picture(c: char) -> bool {
    is_one_cluster(&[c, JOINER, '©'])
}

fn is_one_cluster(chars: &[char]) -> bool {
    let text: String = chars.iter().collect();
    text.graphemes(true).nth(1).is_none()
}

#[cfg(test)]
mod tests;
