//! Every built-in theme at every depth, its contrast, and what faulty files lead to.

use super::*;

fn builtin() -> Themes {
    let (themes, warnings) = Themes::builtin();
    assert_eq!(warnings, []);
    themes
}

fn at(theme: &str, depth: Depth, role: Role) -> Style {
    builtin().resolve(theme, depth).0.style(role)
}

#[test]
fn every_built_in_theme_loads_without_a_warning_at_every_depth() {
    let themes = builtin();
    assert_eq!(themes.names().count(), BUILTIN.len());
    for name in themes.names() {
        for depth in Depth::ALL {
            let (theme, warnings) = themes.resolve(name, depth);
            assert_eq!(warnings, [], "{name}");
            for role in Role::ALL {
                let style = theme.style(*role);
                for color in [style.fg, style.bg].into_iter().flatten() {
                    let fits = match depth {
                        Depth::None => false,
                        Depth::Ansi16 => !matches!(color, Color::Rgb(..) | Color::Indexed(_)),
                        Depth::Ansi256 => !matches!(color, Color::Rgb(..)),
                        Depth::True => true,
                    };
                    assert!(fits, "{name} {depth:?} {} {color:?}", role.token());
                }
            }
        }
    }
}

#[test]
fn the_selected_row_shows_at_every_depth_in_every_theme() {
    let themes = builtin();
    for name in themes.names() {
        for depth in Depth::ALL {
            let (theme, _) = themes.resolve(name, depth);
            let selection = theme.style(Role::Selection);
            assert!(
                selection.add_modifier.contains(Modifier::REVERSED) || selection.bg.is_some(),
                "{name} {depth:?}"
            );
        }
    }
}

#[test]
fn the_default_theme_paints_no_ground_and_reverses_the_selection() {
    for depth in Depth::ALL {
        assert_eq!(at(DEFAULT_THEME, depth, Role::Surface).bg, None);
        assert_eq!(at(DEFAULT_THEME, depth, Role::Text), Style::new());
        assert!(at(DEFAULT_THEME, depth, Role::Selection).add_modifier.contains(Modifier::REVERSED));
        assert!(at(DEFAULT_THEME, depth, Role::TextMuted).add_modifier.contains(Modifier::DIM));
    }
}

#[test]
fn no_colour_at_all_still_shows_focus_and_selection() {
    for theme in ["dark", "mono", "terminal-16"] {
        assert!(at(theme, Depth::None, Role::BorderFocus).add_modifier.contains(Modifier::BOLD));
        assert!(at(theme, Depth::None, Role::Selection).add_modifier.contains(Modifier::REVERSED));
    }
}

fn luminance(color: Color) -> Option<f64> {
    let Color::Rgb(red, green, blue) = color else { return None };
    let linear = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    Some(0.0722_f64.mul_add(linear(blue), 0.2126_f64.mul_add(linear(red), 0.7152 * linear(green))))
}

fn contrast(a: Color, b: Color) -> Option<f64> {
    let (a, b) = (luminance(a)?, luminance(b)?);
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

#[test]
fn words_can_be_read_on_every_ground_of_every_theme_with_true_colours() {
    let themes = builtin();
    for name in themes.names() {
        let (theme, _) = themes.resolve(name, Depth::True);
        let Some(ground) = theme.style(Role::Surface).bg.filter(|color| luminance(*color).is_some()) else {
            continue;
        };
        let raised = theme.style(Role::SurfaceRaised).bg.unwrap_or(ground);
        let wanted = if name.starts_with("high-contrast") { 7.0 } else { 4.5 };
        for role in Role::ALL {
            let style = theme.style(*role);
            let least = match role {
                Role::Surface
                | Role::SurfaceRaised
                | Role::SurfaceSunken
                | Role::ProgressTrack
                | Role::Border
                | Role::TextInverse => continue,
                Role::TextMuted | Role::Placeholder | Role::BorderFocus | Role::Caret => 3.0,
                _ => wanted,
            };
            let text = style.fg.or(theme.style(Role::Text).fg).expect("words have a colour");
            let grounds = style.bg.map_or_else(|| vec![ground, raised], |bg| vec![bg]);
            for ground in grounds {
                let found = contrast(text, ground).expect("both are true colours");
                assert!(found >= least, "{name} {}: {found:.1} of {least}", role.token());
            }
        }
    }
}

#[test]
fn a_faulty_file_warns_with_key_value_and_line_and_keeps_the_rest() {
    let source = "name = \"Mine\"\ncolour = 1\n[palette]\nrust = \"#b7410e\"\nbad = \"#12\"\n[tokens]\naccent = \"rust\"\n\
                  danger = { fg = \"crimson\", blod = true }\nsparkle = \"red\"\n";
    let (mut themes, _) = Themes::builtin();
    let warnings = themes.add("mine", source);
    let found: Vec<_> = warnings.iter().map(|warning| (warning.line, warning.fault.clone())).collect();
    let bad = |key: &str, value: &str| Fault::BadValue { key: key.to_owned(), value: value.to_owned() };
    let expected = [
        (5, bad("bad", "#12")),
        (2, Fault::UnknownKey("colour".to_owned())),
        (8, Fault::UnknownKey("blod".to_owned())),
        (8, bad("fg", "crimson")),
        (9, Fault::UnknownKey("sparkle".to_owned())),
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for fault in expected {
        assert!(found.contains(&fault), "{fault:?} in {found:?}");
    }
    let (theme, _) = themes.resolve("mine", Depth::True);
    assert_eq!(theme.name, "Mine");
    assert_eq!(theme.style(Role::Accent).fg, Some(Color::Rgb(0xb7, 0x41, 0x0e)));
    // A true colour without a row in [ansi16] is never rounded: the default theme speaks.
    let (poor, _) = themes.resolve("mine", Depth::Ansi16);
    assert_eq!(poor.style(Role::Accent), at(DEFAULT_THEME, Depth::Ansi16, Role::Accent));
}

#[test]
fn a_broken_file_a_missing_parent_and_a_circle_never_stop_the_start() {
    let (mut themes, _) = Themes::builtin();
    let warnings = themes.add("broken", "name = 'Dark");
    assert!(matches!(warnings.as_slice(), [ThemeWarning { fault: Fault::Unreadable(_), line: 1, .. }]));
    assert_eq!(themes.add("a", "inherits = \"b\""), []);
    assert_eq!(themes.add("b", "inherits = \"a\""), []);
    assert_eq!(themes.add("orphan", "inherits = \"nobody\""), []);
    for (name, fault) in [
        ("a", Fault::Circle),
        ("orphan", Fault::UnknownParent("nobody".to_owned())),
        ("broken", Fault::UnknownParent("broken".to_owned())),
    ] {
        let (theme, warnings) = themes.resolve(name, Depth::Ansi16);
        assert_eq!(warnings.into_iter().map(|warning| warning.fault).collect::<Vec<_>>(), [fault]);
        assert_eq!(theme.style(Role::Danger), at(DEFAULT_THEME, Depth::Ansi16, Role::Danger));
    }
}

#[test]
fn tokens_with_dots_are_taken_in_both_spellings() {
    let (mut themes, _) = Themes::builtin();
    assert_eq!(themes.add("quoted", "[tokens]\n\"text.muted\" = \"#010203\""), []);
    assert_eq!(
        themes.add("nested", "[tokens]\ntext.muted = \"#010203\"\nprogress.done = { fg = \"red\" }"),
        []
    );
    assert_eq!(themes.add("both", "[tokens.chart]\n1 = \"red\"\n2 = { bold = true }"), []);
    for name in ["quoted", "nested"] {
        let (theme, _) = themes.resolve(name, Depth::True);
        assert_eq!(theme.style(Role::TextMuted).fg, Some(Color::Rgb(1, 2, 3)), "{name}");
    }
}
