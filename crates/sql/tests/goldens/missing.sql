# What ksqlDB has and this does not, yet.

SELECT * FROM a JOIN b ON a.x = b.x;
---
line 1:17: JOIN is not supported yet
SELECT * FROM a JOIN b ON a.x = b.x;
                ^^^^

SELECT * FROM a LEFT OUTER JOIN b WITHIN 1 HOUR ON a.x = b.x;
---
line 1:17: JOIN is not supported yet
SELECT * FROM a LEFT OUTER JOIN b WITHIN 1 HOUR ON a.x = b.x;
                ^^^^

SELECT * FROM a x INNER JOIN b ON x.x = b.x;
---
line 1:19: JOIN is not supported yet
SELECT * FROM a x INNER JOIN b ON x.x = b.x;
                  ^^^^^

SELECT * FROM a, b;
---
line 1:16: more than one source is not supported yet
SELECT * FROM a, b;
               ^
Hint: sources are combined by JOIN

SELECT * FROM (SELECT * FROM a);
---
line 1:15: a sub-query is not supported yet
SELECT * FROM (SELECT * FROM a);
              ^

SELECT (SELECT 1) FROM a;
---
line 1:9: a sub-query is not supported yet
SELECT (SELECT 1) FROM a;
        ^^^^^^

SELECT * FROM a WHERE EXISTS (SELECT 1);
---
line 1:23: EXISTS is not supported yet
SELECT * FROM a WHERE EXISTS (SELECT 1);
                      ^^^^^^

SELECT DISTINCT a FROM s;
---
line 1:8: SELECT DISTINCT is not supported yet
SELECT DISTINCT a FROM s;
       ^^^^^^^^

SELECT a, COUNT(*) FROM s;
---
line 1:17: COUNT(*) is not supported yet
SELECT a, COUNT(*) FROM s;
                ^

SELECT a FROM s WINDOW TUMBLING (SIZE 1 HOUR);
---
line 1:17: WINDOW is not supported yet
SELECT a FROM s WINDOW TUMBLING (SIZE 1 HOUR);
                ^^^^^^

SELECT a FROM s WHERE a > 1 GROUP BY a;
---
line 1:29: GROUP BY is not supported yet
SELECT a FROM s WHERE a > 1 GROUP BY a;
                            ^^^^^^^^

SELECT a FROM s GROUP BY a;
---
line 1:17: GROUP BY is not supported yet
SELECT a FROM s GROUP BY a;
                ^^^^^^^^

SELECT a FROM s PARTITION BY a;
---
line 1:17: PARTITION BY is not supported yet
SELECT a FROM s PARTITION BY a;
                ^^^^^^^^^^^^

SELECT a FROM s HAVING a > 1;
---
line 1:17: HAVING is not supported yet
SELECT a FROM s HAVING a > 1;
                ^^^^^^

SELECT a FROM s EMIT FINAL;
---
line 1:17: EMIT FINAL is not supported yet
SELECT a FROM s EMIT FINAL;
                ^^^^^^^^^^

SELECT a FROM s EMIT CHANGES GROUP BY a;
---
line 1:30: GROUP BY is not supported yet
SELECT a FROM s EMIT CHANGES GROUP BY a;
                             ^^^^^^^^

SELECT TRANSFORM(a, x => x + 1) FROM s;
---
line 1:23: a lambda function (=>) is not supported yet
SELECT TRANSFORM(a, x => x + 1) FROM s;
                      ^^

SELECT REDUCE(a, 0, (s, x) => s + x) FROM s;
---
line 1:28: a lambda function (=>) is not supported yet
SELECT REDUCE(a, 0, (s, x) => s + x) FROM s;
                           ^^

SELECT TIMESTAMPADD(MINUTES, 1, t) FROM s;
---
line 1:21: a time unit as an argument is not supported yet
SELECT TIMESTAMPADD(MINUTES, 1, t) FROM s;
                    ^^^^^^^

SELECT t AT TIME ZONE 'UTC' FROM s;
---
line 1:10: AT TIME ZONE is not supported yet
SELECT t AT TIME ZONE 'UTC' FROM s;
         ^^

INSERT INTO s SELECT * FROM t;
---
line 1:15: INSERT INTO … SELECT is not supported yet
INSERT INTO s SELECT * FROM t;
              ^^^^^^

INSERT INTO s WITH (query_id='x') SELECT * FROM t;
---
line 1:15: INSERT INTO … SELECT is not supported yet
INSERT INTO s WITH (query_id='x') SELECT * FROM t;
              ^^^^

CREATE SOURCE TABLE t (a INT PRIMARY KEY);
---
line 1:8: CREATE SOURCE TABLE is not supported yet
CREATE SOURCE TABLE t (a INT PRIMARY KEY);
       ^^^^^^^^^^^^

CREATE OR REPLACE SOURCE STREAM t (a INT);
---
line 1:19: CREATE SOURCE STREAM is not supported yet
CREATE OR REPLACE SOURCE STREAM t (a INT);
                  ^^^^^^^^^^^^^

CREATE TYPE t AS INT;
---
line 1:8: CREATE TYPE is not supported yet
CREATE TYPE t AS INT;
       ^^^^

CREATE SINK CONNECTOR c WITH ('a'='b');
---
line 1:8: CREATE SINK CONNECTOR is not supported yet
CREATE SINK CONNECTOR c WITH ('a'='b');
       ^^^^^^^^^^^^^^

CREATE STREAM s (h ARRAY<STRUCT<key STRING, value BYTES>> HEADERS);
---
line 1:59: a HEADERS column is not supported yet
CREATE STREAM s (h ARRAY<STRUCT<key STRING, value BYTES>> HEADERS);
                                                          ^^^^^^^

CREATE STREAM s (h BYTES HEADER('x'));
---
line 1:26: a HEADERS column is not supported yet
CREATE STREAM s (h BYTES HEADER('x'));
                         ^^^^^^

DROP TYPE t;
---
line 1:6: DROP TYPE is not supported yet
DROP TYPE t;
     ^^^^

DROP CONNECTOR c;
---
line 1:6: DROP CONNECTOR is not supported yet
DROP CONNECTOR c;
     ^^^^^^^^^

ALTER STREAM s ADD COLUMN a INT;
---
line 1:1: ALTER is not supported yet
ALTER STREAM s ADD COLUMN a INT;
^^^^^^^^^^^^

ALTER SYSTEM 'a'='b';
---
line 1:1: ALTER is not supported yet
ALTER SYSTEM 'a'='b';
^^^^^^^^^^^^

ASSERT TOPIC t;
---
line 1:1: ASSERT is not supported yet
ASSERT TOPIC t;
^^^^^^^^^^^^

EXPLAIN SELECT * FROM s;
---
line 1:1: EXPLAIN is not supported yet
EXPLAIN SELECT * FROM s;
^^^^^^^

PRINT 't' FROM BEGINNING;
---
line 1:1: PRINT is not supported yet
PRINT 't' FROM BEGINNING;
^^^^^

PAUSE ALL;
---
line 1:1: PAUSE is not supported yet
PAUSE ALL;
^^^^^

RESUME q;
---
line 1:1: RESUME is not supported yet
RESUME q;
^^^^^^

DEFINE x = 'y';
---
line 1:1: DEFINE is not supported yet
DEFINE x = 'y';
^^^^^^

UNDEFINE x;
---
line 1:1: UNDEFINE is not supported yet
UNDEFINE x;
^^^^^^^^

SHOW PROPERTIES;
---
line 1:6: SHOW PROPERTIES is not supported yet
SHOW PROPERTIES;
     ^^^^^^^^^^

LIST SOURCE CONNECTORS;
---
line 1:6: SHOW SOURCE CONNECTORS is not supported yet
LIST SOURCE CONNECTORS;
     ^^^^^^^^^^^^^^^^^

SHOW CONNECTOR PLUGINS;
---
line 1:6: SHOW CONNECTOR PLUGINS is not supported yet
SHOW CONNECTOR PLUGINS;
     ^^^^^^^^^^^^^^^^^

SHOW FUNCTIONS;
---
line 1:6: SHOW FUNCTIONS is not supported yet
SHOW FUNCTIONS;
     ^^^^^^^^^

DESCRIBE FUNCTION f;
---
line 1:10: DESCRIBE FUNCTION is not supported yet
DESCRIBE FUNCTION f;
         ^^^^^^^^

DESCRIBE STREAMS EXTENDED;
---
line 1:10: DESCRIBE STREAMS is not supported yet
DESCRIBE STREAMS EXTENDED;
         ^^^^^^^

DESCRIBE CONNECTOR c;
---
line 1:10: DESCRIBE CONNECTOR is not supported yet
DESCRIBE CONNECTOR c;
         ^^^^^^^^^
