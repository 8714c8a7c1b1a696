//! Faults that an address carries in its own name, so that a sample person keeps the same trouble for ever.
//!
//! [`FAULT_WORDS`] is the one table: the servers act by it, `pushdeck sandbox --help` prints it. A word counts
//! wherever it stands in an address (for mail: in the local part), in any case. `slow` goes with any other word.

mod others;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

/// What goes wrong with one address, or with the call that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The person is gone: app removed, mailbox closed. Known once, refused for ever.
    Dead,
    /// The provider never heard of this address.
    Unknown,
    /// The person, or a policy, refuses this sender.
    Blocked,
    /// That person's own allowance is used up, or the mailbox is full.
    Quota,
    /// Accepted, but no device will ever show it.
    NoDevice,
    /// Refuses the whole call that holds it, naming no address.
    Poison,
    /// The provider fails: nothing was taken.
    Busy,
    /// A retryable refusal the first time, accepted from then on.
    Flaky,
    /// Takes the whole request, then closes the connection without a byte of answer.
    Drop,
    /// Takes the whole request, then breaks off in the middle of the answer.
    Half,
    /// Something on the way answers in the provider's place.
    Html,
    /// Takes the message and answers with 10 MiB.
    Huge,
}

/// One row of the table of words: the word, and what each kind of server answers to it.
#[derive(Debug, Clone, Copy)]
pub struct FaultWord {
    /// What has to stand in the address.
    pub word: &'static str,
    /// Which fault that is; none for `slow`, which only delays.
    pub fault: Option<Fault>,
    /// WxPusher, standard and SPT.
    pub wxpusher: &'static str,
    /// Bark; inside a batch the answers of one address stand in its item.
    pub bark: &'static str,
    /// ServerChan, Turbo and ³.
    pub serverchan: &'static str,
    /// SMTP, at RCPT unless it says otherwise.
    pub email: &'static str,
}

const fn row(
    word: &'static str,
    fault: Option<Fault>,
    [wxpusher, bark, serverchan, email]: [&'static str; 4],
) -> FaultWord {
    FaultWord { word, fault, wxpusher, bark, serverchan, email }
}

/// Every word, in the order of `--help`. In one address the first word found from the left counts.
pub const FAULT_WORDS: [FaultWord; 13] = [
    row(
        "dead",
        Some(Fault::Dead),
        ["item 1001 UID不合法", "500 Unregistered, then 400", "400 40001 错误的Key", "550 5.1.1"],
    ),
    row(
        "unknown",
        Some(Fault::Unknown),
        ["item 1001 UID不合法", "400 failed to get … from database", "400 40001 错误的Key", "550 5.1.1"],
    ),
    row(
        "blocked",
        Some(Fault::Blocked),
        ["item 1001 用户已拒收", "500 BadDeviceToken", "400 40001 被禁用", "550 5.7.1"],
    ),
    row(
        "quota",
        Some(Fault::Quota),
        ["item 1001 今日上限", "500 TooManyRequests", "400 40001 次数限制", "452 4.2.2"],
    ),
    row("nodevice", Some(Fault::NoDevice), ["accepted", "accepted", "0, ³: empty meta", "accepted"]),
    row(
        "poison",
        Some(Fault::Poison),
        ["1001 for the whole call", "500 panic", "500", "554 5.6.0 at the dot"],
    ),
    row("busy", Some(Fault::Busy), ["HTTP 500", "500 ServiceUnavailable", "HTTP 500", "421 4.3.2"]),
    row(
        "flaky",
        Some(Fault::Flaky),
        ["429 once", "500 InternalServerError once", "503 once", "451 4.7.1 once"],
    ),
    row("slow", None, ["late", "late", "late", "late, after the dot"]),
    row(
        "drop",
        Some(Fault::Drop),
        ["closed unanswered", "closed unanswered", "closed unanswered", "after the dot"],
    ),
    row("half", Some(Fault::Half), ["half a JSON", "half a JSON", "half a JSON", "half a reply to the dot"]),
    row("html", Some(Fault::Html), ["a web page", "a web page", "a web page", "a web page"]),
    row(
        "huge",
        Some(Fault::Huge),
        ["10 MiB of JSON", "10 MiB of JSON", "10 MiB of JSON", "10 MiB of reply lines"],
    ),
];

/// What one address asks for: perhaps late, perhaps wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trouble {
    /// Whether the answer comes late.
    pub slow: bool,
    /// The first fault word in the address.
    pub fault: Option<Fault>,
}

impl Trouble {
    /// Reads the words in `address`: one pass, because a call may carry 2,000 of them.
    pub fn of(address: &str) -> Self {
        let bytes = address.as_bytes();
        let mut trouble = Self::default();
        for (at, byte) in bytes.iter().enumerate() {
            if !matches!(byte | 0x20, b'd' | b'u' | b'b' | b'q' | b'n' | b'p' | b'f' | b's' | b'h') {
                continue;
            }
            let rest = &bytes[at..];
            let found = FAULT_WORDS.iter().find(|row| {
                rest.get(..row.word.len()).is_some_and(|head| head.eq_ignore_ascii_case(row.word.as_bytes()))
            });
            match found {
                Some(row) if row.fault.is_none() => trouble.slow = true,
                Some(row) => trouble.fault = trouble.fault.or(row.fault),
                None => {}
            }
        }
        trouble
    }
}

/// The table as aligned text, for `pushdeck sandbox --help` and its start page.
pub fn fault_table() -> String {
    // Two tables: one with all four kinds is wider than a terminal, and is wrapped into something nobody can read.
    type Cell = fn(&FaultWord) -> &'static str;
    let halves: [[(&str, Cell); 2]; 2] = [
        [("wxpusher", |row| row.wxpusher), ("bark", |row| row.bark)],
        [("serverchan", |row| row.serverchan), ("email", |row| row.email)],
    ];
    let mut text = String::new();
    for [(left, left_of), (right, right_of)] in halves {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<9} {left:<25} {right}", "word");
        for row in &FAULT_WORDS {
            let cell = left_of(row);
            let wide: usize = cell.chars().map(|c| if c > '\u{2e7f}' { 2 } else { 1 }).sum();
            let gap = " ".repeat(25_usize.saturating_sub(wide) + 1);
            let _ = writeln!(text, "{:<9} {cell}{gap}{}", row.word, right_of(row));
        }
        text.push('\n');
    }
    text.push_str(&others::list());
    text.trim_end().to_owned()
}

/// Addresses that were met before: `flaky` ones that have failed, Bark keys whose token was blanked.
#[derive(Debug, Default)]
pub(super) struct Met(Mutex<HashSet<String>>);

impl Met {
    /// Whether `address` came along before.
    pub(super) fn knows(&self, address: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(address)
    }

    /// Whether this is the first time that `address` comes along.
    pub(super) fn first_time(&self, address: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(address.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_anywhere_and_in_any_case() {
        assert_eq!(Trouble::of("UID_abcDEADxyz").fault, Some(Fault::Dead));
        assert_eq!(Trouble::of("SCT12Tslowbusy1"), Trouble { slow: true, fault: Some(Fault::Busy) });
        assert_eq!(Trouble::of("mail.flaky.7"), Trouble { slow: false, fault: Some(Fault::Flaky) });
        assert_eq!(Trouble::of("UID_张三"), Trouble::default());
        assert_eq!(Trouble::of("dea"), Trouble::default());
    }

    #[test]
    fn every_word_is_found_and_printed() {
        let table = fault_table();
        for row in &FAULT_WORDS {
            assert_eq!(Trouble::of(&format!("x{}y", row.word)).fault, row.fault, "{}", row.word);
            assert!(table.contains(row.word));
        }
        for line in table.lines() {
            assert!(line.chars().count() < 80, "{line}");
        }
        for kind in crate::sandbox::Kind::ALL {
            let columns = ["wxpusher-spt"].contains(&kind.id());
            assert!(columns || table.contains(kind.id()), "{kind:?}");
        }
    }

    #[test]
    fn only_the_first_time_is_the_first() {
        let met = Met::default();
        assert!(met.first_time("a"));
        assert!(!met.first_time("a"));
        assert!(met.first_time("b"));
    }
}
