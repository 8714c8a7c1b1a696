//! Roles: what a piece of the screen means. Code names roles, themes say how they look.

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)*) => {
        /// What a piece of the screen means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role {
            $($(#[$doc])* $variant,)*
        }

        impl Role {
            /// Every role, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The token in theme files.
            pub const fn token(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

roles! {
    /// The ground of everything.
    Surface "surface";
    /// The ground of popups.
    SurfaceRaised "surface.raised";
    /// The ground of what lies deeper: code, raw replies.
    SurfaceSunken "surface.sunken";
    /// Words.
    Text "text";
    /// Words that can wait: units, times, hints, what is off.
    TextMuted "text.muted";
    /// Words on a strong ground.
    TextInverse "text.inverse";
    /// Titles and column heads.
    Heading "heading";
    /// Addresses on the web.
    Link "link";
    /// Verbatim text: raw replies, templates.
    Code "code";
    /// What stands out without being good or bad: the open tab.
    Accent "accent";
    /// Keys in hints and menus.
    Key "key";
    /// Lines and boxes.
    Border "border";
    /// The box that has the focus.
    BorderFocus "border.focus";
    /// The row with the focus.
    Selection "selection";
    /// The row that has it again when its pane does.
    SelectionInactive "selection.inactive";
    /// A marked row.
    Mark "mark";
    /// What a search found.
    Match "match";
    /// The painted caret, beside the real cursor.
    Caret "caret";
    /// Went well.
    Success "success";
    /// Wants a look.
    Warning "warning";
    /// Failed, or cannot be taken back.
    Danger "danger";
    /// Is on its way, or good to know.
    Info "info";
    /// Waits.
    Pending "pending";
    /// A filter term.
    Chip "chip";
    /// A filter term that cannot be understood.
    ChipError "chip.error";
    /// A field.
    Input "input";
    /// A field with a value that cannot be taken.
    InputError "input.error";
    /// What an empty field would take.
    Placeholder "placeholder";
    /// The done part of a bar.
    ProgressDone "progress.done";
    /// The failed part of a bar.
    ProgressFailed "progress.failed";
    /// The open part of a bar.
    ProgressTrack "progress.track";
    /// First line of a chart.
    Chart1 "chart.1";
    /// Second line of a chart.
    Chart2 "chart.2";
    /// Third line of a chart.
    Chart3 "chart.3";
    /// Fourth line of a chart.
    Chart4 "chart.4";
    /// Fifth line of a chart.
    Chart5 "chart.5";
    /// Sixth line of a chart.
    Chart6 "chart.6";
}

impl Role {
    /// Reads a token.
    pub fn from_token(token: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.token() == token)
    }

    /// The role that stands in where a theme says nothing of this one: along the dots, then `text`.
    pub fn parent(self) -> Option<Self> {
        match self.token().rsplit_once('.') {
            Some((stem, _)) => Self::from_token(stem).or(Some(Self::Text)),
            None if matches!(self, Self::Text | Self::Surface) => None,
            None => Some(Self::Text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_fall_back_along_their_dots_and_then_to_text() {
        assert_eq!(Role::SurfaceRaised.parent(), Some(Role::Surface));
        assert_eq!(Role::Chart3.parent(), Some(Role::Text));
        assert_eq!(Role::Danger.parent(), Some(Role::Text));
        assert_eq!((Role::Text.parent(), Role::Surface.parent()), (None, None));
        for role in Role::ALL {
            assert_eq!(Role::from_token(role.token()), Some(*role));
        }
    }
}
