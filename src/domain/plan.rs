//! The hash of a plan: of everything that was reviewed, and of each part, so that a difference has a name.
//!
//! As text it has 64 hexadecimal digits: sixteen of the whole, then twelve of each part. So the first twelve
//! are enough to tell two plans apart, and whoever has all of them learns which part is another.

use serde::Serialize;

/// What a plan covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanPart {
    /// What is said.
    Message,
    /// What is filled in: names and variables as far as the message asks for them.
    Values,
    /// The channels that carry it, their order, settings and credentials.
    Channels,
    /// Who gets it by which address, and who is left out and why.
    People,
}

impl PlanPart {
    /// Every part, in the order of the digits.
    pub const ALL: [Self; 4] = [Self::Message, Self::Values, Self::Channels, Self::People];

    /// The word used in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Values => "values",
            Self::Channels => "channels",
            Self::People => "people",
        }
    }

    /// Where its digits stand.
    const fn digits(self) -> std::ops::Range<usize> {
        let from = WHOLE + EACH * self as usize;
        from..from + EACH
    }
}

const WHOLE: usize = 16;
const EACH: usize = 12;

/// How many digits a plan is asked for by at least.
pub const FEWEST_DIGITS: usize = 12;

/// The hash of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PlanHash(String);

impl PlanHash {
    /// Puts it together of hashes in hexadecimal digits, each of which is cut to its place.
    pub fn new(whole: &str, parts: &[String; 4]) -> Self {
        let cut = |text: &str, digits: usize| text.chars().take(digits).collect::<String>();
        let parts = parts.iter().map(|part| cut(part, EACH));
        Self(std::iter::once(cut(whole, WHOLE)).chain(parts).collect())
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for PlanHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The plan that is wanted: all digits of its hash, or the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedPlan(String);

impl WantedPlan {
    /// Reads it as typed; none if that is no hash or too little of one.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let is_hash = (FEWEST_DIGITS..=WHOLE + 4 * EACH).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then_some(Self(text))
    }

    /// Its digits, as many as are known.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `hash` is the plan that is wanted.
    pub fn is(&self, hash: &PlanHash) -> bool {
        hash.as_str().starts_with(&self.0)
    }

    /// Which parts of `hash` are others, as far as the digits tell.
    pub fn differs_in(&self, hash: &PlanHash) -> Vec<PlanPart> {
        let other = |part: &PlanPart| {
            let wanted = self.0.get(part.digits());
            wanted.is_some() && wanted != hash.0.get(part.digits())
        };
        PlanPart::ALL.into_iter().filter(other).collect()
    }
}

impl From<PlanHash> for WantedPlan {
    fn from(hash: PlanHash) -> Self {
        Self(hash.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(whole: char, parts: &str) -> PlanHash {
        let parts: Vec<String> = parts.chars().map(|digit| digit.to_string().repeat(64)).collect();
        PlanHash::new(&whole.to_string().repeat(64), &parts.try_into().expect("four parts"))
    }

    #[test]
    fn all_digits_name_the_parts_that_differ_and_the_first_only_that_something_does() {
        let (one, other) = (hash('a', "1234"), hash('b', "1239"));
        assert_eq!(one.as_str().len(), 64);
        let wanted = WantedPlan::from(one.clone());
        assert!(wanted.is(&one) && !wanted.is(&other));
        assert_eq!(wanted.differs_in(&one), []);
        assert_eq!(wanted.differs_in(&other), [PlanPart::People]);
        let first = WantedPlan::read(&one.as_str()[..12]).expect("enough digits");
        assert!(first.is(&one) && !first.is(&other));
        assert_eq!(first.differs_in(&other), []);
    }

    #[test]
    fn fewer_than_twelve_digits_and_other_signs_are_no_plan() {
        for wrong in ["", "aaaaaaaaaaa", "gaaaaaaaaaaa", &"a".repeat(65)] {
            assert_eq!(WantedPlan::read(wrong), None, "{wrong}");
        }
        assert_eq!(WantedPlan::read(" AAAAAAAAAAAA ").expect("read").as_str(), "aaaaaaaaaaaa");
    }
}
