//! The plan that a release would freeze now, without writing any of it: for the review and the dry run.

use rusqlite::Connection;

use super::hash::{Hasher, Plan};
use super::rows::{LanePlan, Rows, has_address, lay_out, step};
use crate::domain::delivery::SkipReason;
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::ChannelId;
use crate::store::audience::collect_audience;
use crate::store::broadcasts::Draft;
use crate::store::db::Db;
use crate::store::denial::Denial;
use crate::store::error::{Doing, StoreError};

impl Db {
    /// The plan of a draft as of one moment.
    pub fn preview_plan(&self, draft: &Draft) -> Result<Plan, StoreError> {
        self.at_one_moment(|| {
            let plan = self.preview(draft);
            self.conn
                .execute_batch(
                    "DROP TABLE IF EXISTS temp.plan_person; DROP TABLE IF EXISTS temp.plan_inactive; \
                     DROP TABLE IF EXISTS temp.plan_rest; DROP TABLE IF EXISTS temp.plan_dead;",
                )
                .doing("forgetting a plan")?;
            plan
        })
    }

    fn preview(&self, draft: &Draft) -> Result<Plan, StoreError> {
        let filter = Filter::parse(&draft.audience, Scope::People).map_err(Denial::Audience)?;
        let filter = self.pin(&filter)?;
        let channels = self.channel_order(&draft.channels)?;
        let remotes = self.remotes_of(&filter, &channels)?;
        collect_audience(&self.conn, &filter)?;
        let hasher = Hasher::new(&self.conn, &draft.message)?;
        let mut preview = Preview { conn: &self.conn, hasher };
        lay_out(&mut preview, draft, &channels, &remotes)?;
        preview.hasher.finish(&self.conn, draft)
    }
}

/// Looks at lane after lane. Nothing changes meanwhile, so addresses say who is in which.
struct Preview<'a> {
    conn: &'a Connection,
    hasher: Hasher,
}

impl Rows for Preview<'_> {
    fn conn(&self) -> &Connection {
        self.conn
    }

    fn has(&self, channels: &[ChannelId]) -> String {
        has_address(channels, "AND e.state = 0")
    }

    fn has_on(&self, _: ChannelId, before: &[ChannelId]) -> String {
        format!("NOT {}", has_address(before, "AND e.state = 0"))
    }

    fn lane(&mut self, lane: LanePlan) -> Result<(), StoreError> {
        self.hasher.lane(lane);
        Ok(())
    }

    fn people(&mut self, of: &str, select: &str, skip: Option<SkipReason>) -> Result<i64, StoreError> {
        let skip = skip.map_or("NULL".to_owned(), |reason| reason.code().to_string());
        let sql = format!(
            "SELECT {} FROM (SELECT subscriber, address, NULL AS remote, {skip} AS skip FROM ({select})) d \
             ORDER BY d.subscriber, d.address",
            self.hasher.columns()
        );
        let (mut after, mut taken) = (0, 0);
        while let Some(upto) = step(self.conn, of, after)? {
            taken += self.hasher.rows(self.conn, &sql, &[(":after", after), (":upto", upto)])?;
            after = upto;
        }
        Ok(taken)
    }

    fn remotes(&mut self, remotes: &[i64]) -> Result<(), StoreError> {
        let sql = format!(
            "SELECT {} FROM (SELECT NULL AS subscriber, NULL AS address, :remote AS remote, NULL AS skip) d",
            self.hasher.columns()
        );
        for remote in remotes {
            self.hasher.rows(self.conn, &sql, &[(":remote", *remote)])?;
        }
        Ok(())
    }
}
