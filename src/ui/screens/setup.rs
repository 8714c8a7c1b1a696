//! The section Setup, drawn: what holds now, line by line.

use ratatui::layout::Rect;

use super::Head;
use crate::app::desk::Settings;
use crate::app::model::Model;
use crate::domain::safe_text::{Cap, scrub};
use crate::input::action::Action;
use crate::look::role::Role;
use crate::look::{Look, format};
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;

/// The actions that the footer shows first.
pub const HINTS: &[Action] = &[Action::Themes, Action::ToggleLanguage, Action::ToggleMouse];

/// The title row.
pub fn head(_model: &Model, _look: &Look) -> Head {
    Head::default()
}

/// The body.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, _painted: &mut Painted) {
    let s = pen.look.strings;
    let inner = Rect { x: area.x + 4, width: area.width.saturating_sub(8), ..area };
    let used = pen.paragraph(inner, &s.overlays.planned.setup, Role::TextMuted);
    let settings = &model.desk.settings;
    let mouse = if settings.mouse { &s.common.on } else { &s.common.off };
    let mut lines: Vec<(&str, String)> = vec![
        (&s.setup.page_language, s.lang.tag().to_owned()),
        (&s.setup.theme, pen.look.theme.name.clone()),
        (&s.setup.mouse, mouse.clone()),
    ];
    lines.extend(holds(settings, model.screens.setup.me.as_ref(), pen.look));
    let labels = lines.iter().map(|(label, _)| pen.cells(label)).max().unwrap_or(0) + 2;
    let mut y = inner.y + used + 1;
    for (label, value) in lines {
        if y >= inner.bottom() {
            break;
        }
        pen.text((inner.x, y), labels, label, Role::TextMuted);
        let room = Rect {
            x: inner.x + labels,
            y,
            width: inner.width.saturating_sub(labels),
            height: inner.bottom() - y,
        };
        y += pen.paragraph(room, &scrub(&value, Cap::Detail), Role::Text).max(1);
    }
}

/// What the configuration file says.
fn holds(settings: &Settings, me: Option<&String>, look: &Look) -> Vec<(&'static str, String)> {
    let (s, holds) = (look.strings, &settings.holds);
    let w = &s.setup;
    let undo = match holds.undo_ms {
        None => w.undo_auto.clone(),
        Some(0) => w.undo_off.clone(),
        Some(ms) => format::duration(ms, &s.common),
    };
    let time = format::duration(holds.expire_ms, &s.common);
    let loses = match holds.lost {
        0 => w.caution_never.clone(),
        lost => w.caution_lost.fill(&[("lost", i64::from(lost).into())]),
    };
    let waits = match holds.expire_ms {
        0 => w.expires_never.clone(),
        _ => w.expires.fill(&[("time", (&time).into())]),
    };
    let caution = format!("{loses} {} {waits}", look.glyphs.dot);
    vec![
        (&w.sending, if settings.in_process { w.in_here.clone() } else { w.outlives.clone() }),
        (&w.undo, undo),
        (&w.caution, caution),
        (&w.operator, holds.operator.clone()),
        (&w.tests, me.map_or_else(|| w.tests_how.clone(), |name| w.tests_to.fill(&[("name", name.into())]))),
        (&w.network, if holds.proxied { w.proxy.clone() } else { w.direct.clone() }),
        (&w.config, holds.config.clone()),
        (&w.data, holds.data.clone()),
    ]
}
