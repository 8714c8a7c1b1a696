//! The first page of an empty store: the steps with what is done, and what helps without an account.

use ratatui::layout::{Position, Rect};

use super::rows_of;
use crate::app::model::Model;
use crate::app::overlay::welcome::{Step, Welcome};
use crate::input::action::Action;
use crate::input::context::Context;
use crate::look::locale::Lang;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog;
use crate::ui::widgets::pen::Pen;

/// Draws the page.
pub fn draw(model: &Model, welcome: Welcome, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let words = &pen.look.strings.welcome;
    let width = 64.min(screen.width.saturating_sub(4));
    let note = rows_of(pen, &words.sandbox, width.saturating_sub(5));
    let keys = rows_of(pen, &words.keys, width.saturating_sub(2));
    let height = (Step::ALL.len() as u16 + note + keys + 4).min(screen.height.saturating_sub(2));
    let inner = dialog::open(pen, screen, &words.title, (width, height));
    let mut area = inner;
    let used = pen.paragraph(area, &words.intro, Role::Text);
    area = below(area, used + 1);
    for (at, step) in Step::ALL.into_iter().enumerate() {
        if area.height == 0 {
            return;
        }
        let line = Rect { height: 1, ..area };
        let (label, right, role) = row(model, step, pen);
        pen.text((line.x + 2, line.y), 3, &format!("{} ", at + 1), Role::Key);
        pen.text((line.x + 5, line.y), line.width.saturating_sub(5), &label, Role::Text);
        let room = line.width.saturating_sub(pen.cells(&label) + 7);
        let wide = pen.cells(&right).min(room);
        let corner = Rect { x: line.right() - wide, width: wide, ..line };
        pen.text((corner.x, corner.y), wide, &right, role);
        if at == welcome.at {
            let sign = pen.look.glyphs.focus;
            pen.text((line.x, line.y), 1, sign, Role::BorderFocus);
            pen.lay(line, Role::Selection);
            painted.set_cursor(Some(Position::new(line.x + 5, line.y)));
        }
        area = below(area, 1);
        if step == Step::Channel {
            let place = Rect { x: area.x + 5, width: area.width.saturating_sub(5), ..area };
            let used = pen.paragraph(place, &words.sandbox, Role::TextMuted);
            area = below(area, used);
        }
    }
    area = below(area, 1);
    let used = pen.paragraph(area, &words.keys, Role::TextMuted);
    area = below(area, used);
    let key = model.desk.keys.key_for(Action::Welcome, &[Context::Nav]).unwrap_or_default();
    pen.paragraph(area, &words.back.fill(&[("key", (&key).into())]), Role::TextMuted);
}

/// What a step is called, and what stands at its right end.
fn row(model: &Model, step: Step, pen: &Pen<'_>) -> (String, String, Role) {
    let words = &pen.look.strings.welcome;
    let pulse = &model.desk.pulse;
    let channels = pulse.channels.len() as i64;
    match step {
        Step::Language => {
            let sign = |lang| if pen.look.strings.lang == lang { "(o)" } else { "( )" };
            let choice = format!("{} English   {} 中文", sign(Lang::En), sign(Lang::Zh));
            (words.language.clone(), choice, Role::Text)
        }
        Step::Channel if channels > 0 => {
            (words.channel.clone(), format!("+ {}", words.channels_there.count(channels)), Role::Success)
        }
        Step::Channel => (words.channel.clone(), words.channel_kinds.clone(), Role::TextMuted),
        Step::People if pulse.people > 0 => {
            let people = pen.look.strings.common.people.count(pulse.people);
            (words.people.clone(), format!("+ {people}"), Role::Success)
        }
        Step::People => (words.people.clone(), words.people_file.clone(), Role::TextMuted),
        Step::Test if channels > 0 => {
            let key = model.desk.keys.key_for(Action::TestToMe, &[Context::Channels]).unwrap_or_default();
            (words.test.clone(), words.test_key.fill(&[("key", (&key).into())]), Role::TextMuted)
        }
        Step::Test => (words.test.clone(), words.test_later.clone(), Role::TextMuted),
    }
}

fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}
