//! One line a figure: what it is, both sides, the figure, and the number of DESIGN §6 beside it.
//!
//! A bench never fails for being slow: a line says `short`, and a person decides.

/// What DESIGN §6 asks for. A `best` below `must` means that less is better.
#[derive(Clone, Copy)]
pub struct Goal {
    pub must: f64,
    pub best: f64,
}

impl Goal {
    fn verdict(self, value: f64) -> &'static str {
        let reaches = |goal: f64| if self.best < self.must { value <= goal } else { value >= goal };
        match (reaches(self.best), reaches(self.must)) {
            (true, _) => "best",
            (false, true) => "holds",
            (false, false) => "SHORT",
        }
    }
}

/// Begins a table.
pub fn head(title: &str) {
    println!("\n{title}\n{:<46} {:<50} {:>12} {:>8} {:>8}", "what", "measured", "figure", "must", "best");
}

/// One figure. Without a goal it is there to be read only.
pub fn line(what: &str, measured: &str, value: f64, unit: &str, goal: Option<Goal>) {
    let figure = format!("{} {unit}", short(value));
    let (must, best, verdict) = match goal {
        Some(goal) => (short(goal.must), short(goal.best), goal.verdict(value)),
        None => (String::new(), String::new(), ""),
    };
    println!("{what:<46} {measured:<50} {figure:>12} {must:>8} {best:>8}  {verdict}");
}

/// Three digits that matter.
pub fn short(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
