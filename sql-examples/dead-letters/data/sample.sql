-- Payments, some of them broken: millstream sql -f sql-examples/dead-letters/data/sample.sql
INSERT INTO raw_payments (id, payload) VALUES ('p-1', '{"amount": 12.50, "currency": "EUR"}');
INSERT INTO raw_payments (id, payload) VALUES ('p-2', '{"amount": 12.50, "curr');
INSERT INTO raw_payments (id, payload) VALUES ('p-3', '{"amount": "a lot", "currency": "EUR"}');
INSERT INTO raw_payments (id, payload) VALUES ('p-4', '{"currency": "USD"}');
INSERT INTO raw_payments (id, payload) VALUES ('p-5', '{"amount": 3}');
INSERT INTO raw_payments (id, payload) VALUES ('p-6', '{"amount": -1, "currency": "USD"}');
