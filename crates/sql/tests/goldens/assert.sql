# ASSERT of topics and schemas; topics and subjects keep their case.

ASSERT TOPIC foo;
ASSERT TOPIC `my-Topic` WITH (partitions = 3, replicas = 1) TIMEOUT 10 SECONDS;
ASSERT NOT EXISTS TOPIC 'Some topic' TIMEOUT 1 minute;
ASSERT TOPIC "select";
ASSERT SCHEMA SUBJECT Foo_value;
ASSERT SCHEMA ID 3 TIMEOUT 10 MILLISECONDS;
ASSERT NOT EXISTS SCHEMA SUBJECT 'foo-value' ID 5 TIMEOUT 0 HOURS;
ASSERT SCHEMA;
---
ASSERT TOPIC foo;
ASSERT TOPIC `my-Topic` WITH (PARTITIONS = 3, REPLICAS = 1) TIMEOUT 10 SECONDS;
ASSERT NOT EXISTS TOPIC `Some topic` TIMEOUT 1 MINUTES;
ASSERT TOPIC `select`;
ASSERT SCHEMA SUBJECT Foo_value;
ASSERT SCHEMA ID 3 TIMEOUT 10 MILLISECONDS;
ASSERT NOT EXISTS SCHEMA SUBJECT `foo-value` ID 5 TIMEOUT 0 HOURS;
ASSERT SCHEMA;

ASSERT VALUES s (a) VALUES (1);
---
line 1:8: Syntax error at or near 'VALUES' at line 1:8
'VALUES' is a reserved keyword and cannot be what is asserted
ASSERT VALUES s (a) VALUES (1);
       ^^^^^^

ASSERT NULL VALUES s (a) KEY (1);
---
line 1:8: Syntax error at or near 'NULL' at line 1:8
'NULL' is a reserved keyword and cannot be what is asserted
ASSERT NULL VALUES s (a) KEY (1);
       ^^^^

ASSERT STREAM s (a INT) WITH (kafka_topic = 't');
---
line 1:8: Syntax error at or near 'STREAM' at line 1:8
'STREAM' is a reserved keyword and cannot be what is asserted
ASSERT STREAM s (a INT) WITH (kafka_topic = 't');
       ^^^^^^

ASSERT foo;
---
line 1:8: Syntax Error
Expecting {'NOT', 'TOPIC', 'SCHEMA'}
ASSERT foo;
       ^^^
Hint: 'foo' cannot stand here

ASSERT NOT EXISTS foo;
---
line 1:19: Syntax Error
Expecting {'TOPIC', 'SCHEMA'}
ASSERT NOT EXISTS foo;
                  ^^^
Hint: 'foo' cannot stand here

ASSERT SCHEMA ID x;
---
line 1:18: Syntax Error
Expecting the id of a schema at 'x'
ASSERT SCHEMA ID x;
                 ^

ASSERT TOPIC foo TIMEOUT 10;
---
line 1:28: Syntax Error
Expecting a time unit at ';'
ASSERT TOPIC foo TIMEOUT 10;
                           ^
