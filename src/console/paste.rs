//! Tells a paste from typing where the terminal does not: many different keys that came at once.
//!
//! Only until the terminal has shown that it brackets pastes. A key held down is one key many times,
//! never a paste.

use std::collections::BTreeSet;

use crate::app::msg::Msg;
use crate::input::key::{Code, Key};

/// As many keys in one batch are a paste.
const KEYS: usize = 8;
/// If they are as different.
const DIFFERENT: usize = 4;

/// Recognises pastes in batches of messages.
#[derive(Debug, Default)]
pub struct PasteGuard {
    bracketed: bool,
}

impl PasteGuard {
    /// The batch with each run of pasted keys turned into one paste.
    pub fn sift(&mut self, batch: Vec<Msg>) -> Vec<Msg> {
        self.bracketed |= batch.iter().any(|msg| matches!(msg, Msg::Paste(_)));
        if self.bracketed || batch.len() < KEYS {
            return batch;
        }
        let mut sifted = Vec::with_capacity(batch.len());
        let mut run: Vec<(Key, char)> = Vec::new();
        for msg in batch {
            match msg {
                Msg::Key(key) if typed(key).is_some() => run.extend(typed(key).map(|c| (key, c))),
                other => {
                    settle(&mut run, &mut sifted);
                    sifted.push(other);
                }
            }
        }
        settle(&mut run, &mut sifted);
        sifted
    }
}

fn settle(run: &mut Vec<(Key, char)>, sifted: &mut Vec<Msg>) {
    let different: BTreeSet<char> = run.iter().map(|(_, c)| *c).collect();
    if run.len() >= KEYS && different.len() >= DIFFERENT {
        sifted.push(Msg::Paste(run.drain(..).map(|(_, c)| c).collect()));
    } else {
        sifted.extend(run.drain(..).map(|(key, _)| Msg::Key(key)));
    }
}

fn typed(key: Key) -> Option<char> {
    match key.code {
        Code::Enter if key.mods == crate::input::key::Mods::default() => Some('\n'),
        _ => key.typed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Msg> {
        text.chars().map(|c| Msg::Key(Key::char(c))).collect()
    }

    #[test]
    fn many_different_keys_at_once_are_a_paste() {
        let sifted = PasteGuard::default().sift(keys("delete me now"));
        assert_eq!(sifted, [Msg::Paste("delete me now".into())]);
    }

    #[test]
    fn a_key_held_down_and_a_few_quick_keys_are_not() {
        for text in ["jjjjjjjjjjjjjjjjjjjj", "jkjkjkjkjk", "abcdefg"] {
            assert_eq!(PasteGuard::default().sift(keys(text)), keys(text), "{text}");
        }
    }

    #[test]
    fn a_terminal_that_brackets_pastes_is_believed() {
        let mut guard = PasteGuard::default();
        assert_eq!(guard.sift(vec![Msg::Paste("x".into())]).len(), 1);
        assert_eq!(guard.sift(keys("delete me now")).len(), 13);
    }
}
