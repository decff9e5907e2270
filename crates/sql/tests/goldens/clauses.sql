# The clauses of a query, in their order.

SELECT a, COUNT(*) c FROM s WINDOW TUMBLING (SIZE 1 HOUR) WHERE a > 1 GROUP BY a HAVING count(*) > 2 EMIT FINAL LIMIT 3;
---
SELECT A, COUNT(*) AS C FROM S WINDOW TUMBLING (SIZE 1 HOURS) WHERE A > 1 GROUP BY A HAVING COUNT(*) > 2 EMIT FINAL LIMIT 3;

SELECT a FROM s PARTITION BY a EMIT CHANGES;
SELECT a FROM s s GROUP BY a PARTITION BY b;
---
SELECT A FROM S PARTITION BY A EMIT CHANGES;
SELECT A FROM S AS S GROUP BY A PARTITION BY B;

# Windows. A name means nothing.
SELECT a FROM s WINDOW w HOPPING (SIZE 30 SECONDS, ADVANCE BY 1 second, RETENTION 2 days, GRACE PERIOD 0 milliseconds) GROUP BY a;
SELECT a FROM s WINDOW SESSION (5 MINUTES, GRACE PERIOD 1 HOUR) GROUP BY a;
SELECT a FROM s WINDOW session SESSION (5 MINUTE, RETENTION 10 DAY) GROUP BY a;
---
SELECT A FROM S WINDOW HOPPING (SIZE 30 SECONDS, ADVANCE BY 1 SECONDS, RETENTION 2 DAYS, GRACE PERIOD 0 MILLISECONDS) GROUP BY A;
SELECT A FROM S WINDOW SESSION (5 MINUTES, GRACE PERIOD 1 HOURS) GROUP BY A;
SELECT A FROM S WINDOW SESSION (5 MINUTES, RETENTION 10 DAYS) GROUP BY A;

SELECT a FROM s WINDOW TUMBLING (SIZE 1 HOUR, GRACE PERIOD 1 HOUR, RETENTION 1 HOUR) GROUP BY a;
---
line 1:66: Syntax Error
missing ')' at ','
SELECT a FROM s WINDOW TUMBLING (SIZE 1 HOUR, GRACE PERIOD 1 HOUR, RETENTION 1 HOUR) GROUP BY a;
                                                                 ^
Hint: RETENTION stands before GRACE PERIOD

SELECT a FROM s WINDOW TUMBLING (SIZE 1 YEAR) GROUP BY a;
---
line 1:41: Syntax Error
'YEAR' differ in length
SELECT a FROM s WINDOW TUMBLING (SIZE 1 YEAR) GROUP BY a;
                                        ^^^^
Hint: count in DAYS

SELECT a FROM s WINDOW TUMBLING (SIZE 1 HUOR) GROUP BY a;
---
line 1:41: Syntax Error
Expecting {'DAYS', 'HOURS', 'MINUTES', 'SECONDS', 'MILLISECONDS'}
SELECT a FROM s WINDOW TUMBLING (SIZE 1 HUOR) GROUP BY a;
                                        ^^^^
Hint: Did you mean 'HOURS'?

SELECT a FROM s WINDOW TUMBLING (1 HOUR) GROUP BY a;
---
line 1:34: Syntax Error
missing 'SIZE' at '1'
SELECT a FROM s WINDOW TUMBLING (1 HOUR) GROUP BY a;
                                 ^

SELECT a FROM s WINDOW HOPPING (SIZE 1 HOUR) GROUP BY a;
---
line 1:44: Syntax Error
missing ',' at ')'
SELECT a FROM s WINDOW HOPPING (SIZE 1 HOUR) GROUP BY a;
                                           ^

SELECT a FROM s WINDOW TUMBLIN (SIZE 1 HOUR) GROUP BY a;
---
line 1:24: Syntax Error
Expecting {'TUMBLING', 'HOPPING', 'SESSION'}
SELECT a FROM s WINDOW TUMBLIN (SIZE 1 HOUR) GROUP BY a;
                       ^^^^^^^
Hint: Did you mean 'TUMBLING'?

SELECT a FROM s WINDOW TUMBLING (SIZE -1 HOUR) GROUP BY a;
---
line 1:39: Syntax Error
Expecting a number of time units at '-'
SELECT a FROM s WINDOW TUMBLING (SIZE -1 HOUR) GROUP BY a;
                                      ^

SELECT a FROM s WINDOW TUMBLING (SIZE 1.5 HOUR) GROUP BY a;
---
line 1:39: Syntax Error
Expecting a number of time units at '1.5'
SELECT a FROM s WINDOW TUMBLING (SIZE 1.5 HOUR) GROUP BY a;
                                      ^^^

# Grouping expressions.
SELECT a FROM s GROUP BY a, b + 1, f(c, d);
SELECT a FROM s GROUP BY (a, b);
SELECT a FROM s GROUP BY ();
SELECT a FROM s GROUP BY (a);
SELECT a FROM s GROUP BY (a + b) * c, d;
SELECT a FROM s GROUP BY (a), (b);
SELECT a FROM s GROUP BY (a = 1) HAVING b;
SELECT a FROM s PARTITION BY NULL;
SELECT a FROM s PARTITION BY (a, (b AND c));
---
SELECT A FROM S GROUP BY A, B + 1, F(C, D);
SELECT A FROM S GROUP BY A, B;
SELECT A FROM S GROUP BY ();
SELECT A FROM S GROUP BY A;
SELECT A FROM S GROUP BY (A + B) * C, D;
SELECT A FROM S GROUP BY A, B;
SELECT A FROM S GROUP BY (A = 1) HAVING B;
SELECT A FROM S PARTITION BY NULL;
SELECT A FROM S PARTITION BY A, (B AND C);

SELECT a FROM s GROUP BY a, (b, c);
---
line 1:31: Syntax Error
missing ')' at ','
SELECT a FROM s GROUP BY a, (b, c);
                              ^

SELECT a FROM s PARTITION BY a AND b;
---
line 1:32: Syntax Error
Expecting {',', ';'}
SELECT a FROM s PARTITION BY a AND b;
                               ^^^
Hint: comparisons and logic stand in parentheses here

SELECT a FROM s GROUP a;
---
line 1:23: Syntax Error
missing 'BY' at 'a'
SELECT a FROM s GROUP a;
                      ^

# What stands at the wrong place.
SELECT a FROM s WHERE a = 1 WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY a;
---
line 1:29: Syntax Error
missing ';' at 'WINDOW'
SELECT a FROM s WHERE a = 1 WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY a;
                            ^^^^^^
Hint: clauses stand in this order: FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, QUALIFY, ORDER BY, EMIT, LIMIT, OFFSET

SELECT a FROM s PARTITION BY a GROUP BY b;
---
line 1:32: Syntax Error
missing ';' at 'GROUP'
SELECT a FROM s PARTITION BY a GROUP BY b;
                               ^^^^^
Hint: clauses stand in this order: FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, QUALIFY, ORDER BY, EMIT, LIMIT, OFFSET

SELECT a FROM s EMIT CHANGES GROUP BY a;
---
line 1:30: Syntax Error
missing ';' at 'GROUP'
SELECT a FROM s EMIT CHANGES GROUP BY a;
                             ^^^^^
Hint: clauses stand in this order: FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, QUALIFY, ORDER BY, EMIT, LIMIT, OFFSET

SELECT a FROM s LIMIT 5 EMIT CHANGES;
---
line 1:25: Syntax Error
missing ';' at 'EMIT'
SELECT a FROM s LIMIT 5 EMIT CHANGES;
                        ^^^^
Hint: clauses stand in this order: FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, QUALIFY, ORDER BY, EMIT, LIMIT, OFFSET

SELECT a FROM s HAVING a > 1 WHERE b;
---
line 1:30: Syntax Error
missing ';' at 'WHERE'
SELECT a FROM s HAVING a > 1 WHERE b;
                             ^^^^^
Hint: clauses stand in this order: FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, QUALIFY, ORDER BY, EMIT, LIMIT, OFFSET

SELECT a WHERE a = 1;
---
line 1:10: Syntax Error
Expecting {',', 'FROM'}
SELECT a WHERE a = 1;
         ^^^^^
Hint: 'WHERE' cannot stand here

SELECT a FROM s WHERE a = 1 GRUOP BY a;
---
line 1:29: Syntax Error
missing ';' at 'GRUOP'
SELECT a FROM s WHERE a = 1 GRUOP BY a;
                            ^^^^^
Hint: Did you mean 'GROUP'?

SELECT a FROM s GRUOP BY a;
---
line 1:23: Syntax Error
missing ';' at 'BY'
SELECT a FROM s GRUOP BY a;
                      ^^
Hint: Did you mean 'GROUP' instead of 'GRUOP'?

SELECT a FROM s EMIT CHANGE;
---
line 1:22: Syntax Error
missing ';' at 'CHANGE'
SELECT a FROM s EMIT CHANGE;
                     ^^^^^^
Hint: Did you mean 'CHANGES'?

CREATE TABLE t AS SELECT a FROM s GROUP BY a WHERE a = 1;
---
line 1:46: Syntax Error
missing ';' at 'WHERE'
CREATE TABLE t AS SELECT a FROM s GROUP BY a WHERE a = 1;
                                             ^^^^^
Hint: clauses stand in this order: FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, QUALIFY, ORDER BY, EMIT, LIMIT, OFFSET

INSERT INTO t SELECT a FROM s LIMIT 5 WHERE a = 1;
---
line 1:39: Syntax Error
missing ';' at 'WHERE'
INSERT INTO t SELECT a FROM s LIMIT 5 WHERE a = 1;
                                      ^^^^^
Hint: clauses stand in this order: FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, QUALIFY, ORDER BY, EMIT, LIMIT, OFFSET

# Limits.
SELECT * FROM s LIMIT -1;
---
line 1:23: Pull queries don't support negative integers in the LIMIT clause. See https://cnfl.io/queries for more info.
SELECT * FROM s LIMIT -1;
                      ^^

SELECT * FROM s EMIT CHANGES LIMIT -1;
---
line 1:36: Push queries don't support negative integers in the LIMIT clause. See https://cnfl.io/queries for more info.
SELECT * FROM s EMIT CHANGES LIMIT -1;
                                   ^^

SELECT * FROM s LIMIT 2.5;
---
Failed to prepare statement: Value must be integer for command: LIMIT
SELECT * FROM s LIMIT 2.5;
                      ^^^
