//! What the answer to a batch means. Its status says nothing of anybody: what became of each key stands in `data`, in
//! the order of the request, and is believed only where it names the key.

use serde::Deserialize;

use super::{BAD_REQUEST, NO_KEY, Reply, TOO_MANY, refusal};
use crate::channels::answer::HttpAnswer;
use crate::channels::kind::{Target, To};
use crate::channels::outcome::{Outcome, Outcomes, Reading};
use crate::channels::reading::{mentions, said};
use crate::domain::delivery::Class;

#[derive(Deserialize)]
struct Item {
    code: i64,
    #[serde(default)]
    device_key: String,
    #[serde(default)]
    message: String,
}

pub(super) fn judge(targets: &[Target], answer: &HttpAnswer, reply: &Reply) -> Reading {
    let (code, text) = (reply.code.to_string(), said(&reply.message, targets));
    if reply.code == 200 && answer.status == 200 {
        return each(targets, reply);
    }
    // Both of these are said before anything is sent.
    if mentions(&reply.message, &[TOO_MANY]) {
        let number = reply.message.rsplit(':').next().and_then(|number| number.trim().parse().ok());
        let most = number.unwrap_or(targets.len() / 2).clamp(1, targets.len() - 1);
        return Reading::split(Outcome::rejected(Class::Content, code, text)).narrowing(most);
    }
    if mentions(&reply.message, &[NO_KEY]) {
        // It is too old to know batches, or the public one.
        return Reading::split(Outcome::rejected(Class::Content, code, text)).narrowing(1);
    }
    let Some(mut reading) = refusal(reply.code, &reply.message, targets, answer.retry_after) else {
        return super::judge_foreign(answer);
    };
    if let Outcomes::All(outcome) = &mut reading.outcomes
        && !mentions(&reply.message, BAD_REQUEST)
    {
        // No known server says one thing for many: nobody knows with whom this one had begun.
        *outcome = Outcome::unknown(outcome.class.unwrap_or(Class::Unclassified), code, text);
    }
    reading
}

fn each(targets: &[Target], reply: &Reply) -> Reading {
    // One odd item says nothing of the others.
    let items: Vec<Option<Item>> = reply
        .data
        .as_array()
        .map(|items| items.iter().map(|item| Item::deserialize(item).ok()).collect())
        .unwrap_or_default();
    let mut channel = None;
    let outcomes = targets
        .iter()
        .enumerate()
        .map(|(index, target)| {
            let reading = match find(&items, index, target) {
                Some(item) if item.code == 200 => return Outcome::accepted(None),
                Some(item) => one(item, std::slice::from_ref(target)),
                None => Reading::all(Outcome::unknown(
                    Class::Provider,
                    "",
                    "the answer does not mention this target",
                )),
            };
            channel = channel.or(reading.channel);
            match reading.outcomes {
                Outcomes::All(outcome) => outcome,
                Outcomes::Each(_) | Outcomes::Split(_) => Outcome::unknown(Class::Unclassified, "", ""),
            }
        })
        .collect();
    Reading { channel, ..Reading::each(outcomes) }
}

fn one(item: &Item, target: &[Target]) -> Reading {
    refusal(item.code, &item.message, target, None).unwrap_or_else(|| {
        let (code, text) = (item.code.to_string(), said(&item.message, target));
        Reading::all(match item.code {
            400..500 => Outcome::rejected(Class::Unclassified, code, text),
            _ => Outcome::unknown(Class::Unclassified, code, text),
        })
    })
}

/// The item at its place; or the only one that names the key, should a server keep another order.
fn find<'a>(items: &'a [Option<Item>], index: usize, target: &Target) -> Option<&'a Item> {
    let To::Person(key) = &target.to else { return None };
    let names = |item: &&Item| item.device_key == key.expose();
    if let Some(item) = items.get(index).and_then(Option::as_ref).filter(names) {
        return Some(item);
    }
    let mut named = items.iter().flatten().filter(names);
    let only = named.next();
    only.filter(|_| named.next().is_none())
}
