//! The report as Markdown, for people.

use std::fmt::Write;

use jiff::tz::TimeZone;

use super::Report;
use crate::domain::delivery::DeliveryState;
use crate::domain::moment;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::look::format::{files, number};
use crate::look::strings::Strings;

/// Writes the whole report.
pub fn write(report: &Report, s: &Strings, zone: &TimeZone) -> String {
    let r = &s.report;
    let mut text = String::new();
    let time = |at: Option<Millis>| at.map(|at| moment::print_exact(at, zone)).unwrap_or_default();
    let row = &report.broadcast;
    // Writing to a String cannot fail.
    let (title, id) = (cell(&report.message.title), row.id.to_string());
    let _ = writeln!(text, "# {}\n", r.title.fill(&[("title", (&title).into()), ("id", (&id).into())]));
    let everybody = row.audience_filter.is_empty();
    let to = if everybody { s.dialogs.review.everybody.clone() } else { cell(&row.audience_filter) };
    table(
        &mut text,
        &[&r.what, &r.value],
        [
            [r.state.clone(), s.states.broadcast.of(row.state).clone()],
            [r.to.clone(), to],
            [r.by.clone(), cell(&report.released_by)],
            [r.released.clone(), time(row.released_at)],
            [r.started.clone(), time(row.started_at)],
            [r.ended.clone(), time(row.ended_at)],
            [s.tables.label.files.clone(), cell(&files(&report.message.files))],
            [r.plan.clone(), report.plan_hash.clone().unwrap_or_default()],
            [r.made.clone(), time(Some(report.made_at))],
        ]
        .into_iter()
        .filter(|[_, value]| !value.is_empty()),
    );
    let _ = writeln!(text, "\n## {}\n", r.books);
    let states = DeliveryState::ALL.into_iter().filter(|state| report.counts().of(*state) != 0);
    let total = s.common.total.as_str();
    let sum = [total.to_owned(), number(report.audience)];
    table(
        &mut text,
        &[&r.state, &r.people],
        states
            .map(|state| [s.states.delivery.of(state).clone(), number(report.counts().of(state))])
            .chain([sum]),
    );
    let ended: i64 = report
        .lanes
        .iter()
        .filter(|lane| lane.expired_at.is_some())
        .map(|lane| lane.counts.of(DeliveryState::Cancelled))
        .sum();
    if ended > 0 {
        let _ = writeln!(text, "\n{}", s.outbox.expired.count(ended));
    }
    if report.taken_back > 0 {
        let _ = writeln!(text, "\n{}", s.desk.taken_back.count(report.taken_back));
    }
    let _ = writeln!(text, "\n{}", s.states.accepted_note);
    let _ = writeln!(text, "\n## {}\n", r.channels);
    // Every state that occurs has its column, so that each line sums to its channel's part.
    let met = |state: &DeliveryState| report.lanes.iter().any(|lane| lane.counts.of(*state) != 0);
    let states: Vec<DeliveryState> = DeliveryState::ALL.into_iter().filter(met).collect();
    let words = states.iter().map(|state| s.states.delivery.of(*state).as_str());
    let head: Vec<&str> = [s.outbox.channel.as_str()].into_iter().chain(words).chain([total]).collect();
    lines(
        &mut text,
        &head,
        report.lanes.iter().map(|lane| {
            let counts = states.iter().map(|state| number(lane.counts.of(*state)));
            let sum = number(lane.counts.audience());
            [cell(&lane.channel_name)].into_iter().chain(counts).chain([sum]).collect()
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
                let said = format!("{} {}", group.sample_code, s.said(&group.sample_text));
                [class.name.clone(), cell(&group.channel), number(group.count), cell(said.trim())]
            }),
        );
    }
    if !report.settled.is_empty() {
        let _ = writeln!(text, "\n## {}\n", r.settled);
        table(
            &mut text,
            &[&r.delivery, &r.name, &r.state, &r.by, &r.at],
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
    lines(text, head, rows.map(Vec::from));
}

/// A table whose number of columns depends on what there is to say.
fn lines(text: &mut String, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let _ = writeln!(text, "| {} |\n|{}", head.join(" | "), " --- |".repeat(head.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}
