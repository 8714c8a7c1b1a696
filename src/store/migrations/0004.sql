-- When a draft is to go out again and again: a cron expression with its zone, as typed in Compose; what really
-- repeats stands in `recurring`.
ALTER TABLE broadcast ADD COLUMN cron TEXT NOT NULL DEFAULT '';
