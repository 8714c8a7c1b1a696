//! A race that was lost: two people saved the same thing, and the later one sees both texts.

use super::subscribers::sheet::{ADDRESS, WAY};
use crate::app::form::Form;
use crate::app::form::sheet::Sheet;
use crate::app::saying::Saying;
use crate::app::saying::lists::ListsSaying as Says;
use crate::domain::safe_text::{Cap, scrub};

/// More fields than these are not shown: the dialog has to fit.
const MOST_DIFFERENCES: usize = 6;

/// Both texts of a lost race, field by field. Addresses are typed over and never shown, so they are not among them.
pub fn differences(mine: &Sheet, theirs: &Form, channel: impl Fn(&str) -> Option<String>) -> Vec<Saying> {
    let safe = |text: &str| scrub(text, Cap::List).into_owned();
    // What topics note about themselves is called a description.
    let of_topic = mine.form.field("topics").is_none();
    let named =
        |field: &str| if of_topic && field == "note" { "description".to_owned() } else { safe(field) };
    let differing =
        || mine.against(theirs).filter(|(field, ..)| !field.starts_with(ADDRESS) && !field.starts_with(WAY));
    let mut lines: Vec<Saying> = differing()
        .filter(|(field, ..)| mine.is_changed(field))
        .take(MOST_DIFFERENCES)
        .map(|(field, mine, theirs)| {
            Saying::Lists(Says::Differs {
                field: named(field),
                channel: channel(field),
                mine: safe(mine),
                theirs: safe(theirs),
            })
        })
        .collect();
    // A field that only they touched is no conflict: it stays theirs whatever is chosen.
    let others: Vec<(String, Option<String>)> = differing()
        .filter(|(field, ..)| !mine.is_changed(field))
        .take(MOST_DIFFERENCES)
        .map(|(field, ..)| (named(field), channel(field)))
        .collect();
    if !others.is_empty() {
        lines.push(Saying::Lists(Says::AlsoChanged(others)));
    }
    lines
}
