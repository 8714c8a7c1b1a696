-- Until when the sender lets an account rest, and the class of why; NULL: it does not. A passed moment is no rest.
ALTER TABLE channel ADD COLUMN rest_until_ms INTEGER;
ALTER TABLE channel ADD COLUMN rest_class INTEGER;
