//! The plan that a release would freeze now, without writing any of it: for the review and the dry run.

use rusqlite::Connection;

use super::hash::{Hasher, Plan};
use super::rows::{LanePlan, Rows, lay_out, step};
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
                     DROP TABLE IF EXISTS temp.plan_taken;",
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
        self.conn
            .execute_batch(
                "DROP TABLE IF EXISTS temp.plan_taken; \
                 CREATE TEMP TABLE plan_taken (subscriber INTEGER PRIMARY KEY, channel INTEGER NOT NULL);",
            )
            .doing("looking at a plan")?;
        let hasher = Hasher::new(&self.conn, &draft.message)?;
        let mut preview = Preview { conn: &self.conn, hasher, lane: None };
        lay_out(&mut preview, draft, &channels, &remotes)?;
        preview.hasher.finish(&self.conn, draft)
    }
}

/// Looks at lane after lane and remembers only whom the plan has.
struct Preview<'a> {
    conn: &'a Connection,
    hasher: Hasher,
    lane: Option<LanePlan>,
}

impl Rows for Preview<'_> {
    fn conn(&self) -> &Connection {
        self.conn
    }

    fn has(&self) -> String {
        "EXISTS (SELECT 1 FROM plan_taken w WHERE w.subscriber = p.subscriber)".to_owned()
    }

    fn has_on(&self, channel: ChannelId) -> String {
        format!(
            "EXISTS (SELECT 1 FROM plan_taken w WHERE w.subscriber = p.subscriber AND w.channel = {})",
            channel.0
        )
    }

    fn lane(&mut self, lane: LanePlan) -> Result<(), StoreError> {
        self.hasher.lane(lane);
        self.lane = Some(lane);
        Ok(())
    }

    fn people(&mut self, of: &str, select: &str, skip: Option<SkipReason>) -> Result<(), StoreError> {
        let skip_code = skip.map_or("NULL".to_owned(), |reason| reason.code().to_string());
        let sql = format!(
            "SELECT {} FROM (SELECT subscriber, address, NULL AS remote, {skip_code} AS skip FROM ({select})) d \
             ORDER BY d.subscriber, d.address",
            self.hasher.columns()
        );
        let channel = self.lane.and_then(|lane| lane.channel).map_or(0, |channel| channel.0);
        let mut taken = Vec::new();
        let mut after = 0;
        while let Some(upto) = step(self.conn, of, after)? {
            self.hasher
                .rows(self.conn, &sql, &[(":after", after), (":upto", upto)], |person| taken.push(person))?;
            // Whoever waits in reserve has a lane already.
            if skip == Some(SkipReason::Reserve) {
                taken.clear();
            }
            let mut remember = self
                .conn
                .prepare_cached("INSERT OR IGNORE INTO plan_taken (subscriber, channel) VALUES (?1, ?2)")
                .doing("looking at a plan")?;
            for person in taken.drain(..) {
                remember.execute((person, channel)).doing("looking at a plan")?;
            }
            after = upto;
        }
        Ok(())
    }

    fn remotes(&mut self, remotes: &[i64]) -> Result<(), StoreError> {
        let sql = format!(
            "SELECT {} FROM (SELECT NULL AS subscriber, NULL AS address, :remote AS remote, NULL AS skip) d",
            self.hasher.columns()
        );
        for remote in remotes {
            self.hasher.rows(self.conn, &sql, &[(":remote", *remote)], |_| {})?;
        }
        Ok(())
    }
}
