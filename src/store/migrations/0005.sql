-- Hours in which nothing is sent to a person, such as `22:00-08:00 Asia/Shanghai`; NULL: none.
ALTER TABLE subscriber ADD COLUMN quiet TEXT;
