//! The report as Markdown, for people.

use std::fmt::Write;

use jiff::tz::TimeZone;

use super::Report;
use crate::domain::delivery::DeliveryState;
use crate::domain::moment;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::look::format::number;
use crate::look::strings::Strings;

/// Writes the whole report.
pub fn write(report: &Report, s: &Strings, zone: &TimeZone) -> String {
    let r = &s.report;
    let mut text = String::new();
    let time = |at: Option<Millis>| at.map(|at| moment::print(at, zone)).unwrap_or_default();
    let row = &report.broadcast;
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# {}: {} ({})\n", r.title, cell(&report.message.title), row.id);
    table(
        &mut text,
        &[&r.what, &r.value],
        [
            [r.state.clone(), s.states.broadcast.of(row.state).clone()],
            [r.to.clone(), cell(&row.audience_filter)],
            [r.by.clone(), cell(&report.released_by)],
            [r.released.clone(), time(row.released_at)],
            [r.started.clone(), time(row.started_at)],
            [r.ended.clone(), time(row.ended_at)],
            [r.plan.clone(), report.plan_hash.clone().unwrap_or_default()],
            [r.made.clone(), time(Some(report.made_at))],
        ]
        .into_iter()
        .filter(|[_, value]| !value.is_empty()),
    );
    let _ = writeln!(text, "\n## {}\n", r.books);
    let states = DeliveryState::ALL.into_iter().filter(|state| report.counts().of(*state) != 0);
    let sum = [s.common.total.clone(), number(report.audience)];
    table(
        &mut text,
        &[&r.state, &r.people],
        states
            .map(|state| [s.states.delivery.of(state).clone(), number(report.counts().of(state))])
            .chain([sum]),
    );
    let _ = writeln!(text, "\n{}", s.states.accepted_note);
    let _ = writeln!(text, "\n## {}\n", r.channels);
    table(
        &mut text,
        &[&s.outbox.channel, &s.outbox.accepted, &s.outbox.failed, &s.outbox.unknown, &s.outbox.left],
        report.lanes.iter().map(|lane| {
            [
                cell(&lane.channel_name),
                number(lane.counts.delivered()),
                number(lane.counts.of(DeliveryState::Rejected)),
                number(lane.counts.of(DeliveryState::Unknown)),
                number(lane.counts.open()),
            ]
        }),
    );
    if !report.failures.is_empty() {
        let _ = writeln!(text, "\n## {}\n", r.failures);
        table(
            &mut text,
            &[&r.class, &s.outbox.channel, &r.people, &r.said],
            report.failures.iter().map(|group| {
                let class = if group.state == DeliveryState::Unknown {
                    &s.classes.outcome_unknown
                } else {
                    s.classes.class.of(group.class)
                };
                let said = format!("{} {}", group.sample_code, group.sample_text);
                [class.name.clone(), cell(&group.channel), number(group.count), cell(said.trim())]
            }),
        );
    }
    if !report.settled.is_empty() {
        let _ = writeln!(text, "\n## {}\n", r.settled);
        table(
            &mut text,
            &[&r.delivery, &r.name, &r.state, &r.by, &r.made],
            report.settled.iter().map(|one| {
                [
                    one.id.to_string(),
                    cell(&one.name),
                    s.states.delivery.of(one.state).clone(),
                    cell(&one.operator),
                    time(Some(one.at)),
                ]
            }),
        );
        if report.settled_more {
            let _ = writeln!(text, "\n…");
        }
    }
    let _ = writeln!(text, "\n## {}\n\n~~~~\n{}\n~~~~", r.text, scrub(&report.message.body, Cap::Detail));
    text
}

/// One line, harmless, that cannot end its cell.
fn cell(text: &str) -> String {
    scrub(text, Cap::List).replace('|', "\\|").replace(['\r', '\n'], " ")
}

fn table<const N: usize>(text: &mut String, head: &[&str; N], rows: impl Iterator<Item = [String; N]>) {
    let _ = writeln!(text, "| {} |\n|{}", head.join(" | "), " --- |".repeat(N));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}
