-- How the server did, for the administrator's overview: a row for each interval in which something happened, of an hour by
-- the minute and of a week by five minutes. Counts and times, no names of people and no words (api/metrics_history.h).
CREATE TABLE metric_interval (
  span_s INTEGER NOT NULL,          -- 60 or 300
  begin_s INTEGER NOT NULL,         -- epoch s
  data TEXT NOT NULL,
  PRIMARY KEY (span_s, begin_s)
) STRICT, WITHOUT ROWID;

-- Answers whose price nobody knows: what they cost is not in cost_micros.
ALTER TABLE usage ADD COLUMN unpriced INTEGER NOT NULL DEFAULT 0;
