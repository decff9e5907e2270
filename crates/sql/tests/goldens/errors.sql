# What is wrong, where, and what to do about it.

SELCT * FROM s;
---
line 1:1: Syntax Error
Unknown statement 'SELCT'
SELCT * FROM s;
^^^^^
Hint: Did you mean 'SELECT'?

CREATE STREM s (a INT);
---
line 1:8: Syntax Error
Expecting {'STREAM', 'TABLE', 'OR', 'SOURCE', 'SINK', 'TYPE'}
CREATE STREM s (a INT);
       ^^^^^
Hint: Did you mean 'STREAM'?

CREATE OR REPLAC STREAM s;
---
line 1:11: Syntax Error
missing 'REPLACE' at 'REPLAC'
CREATE OR REPLAC STREAM s;
          ^^^^^^
Hint: Did you mean 'REPLACE'?

CREATE;
---
line 1:7: Syntax Error
Expecting {'STREAM', 'TABLE', 'OR', 'SOURCE', 'SINK', 'TYPE'}
CREATE;
      ^
Hint: ';' cannot stand here

CREATE STREAM s (a INT KEY
---
line 1:27: Syntax Error
Expecting {',', ')'}
CREATE STREAM s (a INT KEY
                          ^
Hint: '<EOF>' cannot stand here

CREATE STREAM s (a INT b INT);
---
line 1:24: Syntax Error
Expecting {',', ')'}
CREATE STREAM s (a INT b INT);
                       ^
Hint: 'b' cannot stand here

CREATE STREAM s (a);
---
line 1:19: Syntax Error
Expecting a type at ')'
CREATE STREAM s (a);
                  ^

CREATE STREAM s ();
---
line 1:18: Syntax Error
Expecting a column name at ')'
CREATE STREAM s ();
                 ^

CREATE STREAM s (a INT, );
---
line 1:25: Syntax Error
Expecting a column name at ')'
CREATE STREAM s (a INT, );
                        ^

CREATE STREAM select (a INT);
---
line 1:15: Syntax error at or near 'select' at line 1:15
'select' is a reserved keyword and cannot be a source name
CREATE STREAM select (a INT);
              ^^^^^^
Hint: in quotes it is a name: `SELECT`

CREATE STREAM s (a INT) WIHT (kafka_topic='t');
---
line 1:25: Syntax Error
Expecting {'WITH', ';'}
CREATE STREAM s (a INT) WIHT (kafka_topic='t');
                        ^^^^
Hint: Did you mean 'WITH'?

CREATE STREAM s (a INT) WITH ();
---
line 1:31: Syntax Error
Expecting a property name at ')'
CREATE STREAM s (a INT) WITH ();
                              ^

CREATE STREAM s (a INT) WITH (kafka_topic=t);
---
line 1:43: Syntax Error
Expecting a literal at 't'
CREATE STREAM s (a INT) WITH (kafka_topic=t);
                                          ^
Hint: text stands in single quotes: 't'

CREATE STREAM s (a INT) WITH (kafka_topic 't');
---
line 1:43: Syntax Error
missing '=' at ''t''
CREATE STREAM s (a INT) WITH (kafka_topic 't');
                                          ^^^

CREATE STREAM s WITH (kafka_topic='t') (a INT);
---
line 1:40: Syntax Error
missing ';' at '('
CREATE STREAM s WITH (kafka_topic='t') (a INT);
                                       ^
Hint: columns stand before WITH

CREATE STREAM s (a INT) AS SELECT * FROM t;
---
line 1:25: Syntax Error
Expecting {'WITH', ';'}
CREATE STREAM s (a INT) AS SELECT * FROM t;
                        ^^
Hint: CREATE … AS takes its columns from the query: leave out the list of columns

CREATE STREAM s (a INT) WITH (partitions=1) AS SELECT * FROM t;
---
line 1:45: Syntax Error
missing ';' at 'AS'
CREATE STREAM s (a INT) WITH (partitions=1) AS SELECT * FROM t;
                                            ^^
Hint: CREATE … AS takes its columns from the query: leave out the list of columns

CREATE STREAM `` (a INT);
---
line 1:15: Syntax Error
a name cannot be empty
CREATE STREAM `` (a INT);
              ^^

CREATE STREAM s (1 INT);
---
line 1:18: Syntax Error
Expecting a column name at '1'
CREATE STREAM s (1 INT);
                 ^

RUN SCRIPT 'x';
---
line 1:1: Syntax Error
Unknown statement 'RUN'
RUN SCRIPT 'x';
^^^

ASSERT VALUES s (a) VALUES (1);
---
line 1:8: Syntax error at or near 'VALUES' at line 1:8
'VALUES' is a reserved keyword and cannot be what is asserted
ASSERT VALUES s (a) VALUES (1);
       ^^^^^^

ALTER s;
---
line 1:7: Syntax Error
Expecting {'STREAM', 'TABLE', 'SYSTEM'}
ALTER s;
      ^
Hint: 's' cannot stand here

(SELECT 1);
---
line 1:1: Syntax Error
Expecting a statement at '('
(SELECT 1);
^

;
---
line 1:1: Syntax Error
Expecting a statement at ';'
;
^

SELECT a FROM s
---
line 1:16: Syntax Error
missing ';' at '<EOF>'
SELECT a FROM s
               ^
Hint: every statement ends with a semicolon

SELECT a FROM s; SELECT b FROM t -- no end
---
line 1:33: Syntax Error
missing ';' at '<EOF>'
SELECT a FROM s; SELECT b FROM t -- no end
                                ^
Hint: every statement ends with a semicolon

SELECT 'abc FROM s;
---
line 1:8: Syntax Error
unterminated string
SELECT 'abc FROM s;
       ^^^^^^^^^^^^
Hint: close it with a single quote; a quote inside is written twice

SELECT a FROM `s;
---
line 1:15: Syntax Error
unterminated name in quotes
SELECT a FROM `s;
              ^^^
Hint: close it with the quote that opened it

SELECT a /* FROM s;
---
line 1:10: Syntax Error
unterminated comment
SELECT a /* FROM s;
         ^^^^^^^^^^
Hint: close it with */

SELECT a FROM s WHERE a = 'it's';
---
line 1:31: Syntax Error
missing ';' at 's'
SELECT a FROM s WHERE a = 'it's';
                              ^
Hint: a single quote inside a string is written twice

SELECT a # b FROM s;
---
line 1:10: Syntax Error
the dialect has no '#'
SELECT a # b FROM s;
         ^

SELECT ä FROM s;
---
line 1:8: Syntax Error
the dialect has no 'ä'
SELECT ä FROM s;
       ^

SELECT a == b FROM s;
---
line 1:10: Syntax Error
the dialect has no '=='
SELECT a == b FROM s;
         ^^
Hint: equality is written =

SELECT ${x} FROM s;
---
line 1:8: Syntax Error
'${x}' stands for nothing
SELECT ${x} FROM s;
       ^^^^
Hint: substitution of variables is off

# After a finding, reading goes on behind the next semicolon outside of quotes.
SELECT a b c FROM s;
SELECT 'x;y' FRM s;
SHOW STREAMS;
	DESCRIBE 'größe'; SELECT x FROM s LIMIT y;
---
line 1:12: Syntax Error
Expecting {',', 'FROM'}
SELECT a b c FROM s;
           ^
Hint: 'c' cannot stand here
line 2:18: Syntax Error
Expecting {',', 'FROM'}
SELECT 'x;y' FRM s;
                 ^
Hint: Did you mean 'FROM' instead of 'FRM'?
line 4:11: Syntax Error
Expecting a source name at ''größe''
	DESCRIBE 'größe'; SELECT x FROM s LIMIT y;
	         ^^^^^^^
line 4:42: Syntax Error
Expecting a number of rows at 'y'
	DESCRIBE 'größe'; SELECT x FROM s LIMIT y;
	                                        ^

SELECT a ._b FROM s;
---
SELECT A._B FROM S;

SELECT abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz() OVER;
---
SELECT ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ() AS OVER;

CREATE STREAM s WITH (value_format=json);
---
line 1:36: Syntax Error
Expecting a literal at 'json'
CREATE STREAM s WITH (value_format=json);
                                   ^^^^
Hint: text stands in single quotes: 'json'

CREATE STREAM s WITH (value_format="json");
---
line 1:36: Syntax Error
Expecting a literal at '"json"'
CREATE STREAM s WITH (value_format="json");
                                   ^^^^^^
Hint: text stands in single quotes: 'json'

SELECT ‘a’ FROM s;
---
line 1:8: Syntax Error
the dialect has no '‘'
SELECT ‘a’ FROM s;
       ^
Hint: quotes are ' around text and ` around names
