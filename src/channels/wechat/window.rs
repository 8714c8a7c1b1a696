//! The window for customer messages: what a person did opens it, for a while and for some messages.
//!
//! A pure rule over what the receiver has recorded; nothing here asks the provider. Whether the allowances of several
//! acts add up the provider does not say, so the best one counts and every message counts against all of them. A
//! provider that knows better answers 45015 or 45047.

use crate::domain::time::Millis;

const MINUTE_MS: i64 = 60_000;
const LONG_MS: i64 = 48 * 60 * MINUTE_MS;

/// What a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Sent a message.
    Message,
    /// Tapped an item of the menu.
    Menu,
    /// Followed the account.
    Follow,
    /// Scanned a code of the account.
    Scan,
    /// Paid. Today's page knows no number of messages for it; an older one said 20.
    Pay,
}

impl Act {
    /// How many messages it allows, none: any number; and for how long.
    pub const fn allows(self) -> (Option<u32>, i64) {
        match self {
            Self::Message => (Some(5), LONG_MS),
            Self::Menu | Self::Follow | Self::Scan => (Some(3), MINUTE_MS),
            Self::Pay => (None, LONG_MS),
        }
    }
}

/// How the window stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Nothing may be sent until the person acts again.
    Closed,
    /// Messages may be sent.
    Open {
        /// Not from this moment on.
        until: Millis,
        /// So many more; none: any number.
        left: Option<u32>,
    },
}

/// How the window of a person stands at `now`, after these acts and messages.
pub fn window(acts: &[(Act, Millis)], sent: &[Millis], now: Millis) -> Window {
    let open = |(act, at): &(Act, Millis)| {
        // Their clock may be ahead of ours.
        let at = Millis(at.0.min(now.0));
        let (allowed, lasts) = act.allows();
        let until = at.plus(lasts);
        let since = u32::try_from(sent.iter().filter(|message| **message >= at).count()).unwrap_or(u32::MAX);
        let left = allowed.map(|allowed| allowed.saturating_sub(since));
        (now < until && left != Some(0)).then_some((until, left))
    };
    // Any number first, then the one that lasts longest.
    let best = acts.iter().filter_map(open).max_by_key(|(until, left)| (left.is_none(), *until, *left));
    best.map_or(Window::Closed, |(until, left)| Window::Open { until, left })
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: i64 = 1_700_000_000_000;

    fn at(ms: i64) -> Millis {
        Millis(T + ms)
    }

    fn open(ms: i64, left: u32) -> Window {
        Window::Open { until: at(ms), left: Some(left) }
    }

    #[test]
    fn a_message_opens_it_for_two_days_and_five_answers() {
        let wrote = [(Act::Message, at(0))];
        assert_eq!(window(&wrote, &[], at(0)), open(LONG_MS, 5));
        assert_eq!(window(&wrote, &[at(-1), at(5), at(6)], at(10)), open(LONG_MS, 3), "one was before it");
        assert_eq!(window(&wrote, &[at(1); 5], at(10)), Window::Closed, "used up");
        assert_eq!(window(&wrote, &[], at(LONG_MS - 1)), open(LONG_MS, 5));
        assert_eq!(window(&wrote, &[], at(LONG_MS)), Window::Closed, "too late");
        assert_eq!(window(&[], &[], at(0)), Window::Closed);
    }

    #[test]
    fn short_acts_open_it_for_a_minute_and_a_later_act_renews_it() {
        for act in [Act::Menu, Act::Follow, Act::Scan] {
            assert_eq!(window(&[(act, at(0))], &[at(1)], at(2)), open(MINUTE_MS, 2), "{act:?}");
            assert_eq!(window(&[(act, at(0))], &[], at(MINUTE_MS)), Window::Closed, "{act:?}");
        }
        let acts = [(Act::Message, at(0)), (Act::Message, at(20))];
        assert_eq!(window(&acts, &[at(10); 5], at(30)), open(20 + LONG_MS, 5));
    }

    #[test]
    fn the_best_allowance_counts_and_they_do_not_add_up() {
        let acts = [(Act::Message, at(0)), (Act::Menu, at(10))];
        assert_eq!(window(&acts, &[at(1), at(2), at(3)], at(20)), open(LONG_MS, 2));
        // The older one is used up: only the minute is left.
        assert_eq!(window(&acts, &[at(1); 5], at(20)), open(10 + MINUTE_MS, 3));
        let paid = [(Act::Pay, at(0)), (Act::Message, at(5))];
        assert_eq!(window(&paid, &[at(6); 9], at(20)), Window::Open { until: at(LONG_MS), left: None });
    }

    #[test]
    fn a_clock_that_is_ahead_opens_nothing_for_longer() {
        assert_eq!(window(&[(Act::Follow, at(9_000_000))], &[], at(0)), open(MINUTE_MS, 3));
    }
}
