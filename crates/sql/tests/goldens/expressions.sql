# Literals. Integers fit 32 or 64 bits, what has a point is a decimal, what has an exponent a double.

1
2147483647
2147483648
-2147483648
9223372036854775807
-9223372036854775808
9223372036854775808
-9223372036854775809
007
+5
- 5
-(5)
-(-5)
- -5
---
1
2147483647
2147483648
-2147483648
9223372036854775807
-9223372036854775808
Failed to prepare statement: line 1:2: Invalid numeric literal: 9223372036854775808
9223372036854775808
^^^^^^^^^^^^^^^^^^^
Hint: the largest BIGINT is 9223372036854775807; with a point it is a DECIMAL
Failed to prepare statement: line 1:2: Invalid numeric literal: -9223372036854775809
-9223372036854775809
^^^^^^^^^^^^^^^^^^^^
Hint: the largest BIGINT is 9223372036854775807; with a point it is a DECIMAL
7
+5
-5
-(5)
- -5
- -5

1.50
.5
1.
-1.5
00.10
1.5E0
1e3
-1E-3
1.7976931348623157E308
1.7976931348623159E308
1.5abc
1a
---
1.50
.5
1.
-1.5
00.10
1.5E0
1E3
-1E-3
1.7976931348623157E308
Failed to prepare statement: line 1:2: Number overflows DOUBLE: 1.7976931348623159E308
1.7976931348623159E308
^^^^^^^^^^^^^^^^^^^^^^
line 1:4: Syntax Error
Expecting end of the expression at 'abc'
1.5abc
   ^^^
`1A`

DECIMAL '1.20'
DECIMAL '12'
DECIMAL '-.5'
DECIMAL '1e5'
DECIMAL ''
decimal
DECIMAL(1)
---
1.20
12.
-.5
Failed to prepare statement: line 1:2: Invalid numeric literal: 1e5
DECIMAL '1e5'
^^^^^^^^^^^^^
Hint: digits with an optional sign and point
Failed to prepare statement: line 1:2: Invalid numeric literal: 
DECIMAL ''
^^^^^^^^^^
Hint: digits with an optional sign and point
DECIMAL
DECIMAL(1)

'it''s'
''
'\n'
null
TRUE
false
"a" + "A"
---
'it''s'
''
'\n'
NULL
TRUE
FALSE
`a` + A

# Operators.

a + b - c * d / e % f || g
(a + b) * c
a + (b * c)
a - (b - c)
((a))
a = b and not c <> d or e != f
(a or b) and (c and d)
not (a and b)
not (not a)
a < b and a <= c and a > d and a >= e
a is null and b is not null
a is distinct from b or a is not distinct from b
a between 1 and 2 and b not between 'x' and 'y'
a in (1, 2) and b not in ('x')
a like 'x%' and b not like '!_' escape '!'
(a = b) is null
---
A + B - C * D / E % F || G
(A + B) * C
A + B * C
A - (B - C)
A
A = B AND NOT C <> D OR E <> F
(A OR B) AND (C AND D)
NOT (A AND B)
NOT NOT A
A < B AND A <= C AND A > D AND A >= E
A IS NULL AND B IS NOT NULL
A IS DISTINCT FROM B OR A IS NOT DISTINCT FROM B
A BETWEEN 1 AND 2 AND B NOT BETWEEN 'x' AND 'y'
A IN (1, 2) AND B NOT IN ('x')
A LIKE 'x%' AND B NOT LIKE '!_' ESCAPE '!'
(A = B) IS NULL

a = b = c
a is null = b
a between 1 and 2 between 3 and 4
a in (1) || 'x'
a not b
a is b
a is not b
a in ()
a in 1
a like 'x' escape 'ab'
a between 1 or 2
a = not b
1 + not a
a +
* a
a b
a, b
---
line 1:7: Syntax Error
'=' cannot follow a comparison
a = b = c
      ^
Hint: join two comparisons with AND, or put the first one in parentheses
line 1:11: Syntax Error
'=' cannot follow a comparison
a is null = b
          ^
Hint: join two comparisons with AND, or put the first one in parentheses
line 1:19: Syntax Error
'between' cannot follow a comparison
a between 1 and 2 between 3 and 4
                  ^^^^^^^
Hint: join two comparisons with AND, or put the first one in parentheses
line 1:10: Syntax Error
'||' cannot follow a comparison
a in (1) || 'x'
         ^^
Hint: join two comparisons with AND, or put the first one in parentheses
line 1:7: Syntax Error
Expecting {'BETWEEN', 'IN', 'LIKE'}
a not b
      ^
Hint: 'b' cannot stand here
line 1:6: Syntax Error
Expecting {'NULL', 'NOT', 'DISTINCT'}
a is b
     ^
Hint: 'b' cannot stand here
line 1:10: Syntax Error
Expecting {'NULL', 'DISTINCT'}
a is not b
         ^
Hint: 'b' cannot stand here
line 1:7: Syntax Error
Expecting an expression at ')'
a in ()
      ^
line 1:6: Syntax Error
missing '(' at '1'
a in 1
     ^
line 1:19: ESCAPE must be a single character
a like 'x' escape 'ab'
                  ^^^^
line 1:13: Syntax Error
missing 'AND' at 'or'
a between 1 or 2
            ^^
line 1:5: Syntax Error
Expecting an expression at 'not'
a = not b
    ^^^
line 1:5: Syntax Error
Expecting an expression at 'not'
1 + not a
    ^^^
line 1:4: Syntax Error
Expecting an expression at '<EOF>'
a +
   ^
line 1:1: Syntax Error
Expecting an expression at '*'
* a
^
line 1:3: Syntax Error
Expecting end of the expression at 'b'
a b
  ^
line 1:2: Syntax Error
Expecting end of the expression at ','
a, b
 ^

# Accesses, calls, constructors.

a.b
`a`.`b c`
a->b->c
a[1]['x']
f(a)[1]->b
(a + b)[1]
-a->b
`ARRAY`[1]
array[1]
ARRAY[]
ARRAY[1, ARRAY['x']]
MAP()
MAP('a' := 1, b || 'c' := 2)
STRUCT()
STRUCT(a := 1, `b c` := STRUCT(d := 2))
f()
f(a, b + 1, g())
`f g`(1)
IF(a, b, c)
struct
map->x
date
---
A.B
`a`.`b c`
A->B->C
A[1]['x']
F(A)[1]->B
(A + B)[1]
-A->B
`ARRAY`[1]
ARRAY[1]
ARRAY[]
ARRAY[1, ARRAY['x']]
MAP()
MAP('a' := 1, B || 'c' := 2)
STRUCT()
STRUCT(A := 1, `b c` := STRUCT(D := 2))
F()
F(A, B + 1, G())
`f g`(1)
CASE WHEN A THEN B ELSE C END
`STRUCT`
`MAP`->X
DATE

a.b.c
a.
a->
a->*
a[1
a[]
f(a
f(a b)
f(,)
MAP(a, b)
STRUCT(1 := 2)
ARRAY(1)
---
line 1:4: Syntax Error
Expecting an operator at '.'
a.b.c
   ^
Hint: a field of a struct is read with ->, as in column->field
line 1:3: Syntax Error
Expecting a column name at '<EOF>'
a.
  ^
line 1:4: Syntax Error
Expecting a field name at '<EOF>'
a->
   ^
line 1:2: Syntax Error
Expecting end of the expression at '->'
a->*
 ^^
line 1:4: Syntax Error
missing ']' at '<EOF>'
a[1
   ^
line 1:3: Syntax Error
Expecting an expression at ']'
a[]
  ^
line 1:4: Syntax Error
Expecting {',', ')'}
f(a
   ^
Hint: '<EOF>' cannot stand here
line 1:5: Syntax Error
Expecting {',', ')'}
f(a b)
    ^
Hint: 'b' cannot stand here
line 1:3: Syntax Error
Expecting an expression at ','
f(,)
  ^
line 1:6: Syntax Error
missing ':=' at ','
MAP(a, b)
     ^
line 1:8: Syntax Error
Expecting a field name at '1'
STRUCT(1 := 2)
       ^
`ARRAY`(1)

# CASE and CAST.

case when a then 1 end
CASE WHEN a = 1 THEN 'x' WHEN b THEN 'y' ELSE 'z' END
CASE a + 1 WHEN 1 THEN 'x' ELSE NULL END
CASE WHEN a THEN 1 END + 1
CAST(a + 1 AS DECIMAL(4,2))
cast(a as array<struct<x int>>)->y
CAST('x' AS VARCHAR)
---
CASE WHEN A THEN 1 END
CASE WHEN A = 1 THEN 'x' WHEN B THEN 'y' ELSE 'z' END
CASE A + 1 WHEN 1 THEN 'x' ELSE NULL END
CASE WHEN A THEN 1 END + 1
CAST(A + 1 AS DECIMAL(4, 2))
CAST(A AS ARRAY<STRUCT<X INTEGER>>)->Y
CAST('x' AS STRING)

CASE END
CASE a ELSE 1 END
CASE WHEN a THEN 1
CASE WHEN a 1 END
CAST(a, INT)
CAST(a AS NULL)
CAST(a AS INT
CAST a
---
line 1:6: Syntax Error
Expecting an expression at 'END'
CASE END
     ^^^
line 1:8: Syntax Error
missing 'WHEN' at 'ELSE'
CASE a ELSE 1 END
       ^^^^
line 1:19: Syntax Error
Expecting {'WHEN', 'ELSE', 'END'}
CASE WHEN a THEN 1
                  ^
Hint: '<EOF>' cannot stand here
line 1:13: Syntax Error
missing 'THEN' at '1'
CASE WHEN a 1 END
            ^
line 1:7: Syntax Error
missing 'AS' at ','
CAST(a, INT)
      ^
line 1:11: Syntax error at or near 'NULL' at line 1:11
'NULL' is a reserved keyword and cannot be a type
CAST(a AS NULL)
          ^^^^
line 1:14: Syntax Error
missing ')' at '<EOF>'
CAST(a AS INT
             ^
line 1:6: Syntax Error
missing '(' at 'a'
CAST a
     ^

(a
a)
()
(a, b)
size
from
---
line 1:3: Syntax Error
missing ')' at '<EOF>'
(a
  ^
line 1:2: Syntax Error
Expecting end of the expression at ')'
a)
 ^
line 1:2: Syntax Error
Expecting an expression at ')'
()
 ^
line 1:3: Syntax Error
missing ')' at ','
(a, b)
  ^
line 1:1: Syntax error at or near 'size' at line 1:1
'size' is a reserved keyword and cannot be an expression
size
^^^^
Hint: in quotes it is a name: `SIZE`
line 1:1: Syntax Error
Expecting an expression at 'from'
from
^^^^

COUNT(*)
f(*)
TRANSFORM(a, x => x + 1)
REDUCE(a, 0, (s, x) => s + x OR y)
TRANSFORM(a, x => TRANSFORM(x, (`y`) => x + y))
TIMESTAMPADD(MINUTES, 1, t)
TIMESTAMPADD(MILLISECOND, 1, day)
DATEADD(day, 1, day)
timesub(Hour, day, t)
DATESUB(`DAY`, 1, DAY)
f(DAY, YEARS, MONTHS)
CASE x WHEN 1 THEN y => 2 END
x => 1
f(a, *)
f(*, a)
f((x, 1) => x)
f(x => )
f((x) => (y => y))
DATE '2020-01-01'
---
COUNT(*)
F(*)
TRANSFORM(A, X => X + 1)
REDUCE(A, 0, (S, X) => S + X OR Y)
TRANSFORM(A, X => TRANSFORM(X, `y` => X + Y))
TIMESTAMPADD(MINUTES, 1, T)
TIMESTAMPADD(MILLISECONDS, 1, DAY)
DATEADD(DAYS, 1, DAY)
TIMESUB(HOURS, DAY, T)
DATESUB(`DAY`, 1, DAY)
F(DAY, YEARS, MONTHS)
line 1:22: Syntax Error
a lambda function can only be an argument of a function
CASE x WHEN 1 THEN y => 2 END
                     ^^
Hint: TRANSFORM(items, x => x + 1), REDUCE(items, 0, (s, x) => s + x)
line 1:3: Syntax Error
a lambda function can only be an argument of a function
x => 1
  ^^
Hint: TRANSFORM(items, x => x + 1), REDUCE(items, 0, (s, x) => s + x)
line 1:6: Syntax Error
Expecting an expression at '*'
f(a, *)
     ^
line 1:3: Syntax Error
Expecting an expression at '*'
f(*, a)
  ^
line 1:5: Syntax Error
missing ')' at ','
f((x, 1) => x)
    ^
line 1:8: Syntax Error
Expecting an expression at ')'
f(x => )
       ^
line 1:13: Syntax Error
a lambda function can only be an argument of a function
f((x) => (y => y))
            ^^
Hint: TRANSFORM(items, x => x + 1), REDUCE(items, 0, (s, x) => s + x)
CAST('2020-01-01' AS DATE)
