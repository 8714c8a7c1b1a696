//! Channels that are told by the same callbacks.
//!
//! A provider tells an account's news at one address, however many channels send with that account: one for each
//! template, one for customer messages. So what comes to the door of one of them is about all of them.

use rusqlite::{Connection, named_params};

use super::error::{Doing, StoreError};
use crate::channels::catalog;
use crate::channels::kind::Kind;
use crate::domain::id::ChannelId;

/// The channels that are told together with this one, itself first.
pub(super) fn of(conn: &Connection, channel: ChannelId) -> Result<Vec<ChannelId>, StoreError> {
    let mut all = vec![channel];
    let kind: String = conn
        .prepare_cached("SELECT kind FROM channel WHERE id = :channel")
        .and_then(|mut read| read.query_row(named_params! { ":channel": channel.0 }, |row| row.get(0)))
        .doing("looking whose callbacks a channel is told by")?;
    let Some(field) = catalog::kind(&kind).and_then(Kind::told_by) else { return Ok(all) };
    let mut read = conn
        .prepare_cached(
            "SELECT o.id FROM channel c JOIN channel o ON o.kind = c.kind AND o.id <> c.id AND o.removed_ms IS NULL
                AND trim(json_extract(o.settings, :field)) = trim(json_extract(c.settings, :field))
              WHERE c.id = :channel ORDER BY o.id",
        )
        .doing("looking whose callbacks a channel is told by")?;
    let others = read
        .query_map(named_params! { ":channel": channel.0, ":field": format!("$.{field}") }, |row| {
            Ok(ChannelId(row.get(0)?))
        })
        .doing("looking whose callbacks a channel is told by")?;
    for other in others {
        all.push(other.doing("looking whose callbacks a channel is told by")?);
    }
    Ok(all)
}

/// For `json_each`.
pub(super) fn json(channels: &[ChannelId]) -> String {
    let ids: Vec<String> = channels.iter().map(|channel| channel.0.to_string()).collect();
    format!("[{}]", ids.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixtures::Shop;

    #[test]
    fn channels_of_one_account_are_told_together_and_a_removed_one_no_more() {
        let mut shop = Shop::new();
        let all = ["one", "two", "three", "four"].map(|name| shop.channel(name));
        let conn = &shop.db.conn;
        let set = |channel: ChannelId, settings: &str| {
            let sql = "UPDATE channel SET kind = 'wechat', settings = ?2 WHERE id = ?1";
            conn.execute(sql, (channel.0, settings)).expect("settings");
        };
        set(all[0], r#"{"app_id":"wx1","mode":"customer"}"#);
        set(all[1], r#"{"app_id":" wx1","template_id":"T"}"#);
        set(all[2], r#"{"app_id":"wx2"}"#);
        set(all[3], "{}");
        assert_eq!(of(conn, all[0]).expect("found"), [all[0], all[1]]);
        assert_eq!(of(conn, all[1]).expect("found"), [all[1], all[0]]);
        assert_eq!(
            of(conn, all[3]).expect("found"),
            [all[3]],
            "without an account there is nobody to be one with"
        );
        conn.execute("UPDATE channel SET removed_ms = 1 WHERE id = ?1", [all[1].0]).expect("removed");
        assert_eq!(of(conn, all[0]).expect("found"), [all[0]]);
        assert_eq!(json(&all[..2]), format!("[{},{}]", all[0].0, all[1].0));
    }
}
