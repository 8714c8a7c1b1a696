//! What stands after `cargo bench --bench NAME --`: `--name value` pairs. What cargo adds itself is passed over.

/// The arguments of this run.
pub struct Args(Vec<String>);

impl Args {
    /// Reads the process's own arguments.
    pub fn read() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    /// The value after `--name`.
    pub fn text(&self, name: &str) -> Option<&str> {
        let flag = format!("--{name}");
        let at = self.0.iter().position(|one| *one == flag)?;
        self.0.get(at + 1).map(String::as_str)
    }

    /// The number after `--name`; underscores may stand in it.
    pub fn number(&self, name: &str, default: usize) -> usize {
        self.text(name).map_or(default, |text| {
            text.replace('_', "").parse().unwrap_or_else(|_| die(&format!("--{name} {text}: not a number")))
        })
    }

    /// Whether `--only a,b` names this part; without it, all are wanted.
    pub fn wants(&self, part: &str) -> bool {
        self.text("only").is_none_or(|only| only.split(',').any(|one| one == part))
    }
}

fn die(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(2)
}
