-- Requests to a web server, as `millstream datagen clickstream` makes them up: errors, clicks a minute, visits.
SET 'auto.offset.reset' = 'earliest';

--@doc: One request, as the web server logs it.
CREATE STREAM clicks (
  ip STRING KEY,
  userid INT,
  clicked BIGINT,
  request STRING,
  status STRING,
  bytes BIGINT,
  agent STRING
) WITH (KAFKA_TOPIC = 'clickstream', VALUE_FORMAT = 'JSON', TIMESTAMP = 'clicked', PARTITIONS = 2);

--@doc: The same with its parts taken apart.
CREATE STREAM requests WITH (KAFKA_TOPIC = 'requests') AS
SELECT
  ip,
  userid,
  SPLIT(request, ' ')[1] AS method,
  SPLIT(request, ' ')[2] AS path,
  CAST(status AS INT) AS status,
  bytes
FROM clicks
EMIT CHANGES;

--@doc: What went wrong, and whose fault it was.
CREATE STREAM failed_requests WITH (KAFKA_TOPIC = 'failed-requests') AS
SELECT ip, path, status, CASE WHEN status >= 500 THEN 'server' ELSE 'client' END AS fault
FROM requests
WHERE status >= 400
EMIT CHANGES;

--@doc: How busy each user is, minute by minute.
CREATE TABLE clicks_per_minute WITH (KAFKA_TOPIC = 'clicks-per-minute') AS
SELECT userid, COUNT(*) AS clicks, SUM(bytes) AS bytes
FROM requests
WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 10 SECONDS)
GROUP BY userid
EMIT CHANGES;

--@doc: Visits: clicks of a user with less than five minutes between them.
CREATE TABLE visits WITH (KAFKA_TOPIC = 'visits') AS
SELECT userid, COUNT(*) AS clicks, WINDOWEND - WINDOWSTART AS lasted_ms
FROM requests
WINDOW SESSION (5 MINUTES)
GROUP BY userid
EMIT CHANGES;
