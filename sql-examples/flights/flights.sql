-- Flights (BTS on-time data), with the cities of their airports, and how late each airport's departures are, day by day.
SET 'auto.offset.reset' = 'earliest';

--@doc: Every flight as it departs: local time, minutes late, miles, codes of airports.
CREATE STREAM flights (
  date STRING,
  delay INT,
  distance INT,
  origin STRING,
  destination STRING
) WITH (
  KAFKA_TOPIC = 'flights',
  VALUE_FORMAT = 'JSON',
  PARTITIONS = 2,
  TIMESTAMP = 'date',
  TIMESTAMP_FORMAT = 'yyyy/MM/dd HH:mmX'
);

--@doc: What is known of airports: lines of CSV by code, of which the last one counts.
CREATE TABLE airports (
  iata STRING PRIMARY KEY,
  name STRING,
  city STRING,
  state STRING,
  country STRING,
  latitude DOUBLE,
  longitude DOUBLE
) WITH (KAFKA_TOPIC = 'airports', VALUE_FORMAT = 'DELIMITED', PARTITIONS = 2);

--@doc: Flights from airports that are known, with where they depart.
CREATE STREAM departures WITH (KAFKA_TOPIC = 'departures') AS
SELECT
  f.origin AS origin,
  a.city AS from_city,
  a.state AS from_state,
  f.destination AS destination,
  f.delay AS delay,
  f.distance AS distance
FROM flights f
JOIN airports a ON f.origin = a.iata
EMIT CHANGES;

--@doc: Departures with where they go to, whether or not that is known.
CREATE STREAM enriched_flights WITH (KAFKA_TOPIC = 'enriched-flights') AS
SELECT
  d.destination AS destination,
  d.origin AS origin,
  d.from_city AS from_city,
  a.city AS to_city,
  a.state AS to_state,
  d.distance AS distance,
  d.delay AS delay,
  CASE WHEN d.delay < 15 THEN 'on time' WHEN d.delay < 60 THEN 'late' ELSE 'very late' END AS class
FROM departures d
LEFT JOIN airports a ON d.destination = a.iata
EMIT CHANGES;

--@doc: How late the departures of each airport are, a day at a time.
CREATE TABLE airport_delays WITH (KAFKA_TOPIC = 'airport-delays') AS
SELECT
  origin,
  LATEST_BY_OFFSET(from_city) AS city,
  COUNT(*) AS flights,
  SUM(CASE WHEN delay >= 15 THEN 1 ELSE 0 END) AS late,
  MAX(delay) AS worst
FROM departures
WINDOW TUMBLING (SIZE 1 DAY, RETENTION 30 DAYS, GRACE PERIOD 1 DAY)
GROUP BY origin
EMIT CHANGES;
