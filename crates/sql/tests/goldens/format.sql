# Texts laid out anew: names, literals and comments as they were, the rest in one style.

select   Id,temp*1.8+32 as f from Readings where temp>30 emit changes;
---
SELECT Id, temp * 1.8 + 32 AS f FROM Readings WHERE temp > 30 EMIT CHANGES;

create stream big with(partitions=2) as select id, temp * 1.8 + 32 as fahrenheit, concat(name, ' of ', place) as whole from readings where temp > 30 and place is not null emit changes;
---
CREATE STREAM big WITH (partitions = 2) AS
SELECT id, temp * 1.8 + 32 AS fahrenheit, concat(name, ' of ', place) AS whole
FROM readings
WHERE temp > 30 AND place IS NOT NULL
EMIT CHANGES;

CREATE STREAM readings (id STRING KEY, `Sensor Id` INT, temp DOUBLE, tags ARRAY<STRUCT<key STRING,value MAP<STRING,decimal(10,2)>>>, address STRUCT< >) WITH (kafka_topic='readings', value_format='json', partitions=4);
---
CREATE STREAM readings (
  id STRING KEY,
  `Sensor Id` INT,
  temp DOUBLE,
  tags ARRAY<STRUCT<key STRING, value MAP<STRING, DECIMAL(10, 2)>>>,
  address STRUCT< >
) WITH (kafka_topic = 'readings', value_format = 'json', partitions = 4);

create or replace table t as select a.id, count(*) as n, sum(case when a.x>1 then -a.x when a.x is null then 0 else 1 end) as total, collect_list(distinct_values(array[1,2,3])) as everything from clicks a left outer join users u within 1 hour grace period 5 minutes on a.id=u.id and u.active window hopping(size 30 seconds,advance by 10 seconds,grace period 1 day) where a.url like '%x%' escape '!' or (a.n between 1 and 10 and not a.ok) group by a.id having count(*)>2 emit final limit 10;
---
CREATE OR REPLACE TABLE t AS
SELECT
  a.id,
  count(*) AS n,
  sum(CASE WHEN a.x > 1 THEN -a.x WHEN a.x IS NULL THEN 0 ELSE 1 END) AS total,
  collect_list(distinct_values(ARRAY[1, 2, 3])) AS everything
FROM clicks a
LEFT OUTER JOIN users u WITHIN 1 HOUR GRACE PERIOD 5 MINUTES ON a.id = u.id AND u.active
WINDOW HOPPING (SIZE 30 SECONDS, ADVANCE BY 10 SECONDS, GRACE PERIOD 1 DAY)
WHERE a.url LIKE '%x%' ESCAPE '!' OR (a.n BETWEEN 1 AND 10 AND NOT a.ok)
GROUP BY a.id
HAVING count(*) > 2
EMIT FINAL
LIMIT 10;

insert into s(a,b)values(1,-2),(3,- -4);
insert into s with(query_id='q') select * from t union all select x->*, y->z[1]['k'], q.* from (select * from u) as v;
WITH a AS (SELECT * FROM s WHERE a_rather_long_column_name = 'a rather long text'), b AS (SELECT 2) SELECT a.x, b.y FROM a JOIN b ON a.id = b.id;
select transform(a,x=>x+1), reduce(m,0,(k,v)=>k+v), struct(f:=1,g:='x'), map('k':=1), cast(a as varchar(20)), timestampadd(days,1,t) from s;
---
INSERT INTO s (a, b) VALUES (1, -2), (3, - -4);
INSERT INTO s WITH (query_id = 'q')
SELECT * FROM t UNION ALL SELECT x->*, y->z[1]['k'], q.* FROM (SELECT * FROM u) AS v;
WITH a AS (SELECT * FROM s WHERE a_rather_long_column_name = 'a rather long text'), b AS (SELECT 2)
SELECT a.x, b.y
FROM a
JOIN b ON a.id = b.id;
SELECT
  transform(a, x => x + 1),
  reduce(m, 0, (k, v) => k + v),
  STRUCT(f := 1, g := 'x'),
  MAP('k' := 1),
  CAST(a AS VARCHAR(20)),
  timestampadd(DAYS, 1, t)
FROM s;

# Variables and custom types need not be defined.
create stream ${name} (${col} ${type}, a address) with (kafka_topic=${topic}, partitions=${n}); select -${x}, ${f}(1) from ${s} limit ${n};
---
CREATE STREAM ${name} (${col} ${type}, a address) WITH (kafka_topic = ${topic}, partitions = ${n});
SELECT -${x}, ${f}(1) FROM ${s} LIMIT ${n};

-- a file
--@test: one
---
-- a file
--@test: one


SET 'auto.offset.reset'='earliest';show   streams;-- behind
-- before
list topics extended;
/* block */ describe extended_name extended; /* of
two lines */ terminate all;
---
SET 'auto.offset.reset' = 'earliest';
SHOW STREAMS; -- behind
-- before
LIST TOPICS EXTENDED;
/* block */ DESCRIBE extended_name EXTENDED; /* of
two lines */
TERMINATE ALL;

-- the end
---
-- the end

select -- what
  a, -- first
  b /* second */ , /* third */ c
  -- on its own
  , d
from s -- source
-- condition
where /* x */ a = 1;
---
SELECT -- what
    a, -- first
    b /* second */,
    /* third */ c
    -- on its own
    ,
    d
FROM s -- source
-- condition
WHERE /* x */ a = 1;

create stream s ( -- columns
  a int key, -- the key
  -- the value
  b int /* last */
) with (kafka_topic='t'); -- done
---
CREATE STREAM s ( -- columns
    a INT KEY, -- the key
    -- the value
    b INT /* last */
  ) WITH (kafka_topic = 't'); -- done

SELECT 'a
b', 1.50, 1e5, "Quoted Name", `x` FROM s;
ASSERT VALUES s (a) VALUES (1); assert topic MyTopic timeout 1 second; run script 'x'; print MyTopic from beginning;
---
SELECT 'a
b', 1.50, 1e5, "Quoted Name", `x` FROM s;
ASSERT VALUES s (a) VALUES (1);
ASSERT TOPIC MyTopic TIMEOUT 1 SECOND;
RUN SCRIPT 'x';
PRINT MyTopic FROM BEGINNING;

select a from s where;
---
line 1:22: Syntax Error
Expecting an expression at ';'
select a from s where;
                     ^

select a /* x
*/ . 1st, s . 1b from s;
---
SELECT
  a /* x
*/
      . 1st,
  s. 1b
FROM s;
