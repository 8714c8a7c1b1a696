//! The sheet: the text being written, field by field, and how it becomes a draft and back.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::app::editor::Editor;
use crate::app::form::line::Line;
use crate::app::request::compose::{Aim, Way};
use crate::domain::file::{self, FileError, FileRef};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::message::{Format, Message};
use crate::domain::moment;
use crate::domain::time::Millis;
use crate::store::broadcasts::Draft;
use crate::store::recurring;

/// The zone of an expression that names none and is typed where none is known.
const UTC: &str = "UTC";

/// Minute, hour, day, month and weekday; a zone may follow.
const CRON_FIELDS: usize = 5;

/// A field of the sheet, or the list of checks below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Part {
    /// The audience, as a filter.
    #[default]
    To,
    /// The channels in order.
    Via,
    /// The headline.
    Title,
    /// The short text on a card.
    Summary,
    /// Where a tap leads.
    Link,
    /// What goes with it; there only while there is something.
    Files,
    /// How the body is written.
    Format,
    /// When it leaves.
    When,
    /// How many get it first.
    Stage,
    /// The text itself.
    Body,
    /// What is wrong, and what is well.
    Checks,
}

impl Part {
    /// Every part, in the order of Tab.
    pub const ALL: [Self; 11] = [
        Self::To,
        Self::Via,
        Self::Title,
        Self::Summary,
        Self::Link,
        Self::Files,
        Self::Format,
        Self::When,
        Self::Stage,
        Self::Body,
        Self::Checks,
    ];

    /// Whether keys are typed in it. Choices take them as well, so that whoever tabs over them from text to
    /// text never says a command.
    pub const fn is_typed(self) -> bool {
        !matches!(self, Self::Checks)
    }

    /// The one after it or before it; Tab goes round.
    #[must_use]
    pub fn step(self, by: isize) -> Self {
        let count = Self::ALL.len() as isize;
        Self::ALL[(self as isize + by).rem_euclid(count) as usize]
    }
}

/// The text being written.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// The audience, as a filter.
    pub to: Line,
    /// The headline.
    pub title: Line,
    /// The short text on a card.
    pub summary: Line,
    /// Where a tap leads.
    pub link: Line,
    /// How the body is written.
    pub format: Format,
    /// The text itself.
    pub body: Editor,
    /// Files, and whether they go with it: one that was unticked stays at hand.
    pub files: Vec<(FileRef, bool)>,
    /// The file that a key would change.
    pub file_at: usize,
    /// The channels in order; none decided means all, also those that are made later.
    pub chosen: Option<Vec<ChannelId>>,
    /// Where the boxes stand once one was turned or moved here.
    order: Vec<ChannelId>,
    /// Every address of a person, not the first usable one.
    pub every: bool,
    /// The tick box that a key would change.
    pub via_at: usize,
    fallback: bool,
    replaces: Option<BroadcastId>,
    vars: BTreeMap<String, String>,
    undo_ms: Option<i64>,
    /// When it leaves, as typed; empty means as soon as it is released.
    pub when: Line,
    /// What that comes to.
    at: Option<Millis>,
    /// What it comes to where it is a cron expression: that with its zone, and its first moment.
    cron: Option<(String, Millis)>,
    /// How many get it first, as typed; empty means that all go at once.
    pub stage: Line,
}

impl Sheet {
    /// The sheet of a stored draft as of `now`; moments are written in `zone`.
    pub fn of(draft: &Draft, now: Millis, zone: &TimeZone) -> Self {
        let message = &draft.message;
        Self {
            to: Line::new(&*draft.audience),
            title: Line::new(&*message.title),
            summary: Line::new(&*message.summary),
            link: Line::new(&*message.url),
            format: message.format,
            body: Editor::new(&message.body),
            files: message.files.iter().map(|file| (file.clone(), true)).collect(),
            file_at: 0,
            chosen: (!draft.channels.is_empty()).then(|| draft.channels.clone()),
            order: Vec::new(),
            every: draft.all_channels,
            via_at: 0,
            fallback: draft.fallback,
            replaces: draft.replaces,
            vars: draft.vars.clone(),
            undo_ms: draft.undo_ms,
            when: Line::new(match draft.at {
                Some(at) => moment::print(at, zone),
                None => draft.cron.clone(),
            }),
            at: draft.at,
            cron: recurring::next(&draft.cron, UTC, now).ok().map(|at| (draft.cron.clone(), at)),
            stage: Line::new(draft.stage.map(|n| n.to_string()).unwrap_or_default()),
        }
    }

    /// Reads the moment that was typed.
    pub fn read_when(&mut self, now: Millis, zone: &TimeZone) {
        let typed = self.when.text();
        self.at = moment::parse(typed, now, zone);
        // Fewer are a moment, and mistyped ones are told as such.
        let is_cron = typed.split_whitespace().count() >= CRON_FIELDS;
        let zone = zone.iana_name().unwrap_or(UTC);
        let cron = is_cron.then(|| recurring::parse(typed, zone).ok()).flatten();
        self.cron = cron.and_then(|(_, text)| Some((text.clone(), recurring::next(&text, UTC, now).ok()?)));
    }

    /// Writes the moment out, so that `+2h` goes on meaning the same.
    pub fn settle_when(&mut self, zone: &TimeZone) {
        if let Some(at) = self.at {
            self.when = Line::new(moment::print(at, zone));
        } else if let Some((cron, _)) = &self.cron {
            self.when = Line::new(cron.as_str());
        }
    }

    /// When it goes out again and again, if that was typed and can be read: the expression and its first moment.
    pub fn repeats(&self) -> Option<(&str, Millis)> {
        self.cron.as_ref().map(|(cron, next)| (cron.as_str(), *next))
    }

    /// When it leaves, if that was typed and can be read.
    pub const fn at(&self) -> Option<Millis> {
        self.at
    }

    /// How many get it first, if that was typed and can be read.
    pub fn first_stage(&self) -> Option<i64> {
        self.stage.text().trim().parse().ok().filter(|n| *n > 0)
    }

    /// The broadcast whose place it takes. What goes out again and again takes the place of nothing.
    pub fn replaces(&self) -> Option<BroadcastId> {
        self.replaces.filter(|_| self.cron.is_none())
    }

    /// An empty sheet to that audience.
    pub fn addressed(audience: String) -> Self {
        Self { to: Line::new(audience), ..Self::default() }
    }

    /// What is stored of it.
    pub fn draft(&self) -> Draft {
        Draft {
            message: self.message(),
            audience: self.to.text().trim().to_owned(),
            channels: self.chosen.clone().unwrap_or_default(),
            all_channels: self.every,
            fallback: self.fallback,
            replaces: self.replaces(),
            vars: self.vars.clone(),
            undo_ms: self.undo_ms,
            at: self.at,
            cron: self.cron.as_ref().map(|(cron, _)| cron.clone()).unwrap_or_default(),
            stage: self.first_stage(),
        }
    }

    /// What is said.
    pub fn message(&self) -> Message {
        Message {
            title: self.title.text().to_owned(),
            summary: self.summary.text().to_owned(),
            url: self.link.text().trim().to_owned(),
            format: self.format,
            body: self.body.text(),
            files: self.files_on(),
        }
    }

    /// The files that go with it.
    pub fn files_on(&self) -> Vec<FileRef> {
        self.files.iter().filter(|(_, on)| *on).map(|(file, _)| file.clone()).collect()
    }

    /// A file more; one of the same name was another version of it.
    pub fn attach(&mut self, file: FileRef) {
        self.files.retain(|(other, _)| !other.name.eq_ignore_ascii_case(&file.name));
        self.files.push((file, true));
        self.file_at = self.files.len() - 1;
    }

    /// Turns the tick box of the file with the cursor, unless it would be too much with the others.
    pub fn toggle_file(&mut self) -> Result<(), FileError> {
        let others = self.files_on();
        let Some((file, on)) = self.files.get_mut(self.file_at) else { return Ok(()) };
        if !*on {
            file::fits(&others, file)?;
        }
        *on = !*on;
        Ok(())
    }

    /// Moves the cursor among the files.
    pub fn walk_files(&mut self, by: isize) {
        self.file_at = self.file_at.saturating_add_signed(by).min(self.files.len().saturating_sub(1));
    }

    /// Who is aimed at, and how.
    pub fn aim(&self) -> Aim {
        let draft_channels = self.chosen.clone().unwrap_or_default();
        Aim { audience: self.to.text().trim().to_owned(), channels: draft_channels, every: self.every }
    }

    /// Whether there is nothing in it that somebody would miss.
    pub fn is_blank(&self) -> bool {
        [&self.to, &self.title, &self.summary, &self.link].iter().all(|line| line.text().trim().is_empty())
            && self.body.is_empty()
            && self.files_on().is_empty()
    }

    /// A value for everybody.
    pub fn value(&self, variable: &str) -> Option<&str> {
        self.vars.get(variable).map(String::as_str)
    }

    /// Whether somebody refused for good on one channel gets it on the next.
    pub const fn falls_back(&self) -> bool {
        self.fallback
    }

    /// The first moment of a repetition, counted from now on.
    pub fn look_ahead(&mut self, now: Millis) {
        if let Some((cron, next)) = &mut self.cron
            && let Ok(at) = recurring::next(cron, UTC, now)
        {
            *next = at;
        }
    }

    /// The undo window that was asked for, if one was.
    pub const fn undo_ms(&self) -> Option<i64> {
        self.undo_ms
    }

    /// The one-line text of a part.
    pub fn line(&self, part: Part) -> Option<&Line> {
        match part {
            Part::To => Some(&self.to),
            Part::Title => Some(&self.title),
            Part::Summary => Some(&self.summary),
            Part::Link => Some(&self.link),
            Part::When => Some(&self.when),
            Part::Stage => Some(&self.stage),
            Part::Via | Part::Files | Part::Format | Part::Body | Part::Checks => None,
        }
    }

    /// The same, to type in it.
    pub fn line_mut(&mut self, part: Part) -> Option<&mut Line> {
        match part {
            Part::To => Some(&mut self.to),
            Part::Title => Some(&mut self.title),
            Part::Summary => Some(&mut self.summary),
            Part::Link => Some(&mut self.link),
            Part::When => Some(&mut self.when),
            Part::Stage => Some(&mut self.stage),
            Part::Via | Part::Files | Part::Format | Part::Body | Part::Checks => None,
        }
    }

    /// The channels as the tick boxes show them: in their order of preference, the others where they stood.
    pub fn lined_up<'a>(&self, ways: &'a [Way]) -> Vec<(&'a Way, bool)> {
        let Some(chosen) = &self.chosen else { return ways.iter().map(|way| (way, true)).collect() };
        let find = |id: &ChannelId| ways.iter().find(|way| way.account.id == *id);
        // Those that were unticked here keep their place, so that a second thought costs nothing.
        let order = if self.order.is_empty() { chosen } else { &self.order };
        let known = order.iter().filter_map(find);
        let others = ways.iter().filter(|way| !order.contains(&way.account.id));
        known.chain(others).map(|way| (way, chosen.contains(&way.account.id))).collect()
    }

    /// The channels that are used, in order.
    pub fn used<'a>(&self, ways: &'a [Way]) -> Vec<&'a Way> {
        self.lined_up(ways).into_iter().filter(|(_, on)| *on).map(|(way, _)| way).collect()
    }

    /// Turns the tick box with the cursor; the one behind the channels means every address.
    pub fn toggle_via(&mut self, ways: &[Way]) -> bool {
        let lined_up = self.lined_up(ways);
        match lined_up.get(self.via_at) {
            Some((way, on)) => {
                let (id, on) = (way.account.id, *on);
                self.order = lined_up.iter().map(|(way, _)| way.account.id).collect();
                let ticked =
                    lined_up.iter().filter(|(way, was)| if way.account.id == id { !on } else { *was });
                self.chosen = Some(ticked.map(|(way, _)| way.account.id).collect());
                true
            }
            None if self.via_at == lined_up.len() => {
                self.every = !self.every;
                // Whoever gets it everywhere has nothing left in reserve.
                self.fallback &= !self.every;
                true
            }
            None if self.via_at == lined_up.len() + 1 => {
                self.fallback = !self.fallback;
                self.every &= !self.fallback;
                true
            }
            None => false,
        }
    }

    /// Moves the channel with the cursor forward or back in the order of preference.
    pub fn move_via(&mut self, ways: &[Way], by: isize) -> bool {
        let mut order: Vec<(ChannelId, bool)> =
            self.lined_up(ways).into_iter().map(|(way, on)| (way.account.id, on)).collect();
        let Some(to) = self.via_at.checked_add_signed(by).filter(|to| *to < order.len()) else {
            return false;
        };
        if self.via_at >= order.len() {
            return false;
        }
        order.swap(self.via_at, to);
        self.via_at = to;
        self.chosen = Some(order.iter().filter(|(_, on)| *on).map(|(id, _)| *id).collect());
        self.order = order.into_iter().map(|(id, _)| id).collect();
        true
    }

    /// Moves the cursor among the tick boxes.
    pub fn walk_via(&mut self, ways: &[Way], by: isize) {
        let last = ways.len() + 1;
        self.via_at = self.via_at.saturating_add_signed(by).min(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{Account, Health};

    fn ways() -> Vec<Way> {
        (1..=3)
            .map(|id| Way {
                account: Account {
                    id: ChannelId(id),
                    name: format!("c{id}"),
                    kind: "bark".into(),
                    settings: BTreeMap::new(),
                    secrets: BTreeMap::new(),
                },
                secrets: Vec::new(),
                paused: None,
                health: Health::Ok,
            })
            .collect()
    }

    fn order(sheet: &Sheet) -> Vec<(i64, bool)> {
        sheet.lined_up(&ways()).into_iter().map(|(way, on)| (way.account.id.0, on)).collect()
    }

    #[test]
    fn channels_are_ticked_and_ordered_and_the_cursor_follows_them() {
        let mut sheet = Sheet::default();
        assert_eq!(order(&sheet), [(1, true), (2, true), (3, true)]);
        assert!(sheet.toggle_via(&ways()));
        assert_eq!((order(&sheet), sheet.via_at), (vec![(1, false), (2, true), (3, true)], 0));
        sheet.via_at = 2;
        assert!(sheet.move_via(&ways(), -1));
        assert_eq!(order(&sheet), [(1, false), (3, true), (2, true)]);
        assert_eq!(sheet.draft().channels, [ChannelId(3), ChannelId(2)]);
        // A second thought puts a channel back where it was.
        sheet.via_at = 0;
        assert!(sheet.toggle_via(&ways()));
        assert_eq!(sheet.draft().channels, [ChannelId(1), ChannelId(3), ChannelId(2)]);
        assert!(!sheet.move_via(&ways(), -1));
    }

    #[test]
    fn a_file_that_is_unticked_stays_at_hand_and_a_new_version_takes_its_place() {
        let file = |name: &str, size| FileRef::at(name.as_ref(), size, format!("{size:x}"));
        let mut sheet = Sheet::default();
        sheet.attach(file("plan.pdf", 5));
        sheet.attach(file("logo.png", file::MOST_BYTES - 5));
        assert_eq!((sheet.files_on().len(), sheet.file_at), (2, 1));
        sheet.walk_files(-1);
        assert_eq!(sheet.toggle_file(), Ok(()));
        assert_eq!(sheet.message().files, [file("logo.png", file::MOST_BYTES - 5)]);
        assert_eq!(sheet.toggle_file(), Ok(()));
        sheet.attach(file("Plan.pdf", 6));
        assert_eq!(sheet.toggle_file(), Ok(()));
        assert_eq!(sheet.toggle_file(), Err(FileError::TooLarge));
        assert_eq!(sheet.files.len(), 2);
        assert!(!sheet.is_blank());
    }

    #[test]
    fn the_last_boxes_mean_every_address_and_another_channel_after_a_refusal() {
        let mut sheet = Sheet::default();
        sheet.walk_via(&ways(), 9);
        assert!(sheet.toggle_via(&ways()));
        assert!(sheet.draft().fallback);
        sheet.walk_via(&ways(), -1);
        assert!(sheet.toggle_via(&ways()));
        assert!(sheet.draft().all_channels && !sheet.draft().fallback, "one excludes the other");
    }

    #[test]
    fn a_draft_comes_back_from_its_sheet_as_it_was() {
        let draft = Draft {
            message: Message {
                title: "维护".into(),
                summary: "s".into(),
                url: "https://e.x".into(),
                format: Format::Html,
                body: "<p>a\nb</p>\n".into(),
                files: vec![FileRef::at(std::path::Path::new("plan.pdf"), 5, "ab".into())],
            },
            audience: "topic:ops".into(),
            channels: vec![ChannelId(2)],
            all_channels: true,
            vars: [("city".to_owned(), "上海".to_owned())].into(),
            undo_ms: Some(5),
            at: Some(Millis(7)),
            cron: String::new(),
            stage: Some(100),
            fallback: true,
            replaces: Some(BroadcastId(3)),
        };
        assert_eq!(Sheet::of(&draft, Millis(0), &TimeZone::UTC).draft(), draft);
        let draft = Draft { at: None, cron: "0 9 * * 1 UTC".into(), ..draft };
        let again = Sheet::of(&draft, Millis(0), &TimeZone::UTC).draft();
        assert_eq!(again, Draft { replaces: None, ..draft }, "what repeats takes the place of nothing");
    }

    #[test]
    fn a_moment_and_a_cron_expression_are_told_apart_and_written_out() {
        let mut sheet = Sheet::default();
        let mut typed = |text: &str| {
            sheet.when = Line::new(text);
            sheet.read_when(Millis(0), &TimeZone::UTC);
            sheet.settle_when(&TimeZone::UTC);
            (sheet.at().map(|at| at.0), sheet.repeats().map(|(_, at)| at.0), sheet.when.text().to_owned())
        };
        assert_eq!(typed("+2h"), (Some(7_200_000), None, "1970-01-01 02:00".to_owned()));
        assert_eq!(typed("0 9 * * *"), (None, Some(32_400_000), "0 9 * * * UTC".to_owned()));
        assert_eq!(typed("0 99 * * *"), (None, None, "0 99 * * *".to_owned()));
    }
}
