//! Where the operator stands between groups and deliveries: which groups were opened, and what comes next.

use crate::app::request::history::{By, GroupRow, Narrow};

/// One opened group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The group.
    pub row: GroupRow,
    /// It was the only one, so nobody had to choose it, and going back skips it.
    pub alone: bool,
}

/// What the list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Groups.
    Groups(By),
    /// Single deliveries.
    Deliveries,
}

/// The opened groups, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path {
    /// How the outermost list groups.
    pub by: By,
    /// Deliveries at once, without groups.
    pub flat: bool,
    steps: Vec<Step>,
}

impl Path {
    /// At the outermost groups.
    pub const fn grouped(by: By) -> Self {
        Self { by, flat: false, steps: Vec::new() }
    }

    /// At all deliveries.
    pub const fn flat() -> Self {
        Self { by: By::Class, flat: true, steps: Vec::new() }
    }

    /// What the list shows.
    pub fn level(&self) -> Level {
        match (self.flat, self.steps.len()) {
            (true, _) | (false, 2..) => Level::Deliveries,
            (false, 0) => Level::Groups(self.by),
            (false, 1) => Level::Groups(match self.by {
                By::Class => By::Broadcast,
                By::Broadcast | By::Channel | By::Person => By::Class,
            }),
        }
    }

    /// The opened groups.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What all opened groups together mean.
    pub fn narrow(&self) -> Narrow {
        self.steps.iter().fold(Narrow::default(), |narrow, step| narrow.and(step.row.id))
    }

    /// Opens a group.
    pub fn push(&mut self, row: GroupRow, alone: bool) {
        self.steps.push(Step { row, alone });
    }

    /// Goes back to where somebody chose, and says what was chosen there.
    pub fn pop(&mut self) -> Option<GroupRow> {
        loop {
            let step = self.steps.pop()?;
            if !step.alone {
                return Some(step.row);
            }
        }
    }
}
