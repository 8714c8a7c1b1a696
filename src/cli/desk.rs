//! What the commands share that ask a provider beside sending: the counter, and who blocks whom there.

use tokio::runtime::Runtime;

use super::args::Whom;
use super::context::Context;
use super::output::Reply;
use super::people;
use super::sender::runtime;
use crate::channels::desk::FollowChange;
use crate::domain::id::AddressId;
use crate::problem::Fault;
use crate::sender::counter::Counter;
use crate::store::db::Access;
use crate::store::handle::StoreHandle;

/// The counter over this store, and what it runs on.
pub fn counter(ctx: &Context) -> Result<(Runtime, Counter), Fault> {
    let runtime = runtime()?;
    let store = runtime.block_on(StoreHandle::open(ctx.opening(Access::Existing), "errands"))?;
    let proxy = ctx.config.proxy.as_ref().map(crate::domain::secret::Secret::expose);
    let counter = {
        let _inside = runtime.enter();
        Counter::new(store, proxy)?
    };
    Ok((runtime, counter))
}

/// Blocks, unblocks or ends the follows of people at a channel's provider: their address there is retired, or used
/// again.
pub fn change_follows(
    ctx: &mut Context,
    whom: &Whom,
    at: &str,
    change: FollowChange,
) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let channel = super::channel::find(ctx, &db, at)?;
    let people = people::meant(ctx, &db, whom, true)?;
    let mut addresses: Vec<AddressId> = Vec::new();
    for person in &people {
        let theirs = db.subscriber(*person)?.addresses;
        addresses.extend(theirs.iter().filter(|one| one.channel == channel.id).map(|one| one.id));
    }
    let (runtime, counter) = counter(ctx)?;
    let (done, went) = runtime.block_on(counter.change_follows(channel.id, &addresses, change));
    if !done.is_empty() || went.is_ok() {
        db.follows_changed(channel.id, &done, change)?;
    }
    let w = &ctx.words.desk;
    let said = match change {
        FollowChange::Block => &w.blocked_there,
        FollowChange::Unblock => &w.unblocked_there,
        FollowChange::End => &w.ended_there,
    };
    let named = [("count", done.len().into()), ("channel", (&channel.name).into())];
    let mut text = said.fill(&named);
    if let Err(error) = went {
        let mut fault = Fault::from(error).problem(ctx.words);
        if !done.is_empty() {
            fault = fault.hint(text);
        }
        return Err(fault.into());
    }
    let strangers = addresses.len() - done.len();
    if strangers > 0 {
        text = format!("{text}\n{}", w.not_following.count(strangers as i64));
    }
    let data = serde_json::json!({
        "channel": channel.id, "matched": people.len(), "changed": done.len(), "not_following": strangers,
        "blocked": change == FollowChange::Block, "ended": change == FollowChange::End,
    });
    Ok(Reply::one(&data, text))
}
