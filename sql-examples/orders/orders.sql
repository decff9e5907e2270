-- Orders of several shops: the large ones, those that somebody should look at, and what each shop has earned.
SET 'auto.offset.reset' = 'earliest';

--@doc: Every order, as the shops write them.
CREATE STREAM orders (
  order_id STRING KEY,
  shop INT,
  item STRING,
  units INT,
  price DECIMAL(8, 2),
  address STRUCT<city STRING, country STRING>
) WITH (KAFKA_TOPIC = 'orders', VALUE_FORMAT = 'JSON', PARTITIONS = 2);

--@doc: Orders of 500 or more.
CREATE STREAM big_orders WITH (KAFKA_TOPIC = 'big-orders') AS
SELECT order_id, shop, units * price AS total, UCASE(address->country) AS country
FROM orders
WHERE units * price >= 500
EMIT CHANGES;

--@doc: Orders that somebody should look at: large ones, and those from abroad.
CREATE STREAM watched_orders (order_id STRING KEY, shop INT, reason STRING) WITH (
  KAFKA_TOPIC = 'watched-orders',
  VALUE_FORMAT = 'JSON',
  PARTITIONS = 2
);

INSERT INTO watched_orders WITH (QUERY_ID = 'watch_large')
SELECT order_id, shop, 'large' AS reason FROM big_orders EMIT CHANGES;

INSERT INTO watched_orders WITH (QUERY_ID = 'watch_abroad')
SELECT order_id, shop, 'abroad' AS reason FROM orders WHERE address->country <> 'AT' EMIT CHANGES;

--@doc: What each shop has earned so far.
CREATE TABLE shop_revenue WITH (KAFKA_TOPIC = 'shop-revenue') AS
SELECT shop, COUNT(*) AS orders, SUM(units * price) AS revenue
FROM orders
GROUP BY shop
EMIT CHANGES;
