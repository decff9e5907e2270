-- Two users at a web server: millstream sql -f sql-examples/clickstream/data/sample.sql
INSERT INTO clicks (ip, userid, clicked, request, status, bytes) VALUES ('111.7.49.91', 7, 1795000020000, 'GET /index.html HTTP/1.1', '200', 2048);
INSERT INTO clicks (ip, userid, clicked, request, status, bytes) VALUES ('111.7.49.91', 7, 1795000040000, 'GET /cart HTTP/1.1', '302', 128);
INSERT INTO clicks (ip, userid, clicked, request, status, bytes) VALUES ('111.9.63.117', 9, 1795000050000, 'GET /nowhere HTTP/1.1', '404', 512);
INSERT INTO clicks (ip, userid, clicked, request, status, bytes) VALUES ('111.7.49.91', 7, 1795000070000, 'POST /checkout HTTP/1.1', '500', 256);
INSERT INTO clicks (ip, userid, clicked, request, status, bytes) VALUES ('111.9.63.117', 9, 1795000420000, 'GET /help HTTP/1.1', '200', 1024);
