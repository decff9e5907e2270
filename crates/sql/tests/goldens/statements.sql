# Statements other than CREATE and SELECT.

insert into s values (1, 'a', null);
INSERT INTO s (a, `b`) VALUES (-1, ARRAY[1, 2]);
insert into `s x` (a) values (1.50);
---
INSERT INTO S VALUES (1, 'a', NULL);
INSERT INTO S (A, `b`) VALUES (-1, ARRAY[1, 2]);
INSERT INTO `s x` (A) VALUES (1.50);

DROP STREAM s; drop table if exists t delete topic; DROP STREAM if;
---
DROP STREAM S;
DROP TABLE IF EXISTS T DELETE TOPIC;
DROP STREAM IF;

TERMINATE ALL; terminate csas_s_1; TERMINATE `transient_x_1`;
---
TERMINATE ALL;
TERMINATE CSAS_S_1;
TERMINATE `transient_x_1`;

SHOW STREAMS; LIST TABLES EXTENDED; show topics; SHOW TOPICS EXTENDED; LIST ALL TOPICS; SHOW ALL TOPICS EXTENDED; show queries;
SHOW QUERIES EXTENDED; SHOW STREAMS EXTENDED; SHOW TABLES;
---
SHOW STREAMS;
SHOW TABLES EXTENDED;
SHOW TOPICS;
SHOW TOPICS EXTENDED;
SHOW ALL TOPICS;
SHOW ALL TOPICS EXTENDED;
SHOW QUERIES;
SHOW QUERIES EXTENDED;
SHOW STREAMS EXTENDED;
SHOW TABLES;

DESCRIBE s; describe "s" extended; DESCRIBE `TABLES`;
---
DESCRIBE S;
DESCRIBE `s` EXTENDED;
DESCRIBE `TABLES`;

SET 'auto.offset.reset' = 'earliest'; UNSET 'auto.offset.reset'; set 'it''s'='';
---
SET 'auto.offset.reset' = 'earliest';
UNSET 'auto.offset.reset';
SET 'it''s' = '';

/* only a comment */ -- and another
---

INSERT INTO s VALUES (1), (2);
---
INSERT INTO S VALUES (1), (2);

INSERT INTO s (a) (1);
---
line 1:19: Syntax Error
missing 'VALUES' at '('
INSERT INTO s (a) (1);
                  ^

INSERT INTO s 1;
---
line 1:15: Syntax Error
Expecting {'(', 'VALUES', 'SELECT', 'WITH'}
INSERT INTO s 1;
              ^
Hint: '1' cannot stand here

INSERT s VALUES (1);
---
line 1:8: Syntax Error
missing 'INTO' at 's'
INSERT s VALUES (1);
       ^

INSERT INTO s VALUES ();
---
line 1:23: Syntax Error
Expecting an expression at ')'
INSERT INTO s VALUES ();
                      ^

DROP s;
---
line 1:6: Syntax Error
Expecting {'STREAM', 'TABLE', 'TYPE', 'CONNECTOR'}
DROP s;
     ^
Hint: 's' cannot stand here

DROP STREAM s DELETE;
---
line 1:21: Syntax Error
missing 'TOPIC' at ';'
DROP STREAM s DELETE;
                    ^

DROP STREAM s CASCADE;
---
line 1:15: Syntax Error
missing ';' at 'CASCADE'
DROP STREAM s CASCADE;
              ^^^^^^^

TERMINATE;
---
line 1:10: Syntax Error
Expecting a query id at ';'
TERMINATE;
         ^

TERMINATE 'x';
---
line 1:11: Syntax Error
Expecting a query id at ''x''
TERMINATE 'x';
          ^^^

SHOW STREMS;
---
line 1:6: Syntax Error
Expecting {'CONNECTORS', 'FUNCTIONS', 'PROPERTIES', 'QUERIES', 'STREAMS', 'TABLES', 'TOPICS', 'TYPES', 'VARIABLES', 'ALL', 'CONNECTOR', 'SOURCE', 'SINK'}
SHOW STREMS;
     ^^^^^^
Hint: Did you mean 'STREAMS'?

SHOW ALL STREAMS;
---
line 1:10: Syntax Error
missing 'TOPICS' at 'STREAMS'
SHOW ALL STREAMS;
         ^^^^^^^

DESCRIBE;
---
line 1:9: Syntax Error
Expecting a source name at ';'
DESCRIBE;
        ^

DESCRIBE s EXTENDE;
---
line 1:12: Syntax Error
missing ';' at 'EXTENDE'
DESCRIBE s EXTENDE;
           ^^^^^^^

SET auto.offset.reset = 'earliest';
---
line 1:5: Syntax Error
Expecting a property name in single quotes at 'auto'
SET auto.offset.reset = 'earliest';
    ^^^^

SET 'a' 'b';
---
line 1:9: Syntax Error
missing '=' at ''b''
SET 'a' 'b';
        ^^^

SET 'a' = 1;
---
line 1:11: Syntax Error
Expecting a value in single quotes at '1'
SET 'a' = 1;
          ^

UNSET a;
---
line 1:7: Syntax Error
Expecting a property name in single quotes at 'a'
UNSET a;
      ^

# Statements about types and columns.
CREATE TYPE t AS STRUCT<a INT, b ARRAY<STRING>>;
CREATE TYPE IF NOT EXISTS u AS MAP<STRING, t>;
CREATE STREAM s (a u, b t ARRAY) WITH (kafka_topic = 't');
DROP TYPE t;
DROP TYPE IF EXISTS `no such`;
CREATE TYPE u AS INT;
ALTER STREAM s ADD COLUMN a u;
ALTER TABLE t ADD a INT, ADD COLUMN b DECIMAL(4, 2), ADD column INT, ADD COLUMN column INT;
ALTER SYSTEM 'a' = 'b';
---
CREATE TYPE T AS STRUCT<A INTEGER, B ARRAY<STRING>>;
CREATE TYPE IF NOT EXISTS U AS MAP<STRING, STRUCT<A INTEGER, B ARRAY<STRING>>>;
CREATE STREAM S (A MAP<STRING, STRUCT<A INTEGER, B ARRAY<STRING>>>, B ARRAY<STRUCT<A INTEGER, B ARRAY<STRING>>>) WITH (KAFKA_TOPIC = 't');
DROP TYPE T;
DROP TYPE IF EXISTS `no such`;
CREATE TYPE U AS INTEGER;
ALTER STREAM S ADD COLUMN A MAP<STRING, STRUCT<A INTEGER, B ARRAY<STRING>>>;
ALTER TABLE T ADD COLUMN A INTEGER, ADD COLUMN B DECIMAL(4, 2), ADD COLUMN COLUMN INTEGER, ADD COLUMN COLUMN INTEGER;
ALTER SYSTEM 'a' = 'b';

CREATE TYPE t AS INT; DROP TYPE t; CREATE STREAM s (a t);
---
Failed to prepare statement: Cannot resolve unknown type: T
CREATE TYPE t AS INT; DROP TYPE t; CREATE STREAM s (a t);
                                                      ^

CREATE TYPE INT;
---
line 1:16: Syntax Error
missing 'AS' at ';'
CREATE TYPE INT;
               ^

ALTER STREAM s ADD a INT, b INT;
---
line 1:27: Syntax Error
missing 'ADD' at 'b'
ALTER STREAM s ADD a INT, b INT;
                          ^
Hint: ADD stands before each new column

ALTER STREAM s ADD a INT KEY;
---
line 1:26: Syntax Error
missing ';' at 'KEY'
ALTER STREAM s ADD a INT KEY;
                         ^^^

ALTER STREAM s DROP COLUMN a;
---
line 1:16: Syntax Error
missing 'ADD' at 'DROP'
ALTER STREAM s DROP COLUMN a;
               ^^^^

CREATE SOURCE TABLE t (a INT PRIMARY KEY);
CREATE OR REPLACE SOURCE STREAM IF NOT EXISTS t (a INT) WITH (kafka_topic = 't');
CREATE SOURCE STREAM t WITH (kafka_topic = 't');
---
CREATE SOURCE TABLE T (A INTEGER PRIMARY KEY);
CREATE OR REPLACE SOURCE STREAM IF NOT EXISTS T (A INTEGER) WITH (KAFKA_TOPIC = 't');
CREATE SOURCE STREAM T WITH (KAFKA_TOPIC = 't');

CREATE SOURCE STREAM t AS SELECT * FROM s;
---
line 1:24: Syntax Error
Expecting {'(', 'WITH', ';'}
CREATE SOURCE STREAM t AS SELECT * FROM s;
                       ^^
Hint: 'AS' cannot stand here

CREATE SOURCE STREAM t WITH (kafka_topic = 't') AS SELECT * FROM s;
---
line 1:49: Syntax Error
missing ';' at 'AS'
CREATE SOURCE STREAM t WITH (kafka_topic = 't') AS SELECT * FROM s;
                                                ^^
Hint: a SOURCE is read from its topic, not made by a query

CREATE STREAM s (h ARRAY<STRUCT<key STRING, value BYTES>> HEADERS, x BYTES HEADER('it''s'), header INT, headers INT);
---
CREATE STREAM S (H ARRAY<STRUCT<KEY STRING, VALUE BYTES>> HEADERS, X BYTES HEADER('it''s'), HEADER INTEGER, HEADERS INTEGER);

CREATE STREAM s (h BYTES HEADER(x));
---
line 1:33: Syntax Error
Expecting the key of a header in single quotes at 'x'
CREATE STREAM s (h BYTES HEADER(x));
                                ^

CREATE STREAM s (h BYTES HEADER);
---
line 1:32: Syntax Error
missing '(' at ')'
CREATE STREAM s (h BYTES HEADER);
                               ^

INSERT INTO s SELECT * FROM t;
INSERT INTO s WITH (query_id='x') SELECT * FROM t EMIT CHANGES;
---
INSERT INTO S SELECT * FROM T;
INSERT INTO S WITH (QUERY_ID = 'x') SELECT * FROM T EMIT CHANGES;

INSERT INTO s (a) SELECT * FROM t;
---
line 1:19: Syntax Error
missing 'VALUES' at 'SELECT'
INSERT INTO s (a) SELECT * FROM t;
                  ^^^^^^
Hint: INSERT … SELECT writes all columns: leave out the list of columns

# Queries, topics and the session.
PAUSE ALL;
PAUSE csas_s_1;
RESUME `transient_a`;
EXPLAIN csas_s_1;
EXPLAIN show;
EXPLAIN SELECT * FROM s;
EXPLAIN CREATE STREAM t AS SELECT 1 + 1 FROM s;
DEFINE x = 'it''s';
UNDEFINE x;
PRINT MyTopic;
PRINT 'my-topic' FROM BEGINNING INTERVAL 5 LIMIT 3;
PRINT `map` SAMPLE 2;
PRINT map;
---
PAUSE ALL;
PAUSE CSAS_S_1;
RESUME `transient_a`;
EXPLAIN CSAS_S_1;
EXPLAIN SHOW;
EXPLAIN SELECT * FROM S;
EXPLAIN CREATE STREAM T AS SELECT 1 + 1 FROM S;
DEFINE X = 'it''s';
UNDEFINE X;
PRINT MyTopic;
PRINT `my-topic` FROM BEGINNING INTERVAL 5 LIMIT 3;
PRINT `map` INTERVAL 2;
PRINT `map`;

EXPLAIN FROM s;
---
line 1:9: Syntax Error
Unknown statement 'FROM'
EXPLAIN FROM s;
        ^^^^

EXPLAIN SELECT * FROM s LIMIT 1 WHERE a;
---
line 1:33: Syntax Error
missing ';' at 'WHERE'
EXPLAIN SELECT * FROM s LIMIT 1 WHERE a;
                                ^^^^^
Hint: clauses stand in this order: FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, QUALIFY, ORDER BY, EMIT, LIMIT, OFFSET

PRINT t LIMIT 1 FROM BEGINNING;
---
line 1:17: Syntax Error
missing ';' at 'FROM'
PRINT t LIMIT 1 FROM BEGINNING;
                ^^^^

PRINT t INTERVAL 1.5;
---
Failed to prepare statement: Value must be integer for command: INTERVAL
PRINT t INTERVAL 1.5;
                 ^^^

PRINT t LIMIT -1;
---
line 1:15: Syntax Error
Expecting a number of records at '-'
PRINT t LIMIT -1;
              ^

PRINT values;
---
line 1:7: Syntax error at or near 'values' at line 1:7
'values' is a reserved keyword and cannot be a topic
PRINT values;
      ^^^^^^
Hint: in quotes it is a name: `values`

DEFINE x = 1;
---
line 1:12: Syntax Error
Expecting a value in single quotes at '1'
DEFINE x = 1;
           ^

UNDEFINE 'x';
---
line 1:10: Syntax Error
Expecting a variable name at ''x''
UNDEFINE 'x';
         ^^^

# What is shown.
SHOW PROPERTIES;
SHOW FUNCTIONS;
LIST TYPES;
SHOW VARIABLES;
SHOW ALL TOPICS EXTENDED;
DESCRIBE FUNCTION concat;
DESCRIBE STREAMS EXTENDED;
DESCRIBE TABLES;
DESCRIBE function;
DESCRIBE function EXTENDED;
---
SHOW PROPERTIES;
SHOW FUNCTIONS;
SHOW TYPES;
SHOW VARIABLES;
SHOW ALL TOPICS EXTENDED;
DESCRIBE FUNCTION CONCAT;
DESCRIBE STREAMS EXTENDED;
DESCRIBE TABLES;
DESCRIBE `FUNCTION`;
DESCRIBE `FUNCTION` EXTENDED;

SHOW PROPERTY;
---
line 1:6: Syntax Error
Expecting {'CONNECTORS', 'FUNCTIONS', 'PROPERTIES', 'QUERIES', 'STREAMS', 'TABLES', 'TOPICS', 'TYPES', 'VARIABLES', 'ALL', 'CONNECTOR', 'SOURCE', 'SINK'}
SHOW PROPERTY;
     ^^^^^^^^
Hint: 'PROPERTY' cannot stand here

DESCRIBE FUNCTION;
---
DESCRIBE `FUNCTION`;
