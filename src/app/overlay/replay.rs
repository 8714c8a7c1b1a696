//! The review of a replay: what would go, what is skipped, unknown ones behind a tick box of their own.
//!
//! From 50 on the exact number must be typed; a change of the tick changes the number, so what was
//! typed is cleared. Like every gate it drops keys that arrived before it was on the screen.

use super::{Outcome, Then};
use crate::app::effect::Owner;
use crate::app::request::Request;
use crate::app::request::history::{HistoryAsk, Meant};
use crate::app::screen::Typed;
use crate::app::section::Section;
use crate::input::action::Action;
use crate::store::replay::ReplayReview;

/// From so many on the number must be typed.
pub const GRAVE: i64 = 50;

/// Where the focus of a review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The tick box of the unknown ones.
    Unknowns,
    /// The number.
    Number,
    /// "Back".
    Back,
    /// The button that acts.
    Go,
}

/// The review of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// What would be replayed.
    pub meant: Meant,
    /// The numbers.
    pub review: ReplayReview,
    /// Channels that stand still: what is replayed over them waits.
    pub paused: Vec<String>,
    /// Whether unknown ones go too.
    pub unknowns: bool,
    /// What was typed as the number.
    pub typed: String,
    /// Where the focus is.
    pub at: At,
    /// It has been on the screen.
    pub painted: bool,
}

impl Replay {
    /// A review with the focus where nothing happens by itself.
    pub fn new(meant: Meant, review: ReplayReview, paused: Vec<String>) -> Self {
        let mut replay = Self {
            meant,
            review,
            paused,
            unknowns: false,
            typed: String::new(),
            at: At::Back,
            painted: false,
        };
        replay.at = replay.stops()[0];
        replay
    }

    /// How many would go now.
    pub const fn to_send(&self) -> i64 {
        self.review.to_send + if self.unknowns { self.review.unknown } else { 0 }
    }

    /// Whether the number has to be typed: of many, and of any that may arrive twice.
    pub const fn asks_number(&self) -> bool {
        self.to_send() >= GRAVE || self.unknowns && self.review.unknown > self.review.collapses
    }

    /// Whether the button acts.
    pub fn is_open(&self) -> bool {
        let digits: String = self.typed.chars().filter(char::is_ascii_digit).collect();
        self.to_send() > 0 && (!self.asks_number() || digits == self.to_send().to_string())
    }

    /// Does an action.
    pub fn act(&mut self, action: Action) -> Outcome {
        match action {
            Action::Next | Action::Down | Action::Right => self.step(1),
            Action::Previous | Action::Up | Action::Left => self.step(-1),
            Action::DeleteLeft => {
                self.typed.pop();
            }
            Action::CutToStart | Action::CutWord => self.typed.clear(),
            Action::Close => return Outcome::Closes,
            Action::Press => return self.press(),
            _ => {}
        }
        Outcome::Stays
    }

    /// Takes a digit, a blank for the tick box, or `y` where no number is asked for; never a paste.
    pub fn text(&mut self, typed: &Typed) -> Outcome {
        let Typed::Char(c) = typed else { return Outcome::Stays };
        match crate::input::key::fold_char(*c) {
            ' ' if self.at == At::Unknowns => self.tick(),
            'y' | 'Y' if !self.asks_number() && self.is_open() => return Outcome::Leads(self.order()),
            c if c.is_ascii_digit() && self.asks_number() && self.typed.len() < 15 => {
                self.at = At::Number;
                self.typed.push(c);
            }
            _ => {}
        }
        Outcome::Stays
    }

    fn press(&mut self) -> Outcome {
        match self.at {
            At::Unknowns => self.tick(),
            At::Back => return Outcome::Closes,
            At::Go if self.is_open() => return Outcome::Leads(self.order()),
            // As in every gate: the number leads to the button.
            At::Number if self.is_open() => self.at = At::Go,
            At::Number | At::Go => {}
        }
        Outcome::Stays
    }

    fn tick(&mut self) {
        self.unknowns = !self.unknowns;
        self.typed.clear();
    }

    fn order(&self) -> Then {
        let replay = HistoryAsk::Replay {
            meant: self.meant.clone(),
            unknowns: self.unknowns,
            expected: self.to_send(),
        };
        Then::Order(Owner::Screen(Section::History), Request::History(replay))
    }

    /// Where the focus can be, in order: the first one is where it starts.
    fn stops(&self) -> Vec<At> {
        let mut stops = Vec::new();
        if self.asks_number() {
            stops.push(At::Number);
        }
        stops.push(At::Back);
        if self.is_open() {
            stops.push(At::Go);
        }
        if self.review.unknown > 0 {
            stops.push(At::Unknowns);
        }
        stops
    }

    fn step(&mut self, by: isize) {
        let stops = self.stops();
        let here = stops.iter().position(|stop| *stop == self.at).unwrap_or(0);
        let next = (here as isize + by).rem_euclid(stops.len() as isize);
        self.at = stops[next as usize];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(to_send: i64, unknown: i64) -> Replay {
        let review = ReplayReview { to_send, unknown, accepted: 7, ..ReplayReview::default() };
        Replay::new(Meant::default(), review, Vec::new())
    }

    fn type_in(replay: &mut Replay, text: &str) -> Vec<Outcome> {
        text.chars().map(|c| replay.text(&Typed::Char(c))).collect()
    }

    fn sent(outcome: &Outcome) -> Option<(bool, i64)> {
        match outcome {
            Outcome::Leads(Then::Order(
                _,
                Request::History(HistoryAsk::Replay { unknowns, expected, .. }),
            )) => Some((*unknowns, *expected)),
            _ => None,
        }
    }

    #[test]
    fn a_few_go_with_one_key_and_enter_alone_changes_nothing() {
        let mut replay = review(12, 0);
        assert_eq!(replay.act(Action::Press), Outcome::Closes);
        assert_eq!(sent(&type_in(&mut replay, "y")[0]), Some((false, 12)));
    }

    #[test]
    fn fifty_need_their_number_and_a_paste_is_ignored() {
        let mut replay = review(402, 0);
        assert_eq!(replay.text(&Typed::Paste("402".into())), Outcome::Stays);
        assert_eq!(sent(&type_in(&mut replay, "y")[0]), None);
        type_in(&mut replay, "40");
        assert_eq!(replay.act(Action::Press), Outcome::Stays);
        type_in(&mut replay, "2");
        assert_eq!(replay.act(Action::Press), Outcome::Stays);
        assert_eq!(sent(&replay.act(Action::Press)), Some((false, 402)));
    }

    #[test]
    fn unknown_ones_go_only_behind_their_own_tick_which_changes_the_number() {
        let mut replay = review(402, 44);
        type_in(&mut replay, "402");
        while replay.at != At::Unknowns {
            assert_eq!(replay.act(Action::Next), Outcome::Stays);
        }
        assert_eq!(replay.act(Action::Press), Outcome::Stays);
        assert_eq!((replay.to_send(), replay.is_open()), (446, false));
        type_in(&mut replay, "446");
        assert_eq!(replay.act(Action::Press), Outcome::Stays);
        assert_eq!(sent(&replay.act(Action::Press)), Some((true, 446)));
    }

    #[test]
    fn whatever_may_arrive_twice_needs_its_number_however_few_they_are() {
        let mut replay = review(0, 2);
        replay.unknowns = true;
        assert!(replay.asks_number() && sent(&type_in(&mut replay, "y")[0]).is_none());
        replay.review.collapses = 2;
        assert!(!replay.asks_number(), "the provider lets the repeat take the place of the first");
    }

    #[test]
    fn nothing_to_send_cannot_be_sent() {
        let mut replay = review(0, 3);
        assert_eq!(sent(&type_in(&mut replay, "y")[0]), None);
        assert_eq!(replay.at, At::Back);
    }
}
