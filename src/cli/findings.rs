//! The facts that the checks of a message find, as the command line says them: each names its channel.

use crate::channels::check::Fact;
use crate::channels::load::time_of;
use crate::domain::channel::Account;
use crate::facts;
use crate::look::format;
use crate::look::strings::Strings;

/// One fact about a message on a channel, as a sentence.
pub fn say(words: &Strings, account: &Account, fact: &Fact) -> String {
    let channel = account.name.as_str();
    let (c, e) = (&words.checks, &words.errors);
    let name = ("channel", channel.into());
    match fact {
        Fact::MissingField(field) => e.credential_absent.fill(&[name, ("field", (*field).into())]),
        Fact::Empty => e.at_place.fill(&[("place", channel.into()), ("why", (&c.no_body).into())]),
        Fact::StopsBatching { variable, calls, batched } => {
            let time = time_of(account, *calls as i64).map(|ms| format::duration(ms, &words.common));
            let mut values = vec![
                name,
                ("variable", variable.into()),
                ("calls", (*calls).into()),
                ("batched", (*batched).into()),
            ];
            match &time {
                Some(time) => {
                    values.push(("time", time.into()));
                    c.variable_splits.fill(&values)
                }
                None => c.splits_untimed.fill(&values),
            }
        }
        other => facts::say(words, channel, other),
    }
}
