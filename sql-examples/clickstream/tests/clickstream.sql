-- millstream test sql-examples/clickstream

--@test: requests are taken apart, and failures sorted by whose fault they are
RUN SCRIPT '../clickstream.sql';
INSERT INTO clicks (ip, userid, clicked, request, status, bytes) VALUES
  ('1.1.1.1', 7, 1000, 'GET /cart HTTP/1.1', '200', 10);
INSERT INTO clicks (ip, userid, clicked, request, status, bytes) VALUES
  ('1.1.1.1', 7, 2000, 'POST /checkout HTTP/1.1', '500', 20);
INSERT INTO clicks (ip, userid, clicked, request, status, bytes) VALUES
  ('2.2.2.2', 8, 3000, 'GET /nope HTTP/1.1', '404', 30);
ASSERT VALUES requests (rowtime, ip, method, path, status) VALUES (
  1000,
  '1.1.1.1',
  'GET',
  '/cart',
  200
);
ASSERT VALUES requests (rowtime, ip, method, path, status) VALUES (
  2000,
  '1.1.1.1',
  'POST',
  '/checkout',
  500
);
ASSERT VALUES failed_requests (ip, path, fault) VALUES ('1.1.1.1', '/checkout', 'server');
ASSERT VALUES failed_requests (ip, path, fault) VALUES ('2.2.2.2', '/nope', 'client');

--@test: clicks are counted by user and minute
RUN SCRIPT '../clickstream.sql';
INSERT INTO clicks (ip, userid, clicked, request, status, bytes) VALUES
  ('1.1.1.1', 7, 1000, 'GET / HTTP/1.1', '200', 10);
INSERT INTO clicks (ip, userid, clicked, request, status, bytes) VALUES
  ('1.1.1.1', 7, 59999, 'GET / HTTP/1.1', '200', 5);
INSERT INTO clicks (ip, userid, clicked, request, status, bytes) VALUES
  ('1.1.1.1', 7, 60000, 'GET / HTTP/1.1', '200', 1);
ASSERT VALUES clicks_per_minute (userid, clicks, bytes) VALUES (7, 1, 10);
ASSERT VALUES clicks_per_minute (userid, clicks, bytes) VALUES (7, 2, 15);
ASSERT VALUES clicks_per_minute (userid, clicks, bytes) VALUES (7, 1, 1);

--@test: the sample gives what the README shows
RUN SCRIPT '../clickstream.sql';
RUN SCRIPT '../data/sample.sql';
ASSERT VALUES failed_requests (ip, path, status, fault) VALUES (
  '111.9.63.117',
  '/nowhere',
  404,
  'client'
);
ASSERT VALUES failed_requests (ip, path, status, fault) VALUES (
  '111.7.49.91',
  '/checkout',
  500,
  'server'
);
ASSERT VALUES clicks_per_minute (userid, clicks, bytes) VALUES (7, 1, 2048);
ASSERT VALUES clicks_per_minute (userid, clicks, bytes) VALUES (7, 2, 2176);
ASSERT VALUES clicks_per_minute (userid, clicks, bytes) VALUES (9, 1, 512);
ASSERT VALUES clicks_per_minute (userid, clicks, bytes) VALUES (7, 3, 2432);
ASSERT VALUES clicks_per_minute (userid, clicks, bytes) VALUES (9, 1, 1024);
