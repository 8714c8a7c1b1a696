//! Names by any part of them: what is written into the two indexes, and how a text is looked for.
//!
//! Texts of three characters and more are trigram phrases. One and two characters, the common case in
//! Chinese, are words of `subscriber_gram`, which holds every character and every pair of neighbours.
//! Both indexes get `fold`ed text, so they agree with `holds`, the comparison row by row.

use std::collections::BTreeSet;

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, named_params};

use super::error::{Doing, StoreError};
use crate::domain::fold::fold;

/// From so many characters on, a text is looked for by trigrams.
const TRIGRAM: usize = 3;

/// A text to be found in names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needle {
    /// The text, folded.
    pub folded: String,
}

/// The index that answers a needle, and the expression to match.
pub(super) struct Match {
    pub index: &'static str,
    pub expression: String,
}

impl Needle {
    pub fn new(text: &str) -> Self {
        Self { folded: fold(text) }
    }

    pub fn as_match(&self) -> Match {
        let short = self.folded.chars().count() < TRIGRAM;
        let word = if short { gram(self.folded.chars()) } else { self.folded.clone() };
        Match {
            index: if short { "subscriber_gram" } else { "subscriber_tri" },
            expression: format!("\"{}\"", word.replace('"', "\"\"")),
        }
    }
}

/// One or two neighbours as one word of the index. Letters of scripts whose every sign is a letter to
/// the tokenizer stand as they are; everything else would be cut at, so it is spelled as a number.
fn gram(signs: impl Iterator<Item = char>) -> String {
    use std::fmt::Write as _;
    let mut word = String::new();
    for sign in signs {
        match sign {
            '0'..='9'
            | 'a'..='w'
            | '\u{3041}'..='\u{3096}'
            | '\u{30a1}'..='\u{30fa}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}' => word.push(sign),
            // `x` begins a number and `z` ends it, so they are spelled, too; `y` comes along.
            _ => write!(word, "x{:x}z", u32::from(sign)).expect("writing to a text cannot fail"),
        }
    }
    word
}

/// Every character and every pair of neighbours of a folded text, each once.
pub(super) fn grams(folded: &str) -> String {
    let signs: Vec<char> = folded.chars().collect();
    let ones = signs.iter().map(|sign| gram(std::iter::once(*sign)));
    let pairs = signs.windows(2).map(|pair| gram(pair.iter().copied()));
    let words: BTreeSet<String> = ones.chain(pairs).collect();
    let mut text = String::with_capacity(words.len() * 4);
    for word in words {
        text.push_str(&word);
        text.push(' ');
    }
    text
}

/// Puts a name into both indexes.
pub(super) fn index_name(conn: &Connection, id: i64, name: &str) -> Result<(), StoreError> {
    let folded = fold(name);
    conn.prepare_cached("INSERT INTO subscriber_tri (rowid, name) VALUES (:id, :name)")
        .and_then(|mut insert| insert.execute(named_params! { ":id": id, ":name": folded }))
        .doing("indexing a name")?;
    conn.prepare_cached("INSERT INTO subscriber_gram (rowid, grams) VALUES (:id, :grams)")
        .and_then(|mut insert| insert.execute(named_params! { ":id": id, ":grams": grams(&folded) }))
        .doing("indexing a name")?;
    Ok(())
}

/// Takes a name out of both indexes.
pub(super) fn forget_name(conn: &Connection, id: i64) -> Result<(), StoreError> {
    for sql in
        ["DELETE FROM subscriber_tri WHERE rowid = :id", "DELETE FROM subscriber_gram WHERE rowid = :id"]
    {
        conn.prepare_cached(sql)
            .and_then(|mut delete| delete.execute(named_params! { ":id": id }))
            .doing("taking a name out of the index")?;
    }
    Ok(())
}

/// Gives a connection the function `holds(name, folded text)`.
pub(super) fn register(conn: &Connection) -> Result<(), StoreError> {
    conn.create_scalar_function(
        "holds",
        2,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        |call| {
            let name = call.get_raw(0).as_str()?;
            let wanted = call.get_raw(1).as_str()?;
            Ok(fold(name).contains(wanted))
        },
    )
    .doing("setting up the search")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_and_pair_is_a_word_of_its_own() {
        assert_eq!(grams("王小明"), "小 小明 明 王 王小 ");
        assert_eq!(gram("a.".chars()), "ax2ez");
        assert_ne!(gram("xa".chars()), gram("\u{a}".chars()));
    }
}
