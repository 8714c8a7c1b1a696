//! What comes in, and what is done about it by itself: the words that the store, scripts and screens share.

use serde::Serialize;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used in JSON and the store.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// Reads a stored word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

words! {
    /// What came in.
    Kind {
        /// Somebody follows.
        Follow "follow",
        /// Somebody who follows scanned a code.
        Scan "scan",
        /// Somebody does not follow any more.
        Unfollow "unfollow",
        /// Somebody wrote.
        Text "text",
        /// Somebody tapped an entry of a menu.
        Tap "tap",
        /// Somebody paid, or got the money back.
        Order "order",
        /// Something that we do not know.
        Other "other",
    }
}

words! {
    /// When a rule is looked at.
    Sort {
        /// When somebody follows or scans.
        Follow "follow",
        /// When somebody writes.
        Command "command",
    }
}

words! {
    /// What a rule does.
    Does {
        /// Whoever follows joins the topics, gets the tags and is welcomed.
        Welcome "welcome",
        /// Whoever writes joins the topic that they name, or those of the rule.
        Subscribe "subscribe",
        /// Whoever writes leaves the topic that they name; without one: gets nothing more at all.
        Unsubscribe "unsubscribe",
        /// Whoever writes is told what they are subscribed to.
        Status "status",
        /// Whoever writes is told a text.
        Answer "answer",
    }
}
