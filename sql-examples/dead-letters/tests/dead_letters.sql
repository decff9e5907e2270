-- millstream test sql-examples/dead-letters

--@test: good payments go on, bad ones are kept with the reason
RUN SCRIPT '../dead_letters.sql';
INSERT INTO raw_payments (id, payload) VALUES ('p1', '{"amount": 12.50, "currency": "EUR"}');
INSERT INTO raw_payments (id, payload) VALUES ('p2', 'oops');
INSERT INTO raw_payments (id, payload) VALUES ('p3', '{"amount": "x", "currency": "EUR"}');
INSERT INTO raw_payments (id, payload) VALUES ('p4', '{"currency": "EUR"}');
INSERT INTO raw_payments (id, payload) VALUES ('p5', '{"amount": 3}');
INSERT INTO raw_payments (id, payload) VALUES ('p6', '{"amount": -1, "currency": "USD"}');
ASSERT VALUES payments (id, amount, currency) VALUES ('p1', 12.50, 'EUR');
ASSERT VALUES payments (id, amount, currency) VALUES ('p6', -1.00, 'USD');
ASSERT VALUES payment_dead_letters (id, payload, problem) VALUES ('p2', 'oops', 'not JSON');
ASSERT VALUES payment_dead_letters (id, problem) VALUES ('p3', 'amount is no number');
ASSERT VALUES payment_dead_letters (id, problem) VALUES ('p4', 'no amount');
ASSERT VALUES payment_dead_letters (id, problem) VALUES ('p5', 'no currency');

--@test: the sample gives what the README shows
RUN SCRIPT '../dead_letters.sql';
RUN SCRIPT '../data/sample.sql';
ASSERT VALUES payments (id, amount, currency) VALUES ('p-1', 12.50, 'EUR');
ASSERT VALUES payments (id, amount, currency) VALUES ('p-6', -1.00, 'USD');
ASSERT VALUES payment_dead_letters (id, problem) VALUES ('p-2', 'not JSON');
ASSERT VALUES payment_dead_letters (id, problem) VALUES ('p-3', 'amount is no number');
ASSERT VALUES payment_dead_letters (id, problem) VALUES ('p-4', 'no amount');
ASSERT VALUES payment_dead_letters (id, problem) VALUES ('p-5', 'no currency');
