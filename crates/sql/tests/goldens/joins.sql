# Joins.

SELECT * FROM a JOIN b ON a.x = b.x;
SELECT * FROM a x INNER JOIN b AS y ON x.x = y.x;
SELECT * FROM a LEFT OUTER JOIN b WITHIN 1 HOUR ON a.x = b.x;
SELECT * FROM a LEFT JOIN b WITHIN (1 HOUR, 0 seconds) GRACE PERIOD 5 MINUTES ON a.x = b.x;
SELECT * FROM a RIGHT JOIN b WITHIN 3 DAYS GRACE PERIOD 0 DAYS ON a.x = b.x FULL OUTER JOIN c ON a.x = c.x WHERE a.y = 1;
SELECT * FROM a FULL JOIN b ON a.x = b.x AND a.y = b.y PARTITION BY a.x;
---
SELECT * FROM A JOIN B ON A.X = B.X;
SELECT * FROM A AS X JOIN B AS Y ON X.X = Y.X;
SELECT * FROM A LEFT JOIN B WITHIN 1 HOURS ON A.X = B.X;
SELECT * FROM A LEFT JOIN B WITHIN (1 HOURS, 0 SECONDS) GRACE PERIOD 5 MINUTES ON A.X = B.X;
SELECT * FROM A RIGHT JOIN B WITHIN 3 DAYS GRACE PERIOD 0 DAYS ON A.X = B.X FULL JOIN C ON A.X = C.X WHERE A.Y = 1;
SELECT * FROM A FULL JOIN B ON A.X = B.X AND A.Y = B.Y PARTITION BY A.X;

SELECT * FROM a JOIN b;
---
line 1:23: Syntax Error
Expecting {'WITHIN', 'ON'}
SELECT * FROM a JOIN b;
                      ^
Hint: ';' cannot stand here

SELECT * FROM a JOIN b ON a.x = b.x WITHIN 1 HOUR;
---
line 1:37: Syntax Error
missing ';' at 'WITHIN'
SELECT * FROM a JOIN b ON a.x = b.x WITHIN 1 HOUR;
                                    ^^^^^^
Hint: WITHIN stands before ON

SELECT * FROM a LEFT b ON a.x = b.x;
---
line 1:22: Syntax Error
Expecting {'OUTER', 'JOIN'}
SELECT * FROM a LEFT b ON a.x = b.x;
                     ^
Hint: 'b' cannot stand here

SELECT * FROM a JION b ON a.x = b.x;
---
line 1:22: Syntax Error
missing ';' at 'b'
SELECT * FROM a JION b ON a.x = b.x;
                     ^
Hint: Did you mean 'JOIN' instead of 'JION'?

SELECT * FROM a x JION b ON a.x = b.x;
---
line 1:19: Syntax Error
missing ';' at 'JION'
SELECT * FROM a x JION b ON a.x = b.x;
                  ^^^^
Hint: Did you mean 'JOIN'?

SELECT * FROM a JOIN b WITHIN 1 ON a.x = b.x;
---
line 1:33: Syntax Error
Expecting {'DAYS', 'HOURS', 'MINUTES', 'SECONDS', 'MILLISECONDS'}
SELECT * FROM a JOIN b WITHIN 1 ON a.x = b.x;
                                ^^
Hint: 'ON' cannot stand here

SELECT * FROM a JOIN b WITHIN (1 HOUR) ON a.x = b.x;
---
line 1:38: Syntax Error
missing ',' at ')'
SELECT * FROM a JOIN b WITHIN (1 HOUR) ON a.x = b.x;
                                     ^

SELECT * FROM a JOIN b WITHIN 1 HOUR GRACE 1 HOUR ON a.x = b.x;
---
line 1:44: Syntax Error
missing 'PERIOD' at '1'
SELECT * FROM a JOIN b WITHIN 1 HOUR GRACE 1 HOUR ON a.x = b.x;
                                           ^

SELECT * FROM a INNER b ON a.x = b.x;
---
line 1:23: Syntax Error
missing 'JOIN' at 'b'
SELECT * FROM a INNER b ON a.x = b.x;
                      ^

SELECT * FROM a JOIN b ON;
---
line 1:26: Syntax Error
Expecting an expression at ';'
SELECT * FROM a JOIN b ON;
                         ^
