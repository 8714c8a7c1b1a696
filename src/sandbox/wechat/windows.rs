//! Windows for customer messages: whoever is known to act is written to as WeChat allows it. Of everybody else nothing is
//! known here, and they are taken to have written.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::super::acts::Does;
use super::{Checked, refuse};

/// By openid: until which second, and how many more.
#[derive(Debug, Default)]
pub(super) struct Windows(Mutex<HashMap<String, (i64, u32)>>);

impl Windows {
    pub(super) fn acted(&self, openid: &str, does: &Does, now: i64) {
        let window = match does {
            Does::Write(_) => (now + 48 * 3_600, 5),
            Does::Follow(_) | Does::Scan(_) | Does::Tap(_) => (now + 60, 3),
            Does::Unfollow => (now, 0),
            Does::Pay(_) | Does::Other(_) => return,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(openid.to_owned()).or_insert(window);
        // A tap takes nothing from who has written.
        if window.0 >= known.0 || window.1 == 0 {
            *known = window;
        }
    }

    /// Takes one message out of somebody's window.
    pub(super) fn spend(&self, openid: &str, now: i64) -> Checked<()> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(openid) {
            Some((until, _)) if now >= *until => {
                refuse(45_015, "response out of time limit or subscription is canceled")
            }
            Some((_, 0)) => refuse(45_047, "out of response count limit"),
            Some((_, left)) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}
