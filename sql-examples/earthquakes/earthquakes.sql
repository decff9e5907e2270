-- A week of earthquakes (USGS), as nested JSON: keep the strong ones, flattened.
-- From the first record of the topic, also of those that are there before the query is.
SET 'auto.offset.reset' = 'earliest';

CREATE STREAM earthquakes (
    id STRING KEY,
    `PROPERTIES` STRUCT<
        mag DOUBLE,
        place STRING,
        time BIGINT,
        status STRING,
        tsunami INT,
        sig INT,
        "magType" STRING>,
    geometry STRUCT<type STRING, coordinates ARRAY<DOUBLE>>
) WITH (KAFKA_TOPIC = 'earthquakes', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON', PARTITIONS = 4);

CREATE STREAM strong_earthquakes WITH (KAFKA_TOPIC = 'strong-earthquakes') AS
SELECT
    id,
    `PROPERTIES`->mag AS magnitude,
    UCASE(`PROPERTIES`->place) AS place,
    `PROPERTIES`->time AS occurred,
    geometry->coordinates[1] AS longitude,
    geometry->coordinates[2] AS latitude,
    geometry->coordinates[3] AS depth_km,
    CASE
        WHEN `PROPERTIES`->mag >= 6 THEN 'strong'
        WHEN `PROPERTIES`->mag >= 5 THEN 'moderate'
        ELSE 'light'
    END AS class
FROM earthquakes
WHERE `PROPERTIES`->mag >= 4.5 AND `PROPERTIES`->status = 'reviewed'
EMIT CHANGES;
