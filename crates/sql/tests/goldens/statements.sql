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
line 1:25: Syntax Error
missing ';' at ','
INSERT INTO s VALUES (1), (2);
                        ^
Hint: one statement inserts one row

INSERT INTO s (a) (1);
---
line 1:19: Syntax Error
missing 'VALUES' at '('
INSERT INTO s (a) (1);
                  ^

INSERT INTO s 1;
---
line 1:15: Syntax Error
Expecting {'(', 'VALUES', 'SELECT'}
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
Expecting {'STREAM', 'TABLE'}
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
Expecting {'STREAMS', 'TABLES', 'TOPICS', 'QUERIES', 'ALL'}
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
