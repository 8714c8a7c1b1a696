//! Contexts: what has the focus, as far as keys are concerned.
//!
//! The app gives a stack of them, innermost first, and keys are looked up from there outwards. A
//! context that takes text (`takes_text`) makes every printable key text before it is anything else.

/// One place where keys can be bound. The names are the tables of `assets/keymap.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// At the bottom of every stack, popups too: cancel, suspend, redraw.
    System,
    /// Every section while no text field has the focus.
    Nav,
    /// Anything that scrolls or has a cursor row.
    Move,
    /// A list of records.
    Table,
    /// A record in full size.
    Detail,
    /// A form or a page of fields, between edits.
    Form,
    /// Any text field.
    Type,
    /// A one-line text field.
    Line,
    /// A text field of many lines.
    Body,
    /// A dialog with buttons.
    Dialog,
    /// A gate: a number must be typed.
    Gate,
    /// A small list at the bottom: prefix menus and `x`.
    Menu,
    /// The command palette.
    Palette,
    /// Help, messages, raw texts.
    Viewer,
    /// The theme picker.
    Themes,
    /// Section 1.
    Outbox,
    /// Section 2.
    Compose,
    /// Section 3.
    Subscribers,
    /// Section 4.
    Topics,
    /// Section 5.
    Channels,
    /// Section 6.
    History,
    /// Section 7.
    Inbox,
    /// Section 8.
    Setup,
}

impl Context {
    /// Every context, in the order of the help page.
    pub const ALL: [Self; 23] = [
        Self::Outbox,
        Self::Compose,
        Self::Subscribers,
        Self::Topics,
        Self::Channels,
        Self::History,
        Self::Inbox,
        Self::Setup,
        Self::Table,
        Self::Detail,
        Self::Move,
        Self::Form,
        Self::Nav,
        Self::Line,
        Self::Body,
        Self::Type,
        Self::Dialog,
        Self::Gate,
        Self::Menu,
        Self::Palette,
        Self::Viewer,
        Self::Themes,
        Self::System,
    ];

    /// The name in the key map file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Nav => "nav",
            Self::Move => "move",
            Self::Table => "table",
            Self::Detail => "detail",
            Self::Form => "form",
            Self::Type => "type",
            Self::Line => "line",
            Self::Body => "body",
            Self::Dialog => "dialog",
            Self::Gate => "gate",
            Self::Menu => "menu",
            Self::Palette => "palette",
            Self::Viewer => "viewer",
            Self::Themes => "themes",
            Self::Outbox => "outbox",
            Self::Compose => "compose",
            Self::Subscribers => "subscribers",
            Self::Topics => "topics",
            Self::Channels => "channels",
            Self::History => "history",
            Self::Inbox => "inbox",
            Self::Setup => "setup",
        }
    }

    /// Reads a name of the key map file.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }

    /// Whether printable keys are text here.
    pub const fn takes_text(self) -> bool {
        matches!(self, Self::Type | Self::Line | Self::Body | Self::Gate | Self::Palette)
    }

    /// Whether it is one of the eight sections.
    pub const fn is_section(self) -> bool {
        matches!(
            self,
            Self::Outbox
                | Self::Compose
                | Self::Subscribers
                | Self::Topics
                | Self::Channels
                | Self::History
                | Self::Inbox
                | Self::Setup
        )
    }

    /// Whether two contexts can stand in one stack, so that a key bound in both means one thing only.
    pub fn meets(self, other: Self) -> bool {
        use Context as C;
        let general = |context| matches!(context, C::Nav | C::Move | C::Table | C::Detail | C::Form);
        let scrolls = |context| matches!(context, C::Viewer | C::Themes);
        let one_way = |a: Self, b: Self| {
            a == C::System || (general(a) && (general(b) || b.is_section())) || (scrolls(a) && b == C::Move)
        };
        self == other || one_way(self, other) || one_way(other, self)
    }
}
