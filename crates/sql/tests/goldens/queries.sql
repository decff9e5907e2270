# SELECT.

select * from s;
---
SELECT * FROM S;

SELECT a, b AS c, d e, "f" `g`, s.*, s.x, n->*, (n)->*, f(n)->a->* FROM s AS q WHERE a = 1 EMIT CHANGES LIMIT 10;
---
SELECT A, B AS C, D AS E, `f` AS `g`, S.*, S.X, N->*, N->*, F(N)->A->* FROM S AS Q WHERE A = 1 EMIT CHANGES LIMIT 10;

SELECT 1 emit, 2 changes FROM s emit EMIT CHANGES;
SELECT a FROM s partition WHERE partition > 1;
SELECT a FROM emit EMIT CHANGES;
SELECT a FROM `s` "t" LIMIT 0;
---
SELECT 1 AS EMIT, 2 AS CHANGES FROM S AS EMIT EMIT CHANGES;
SELECT A FROM S AS PARTITION WHERE PARTITION > 1;
SELECT A FROM EMIT EMIT CHANGES;
SELECT A FROM `s` AS `t` LIMIT 0;

SELECT a, * FROM s;
---
SELECT A, * FROM S;

SELECT a + n->* FROM s;
---
line 1:13: Syntax Error
'->*' must follow a struct
SELECT a + n->* FROM s;
            ^^
Hint: name the column, or put the expression in parentheses

SELECT a FROM s LIMIT 'x';
---
line 1:23: Syntax Error
Expecting a number of rows at ''x''
SELECT a FROM s LIMIT 'x';
                      ^^^

SELECT * FROM riderLocations LIMIT heh;
---
line 1:36: Syntax Error
Expecting a number of rows at 'heh'
SELECT * FROM riderLocations LIMIT heh;
                                   ^^^

SELECT a FROM s LIMIT 99999999999999999999;
---
Failed to prepare statement: line 1:24: Invalid numeric literal: 99999999999999999999
SELECT a FROM s LIMIT 99999999999999999999;
                      ^^^^^^^^^^^^^^^^^^^^

SELECT a FROM s LIMIT 1.5;
---
Failed to prepare statement: Value must be integer for command: LIMIT
SELECT a FROM s LIMIT 1.5;
                      ^^^

SELECT a FROM s LIMIT 5 EMIT CHANGES;
---
line 1:25: Syntax Error
missing ';' at 'EMIT'
SELECT a FROM s LIMIT 5 EMIT CHANGES;
                        ^^^^
Hint: clauses stand in this order: FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, QUALIFY, ORDER BY, EMIT, LIMIT, OFFSET

SELECT a FROM s EMIT CHANGES WHERE a > 1;
---
line 1:30: Syntax Error
missing ';' at 'WHERE'
SELECT a FROM s EMIT CHANGES WHERE a > 1;
                             ^^^^^
Hint: clauses stand in this order: FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, QUALIFY, ORDER BY, EMIT, LIMIT, OFFSET

SELECT a FROM s EMIT;
---
SELECT A FROM S AS EMIT;

SELECT a FROM s WHRE a > 1;
---
line 1:22: Syntax Error
missing ';' at 'a'
SELECT a FROM s WHRE a > 1;
                     ^
Hint: Did you mean 'WHERE' instead of 'WHRE'?

SELECT a FORM s;
---
line 1:15: Syntax Error
Expecting {',', 'FROM'}
SELECT a FORM s;
              ^
Hint: Did you mean 'FROM' instead of 'FORM'?

SELECT * FORM s;
---
line 1:10: Syntax Error
Expecting {',', 'FROM'}
SELECT * FORM s;
         ^^^^
Hint: Did you mean 'FROM'?

SELECT a, FROM s;
---
line 1:11: Syntax Error
Expecting an expression at 'FROM'
SELECT a, FROM s;
          ^^^^

SELECT FROM s;
---
line 1:8: Syntax Error
Expecting an expression at 'FROM'
SELECT FROM s;
       ^^^^

SELECT a;
---
SELECT A;

SELECT a FROM;
---
line 1:14: Syntax Error
Expecting a source name at ';'
SELECT a FROM;
             ^

SELECT a FROM s ORDER BY a;
---
SELECT A FROM S ORDER BY A;

SELECT a AS size FROM s;
---
line 1:13: Syntax error at or near 'size' at line 1:13
'size' is a reserved keyword and cannot be an alias
SELECT a AS size FROM s;
            ^^^^
Hint: in quotes it is a name: `SIZE`

SELECT a size FROM s;
---
line 1:10: Syntax Error
Expecting {',', 'FROM'}
SELECT a size FROM s;
         ^^^^
Hint: 'size' is a reserved keyword; in quotes it is a name: `SIZE`

SELECT a FROM s AS;
---
line 1:19: Syntax Error
Expecting an alias at ';'
SELECT a FROM s AS;
                  ^

SELECT a FROM s WHERE;
---
line 1:22: Syntax Error
Expecting an expression at ';'
SELECT a FROM s WHERE;
                     ^

SELECT a FROM s WHERE a > 1 b;
---
line 1:29: Syntax Error
missing ';' at 'b'
SELECT a FROM s WHERE a > 1 b;
                            ^
