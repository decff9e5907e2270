# What other dialects have and this one does not.

SELECT * FROM a, b;
---
line 1:16: Syntax Error
a list of sources is not supported
SELECT * FROM a, b;
               ^
Hint: sources are combined by JOIN … ON …

SELECT (SELECT 1) FROM a;
---
line 1:9: Syntax Error
a sub-query in an expression is not supported
SELECT (SELECT 1) FROM a;
        ^^^^^^
Hint: what it gives is joined: FROM a JOIN (SELECT DISTINCT x FROM b) c ON a.x = c.x

SELECT t AT TIME ZONE 'UTC' FROM s;
---
line 1:10: Syntax Error
AT TIME ZONE is not supported
SELECT t AT TIME ZONE 'UTC' FROM s;
         ^^

SELECT a FROM s UNION SELECT a FROM t;
---
line 1:23: Syntax Error
missing ';' at 'SELECT'
SELECT a FROM s UNION SELECT a FROM t;
                      ^^^^^^
Hint: queries are combined by UNION ALL, before EMIT and LIMIT

SELECT a FROM s WHERE a = 1 INTERSECT SELECT a FROM t;
---
line 1:29: Syntax Error
missing ';' at 'INTERSECT'
SELECT a FROM s WHERE a = 1 INTERSECT SELECT a FROM t;
                            ^^^^^^^^^
Hint: queries are combined by UNION ALL, before EMIT and LIMIT

SELECT * FROM a JOIN b USING x;
---
line 1:30: Syntax Error
Expecting {'WITHIN', 'ON'}
SELECT * FROM a JOIN b USING x;
                             ^
Hint: the condition is written out: ON a.x = b.x
