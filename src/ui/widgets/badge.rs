//! Badges: glyph, word and role of every state, always together. ASCII in every font.

use super::pen::Pen;
use crate::domain::broadcast::BroadcastState as B;
use crate::domain::channel::{ChannelState as C, Health as H};
use crate::domain::delivery::DeliveryState as D;
use crate::domain::subscriber::{AddressState as A, SubscriberState as S};
use crate::look::role::Role;
use crate::look::strings::Strings;

/// A state as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge<'a> {
    /// One ASCII sign.
    pub glyph: &'static str,
    /// The word in the operator's language.
    pub word: &'a str,
    /// How it looks.
    pub role: Role,
}

impl<'a> Badge<'a> {
    /// A badge of one's own: `+ ok`, `~ retry 2`.
    pub const fn new(glyph: &'static str, word: &'a str, role: Role) -> Self {
        Self { glyph, word, role }
    }

    /// `> sending`, for tables and lines.
    pub fn text(&self) -> String {
        format!("{} {}", self.glyph, self.word)
    }

    /// Draws it in at most `room` cells and returns the cells used.
    pub fn draw(&self, pen: &mut Pen<'_>, at: (u16, u16), room: u16) -> u16 {
        pen.text(at, room, &self.text(), self.role)
    }
}

/// A state that can be shown as a badge.
pub trait Badged: Copy {
    /// Its badge in the language of `strings`.
    fn badge(self, strings: &Strings) -> Badge<'_>;
}

impl Badged for D {
    fn badge(self, strings: &Strings) -> Badge<'_> {
        let (glyph, role) = match self {
            Self::Planned => (".", Role::Pending),
            Self::Skipped | Self::Cancelled => ("/", Role::TextMuted),
            Self::Deferred => ("~", Role::Warning),
            Self::Sending => (">", Role::Info),
            Self::Accepted | Self::Assumed => ("+", Role::Success),
            Self::Confirmed => ("v", Role::Success),
            Self::Rejected => ("x", Role::Danger),
            Self::Unknown => ("?", Role::Warning),
        };
        Badge::new(glyph, strings.states.delivery.of(self), role)
    }
}

impl Badged for B {
    fn badge(self, strings: &Strings) -> Badge<'_> {
        let (glyph, role) = match self {
            Self::Draft => ("-", Role::TextMuted),
            Self::Held => (".", Role::Pending),
            Self::Scheduled => ("@", Role::Pending),
            Self::Sending => (">", Role::Info),
            Self::Paused => ("=", Role::Warning),
            Self::Partial => ("!", Role::Warning),
            Self::Done => ("+", Role::Success),
            Self::Cancelled => ("/", Role::TextMuted),
        };
        Badge::new(glyph, strings.states.broadcast.of(self), role)
    }
}

impl Badged for S {
    fn badge(self, strings: &Strings) -> Badge<'_> {
        let (glyph, role) = match self {
            Self::Active => ("+", Role::Success),
            Self::Muted => ("-", Role::TextMuted),
            Self::Blocked => ("x", Role::Danger),
            Self::Unsubscribed => ("/", Role::TextMuted),
        };
        Badge::new(glyph, strings.states.subscriber.of(self), role)
    }
}

impl Badged for A {
    fn badge(self, strings: &Strings) -> Badge<'_> {
        let (glyph, role) = match self {
            Self::Active => ("+", Role::Success),
            Self::Dead => ("x", Role::Danger),
        };
        Badge::new(glyph, strings.states.address.of(self), role)
    }
}

impl Badged for H {
    fn badge(self, strings: &Strings) -> Badge<'_> {
        let (glyph, role) = match self {
            Self::Ok => ("+", Role::Success),
            Self::Slow => ("~", Role::Warning),
            Self::Failing => ("x", Role::Danger),
            Self::Untested => (".", Role::Pending),
            Self::Off => ("=", Role::TextMuted),
        };
        Badge::new(glyph, strings.states.health.of(self), role)
    }
}

impl Badged for C {
    fn badge(self, strings: &Strings) -> Badge<'_> {
        let (glyph, role) = match self {
            Self::Active => ("+", Role::Success),
            Self::Paused => ("=", Role::Warning),
        };
        Badge::new(glyph, strings.states.channel.of(self), role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;
    use crate::ui::widgets::pen::tests::rows;

    #[test]
    fn every_state_has_an_ascii_glyph_and_its_word() {
        let badges = |lang: Lang| {
            let strings = Strings::of(lang);
            let mut all: Vec<String> = D::ALL.into_iter().map(|state| state.badge(strings).text()).collect();
            all.extend(B::ALL.into_iter().map(|state| state.badge(strings).text()));
            all.extend(S::ALL.into_iter().map(|state| state.badge(strings).text()));
            all
        };
        let en = badges(Lang::En);
        for expected in
            ["x failed", "? unknown", "v delivered", "> sending", "= paused", "! partial", "- muted"]
        {
            assert!(en.contains(&expected.to_owned()), "{expected} in {en:?}");
        }
        let zh = badges(Lang::Zh);
        for expected in ["x 失败", "? 结果未知", "v 已送达", "> 发送中", "= 已暂停", "! 部分完成"]
        {
            assert!(zh.contains(&expected.to_owned()), "{expected} in {zh:?}");
        }
        for text in en {
            assert!(text.as_bytes()[0].is_ascii_graphic());
        }
    }

    #[test]
    fn a_badge_is_cut_like_any_text() {
        let strings = Strings::of(Lang::Zh);
        let badge = H::Failing.badge(strings);
        let shown = rows(Lang::Zh, (20, 2), |pen| {
            badge.draw(pen, (0, 0), 20);
            badge.draw(pen, (0, 1), 1);
        });
        assert_eq!(shown, ["x 故障", "…"]);
    }
}
