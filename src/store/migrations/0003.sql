-- Occurrences that wait to be released: a handful, however many there were before.
CREATE INDEX broadcast_occurrence ON broadcast (recurring, at_ms)
  WHERE recurring IS NOT NULL AND phase = 'draft' AND removed_ms IS NULL;
