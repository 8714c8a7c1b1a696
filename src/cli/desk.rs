//! What the commands share that ask a provider beside sending: the counter, and who blocks whom there.

use tokio::runtime::Runtime;

use super::args::Whom;
use super::context::Context;
use super::output::Reply;
use super::people;
use super::sender::runtime;
use crate::domain::id::AddressId;
use crate::domain::subscriber::AddressState;
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

/// Blocks or unblocks people at a channel's provider: their address there is retired, or used again.
pub fn block(ctx: &mut Context, whom: &Whom, at: &str, blocked: bool) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let channel = super::channel::find(ctx, &db, at)?;
    let people = people::meant(ctx, &db, whom, true)?;
    let mut addresses: Vec<AddressId> = Vec::new();
    for person in &people {
        let theirs = db.subscriber(*person)?.addresses;
        addresses.extend(theirs.iter().filter(|one| one.channel == channel.id).map(|one| one.id));
    }
    let (runtime, counter) = counter(ctx)?;
    let done = runtime.block_on(counter.block(channel.id, &addresses, blocked))?;
    let state = if blocked { AddressState::Dead } else { AddressState::Active };
    for address in &done {
        db.mark_address(*address, state)?;
    }
    db.note_block(channel.id, done.len() as i64, blocked)?;
    let w = &ctx.words.desk;
    let said = if blocked { &w.blocked_there } else { &w.unblocked_there };
    let named = [("count", done.len().into()), ("channel", (&channel.name).into())];
    let mut text = said.fill(&named);
    let strangers = addresses.len() - done.len();
    if strangers > 0 {
        text = format!("{text}\n{}", w.not_following.count(strangers as i64));
    }
    let data = serde_json::json!({
        "channel": channel.id, "matched": people.len(), "changed": done.len(), "not_following": strangers,
        "blocked": blocked,
    });
    Ok(Reply::one(&data, text))
}
