-- A morning of orders: millstream sql -f sql-examples/orders/data/sample.sql
INSERT INTO orders (order_id, shop, item, units, price, address) VALUES ('o-101', 7, 'lamp', 1, 89.90, STRUCT(city := 'Graz', country := 'AT'));
INSERT INTO orders (order_id, shop, item, units, price, address) VALUES ('o-102', 8, 'sofa', 1, 1250.00, STRUCT(city := 'Wien', country := 'AT'));
INSERT INTO orders (order_id, shop, item, units, price, address) VALUES ('o-103', 7, 'chair', 6, 99.00, STRUCT(city := 'Bern', country := 'CH'));
INSERT INTO orders (order_id, shop, item, units, price, address) VALUES ('o-104', 9, 'rug', 2, 249.99, STRUCT(city := 'Linz', country := 'AT'));
INSERT INTO orders (order_id, shop, item, units, price, address) VALUES ('o-105', 8, 'vase', 3, 15.50, STRUCT(city := 'Milano', country := 'IT'));
INSERT INTO orders (order_id, shop, item, units, price, address) VALUES ('o-106', 7, 'desk', 1, 500.00, NULL);
