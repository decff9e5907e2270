# Every type, its synonyms, and what is wrong with types.

CREATE STREAM s (a BOOLEAN, b INT, c INTEGER, d BIGINT, e DOUBLE, f STRING, g VARCHAR, h BYTES, i DATE, j TIME, k TIMESTAMP);
---
CREATE STREAM S (A BOOLEAN, B INTEGER, C INTEGER, D BIGINT, E DOUBLE, F STRING, G STRING, H BYTES, I DATE, J TIME, K TIMESTAMP);

CREATE STREAM s (a VARCHAR(STRING), b VARCHAR(255), c INT(11), d `STRING`, e string array array);
---
CREATE STREAM S (A STRING, B STRING, C INTEGER, D STRING, E ARRAY<ARRAY<STRING>>);

CREATE STREAM s (a DECIMAL(10,2), b decimal(1, 1), c DECIMAL(76,0));
---
CREATE STREAM S (A DECIMAL(10, 2), B DECIMAL(1, 1), C DECIMAL(76, 0));

CREATE STREAM s (a ARRAY<MAP<STRING, ARRAY<STRUCT<x INT, `y z` STRUCT< >, `STRUCT` MAP<INT,INT>>>>>);
---
CREATE STREAM S (A ARRAY<MAP<STRING, ARRAY<STRUCT<X INTEGER, `y z` STRUCT< >, `STRUCT` MAP<INTEGER, INTEGER>>>>>);

CREATE STREAM s (a DECIMAL);
---
Failed to prepare statement: DECIMAL must have precision and scale
CREATE STREAM s (a DECIMAL);
                   ^^^^^^^
Hint: DECIMAL(precision, scale), for example DECIMAL(10, 2)

CREATE STREAM s (a DECIMAL(4));
---
Failed to prepare statement: DECIMAL must have precision and scale
CREATE STREAM s (a DECIMAL(4));
                   ^^^^^^^^^^
Hint: DECIMAL(precision, scale), for example DECIMAL(10, 2)

CREATE STREAM s (a DECIMAL(STRING, 2));
---
Failed to prepare statement: DECIMAL must have precision and scale
CREATE STREAM s (a DECIMAL(STRING, 2));
                   ^^^^^^^^^^^^^^^^^^
Hint: DECIMAL(precision, scale), for example DECIMAL(10, 2)

CREATE STREAM s (a DECIMAL(0, 0));
---
Failed to prepare statement: DECIMAL precision must be >= 1: DECIMAL(0,0)
CREATE STREAM s (a DECIMAL(0, 0));
                   ^^^^^^^^^^^^^

CREATE STREAM s (a DECIMAL(77, 2));
---
Failed to prepare statement: DECIMAL precision must be <= 76: DECIMAL(77,2)
CREATE STREAM s (a DECIMAL(77, 2));
                   ^^^^^^^^^^^^^^

CREATE STREAM s (a DECIMAL(2, 3));
---
Failed to prepare statement: DECIMAL precision must be >= scale: DECIMAL(2,3)
CREATE STREAM s (a DECIMAL(2, 3));
                   ^^^^^^^^^^^^^

CREATE STREAM s (a DECIMAL(-2, 3));
---
line 1:28: Syntax Error
Expecting {'STRING', INTEGER_VALUE}
CREATE STREAM s (a DECIMAL(-2, 3));
                           ^
Hint: '-' cannot stand here

CREATE STREAM s (a DECIMAL(99999999999999999999, 3));
---
Failed to prepare statement: line 1:29: Invalid numeric literal: 99999999999999999999
CREATE STREAM s (a DECIMAL(99999999999999999999, 3));
                           ^^^^^^^^^^^^^^^^^^^^

CREATE STREAM s (a DECIMAL(4.5, 3));
---
line 1:28: Syntax Error
Expecting {'STRING', INTEGER_VALUE}
CREATE STREAM s (a DECIMAL(4.5, 3));
                           ^^^
Hint: '4.5' cannot stand here

CREATE STREAM s (a STRNG, b INT);
---
Failed to prepare statement: Cannot resolve unknown type: STRNG
CREATE STREAM s (a STRNG, b INT);
                   ^^^^^
Hint: Did you mean 'STRING'?

CREATE STREAM s (a TEXT, b DOUBLE PRECISION, c NUMERIC(4, 2), d FLOAT8, e CHAR(3), f SMALLINT, g BOOL, h INT8 ARRAY);
---
CREATE STREAM S (A STRING, B DOUBLE, C DECIMAL(4, 2), D DOUBLE, E STRING, F INTEGER, G BOOLEAN, H ARRAY<BIGINT>);

CREATE STREAM s (a NUMERIC, b INT);
---
Failed to prepare statement: DECIMAL must have precision and scale
CREATE STREAM s (a NUMERIC, b INT);
                   ^^^^^^^
Hint: DECIMAL(precision, scale), for example DECIMAL(10, 2)

CREATE STREAM s (a address);
---
Failed to prepare statement: Cannot resolve unknown type: ADDRESS
CREATE STREAM s (a address);
                   ^^^^^^^

CREATE STREAM s (a STRING (KEY));
---
line 1:28: Syntax Error
Expecting {'STRING', INTEGER_VALUE}
CREATE STREAM s (a STRING (KEY));
                           ^^^
Hint: 'KEY' cannot stand here

CREATE STREAM s (a ARRAY, b INT);
---
line 1:25: Syntax Error
missing '<' at ','
CREATE STREAM s (a ARRAY, b INT);
                        ^

CREATE STREAM s (a ARRAY<INT);
---
line 1:29: Syntax Error
missing '>' at ')'
CREATE STREAM s (a ARRAY<INT);
                            ^

CREATE STREAM s (a MAP<STRING>);
---
line 1:30: Syntax Error
missing ',' at '>'
CREATE STREAM s (a MAP<STRING>);
                             ^

CREATE STREAM s (a STRUCT<>);
---
line 1:26: Syntax Error
missing '<' at '<>'
CREATE STREAM s (a STRUCT<>);
                         ^^
Hint: write STRUCT< > for a struct without fields

CREATE STREAM s (a STRUCT<x INT, `x` STRING, y INT>);
---
CREATE STREAM S (A STRUCT<X INTEGER, `x` STRING, Y INTEGER>);

CREATE STREAM s (a STRUCT<x INT, y INT, x DECIMAL(4, 2)>);
---
Failed to prepare statement: Duplicate field names found in STRUCT: '`X` INTEGER' and '`X` DECIMAL(4, 2)'
CREATE STREAM s (a STRUCT<x INT, y INT, x DECIMAL(4, 2)>);
                                        ^

CREATE STREAM s (a STRUCT<x INT y INT>);
---
line 1:33: Syntax Error
Expecting {',', '>'}
CREATE STREAM s (a STRUCT<x INT y INT>);
                                ^
Hint: 'y' cannot stand here

CREATE STREAM s (a ARRAY<NULL>);
---
line 1:26: Syntax Error
Expecting a type at 'NULL'
CREATE STREAM s (a ARRAY<NULL>);
                         ^^^^

CREATE STREAM s (a SELECT);
---
line 1:20: Syntax Error
Expecting a type at 'SELECT'
CREATE STREAM s (a SELECT);
                   ^^^^^^
