# CREATE STREAM and CREATE TABLE, over a topic and from a query.

create stream Readings (id string key, `Sensor Id` int, "temp" double) with (kafka_topic='readings', value_format='json');
---
CREATE STREAM READINGS (ID STRING KEY, `Sensor Id` INTEGER, `temp` DOUBLE) WITH (KAFKA_TOPIC = 'readings', VALUE_FORMAT = 'json');

CREATE OR REPLACE TABLE IF NOT EXISTS t (a BIGINT PRIMARY KEY, b VARCHAR(20)) WITH (PARTITIONS = 3, replicas=-1, WRAP_SINGLE_VALUE=FALSE, 'quoted key'='v', "Retention_Ms"=1);
---
CREATE OR REPLACE TABLE IF NOT EXISTS T (A BIGINT PRIMARY KEY, B STRING) WITH (PARTITIONS = 3, REPLICAS = -1, WRAP_SINGLE_VALUE = FALSE, 'QUOTED KEY' = 'v', RETENTION_MS = 1);

CREATE STREAM s WITH (kafka_topic='it''s');
CREATE STREAM s (key INT KEY, date DATE, type STRING);
CREATE STREAM s;
---
CREATE STREAM S WITH (KAFKA_TOPIC = 'it''s');
CREATE STREAM S (KEY INTEGER KEY, DATE DATE, TYPE STRING);
CREATE STREAM S;

-- names that are keywords of no consequence, and names that need quotes
CREATE STREAM emit (partition INT, "partition" INT, `SIZE` INT, `array` INT, `ARRAY` INT, if INT, 1st INT, _x INT, a@b INT, `a``b` INT);
---
CREATE STREAM EMIT (PARTITION INTEGER, `partition` INTEGER, `SIZE` INTEGER, `array` INTEGER, `ARRAY` INTEGER, IF INTEGER, `1ST` INTEGER, _X INTEGER, A@B INTEGER, `a``b` INTEGER);

CREATE STREAM big WITH (partitions=2) AS
  SELECT id, temp * 1.8 + 32 AS f   -- Fahrenheit
  FROM readings WHERE temp > 30 EMIT CHANGES;
---
CREATE STREAM BIG WITH (PARTITIONS = 2) AS SELECT ID, TEMP * 1.8 + 32 AS F FROM READINGS WHERE TEMP > 30 EMIT CHANGES;

create table if not exists t as select * from u;
---
CREATE TABLE IF NOT EXISTS T AS SELECT * FROM U;
