//! Random keys, held keys and pastes never start a send: no order to release or to replay comes out of them unless its
//! number was typed, key by key, into a gate that was on the screen, and then confirmed with Enter.
//!
//! `PUSHDECK_DRILL_STREAMS` sets how many streams there are, `PUSHDECK_DRILL_SEED` repeats a run's choices.

use pushdeck::app::effect::Effect;
use pushdeck::app::model::Model;
use pushdeck::app::msg::Msg;
use pushdeck::app::overlay::Overlay;
use pushdeck::app::overlay::replay::Replay;
use pushdeck::app::request::Request;
use pushdeck::app::request::compose::ComposeAsk;
use pushdeck::app::request::history::{HistoryAsk, Meant};
use pushdeck::app::section::Section;
use pushdeck::input::key::{Code, Key, Mods};
use pushdeck::store::replay::ReplayReview;

use crate::share;
use crate::support::console::{Scene, answer_all};

/// What one stream does at most.
const STEPS: usize = 24;

/// One thing that comes from the terminal.
#[derive(Debug, Clone)]
enum Input {
    Key(Key),
    Held(Key, u8),
    Paste(String),
    /// Faster than the screen: nothing of it has seen a picture of what the key before it opened.
    Burst(Vec<Key>),
}

/// A console, and what a person has really typed into the gate that is open.
struct Hand {
    model: Model,
    typed: String,
    last: Option<Key>,
    sends: Vec<i64>,
}

impl Hand {
    fn new(model: Model) -> Self {
        Self { model, typed: String::new(), last: None, sends: Vec::new() }
    }

    fn is_at_a_gate(&self) -> bool {
        match self.model.desk.overlays.last() {
            Some(Overlay::Review(review)) => review.painted,
            Some(Overlay::Replay(replay)) => replay.painted,
            _ => false,
        }
    }

    fn take(&mut self, input: &Input) {
        match input {
            Input::Key(key) => self.key(*key),
            Input::Held(key, times) => (0..*times).for_each(|_| self.key(*key)),
            Input::Paste(text) => {
                self.last = None;
                self.feed(Msg::Paste(text.clone()));
            }
            Input::Burst(keys) => {
                for key in keys {
                    self.note(*key);
                    self.feed(Msg::Key(*key));
                }
            }
        }
        self.drawn();
    }

    fn key(&mut self, key: Key) {
        self.note(key);
        self.feed(Msg::Key(key));
        self.drawn();
    }

    /// What this key means to a gate that its person can see.
    fn note(&mut self, key: Key) {
        self.last = Some(key);
        if !self.is_at_a_gate() {
            self.typed.clear();
            return;
        }
        match key.code {
            Code::Char(c) if c.is_ascii_digit() && key.mods == Mods::default() => self.typed.push(c),
            Code::Backspace => drop(self.typed.pop()),
            _ => {}
        }
    }

    fn feed(&mut self, msg: Msg) {
        for effect in answer_all(&mut self.model, msg) {
            let Effect::Store(_, request) = effect else { continue };
            let number = match request {
                Request::Compose(ComposeAsk::Release { number, .. }) => number,
                Request::History(HistoryAsk::Replay { expected, .. }) => expected,
                _ => continue,
            };
            assert!(
                self.typed.ends_with(&number.to_string()) && self.last == Some(Key::plain(Code::Enter)),
                "a send to {number} began, and only {:?} was typed, {:?} last",
                self.typed,
                self.last
            );
            self.sends.push(number);
        }
    }

    /// What was decided has reached the screen.
    fn drawn(&mut self) {
        self.feed(Msg::Drawn);
    }

    fn keys(&mut self, keys: &str) {
        keys.split_whitespace().for_each(|key| self.key(key.parse().expect("a key")));
    }

    /// The mock-up's draft, its review open.
    fn at_the_review() -> Self {
        let mut hand = Self::new(Scene::busy().model());
        hand.keys("j j j j j j Enter");
        hand.keys("Esc s");
        assert!(matches!(hand.model.desk.overlays.last(), Some(Overlay::Review(_))), "the review is open");
        hand
    }

    /// The review of a replay of 55, and 4 that may arrive twice.
    fn at_the_replay() -> Self {
        let mut hand = Self::new(Scene::busy().model());
        hand.model.desk.section = Section::History;
        let review = ReplayReview { to_send: 55, unknown: 4, ..ReplayReview::default() };
        hand.model.desk.open(Overlay::Replay(Replay::new(Meant::default(), review, Vec::new())));
        hand.drawn();
        hand
    }
}

fn any_key(dice: &mut fastrand::Rng) -> Key {
    const NAMED: [Code; 14] = [
        Code::Enter,
        Code::Enter,
        Code::Esc,
        Code::Tab,
        Code::Backspace,
        Code::Delete,
        Code::Home,
        Code::End,
        Code::PageUp,
        Code::PageDown,
        Code::Up,
        Code::Down,
        Code::Left,
        Code::Right,
    ];
    match dice.u8(0..20) {
        // What acts in dialogs comes often.
        0..3 => Key::char(*dice.choice(b"ysSrRtu124583" as &[u8]).expect("a key") as char),
        3..10 => Key::char(dice.u8(b' '..=b'~') as char),
        10..15 => Key::plain(*dice.choice(NAMED).as_ref().expect("a key")),
        15 => Key::plain(Code::F(dice.u8(1..=12))),
        16 => Key { code: Code::Tab, mods: Mods { shift: true, ..Mods::default() } },
        17 => Key { mods: Mods { alt: true, ..Mods::default() }, ..Key::char(dice.lowercase()) },
        18 => Key::ctrl(dice.lowercase()),
        _ => Key::char(*dice.choice(&['１', '：', '、', '发', '\u{301}', '🚀']).expect("a key")),
    }
    .normalise()
}

fn any_input(dice: &mut fastrand::Rng) -> Input {
    const PASTES: [&str; 6] =
        ["12483", "12483\n", "12,483\r\n\r\n", "55\n", "59\n\ny\n", "y\ny\ns\n12483\n\t\n"];
    match dice.u8(0..12) {
        0 => Input::Held(any_key(dice), dice.u8(2..=60)),
        1 => Input::Paste((*dice.choice(PASTES).as_ref().expect("a text")).to_owned()),
        2 => {
            let number = *dice.choice(&["12483", "55", "59"]).expect("a number");
            let mut keys = vec![Key::char('s')];
            keys.extend(number.chars().map(Key::char));
            keys.extend([Key::plain(Code::Enter), Key::plain(Code::Enter)]);
            Input::Burst(keys)
        }
        _ => Input::Key(any_key(dice)),
    }
}

#[test]
fn random_keys_held_keys_and_pastes_never_start_a_send() {
    let mut dice = share::dice("keys");
    let streams = share::size("PUSHDECK_DRILL_STREAMS", 300, 100_000);
    let (mut inputs, mut by_chance) = (0, 0);
    for _ in 0..streams {
        let mut hand = match dice.u8(0..4) {
            0 => Hand::new(Scene::busy().model()),
            1 => Hand::at_the_replay(),
            _ => Hand::at_the_review(),
        };
        for _ in 0..dice.usize(1..=STEPS) {
            hand.take(&any_input(&mut dice));
            inputs += 1;
        }
        by_chance += hand.sends.len();
    }
    println!(
        "{streams} streams of {inputs} keys, held keys, bursts and pastes; {by_chance} times a whole number into an open gate"
    );
}

#[test]
fn the_number_typed_and_confirmed_starts_exactly_one_send() {
    let mut hand = Hand::at_the_review();
    hand.keys("1 2 4 8 3 Enter");
    assert_eq!(hand.sends, Vec::<i64>::new(), "the number leads to the button");
    hand.keys("Enter Enter");
    assert_eq!(hand.sends, [12_483]);
    let mut hand = Hand::at_the_replay();
    hand.keys("5 5 Enter Enter Enter");
    assert_eq!(hand.sends, [55]);
}
