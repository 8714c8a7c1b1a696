//! The reference console: a bare ratatui list of a million rows, made as one would in an afternoon.
//!
//! It builds only the rows that are seen and reads every waiting key before it draws.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, poll, read};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{List, ListState};

/// Runs it until `q`.
pub fn run(rows: usize) {
    let mut terminal = ratatui::init();
    let (mut selected, mut top) = (0_usize, 0_usize);
    loop {
        terminal
            .draw(|frame| {
                let height = usize::from(frame.area().height);
                top = top.clamp((selected + 1).saturating_sub(height), selected);
                let seen = (top..rows.min(top + height)).map(row);
                let list = List::new(seen).highlight_style(Style::new().add_modifier(Modifier::REVERSED));
                let mut state = ListState::default().with_selected(Some(selected - top));
                frame.render_stateful_widget(list, frame.area(), &mut state);
            })
            .expect("a terminal");
        let mut waiting = true;
        while waiting {
            if let Event::Key(key) = read().expect("a terminal") {
                match key.code {
                    KeyCode::Down => selected = (selected + 1).min(rows - 1),
                    KeyCode::Up => selected = selected.saturating_sub(1),
                    KeyCode::Char('q') => {
                        ratatui::restore();
                        return;
                    }
                    _ => {}
                }
            }
            waiting = poll(Duration::ZERO).expect("a terminal");
        }
    }
}

fn row(n: usize) -> String {
    format!("Person {n:07}   bark email   topic{:<4} person{n}@example.org", n % 200)
}
