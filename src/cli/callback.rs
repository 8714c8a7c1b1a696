//! `pushdeck channel callback` and the receiver of `serve --listen`.

use std::net::{Ipv4Addr, SocketAddr};

use super::args::CallbackArgs;
use super::channel::find;
use super::context::Context;
use super::output::Reply;
use crate::channels::callback;
use crate::problem::{Exit, Fault, Problem};
use crate::receiver::{Limits, Receiver};
use crate::store::db::Access;

/// Shows the callback URL of a channel; makes its secret on first use.
pub fn url(ctx: &mut Context, args: &CallbackArgs) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let channel = find(ctx, &db, &args.channel)?;
    if callback::of(&channel.kind).is_none() {
        let summary = ctx.words.errors.no_callback.fill(&[("kind", (&channel.kind).into())]);
        return Err(Problem::new("no_callback", Exit::Usage, summary).into());
    }
    if let Some(base) = &args.public_url {
        let right = url::Url::parse(base).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        if !right {
            let summary = ctx.words.errors.public_url_bad.fill(&[("url", base.into())]);
            return Err(ctx.usage(summary));
        }
        db.set_public_url(base)?;
    }
    let door = db.door_url(channel.id, args.rotate)?;
    if door.base.is_none() {
        let hint = ctx.words.cli.public_url_missing.clone();
        ctx.out.say(&hint);
    }
    let data = serde_json::json!({
        "channel": channel.id,
        "name": channel.name,
        "url": door.base.as_ref().map(|_| door.whole()),
        "path": door.path.expose(),
        "public_url": door.base,
        "new": door.new,
    });
    Ok(Reply::one(&data, door.whole()))
}

/// The address behind `PORT`, `:PORT`, `localhost:PORT` or `HOST:PORT`.
fn address(typed: &str) -> Option<SocketAddr> {
    let typed = typed.trim();
    let bare = typed.strip_prefix("localhost").unwrap_or(typed);
    if let Ok(port) = bare.strip_prefix(':').unwrap_or(bare).parse::<u16>() {
        return Some((Ipv4Addr::LOCALHOST, port).into());
    }
    typed.parse().ok()
}

/// Starts the receiver of `serve --listen`.
pub fn listen(ctx: &mut Context, typed: &str) -> Result<Receiver, Fault> {
    let Some(address) = address(typed) else {
        let summary = ctx.words.errors.listen_bad.fill(&[("text", typed.into())]);
        return Err(ctx.usage(summary));
    };
    let receiver = Receiver::start(ctx.opening(Access::Existing), address, Limits::default())?;
    let shown = receiver.address().to_string();
    let text = ctx.words.cli.listening.fill(&[("address", (&shown).into())]);
    ctx.out.say(&text);
    if !receiver.address().ip().is_loopback() {
        let text = ctx.words.cli.listening_open.fill(&[("address", (&shown).into())]);
        ctx.out.warn(&text);
    }
    if ctx.reader()?.doors()?.is_empty() {
        let text = ctx.words.cli.no_doors.clone();
        ctx.out.say(&text);
    }
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_port_is_on_loopback() {
        for text in ["8480", ":8480", "localhost:8480", "127.0.0.1:8480"] {
            assert_eq!(address(text), Some(([127, 0, 0, 1], 8480).into()), "{text}");
        }
        assert_eq!(address("[::1]:0").map(|address| address.ip().is_loopback()), Some(true));
        assert_eq!(address("0.0.0.0:80").map(|address| address.ip().is_loopback()), Some(false));
        for text in ["", "host", "example.com:80", "127.0.0.1", "99999", "-1"] {
            assert_eq!(address(text), None, "{text}");
        }
    }
}
