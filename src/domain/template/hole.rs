//! How much stands where a template is filled: what tells whose text becomes the longest, without rendering it.

/// The length of a text, in both of the units that say which of two is the longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// In characters.
    pub chars: i64,
    /// In bytes.
    pub bytes: i64,
}

impl Size {
    /// That of a text.
    pub fn of(text: &str) -> Self {
        Self { chars: text.chars().count() as i64, bytes: text.len() as i64 }
    }
}

/// One place that a person's value fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// The variable.
    pub variable: String,
    /// What stands there for a person without a value of their own.
    pub without: Size,
    /// What stands there for a person whose own value is empty.
    pub empty: Size,
}

impl Hole {
    /// What stands there for a person whose own value is so long.
    pub const fn filled(&self, own: Option<Size>) -> Size {
        match own {
            None => self.without,
            Some(Size { bytes: 0, .. }) => self.empty,
            Some(size) => size,
        }
    }
}
