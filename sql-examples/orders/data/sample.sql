-- A morning of orders: millstream sql -f sql-examples/orders/data/sample.sql
INSERT INTO orders (rowtime, order_id, shop, item, units, price, address) VALUES (1796000000000, 'o-101', 7, 'lamp', 1, 89.90, STRUCT(city := 'Graz', country := 'AT'));
INSERT INTO orders (rowtime, order_id, shop, item, units, price, address) VALUES (1796000060000, 'o-102', 8, 'sofa', 1, 1250.00, STRUCT(city := 'Wien', country := 'AT'));
INSERT INTO orders (rowtime, order_id, shop, item, units, price, address) VALUES (1796000120000, 'o-103', 7, 'chair', 6, 99.00, STRUCT(city := 'Bern', country := 'CH'));
INSERT INTO orders (rowtime, order_id, shop, item, units, price, address) VALUES (1796000180000, 'o-104', 9, 'rug', 2, 249.99, STRUCT(city := 'Linz', country := 'AT'));
INSERT INTO orders (rowtime, order_id, shop, item, units, price, address) VALUES (1796000240000, 'o-105', 8, 'vase', 3, 15.50, STRUCT(city := 'Milano', country := 'IT'));
INSERT INTO orders (rowtime, order_id, shop, item, units, price, address) VALUES (1796000300000, 'o-106', 7, 'desk', 1, 500.00, NULL);
