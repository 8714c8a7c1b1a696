//! Who may be sent to again.

/// Whether the person behind a delivery may still be sent to; a remote topic always may.
/// With addresses in reserve, one that got it by another way, or may have, is not sent to again either.
/// Nor is what a new version took the place of: the old text would come on top of it; nor whoever a broadcast reached
/// that was begun for those that this one could not reach.
pub(super) const REACHABLE: &str = "(NOT EXISTS (SELECT 1 FROM broadcast n INDEXED BY broadcast_replaces WHERE n.replaces = d.broadcast \
       AND n.phase NOT IN ('draft', 'planning'))) \
     AND (d.subscriber IS NULL OR NOT EXISTS (SELECT 1 FROM broadcast n INDEXED BY broadcast_follows \
       CROSS JOIN delivery o INDEXED BY delivery_person ON o.broadcast = n.id AND o.subscriber = d.subscriber \
       WHERE n.follows = coalesce(b.follows, d.broadcast) AND n.id > d.broadcast \
       AND o.state IN (0, 2, 3, 4, 5, 7, 8))) \
     AND (d.subscriber IS NULL OR EXISTS (SELECT 1 FROM subscriber s \
     WHERE s.id = d.subscriber AND s.state = 0 AND s.removed_ms IS NULL) \
     AND (b.fallback = 0 OR NOT EXISTS (SELECT 1 FROM delivery o INDEXED BY delivery_person \
       WHERE o.subscriber = d.subscriber \
       AND o.broadcast = d.broadcast AND o.seq <> d.seq AND o.state IN (0, 2, 3, 4, 5, 7, 8))))";
