# Connectors. Quoted property names keep their case.

CREATE SINK CONNECTOR c WITH ('a' = 'b');
CREATE SOURCE CONNECTOR IF NOT EXISTS `my-c` WITH ('connector.class' = 'io.Example', "Tasks.max" = 1, names = 't', `é` = TRUE);
DROP CONNECTOR c;
DROP CONNECTOR IF EXISTS "c";
SHOW CONNECTORS;
LIST SOURCE CONNECTORS;
SHOW SINK CONNECTORS;
SHOW CONNECTOR PLUGINS;
DESCRIBE CONNECTOR `my-c`;
---
CREATE SINK CONNECTOR C WITH ('a' = 'b');
CREATE SOURCE CONNECTOR IF NOT EXISTS `my-c` WITH ('connector.class' = 'io.Example', 'Tasks.max' = 1, 'NAMES' = 't', 'é' = TRUE);
DROP CONNECTOR C;
DROP CONNECTOR IF EXISTS `c`;
SHOW CONNECTORS;
SHOW SOURCE CONNECTORS;
SHOW SINK CONNECTORS;
SHOW CONNECTOR PLUGINS;
DESCRIBE CONNECTOR `my-c`;

CREATE CONNECTOR c WITH ('a' = 'b');
---
line 1:8: Syntax Error
Expecting {'STREAM', 'TABLE', 'OR', 'SOURCE', 'SINK', 'TYPE'}
CREATE CONNECTOR c WITH ('a' = 'b');
       ^^^^^^^^^
Hint: 'CONNECTOR' cannot stand here

CREATE SINK CONNECTOR c;
---
line 1:24: Syntax Error
missing 'WITH' at ';'
CREATE SINK CONNECTOR c;
                       ^

CREATE OR REPLACE SINK CONNECTOR c WITH ('a' = 'b');
---
line 1:19: Syntax Error
Expecting {'STREAM', 'TABLE'}
CREATE OR REPLACE SINK CONNECTOR c WITH ('a' = 'b');
                  ^^^^
Hint: 'SINK' cannot stand here
