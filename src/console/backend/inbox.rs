//! The section Inbox against the real store. Texts leave as the store has them; whoever draws them scrubs.

use super::subscribers::unknown;
use crate::app::request::inbox::{InboxAsk, InboxTold};
use crate::app::rows::{Cursor, From, Page, PageAsk};
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::InboundId;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::inbox::{Conversation, Said, Which};

/// How many lines of a conversation are shown.
const LINES: usize = 300;

/// Answers one question, or carries out one order.
pub fn answer(db: &mut Db, ask: InboxAsk, by: &str) -> Result<InboxTold, StoreError> {
    use InboxAsk as Ask;
    use InboxTold as Told;
    Ok(match ask {
        Ask::Page(ask) => match page(db, &ask) {
            Ok(page) => Told::Page(page),
            Err(error) => Told::Unknown(unknown(db, error)?),
        },
        Ask::Count(filter) => match which(&filter).and_then(|which| db.count_conversations(&which)) {
            Ok((count, unread)) => Told::Counted { count, unread },
            Err(error) => Told::Unknown(unknown(db, error)?),
        },
        Ask::Lines(person) => {
            let way = person.map(|person| db.way_back(person)).transpose()?.flatten();
            Told::Lines(person, db.conversation(person, LINES)?, way)
        }
        Ask::Reply(person, text) => {
            db.reply(person, &text, by)?;
            Told::Replied(person, db.person_row(person)?.name)
        }
        Ask::MarkRead(person) => Told::Read(db.mark_conversation_read(person)?),
    })
}

/// A filter that the screen has read already; a mistake here is ours.
fn which(filter: &str) -> Result<Which, StoreError> {
    let people =
        Filter::parse(filter, Scope::People).map_err(|error| StoreError::Refused(error.to_string()))?;
    Ok(Which { people: Some(people), unread: false })
}

fn cursor(row: &Conversation) -> Option<Cursor> {
    match row.newest.said {
        Said::Person { id, .. } => Some(Cursor(id.to_string())),
        Said::Us { .. } => None,
    }
}

fn page(db: &Db, ask: &PageAsk) -> Result<Page<Conversation>, StoreError> {
    let which = which(&ask.filter)?;
    let place = |cursor: &Cursor| {
        cursor
            .0
            .parse::<InboundId>()
            .map_err(|_| StoreError::NotFound { what: "place in the list", id: cursor.0.clone() })
    };
    // One row more tells whether there are more.
    let more = ask.limit + 1;
    let (mut rows, upwards, above, below) = match &ask.from {
        From::Start => (db.conversations(&which, None, more)?, false, false, false),
        From::After(at) => (db.conversations(&which, Some(place(at)?), more)?, false, true, false),
        From::At(at) => {
            let next = InboundId(place(at)?.0.saturating_add(1));
            let newer = db.conversations_after(&which, Some(InboundId(next.0 - 1)), 1)?;
            (db.conversations(&which, Some(next), more)?, false, !newer.is_empty(), false)
        }
        From::Before(at) => (db.conversations_after(&which, Some(place(at)?), more)?, true, false, true),
        From::End => (db.conversations_after(&which, None, more)?, true, false, false),
    };
    let surplus = rows.len() > ask.limit;
    let (above, below) = if upwards { (surplus, below) } else { (above, surplus) };
    if surplus && upwards {
        rows.remove(0);
    }
    rows.truncate(ask.limit);
    let prev = rows.first().filter(|_| above).and_then(cursor);
    let next = rows.last().filter(|_| below).and_then(cursor);
    Ok(Page { rows, prev, next, total: None })
}
