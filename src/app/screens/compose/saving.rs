//! Keeps what is typed: after a second of rest, on leaving a field, on leaving the section, on hang-up.
//!
//! At most one save is under way, except on leaving, where nothing can wait for an answer. A lost race
//! loses neither text: the store keeps this one as a draft of its own, and both are shown.

use std::time::Duration;

use super::Compose;
use super::sheet::Sheet;
use crate::app::desk::Desk;
use crate::app::notice::Level;
use crate::app::overlay::Overlay;
use crate::app::overlay::viewers::Viewer;
use crate::app::request::compose::{ComposeAsk, Opened};
use crate::app::request::{Request, Trouble};
use crate::app::saying::Saying;
use crate::app::section::Target;
use crate::domain::broadcast::Phase;
use crate::domain::id::BroadcastId;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::store::broadcasts::Draft;

/// Rest after which the text is stored.
pub const SAVE_AFTER: Duration = Duration::from_secs(1);

/// After a failed save it is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Where the text is stored, and whether it is.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// Which sheet this is: replies about another one are not for it.
    pub sheet: u64,
    /// The draft and the version that was seen; none before the first save.
    pub stored: Option<(BroadcastId, i64)>,
    /// When it was last stored.
    pub saved_at: Option<Millis>,
    /// Something is not stored yet.
    pub dirty: bool,
    /// A save is under way.
    pub saving: bool,
    /// Why the last save failed.
    pub failed: Option<Trouble>,
    /// The draft that is being opened.
    pub opening: Option<BroadcastId>,
    /// Its review opens with it.
    pub review_wanted: bool,
}

impl Book {
    /// The draft and its version, if the store has exactly what the sheet shows.
    pub fn settled(&self) -> Option<(BroadcastId, i64)> {
        self.stored.filter(|_| !self.dirty && !self.saving)
    }
}

impl Compose {
    /// Stores the text, unless that is under way or not needed.
    pub(super) fn save(&mut self, desk: &mut Desk) {
        if !self.book.saving {
            self.save_now(desk);
        }
    }

    /// The same when no answer can be waited for: a second save foresees the version that the first one makes.
    pub(super) fn save_all(&mut self, desk: &mut Desk) {
        if self.book.saving && self.book.dirty {
            self.book.stored = self.book.stored.map(|(id, version)| (id, version + 1));
        }
        self.save_now(desk);
    }

    fn save_now(&mut self, desk: &mut Desk) {
        let blank = self.book.stored.is_none() && self.sheet.is_blank();
        if !self.book.dirty || blank || desk.settings.readonly {
            return;
        }
        let (sheet, draft) = (self.book.sheet, Box::new(self.sheet.draft()));
        let ask = match self.book.stored {
            Some((id, seen)) => ComposeAsk::Save { sheet, id, seen, draft },
            None => ComposeAsk::Begin { sheet, draft },
        };
        self.book.dirty = false;
        self.book.saving = true;
        desk.order(Request::Compose(ask));
    }

    /// Another text comes onto the sheet; the one at hand is stored first.
    pub(super) fn begin(&mut self, sheet: Sheet, desk: &mut Desk) {
        self.save_all(desk);
        let number = self.book.sheet + 1;
        self.book = Book { sheet: number, ..Book::default() };
        self.sheet = sheet;
        self.at = super::Part::default();
        self.stop_typing();
        self.finding_at = 0;
        self.preview_top = 0;
        self.lacks.clear();
        self.tested = None;
        self.render(desk);
    }

    /// An empty sheet.
    pub(super) fn new_draft(&mut self, desk: &mut Desk) {
        self.begin(Sheet::default(), desk);
        self.count(desk);
    }

    /// Opens a stored draft, unless it is the one at hand.
    pub(super) fn open(&mut self, id: BroadcastId, desk: &mut Desk) {
        let at_hand = self.book.stored.is_some_and(|(stored, _)| stored == id);
        if at_hand && (self.book.dirty || self.book.saving) {
            return;
        }
        self.save_all(desk);
        self.book.opening = Some(id);
        self.stop_typing();
        desk.ask("draft", Request::Compose(ComposeAsk::Open(id)));
    }

    /// The draft at hand again: what was decided about it elsewhere.
    pub(super) fn reload(&mut self, desk: &mut Desk) {
        if let Some((id, _)) = self.book.stored {
            desk.ask("news", Request::Compose(ComposeAsk::Open(id)));
        }
    }

    /// Somebody changed the store: perhaps this draft, which is then shown as it is now.
    pub(super) fn look_for_news(&mut self, desk: &mut Desk) {
        if self.book.settled().is_some() && !self.typing {
            self.reload(desk);
        }
        self.look_at_test(desk);
    }

    pub(super) fn take_opened(&mut self, slot: &'static str, opened: Opened, desk: &mut Desk) {
        let Opened { id, version, phase, draft, saved } = opened;
        let is_draft = phase == Phase::Draft;
        if slot == "news" {
            let newer = self.book.settled().is_some_and(|(stored, seen)| stored == id && version > seen);
            if !newer || self.typing || !is_draft {
                return;
            }
            let at = self.at;
            self.put(id, version, &draft, saved, desk);
            self.at = at;
            return;
        }
        if self.book.opening != Some(id) {
            return;
        }
        self.book.opening = None;
        let review_wanted = std::mem::take(&mut self.book.review_wanted);
        if is_draft {
            self.put(id, version, &draft, saved, desk);
            self.look_for_test(desk);
            if review_wanted {
                self.review(desk);
            }
        } else {
            desk.say(Level::Warning, Saying::NoDraftAnyMore);
            desk.go(Target::Broadcast(id));
        }
    }

    fn put(&mut self, id: BroadcastId, version: i64, draft: &Draft, saved: Millis, desk: &mut Desk) {
        self.begin(Sheet::of(draft, desk.now, &desk.settings.zone), desk);
        self.book.stored = Some((id, version));
        self.book.saved_at = Some(saved);
        self.count(desk);
    }

    pub(super) fn take_saved(&mut self, sheet: u64, id: BroadcastId, version: i64, desk: &mut Desk) {
        if sheet != self.book.sheet {
            return;
        }
        self.book.saving = false;
        self.book.failed = None;
        self.book.stored = Some((id, version));
        self.book.saved_at = Some(desk.now);
        // Typed in the meantime.
        if self.book.dirty {
            desk.after(SAVE_AFTER, "save");
        }
        self.brief(desk);
    }

    pub(super) fn take_not_saved(&mut self, sheet: u64, trouble: Trouble, desk: &mut Desk) {
        desk.say(Level::Error, Saying::Failed(trouble.clone()));
        if sheet == self.book.sheet {
            self.book.saving = false;
            self.book.dirty = true;
            self.book.failed = Some(trouble);
            desk.after(AGAIN_AFTER, "save");
        }
    }

    /// Somebody else was faster. Both texts are stored; this sheet goes on with its own.
    pub(super) fn take_clash(
        &mut self,
        sheet: u64,
        (id, version): (BroadcastId, i64),
        mine: &Draft,
        theirs: &Opened,
        desk: &mut Desk,
    ) {
        self.take_saved(sheet, id, version, desk);
        desk.say(Level::Warning, Saying::DraftClash { theirs: theirs.id, mine: id });
        let both =
            format!("── {} ──\n{}\n\n── {} ──\n{}", theirs.id, as_text(&theirs.draft), id, as_text(mine));
        let both = scrub(&both, Cap::Detail).into_owned();
        // A popup takes the keyboard, so it waits until nobody types.
        if !self.typing {
            desk.open(Overlay::Viewer(Viewer::new(Saying::BothTexts, both)));
        }
    }

    pub(super) fn discard(&mut self, desk: &mut Desk) {
        if let Some((id, _)) = self.book.stored {
            self.book.dirty = false;
            desk.order(Request::Compose(ComposeAsk::Discard(id)));
        } else if !self.book.saving {
            // Never stored, so there is nothing to bring back: it is stored first.
            self.book.dirty = true;
            self.save(desk);
            desk.say(Level::Info, Saying::StoredFirst);
        }
    }

    pub(super) fn take_discarded(&mut self, id: BroadcastId, desk: &mut Desk) {
        desk.offer_undo(Request::Compose(ComposeAsk::Restore(id)));
        desk.say(Level::Info, Saying::DraftDeleted);
        if self.book.stored.is_some_and(|(stored, _)| stored == id) {
            self.book.dirty = false;
            self.book.stored = None;
            self.sheet = Sheet::default();
            self.new_draft(desk);
        }
    }

    pub(super) fn take_failed(&mut self, slot: &'static str, trouble: Trouble, desk: &mut Desk) {
        match slot {
            "draft" => self.book.opening = None,
            // The list stays as it was; the next change asks again.
            "news" | "bench" | "test" => return,
            "reach" => self.counted.fail(),
            "plan" => self.plan_failed(desk),
            "longest" => self.longest_of = None,
            _ => {}
        }
        self.brief(desk);
        desk.say(Level::Error, Saying::Failed(trouble));
    }
}

fn as_text(draft: &Draft) -> String {
    let message = &draft.message;
    let lines = [&draft.audience, &message.title, &message.summary, &message.url, &message.body];
    let files = message.files.iter().map(|file| file.name.as_str());
    lines
        .into_iter()
        .filter(|line| !line.is_empty())
        .map(String::as_str)
        .chain(files)
        .collect::<Vec<_>>()
        .join("\n")
}
