//! Section 2: one message: audience, channels, title, body, link; preview per channel, checks, the
//! review with its gate, and the test to oneself.
//!
//! Here stand the state, focus and routing; `saving` keeps what is typed, `asking` counts and previews,
//! `sending` leads through review, gate and undo window. The text lives in the `Sheet`.

pub mod asking;
pub mod checks;
pub mod fields;
pub mod preview;
pub mod reviewed;
pub mod rich;
pub mod saving;
pub mod sending;
pub mod sheet;

use std::time::Duration;

use asking::Counted;
use checks::Finding;
use fields::Asked;
use preview::Preview;
use reviewed::Reviewed;
use saving::Book;
use sending::{Held, Tested};
use sheet::{Part, Sheet};

use crate::app::available::{Availability, Why};
use crate::app::desk::Desk;
use crate::app::editor::Edited;
use crate::app::effect::Effect;
use crate::app::form::line::Line;
use crate::app::msg::Handed;
use crate::app::notice::Level;
use crate::app::request::compose::{Aim, Bench, ComposeAsk, ComposeTold, Lack, Reach, Step, Way};
use crate::app::request::{Reply, Request, Trouble};
use crate::app::saying::Saying;
use crate::app::screen::{Done, Focus, Screen, Typed};
use crate::app::section::Target;
use crate::channels::render::{PrepareError, Prepared};
use crate::domain::template::Hole;
use crate::input::action::Action;
use crate::store::longest::Longest;
use crate::store::subscribers::Subscriber;

/// How long after the last key the audience is counted.
const COUNT_AFTER: Duration = Duration::from_millis(300);

/// The section Compose.
#[derive(Debug, Clone, Default)]
pub struct Compose {
    /// The text.
    pub sheet: Sheet,
    /// What has the focus.
    pub at: Part,
    /// Whether keys are typed in it.
    pub typing: bool,
    /// Where the text is stored, and whether it is.
    pub book: Book,
    /// Channels, and who tests go to, once they are known.
    pub bench: Option<Bench>,
    /// Who would get it.
    pub counted: Counted,
    /// Who lacks which variable.
    pub lacks: Vec<Lack>,
    /// Whose values make the message the longest, and the holes that this was asked for.
    pub longest: (Vec<Vec<Hole>>, Vec<Longest>),
    /// The audience for which that was asked since the section was shown.
    longest_of: Option<Aim>,
    /// The recipient whom the preview shows.
    pub sample: Option<Box<Subscriber>>,
    /// The channel whom the preview shows, among the used ones.
    pub shown: usize,
    /// The text as read.
    pub prepared: Option<Result<Prepared, PrepareError>>,
    /// What arrives there.
    pub preview: Preview,
    /// On a small screen: the preview in place of the fields.
    pub preview_open: bool,
    /// How far the preview is scrolled.
    pub preview_top: usize,
    /// What is wrong and what is well.
    pub findings: Vec<Finding>,
    /// The finding with the cursor.
    pub finding_at: usize,
    /// A question, and the answer being typed.
    pub asking: Option<(Asked, Line)>,
    /// Whether a test waits for that answer.
    pub test_wanted: bool,
    /// Broadcasts in their undo window, released here.
    pub held: Vec<Held>,
    /// The plan that the review shows.
    pub reviewed: Reviewed,
    /// The last test of this text.
    pub tested: Option<Tested>,
    /// Why the last order could not be carried out.
    pub trouble: Option<Trouble>,
}

impl Compose {
    /// Every channel, as far as they are known.
    pub fn ways(&self) -> &[Way] {
        self.bench.as_ref().map_or(&[], |bench| &bench.ways)
    }

    /// Something on the sheet is another now.
    fn changed_text(&mut self, desk: &mut Desk) {
        self.book.dirty = true;
        if self.at == Part::When {
            self.sheet.read_when(desk.now, &desk.settings.zone);
        }
        desk.after(saving::SAVE_AFTER, "save");
        desk.after(COUNT_AFTER, "count");
        self.render(desk);
    }

    fn edited(&mut self, edited: Edited, desk: &mut Desk) -> Done {
        match edited {
            Edited::NotMine => return Done::No,
            Edited::Moved => {}
            Edited::Changed => self.changed_text(desk),
            Edited::TooLong => desk.say(Level::Warning, Saying::BodyTooLong),
        }
        Done::Yes
    }

    fn told(&mut self, slot: &'static str, told: ComposeTold, desk: &mut Desk) {
        match told {
            ComposeTold::Bench(bench) => self.take_bench(bench, desk),
            ComposeTold::Begun(id) => desk.go(Target::Draft(id)),
            ComposeTold::Opened(opened) => self.take_opened(slot, *opened, desk),
            ComposeTold::Saved { sheet, id, version } => self.take_saved(sheet, id, version, desk),
            ComposeTold::Clashed { sheet, id, version, mine, theirs } => {
                self.take_clash(sheet, (id, version), &mine, &theirs, desk);
            }
            ComposeTold::NotSaved { sheet, trouble } => self.take_not_saved(sheet, trouble, desk),
            ComposeTold::Reach(reach) => self.take_reach(*reach, desk),
            ComposeTold::Planned { reach, plan } => self.take_planned(*reach, *plan, desk),
            ComposeTold::NoSuchName { what, name } => self.take_no_such_name(what, &name, desk),
            ComposeTold::Lacks(lacks) => self.take_lacks(lacks, desk),
            ComposeTold::Longest(holes, longest) => self.take_longest(holes, longest, desk),
            ComposeTold::Sample(sample) => {
                self.sample = sample;
                self.render(desk);
            }
            ComposeTold::Released { id, version, came } => self.take_released(id, version, came, desk),
            ComposeTold::NotReleased(trouble) => {
                desk.say(Level::Error, Saying::Failed(trouble));
                self.reload(desk);
            }
            // One that was recalled in the meantime stays what it is, without a word.
            ComposeTold::LetGo { left: false, .. } => {}
            ComposeTold::LetGo { left: true, .. } => desk.say(Level::Info, Saying::OnItsWay),
            ComposeTold::Recalled(id) => self.take_recalled(id, desk),
            ComposeTold::Discarded(id) => self.take_discarded(id, desk),
            ComposeTold::Restored(id) => desk.go(Target::Draft(id)),
            ComposeTold::Testing(id) => self.take_testing(id, desk),
            ComposeTold::NowhereToTest => desk.say(Level::Warning, Saying::NowhereToTest),
            ComposeTold::TestState { id, parts } => self.take_test_state(id, parts, desk),
            ComposeTold::LastTest { message, test } => self.take_last_test(message, test, desk),
            ComposeTold::Me(me) => self.take_me(me, desk),
            ComposeTold::Attached { sheet, file } => self.take_attached(sheet, file, desk),
            ComposeTold::NotAttached { path, why } => self.take_not_attached(path, why, desk),
        }
    }
}

impl Screen for Compose {
    fn focus(&self) -> Focus {
        match () {
            () if self.asking.is_some() => Focus::Ask,
            () if self.book.opening.is_some() => Focus::Pane,
            () if self.typing && self.at == Part::Body => Focus::Body,
            () if self.typing && matches!(self.at, Part::Via | Part::Files | Part::Format) => Focus::Choice,
            () if self.typing && self.at.is_typed() => Focus::Line,
            () => Focus::Fields,
        }
    }

    fn enter(&mut self, target: Option<Target>, desk: &mut Desk) {
        desk.ask("bench", Request::Compose(ComposeAsk::Bench));
        self.longest_of = None;
        match target {
            Some(Target::Draft(id)) => self.open(id, desk),
            Some(Target::Review(id)) => {
                self.open(id, desk);
                match self.book.opening {
                    Some(_) => self.book.review_wanted = true,
                    // It is on the sheet already.
                    None => self.review(desk),
                }
            }
            Some(Target::ComposeTo(filter)) => {
                self.begin(Sheet::addressed(filter), desk);
                self.typing = true;
                self.at = if self.sheet.to.text().is_empty() { Part::To } else { Part::Title };
                self.count(desk);
            }
            _ => self.count(desk),
        }
        self.render(desk);
    }

    fn leave(&mut self, desk: &mut Desk) {
        self.stop_typing();
        self.asking = None;
        self.save_all(desk);
    }

    fn act(&mut self, action: Action, desk: &mut Desk) -> Done {
        if self.asking.is_some() && !matches!(action, Action::Palette | Action::Help) {
            return self.answer_asked(action, desk);
        }
        match action {
            Action::ReviewSend => self.review(desk),
            Action::TestToMe => self.ask_test(desk),
            Action::NextSample | Action::PrevSample | Action::NextTab | Action::PrevTab => {
                // What they change is to be seen.
                self.preview_open |= is_small(desk);
                match action {
                    Action::NextSample => self.ask_sample(Step::Next, desk),
                    Action::PrevSample => self.ask_sample(Step::Previous, desk),
                    Action::NextTab => self.show_channel(1, desk),
                    _ => self.show_channel(-1, desk),
                }
            }
            Action::TogglePreview => {
                self.stop_typing();
                self.preview_open = !self.preview_open;
            }
            _ if self.preview_open && is_small(desk) && is_reading(action) => self.read_preview(action, desk),
            Action::ExternalEditor => desk.effect(Effect::Edit(self.sheet.body.text())),
            Action::ShowRequest => self.show_request(desk),
            Action::Sooner => self.move_channel(-1, desk),
            Action::Later => self.move_channel(1, desk),
            Action::NewDraft | Action::DiscardDraft => {
                self.preview_open = false;
                if action == Action::NewDraft { self.new_draft(desk) } else { self.discard(desk) }
            }
            Action::WhoAmI => self.ask(Asked::Me),
            Action::Attach => {
                self.preview_open = false;
                self.ask(Asked::File);
            }
            Action::GoLeftOut => self.go_to_people(self.left_out(), desk),
            Action::GoUnreached => self.go_to_people(self.unreached(), desk),
            Action::Undo => return self.recall_newest(desk),
            _ if self.typing => return self.type_in(action, desk),
            Action::Edit | Action::Toggle => self.enter_field(desk),
            Action::Escape | Action::Back => {
                self.stop_typing();
                return Done::No;
            }
            _ => return self.walk(action, desk),
        }
        Done::Yes
    }

    fn text(&mut self, typed: Typed, desk: &mut Desk) {
        if let Some((_, line)) = &mut self.asking {
            type_line(line, &typed);
            return;
        }
        if !self.typing {
            return;
        }
        if self.at == Part::Body {
            let edited = self.sheet.body.take(&typed);
            // The body takes every text; whether it did changes nothing here.
            let _ = self.edited(edited, desk);
        } else if let Some(line) = self.sheet.line_mut(self.at) {
            type_line(line, &typed);
            self.changed_text(desk);
        } else {
            self.type_on_choice(&typed, desk);
        }
    }

    fn reply(&mut self, slot: &'static str, reply: Reply, desk: &mut Desk) {
        match reply {
            Reply::Compose(told) => self.told(slot, told, desk),
            Reply::Failed(trouble) => self.take_failed(slot, trouble, desk),
            // Answers to other sections' questions never come here: a slot belongs to its asker.
            _ => {}
        }
    }

    fn changed(&mut self, desk: &mut Desk) {
        desk.ask("bench", Request::Compose(ComposeAsk::Bench));
        desk.after(COUNT_AFTER, "count");
        self.look_for_news(desk);
    }

    fn due(&mut self, timer: &'static str, desk: &mut Desk) {
        match timer {
            "save" => self.save(desk),
            "count" => self.count(desk),
            "render" => self.render_now(desk),
            "let-go" => self.let_go(desk),
            _ => {}
        }
    }

    fn handed(&mut self, handed: Handed, desk: &mut Desk) {
        match handed {
            Handed::Text(text) => {
                // An editor that was left without saving gives an empty text: Undo brings the other back.
                if text.trim().is_empty() && !self.sheet.body.is_blank() {
                    desk.say(Level::Warning, Saying::EditorGaveNothing);
                }
                let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                if text != self.sheet.body.text() {
                    let edited = self.sheet.body.replace(&crate::app::editor::clean_paste(&text));
                    // The editor takes any text that is not too long, and then says so.
                    let _ = self.edited(edited, desk);
                }
            }
            Handed::Failed(words) => {
                let trouble = Trouble { summary: words, ..Trouble::default() };
                desk.say(Level::Error, Saying::Failed(trouble));
            }
        }
    }

    fn available(&self, action: Action, desk: &Desk) -> Availability {
        let on = match action {
            Action::TogglePreview if !is_small(desk) => return Availability::Off(Why::InSight),
            Action::ReviewSend | Action::TestToMe => !self.sheet.is_blank() && self.book.opening.is_none(),
            Action::ShowRequest | Action::NextTab | Action::PrevTab => !self.used().is_empty(),
            Action::NextSample | Action::PrevSample => self.sample.is_some(),
            Action::Sooner | Action::Later => self.at == Part::Via && self.used().len() > 1,
            Action::DiscardDraft | Action::NewDraft => !self.sheet.is_blank(),
            Action::GoLeftOut => self.left_out().is_some(),
            Action::GoUnreached => self.unreached().is_some(),
            Action::Edit
            | Action::TogglePreview
            | Action::ExternalEditor
            | Action::WhoAmI
            | Action::Attach => true,
            _ => return Availability::Off(Why::NotHere),
        };
        if on { Availability::On } else { Availability::Off(Why::NothingToDo) }
    }
}

/// Whether an action moves in a preview that stands in place of the fields; every other one means there what it
/// means everywhere.
const fn is_reading(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::Up
            | A::Down
            | A::Left
            | A::Right
            | A::PageUp
            | A::PageDown
            | A::HalfUp
            | A::HalfDown
            | A::First
            | A::Last
            | A::Toggle
            | A::Escape
            | A::Back
            | A::Edit
            | A::Next
            | A::Previous
    )
}

/// Whether the preview has no place of its own.
pub const fn is_small(desk: &Desk) -> bool {
    desk.pages.size.0 < 100 || desk.zoomed
}

fn type_line(line: &mut Line, typed: &Typed) {
    match typed {
        Typed::Char(c) => line.type_char(*c),
        Typed::Paste(pasted) => line.paste(pasted),
    }
}

#[cfg(test)]
mod tests;
