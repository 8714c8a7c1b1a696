//! How many colours the terminal shows, decided from flag, environment and config; and how a true
//! colour looks with 256.
//!
//! Detection is a pure function: the environment arrives as a look-up. Nothing here asks the terminal.

use std::str::FromStr;

use ratatui::style::Color;

/// How many colours can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Bold, dim, reversed and underlined only.
    None,
    /// The sixteen that the terminal's user chose.
    Ansi16,
    /// The 6 × 6 × 6 cube and the greys.
    Ansi256,
    /// 24 bits.
    True,
}

impl Depth {
    /// Every depth, poorest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Ansi16, Self::Ansi256, Self::True];
}

/// What `--color` and `ui.color` can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// As the environment says.
    #[default]
    Auto,
    /// Colours even where the environment says no; how many follows from the terminal.
    Always,
    /// Exactly this many.
    Exactly(Depth),
}

/// A word that is no colour choice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a colour choice; use auto, always, never, 16, 256 or truecolor")]
pub struct ColorChoiceError(String);

impl FromStr for ColorChoice {
    type Err = ColorChoiceError;

    fn from_str(text: &str) -> Result<Self, ColorChoiceError> {
        match text {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" | "none" => Ok(Self::Exactly(Depth::None)),
            "16" => Ok(Self::Exactly(Depth::Ansi16)),
            "256" => Ok(Self::Exactly(Depth::Ansi256)),
            "truecolor" | "24bit" => Ok(Self::Exactly(Depth::True)),
            _ => Err(ColorChoiceError(text.to_owned())),
        }
    }
}

/// The depth to draw with: `--color`, then `NO_COLOR`, config, `FORCE_COLOR` and `CLICOLOR_FORCE`,
/// `COLORTERM`, and what `TERM` says of itself.
pub fn detect(flag: ColorChoice, env: &dyn Fn(&str) -> Option<String>, config: ColorChoice) -> Depth {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let of_terminal = || by_terminal(&set);
    match flag {
        ColorChoice::Exactly(depth) => return depth,
        ColorChoice::Always => return of_terminal().max(Depth::Ansi16),
        ColorChoice::Auto => {}
    }
    if set("NO_COLOR").is_some() {
        return Depth::None;
    }
    match config {
        ColorChoice::Exactly(depth) => return depth,
        ColorChoice::Always => return of_terminal().max(Depth::Ansi16),
        ColorChoice::Auto => {}
    }
    match set("FORCE_COLOR").as_deref() {
        Some("0" | "false") => return Depth::None,
        Some("1") => return Depth::Ansi16,
        Some("2") => return Depth::Ansi256,
        Some("3") => return Depth::True,
        Some(_) => return of_terminal().max(Depth::Ansi16),
        None => {}
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return of_terminal().max(Depth::Ansi16);
    }
    of_terminal()
}

fn by_terminal(set: &dyn Fn(&str) -> Option<String>) -> Depth {
    let term = set("TERM").unwrap_or_default();
    if term == "dumb" {
        return Depth::None;
    }
    if matches!(set("COLORTERM").as_deref(), Some("truecolor" | "24bit")) || term.ends_with("-direct") {
        return Depth::True;
    }
    if term.contains("256color") { Depth::Ansi256 } else { Depth::Ansi16 }
}

/// The steps of one channel of the colour cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest of the 240 colours that look the same everywhere; the first sixteen are the user's own
/// and are never chosen. Colours that are not true colours stay as they are.
pub fn to_256(color: Color) -> Color {
    let Color::Rgb(red, green, blue) = color else { return color };
    let steps = [red, green, blue].map(nearest_step);
    let cube = steps.map(|step| CUBE[step]);
    let cube_index = 16 + 36 * steps[0] + 6 * steps[1] + steps[2];
    let mean = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
    let shade = usize::from(mean.saturating_sub(3) / 10).min(23);
    let grey = u8::try_from(8 + 10 * shade).unwrap_or(u8::MAX);
    let index = if distance([red, green, blue], [grey; 3]) < distance([red, green, blue], cube) {
        232 + shade
    } else {
        cube_index
    };
    Color::Indexed(u8::try_from(index).unwrap_or(u8::MAX))
}

fn nearest_step(value: u8) -> usize {
    CUBE.iter().enumerate().min_by_key(|(_, step)| step.abs_diff(value)).map_or(0, |(at, _)| at)
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.into_iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(flag: &str, env: &[(&str, &str)], config: &str) -> Depth {
        let lookup =
            |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let choice = |text: &str| text.parse().expect("a colour choice");
        detect(choice(flag), &lookup, choice(config))
    }

    #[test]
    fn the_flag_wins_then_no_color_then_config_then_the_environment() {
        let ssh = ("TERM", "xterm-256color");
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, Depth);
        let cases: &[Case] = &[
            ("auto", &[], "auto", Depth::Ansi16),
            ("auto", &[ssh], "auto", Depth::Ansi256),
            ("auto", &[ssh, ("COLORTERM", "truecolor")], "auto", Depth::True),
            ("auto", &[("TERM", "xterm-direct")], "auto", Depth::True),
            ("auto", &[("TERM", "dumb")], "auto", Depth::None),
            ("auto", &[ssh, ("NO_COLOR", "1")], "truecolor", Depth::None),
            ("auto", &[ssh, ("NO_COLOR", "")], "auto", Depth::Ansi256),
            ("256", &[("NO_COLOR", "1")], "never", Depth::Ansi256),
            ("always", &[ssh, ("NO_COLOR", "1")], "never", Depth::Ansi256),
            ("always", &[("TERM", "dumb")], "auto", Depth::Ansi16),
            ("never", &[ssh, ("FORCE_COLOR", "3")], "auto", Depth::None),
            ("auto", &[ssh, ("FORCE_COLOR", "3")], "16", Depth::Ansi16),
            ("auto", &[("FORCE_COLOR", "2")], "auto", Depth::Ansi256),
            ("auto", &[ssh, ("FORCE_COLOR", "0")], "auto", Depth::None),
            ("auto", &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], "auto", Depth::Ansi16),
        ];
        for (flag, env, config, expected) in cases {
            assert_eq!(depth(flag, env, config), *expected, "{flag} {env:?} {config}");
        }
        assert!("blue".parse::<ColorChoice>().is_err());
    }

    #[test]
    fn true_colours_find_their_neighbour_among_256() {
        let cases = [
            ((0, 0, 0), 16),
            ((255, 255, 255), 231),
            ((255, 0, 0), 196),
            ((95, 135, 175), 67),
            ((30, 30, 30), 234),
            ((128, 128, 128), 244),
            ((238, 238, 238), 255),
        ];
        for ((red, green, blue), index) in cases {
            assert_eq!(to_256(Color::Rgb(red, green, blue)), Color::Indexed(index), "{red} {green} {blue}");
        }
        assert_eq!(to_256(Color::Blue), Color::Blue);
    }
}
