//! WeChat's passes: the stable ones, which stay the same, and the classic ones, which drive each other out.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::super::script::Pass;
use super::{Checked, refuse};

/// How long an old pass works beside the new one.
const OVERLAP: i64 = 300;
/// Forced refreshes: a day's number, and how far apart.
const FORCED: (usize, i64) = (20, 30);

/// Every pass that was given out.
#[derive(Debug)]
pub(super) struct Tokens {
    pass: Pass,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    passes: HashMap<String, State>,
    stable: HashMap<String, String>,
    classic: HashMap<String, String>,
    forced: HashMap<String, VecDeque<i64>>,
    given: u64,
}

#[derive(Debug)]
struct State {
    until: i64,
    calls: usize,
}

impl Tokens {
    pub(super) fn new(pass: Pass) -> Self {
        Self { pass, books: Mutex::default() }
    }

    /// The stable pass and how long it lasts: the same one until it ends or a refresh is forced.
    pub(super) fn stable(&self, appid: &str, force: bool, now: i64) -> (String, i64) {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let spent =
            |state: &State| self.pass.calls.is_some_and(|most| state.calls >= most) && !self.pass.stuck;
        let present = books.stable.get(appid).cloned();
        let alive = present.filter(|token| {
            // Under five minutes before its end there is a new one, and both work.
            books.passes.get(token).is_some_and(|state| state.until - now >= OVERLAP && !spent(state))
        });
        let forced = force && {
            let times = books.forced.entry(appid.to_owned()).or_default();
            times.retain(|at| now - at < 86_400);
            let free = times.len() < FORCED.0 && times.back().is_none_or(|last| now - last >= FORCED.1);
            if free {
                times.push_back(now);
            }
            free
        };
        match alive {
            Some(token) if !forced => {
                let left = books.passes[&token].until - now;
                (token, left)
            }
            old => {
                let token = books.give("stable", appid, now + self.pass.seconds);
                if let Some(state) = old.and_then(|old| books.passes.get_mut(&old)) {
                    state.until = state.until.min(now + OVERLAP);
                }
                books.stable.insert(appid.to_owned(), token.clone());
                (token, self.pass.seconds)
            }
        }
    }

    /// A new classic pass; the one before works five minutes more.
    pub(super) fn classic(&self, appid: &str, now: i64) -> (String, i64) {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let token = books.give("classic", appid, now + self.pass.seconds);
        let old = books.classic.insert(appid.to_owned(), token.clone());
        if let Some(state) = old.and_then(|old| books.passes.get_mut(&old)) {
            state.until = state.until.min(now + OVERLAP);
        }
        (token, self.pass.seconds)
    }

    /// Whether a call may be made with this pass.
    pub(super) fn admit(&self, token: &str, now: i64) -> Checked<()> {
        if token.is_empty() {
            return refuse(41_001, "access_token missing");
        }
        if !token.starts_with("sandbox-") {
            return refuse(40_014, "invalid access_token");
        }
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = books.passes.get_mut(token) else {
            return refuse(40_001, "invalid credential, access_token is invalid or not latest");
        };
        if now >= state.until {
            return refuse(42_001, "access_token expired");
        }
        if self.pass.calls.is_some_and(|most| state.calls >= most) {
            return match self.pass.code {
                42_001 => refuse(42_001, "access_token expired"),
                40_014 => refuse(40_014, "invalid access_token"),
                code => refuse(code, "invalid credential, access_token is invalid or not latest"),
            };
        }
        state.calls += 1;
        Ok(())
    }
}

impl Books {
    fn give(&mut self, kind: &str, appid: &str, until: i64) -> String {
        self.given += 1;
        let token = format!("sandbox-{kind}-{appid}-{}", self.given);
        self.passes.insert(token.clone(), State { until, calls: 0 });
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(checked: Checked<()>) -> i64 {
        checked.err().map_or(0, |(code, _)| code)
    }

    #[test]
    fn a_stable_pass_stays_the_same_until_it_nearly_ends() {
        let tokens = Tokens::new(Pass::default());
        let (first, left) = tokens.stable("wxa", false, 0);
        assert_eq!((tokens.stable("wxa", false, 6_900), left), ((first.clone(), 300), 7_200));
        let (second, _) = tokens.stable("wxa", false, 6_901);
        assert_ne!(first, second);
        assert_ne!(tokens.stable("wxb", false, 0).0, first, "each account has its own");
        assert_eq!((code(tokens.admit(&first, 7_199)), code(tokens.admit(&second, 7_199))), (0, 0));
        assert_eq!(code(tokens.admit(&first, 7_200)), 42_001);
    }

    #[test]
    fn a_forced_refresh_waits_thirty_seconds_and_ends_after_twenty() {
        let tokens = Tokens::new(Pass::default());
        let first = tokens.stable("wxa", false, 0).0;
        let second = tokens.stable("wxa", true, 0).0;
        assert_ne!(first, second);
        assert_eq!(tokens.stable("wxa", true, 29).0, second);
        let mut last = second;
        for n in 1..20 {
            let next = tokens.stable("wxa", true, n * 30).0;
            assert_ne!(next, last, "{n}");
            last = next;
        }
        assert_eq!(tokens.stable("wxa", true, 900).0, last, "the twenty-first is not refreshed");
        assert_eq!(code(tokens.admit(&first, 300)), 42_001, "five minutes after its successor");
    }

    #[test]
    fn a_classic_pass_drives_out_the_one_before_but_no_stable_one() {
        let tokens = Tokens::new(Pass::default());
        let stable = tokens.stable("wxa", false, 0).0;
        let (first, second) = (tokens.classic("wxa", 0).0, tokens.classic("wxa", 10).0);
        assert_eq!(code(tokens.admit(&first, 309)), 0);
        assert_eq!(code(tokens.admit(&first, 310)), 42_001);
        assert_eq!((code(tokens.admit(&second, 310)), code(tokens.admit(&stable, 310))), (0, 0));
    }

    #[test]
    fn a_pass_with_its_calls_made_is_refused_until_another_is_fetched() {
        let tokens = Tokens::new(Pass { calls: Some(2), ..Pass::default() });
        let first = tokens.stable("wxa", false, 0).0;
        let codes = [0; 3].map(|_| code(tokens.admit(&first, 1)));
        assert_eq!(codes, [0, 0, 42_001]);
        assert_ne!(tokens.stable("wxa", false, 2).0, first);
        let stuck = Tokens::new(Pass { calls: Some(0), code: 40_001, stuck: true, ..Pass::default() });
        let first = stuck.stable("wxa", false, 0).0;
        assert_eq!(code(stuck.admit(&first, 0)), 40_001);
        assert_eq!(stuck.stable("wxa", false, 0).0, first);
        assert_ne!(stuck.stable("wxa", true, 0).0, first);
    }
}
