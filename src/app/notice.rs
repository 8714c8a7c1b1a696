//! What is said in passing: short-lived notices, and the log of the last 500 behind `!`.

use std::collections::VecDeque;

use super::saying::Saying;
use crate::domain::time::Millis;

const KEPT: usize = 500;

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know; 4 s.
    Info,
    /// Better to know; 8 s.
    Warning,
    /// Stays until Esc.
    Error,
}

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub saying: Saying,
    /// When it was said.
    pub at: Millis,
    /// When it leaves the screen; errors stay.
    pub until: Option<Millis>,
}

/// Notices on the screen and in the log.
#[derive(Debug, Clone, Default)]
pub struct Notices {
    log: VecDeque<Notice>,
    shown: VecDeque<Notice>,
    unread: usize,
}

impl Notices {
    /// Says something now. At most three stay on the screen: the oldest gives way, errors last.
    pub fn say(&mut self, level: Level, saying: Saying, now: Millis) {
        let until = match level {
            Level::Info => Some(now.plus(4_000)),
            Level::Warning => Some(now.plus(8_000)),
            Level::Error => None,
        };
        let notice = Notice { level, saying, at: now, until };
        self.shown.retain(|shown| shown.saying != notice.saying);
        if self.shown.len() == 3 {
            let victim = self.shown.iter().position(|shown| shown.until.is_some()).unwrap_or(0);
            self.shown.remove(victim);
        }
        self.shown.push_back(notice.clone());
        if self.log.len() == KEPT {
            self.log.pop_front();
        }
        self.log.push_back(notice);
        if level > Level::Info {
            self.unread += 1;
        }
    }

    /// Takes away what has had its time.
    pub fn expire(&mut self, now: Millis) {
        self.shown.retain(|notice| notice.until.is_none_or(|until| until > now));
    }

    /// Takes away what was said and does not hold any more; it stays in the log.
    pub fn take_back(&mut self, is_over: impl Fn(&Saying) -> bool) {
        self.shown.retain(|notice| !is_over(&notice.saying));
    }

    /// Takes one error away; false if there is none.
    pub fn dismiss(&mut self) -> bool {
        let error = self.shown.iter().rposition(|notice| notice.until.is_none());
        error.is_some_and(|index| self.shown.remove(index).is_some())
    }

    /// What is on the screen, oldest first.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.shown.iter()
    }

    /// What was said, newest first.
    pub fn log(&self) -> impl ExactSizeIterator<Item = &Notice> {
        self.log.iter().rev()
    }

    /// Warnings and errors since the log was last opened.
    pub const fn unread(&self) -> usize {
        self.unread
    }

    /// The log has been opened.
    pub fn mark_read(&mut self) {
        self.unread = 0;
    }

    /// When the next notice leaves the screen.
    pub fn next_end(&self) -> Option<Millis> {
        self.shown.iter().filter_map(|notice| notice.until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stay_until_they_are_dismissed_and_the_log_keeps_all() {
        let mut notices = Notices::default();
        notices.say(Level::Error, Saying::NothingToUndo, Millis(0));
        notices.say(Level::Info, Saying::Copied, Millis(0));
        notices.expire(Millis(4_000));
        assert_eq!(notices.shown().count(), 1);
        assert!(notices.dismiss());
        assert!(!notices.dismiss());
        assert_eq!(notices.log().len(), 2);
        assert_eq!(notices.unread(), 1);
    }

    #[test]
    fn three_notices_at_most_and_errors_give_way_last() {
        let mut notices = Notices::default();
        notices.say(Level::Error, Saying::NothingToUndo, Millis(0));
        for saying in [Saying::Copied, Saying::MouseOn, Saying::MouseOff] {
            notices.say(Level::Info, saying, Millis(1));
        }
        let shown: Vec<_> = notices.shown().map(|notice| notice.saying.clone()).collect();
        assert_eq!(shown, [Saying::NothingToUndo, Saying::MouseOn, Saying::MouseOff]);
    }
}
