-- A few rows of one owner hang on a chain, the newest first, instead of standing in an index of their own: a notification's deliveries and
-- events, a delivery's attempts. The steps of a plan are read and written with their notification only, so they are a field of it.
-- docs/decisions/0040-what-a-message-costs-the-writer.md
ALTER TABLE attempt ADD COLUMN previous BLOB;  -- of the same delivery
UPDATE attempt SET previous = c.previous FROM (
  SELECT a.id, lag(a.id) OVER (PARTITION BY a.delivery ORDER BY a.id = d.attempt, a.id) AS previous
  FROM attempt a JOIN delivery d ON d.id = a.delivery) AS c WHERE c.id = attempt.id;
DROP INDEX attempt_delivery;

ALTER TABLE notification ADD COLUMN last_delivery BLOB;
ALTER TABLE delivery ADD COLUMN previous BLOB;  -- of the same notification
UPDATE notification SET last_delivery = (SELECT max(d.id) FROM delivery d WHERE d.notification = notification.id);
UPDATE delivery SET previous =
  (SELECT max(p.id) FROM delivery p WHERE p.notification = delivery.notification AND p.id < delivery.id);
DROP INDEX delivery_notification;

ALTER TABLE notification ADD COLUMN last_event INTEGER;
ALTER TABLE event ADD COLUMN previous INTEGER;  -- of the same notification
UPDATE notification SET last_event =
  (SELECT e.position FROM event e WHERE e.notification = notification.id ORDER BY e.sequence DESC LIMIT 1);
UPDATE event SET previous =
  (SELECT p.position FROM event p WHERE p.notification = event.notification AND p.sequence < event.sequence ORDER BY p.sequence DESC LIMIT 1);
DROP INDEX event_timeline;

-- One line a step: state, position, channel, success rule, wait in seconds or "-", id, length of the pool's name, ":", the name.
ALTER TABLE notification ADD COLUMN plan TEXT NOT NULL DEFAULT '';
UPDATE notification SET plan = coalesce((
  SELECT group_concat(line, '') FROM (
    SELECT printf('%d %d %d %d %s %s %d:%s', s.state, s.position, s.channel, s.success, coalesce(s.wait, '-'), lower(hex(s.id)),
      length(CAST(s.pool AS BLOB)), s.pool) || char(10) AS line
    FROM plan_step s WHERE s.notification = notification.id ORDER BY s.position)), '');
DROP TABLE plan_step;
