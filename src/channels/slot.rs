//! The places of a template on the provider's side: each takes one short value of its own type, so each has its own
//! limit and its own faults. Kinds that fill such templates say with `Kind::slots` what stands where.

use super::spec::Limit;

/// One place of a template, and what is to stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its name on the provider's side, such as `thing1`.
    pub key: String,
    /// How much the value is, in the unit of `limit`.
    pub has: usize,
    /// How much the provider takes or shows; none where that is not known.
    pub limit: Option<Limit>,
    /// What is wrong with it.
    pub flaw: Option<Flaw>,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// There is none, and the provider refuses that.
    Empty,
    /// There is none, and the place stays blank.
    Blank,
    /// It is over the limit, and refused for it.
    Over,
    /// It is over the limit, and cut there.
    Cut,
    /// It has emoji, which the provider leaves out.
    Vanishes,
    /// It has characters that the type does not take.
    Characters,
    /// It does not have the form of its type, such as a time without a clock.
    Form,
    /// It names a part that the message does not have.
    Absent(String),
}

impl Flaw {
    /// Whether the message cannot go out with it.
    pub const fn stops(&self) -> bool {
        !matches!(self, Self::Blank | Self::Cut | Self::Vanishes)
    }

    /// The word by which its sentence is found.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Blank => "blank",
            Self::Over => "over",
            Self::Cut => "cut",
            Self::Vanishes => "vanishes",
            Self::Characters => "characters",
            Self::Form => "form",
            Self::Absent(_) => "absent",
        }
    }
}

impl Slot {
    /// Whether the message cannot go out with it.
    pub fn stops(&self) -> bool {
        self.flaw.as_ref().is_some_and(Flaw::stops)
    }
}
