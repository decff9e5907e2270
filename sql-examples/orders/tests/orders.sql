-- millstream test sql-examples/orders

--@test: large orders get through with their total
RUN SCRIPT '../orders.sql';
INSERT INTO orders (rowtime, order_id, shop, item, units, price, address) VALUES
  (1000, 'o1', 7, 'lamp', 2, 249.99, STRUCT(city := 'Graz', country := 'at'));
INSERT INTO orders (rowtime, order_id, shop, item, units, price, address) VALUES
  (2000, 'o2', 7, 'sofa', 2, 250.00, STRUCT(city := 'Wien', country := 'AT'));
ASSERT VALUES big_orders (rowtime, order_id, shop, total, country) VALUES (
  2000,
  'o2',
  7,
  500.00,
  'AT'
);

--@test: an order is watched for each reason
RUN SCRIPT '../orders.sql';
INSERT INTO orders (order_id, shop, units, price, address) VALUES
  ('o3', 8, 10, 99.00, STRUCT(city := 'Bern', country := 'CH'));
ASSERT VALUES watched_orders (order_id, shop, reason) VALUES ('o3', 8, 'large');
ASSERT VALUES watched_orders (order_id, shop, reason) VALUES ('o3', 8, 'abroad');

--@test: revenue adds up for each shop
RUN SCRIPT '../orders.sql';
INSERT INTO orders (order_id, shop, units, price) VALUES ('o4', 7, 3, 1.10);
INSERT INTO orders (order_id, shop, units, price) VALUES ('o5', 8, 1, 5.00);
INSERT INTO orders (order_id, shop, units, price) VALUES ('o6', 7, 1, 0.70);
ASSERT VALUES shop_revenue (shop, orders, revenue) VALUES (7, 1, 3.30);
ASSERT VALUES shop_revenue (shop, orders, revenue) VALUES (8, 1, 5.00);
ASSERT VALUES shop_revenue (shop, orders, revenue) VALUES (7, 2, 4.00);

--@test: the sample gives what the README shows
RUN SCRIPT '../orders.sql';
RUN SCRIPT '../data/sample.sql';
ASSERT VALUES big_orders (order_id, shop, total, country) VALUES ('o-102', 8, 1250.00, 'AT');
ASSERT VALUES big_orders (order_id, shop, total, country) VALUES ('o-103', 7, 594.00, 'CH');
ASSERT VALUES big_orders (order_id, shop, total, country) VALUES ('o-106', 7, 500.00, NULL);
ASSERT VALUES watched_orders (order_id, reason) VALUES ('o-102', 'large');
ASSERT VALUES watched_orders (order_id, reason) VALUES ('o-103', 'large');
ASSERT VALUES watched_orders (order_id, reason) VALUES ('o-103', 'abroad');
ASSERT VALUES watched_orders (order_id, reason) VALUES ('o-105', 'abroad');
ASSERT VALUES watched_orders (order_id, reason) VALUES ('o-106', 'large');
ASSERT VALUES shop_revenue (shop, orders, revenue) VALUES (7, 1, 89.90);
ASSERT VALUES shop_revenue (shop, orders, revenue) VALUES (8, 1, 1250.00);
ASSERT VALUES shop_revenue (shop, orders, revenue) VALUES (7, 2, 683.90);
ASSERT VALUES shop_revenue (shop, orders, revenue) VALUES (9, 1, 499.98);
ASSERT VALUES shop_revenue (shop, orders, revenue) VALUES (8, 2, 1296.50);
ASSERT VALUES shop_revenue (shop, orders, revenue) VALUES (7, 3, 1183.90);
