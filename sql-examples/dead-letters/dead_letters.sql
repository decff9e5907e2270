-- Records that cannot be used are kept, with the reason, instead of being lost or stopping everything behind them.
SET 'auto.offset.reset' = 'earliest';

--@doc: Payments as they come: texts that should be JSON.
CREATE STREAM raw_payments (id STRING KEY, payload STRING) WITH (
  KAFKA_TOPIC = 'payments-raw',
  VALUE_FORMAT = 'KAFKA',
  PARTITIONS = 1
);

--@doc: Each with what is wrong with it, if anything.
CREATE STREAM checked_payments WITH (KAFKA_TOPIC = 'payments-checked', VALUE_FORMAT = 'JSON') AS
SELECT
  id,
  payload,
  EXTRACTJSONFIELD(payload, '$.amount') AS amount,
  EXTRACTJSONFIELD(payload, '$.currency') AS currency,
  CASE
    WHEN payload IS NULL OR NOT IS_JSON_STRING(payload) THEN 'not JSON'
    WHEN EXTRACTJSONFIELD(payload, '$.amount') IS NULL THEN 'no amount'
    WHEN REGEXP_EXTRACT(
      '^-?[0-9]+([.][0-9]+)?$',
      EXTRACTJSONFIELD(payload, '$.amount')
    ) IS NULL THEN 'amount is no number'
    WHEN EXTRACTJSONFIELD(payload, '$.currency') IS NULL THEN 'no currency'
    ELSE CAST(NULL AS STRING)
  END AS problem
FROM raw_payments
EMIT CHANGES;

--@doc: Payments that can be used.
CREATE STREAM payments WITH (KAFKA_TOPIC = 'payments') AS
SELECT id, CAST(amount AS DECIMAL(12, 2)) AS amount, currency
FROM checked_payments
WHERE problem IS NULL
EMIT CHANGES;

--@doc: The others, as they came, for people to look at and to send again.
CREATE STREAM payment_dead_letters WITH (KAFKA_TOPIC = 'payments-dead-letters') AS
SELECT id, payload, problem FROM checked_payments WHERE problem IS NOT NULL EMIT CHANGES;
