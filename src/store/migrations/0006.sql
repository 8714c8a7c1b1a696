-- When what was left of a lane had waited too long; NULL: it has not.
ALTER TABLE lane ADD COLUMN expired_ms INTEGER;
