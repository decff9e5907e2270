-- millstream test sql-examples/flights

--@test: a flight gets the cities of both its airports
RUN SCRIPT '../flights.sql';
INSERT INTO airports (rowtime, iata, city, state) VALUES (0, 'LAS', 'Las Vegas', 'NV');
INSERT INTO airports (rowtime, iata, city, state) VALUES (0, 'LAX', 'Los Angeles', 'CA');
INSERT INTO flights (date, delay, distance, origin, destination) VALUES
  ('2001/01/01 06:30Z', 29, 236, 'LAS', 'LAX');
ASSERT VALUES departures (
  rowtime,
  origin,
  from_city,
  from_state,
  destination,
  delay,
  distance
) VALUES (978330600000, 'LAS', 'Las Vegas', 'NV', 'LAX', 29, 236);
ASSERT VALUES enriched_flights (
  destination,
  origin,
  from_city,
  to_city,
  to_state,
  distance,
  delay,
  class
) VALUES ('LAX', 'LAS', 'Las Vegas', 'Los Angeles', 'CA', 236, 29, 'late');

--@test: where a flight goes may be unknown, where it departs may not
RUN SCRIPT '../flights.sql';
INSERT INTO airports (rowtime, iata, city, state) VALUES (0, 'LAS', 'Las Vegas', 'NV');
INSERT INTO flights (date, delay, distance, origin, destination) VALUES
  ('2001/01/01 09:20Z', 0, 407, 'OAK', 'LAS');
INSERT INTO flights (date, delay, distance, origin, destination) VALUES
  ('2001/01/01 12:20Z', 15, 407, 'LAS', 'OAK');
ASSERT VALUES enriched_flights (destination, from_city, to_city) VALUES ('OAK', 'Las Vegas', NULL);

--@test: a flight knows its airport as it was then
RUN SCRIPT '../flights.sql';
INSERT INTO airports (rowtime, iata, city) VALUES (0, 'LAS', 'Las Vegas');
INSERT INTO flights (date, delay, origin, destination) VALUES
  ('2001/01/01 06:30Z', 0, 'LAS', 'LAX');
INSERT INTO airports (rowtime, iata, city) VALUES (978340000000, 'LAS', 'Paradise');
INSERT INTO flights (date, delay, origin, destination) VALUES
  ('2001/01/01 12:30Z', 0, 'LAS', 'LAX');
ASSERT VALUES departures (origin, from_city) VALUES ('LAS', 'Las Vegas');
ASSERT VALUES departures (origin, from_city) VALUES ('LAS', 'Paradise');

--@test: a flight without a time is left out
RUN SCRIPT '../flights.sql';
INSERT INTO airports (rowtime, iata, city) VALUES (0, 'LAS', 'Las Vegas');
INSERT INTO flights (date, delay, origin) VALUES ('tomorrow', 70, 'LAS');
INSERT INTO flights (date, delay, origin) VALUES ('2001/01/02 06:30Z', 60, 'LAS');
ASSERT VALUES enriched_flights (rowtime, delay, class) VALUES (978417000000, 60, 'very late');

--@test: the sample gives what the README shows
RUN SCRIPT '../flights.sql';
RUN SCRIPT '../data/sample.sql';
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'OAK',
  'LAS',
  NULL,
  -5,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'PHX',
  'LAS',
  'Phoenix',
  4,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAX',
  'LAS',
  'Los Angeles',
  29,
  'late'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'PHX',
  'LAS',
  'Phoenix',
  -3,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'PHX',
  'ORD',
  'Phoenix',
  9,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'PHX',
  'LAX',
  'Phoenix',
  -7,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'ORD',
  'PHX',
  'Chicago',
  12,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'ORD',
  'SFO',
  'Chicago',
  -1,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'OAK',
  'LAS',
  NULL,
  15,
  'late'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAX',
  'ORD',
  'Los Angeles',
  -12,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'DEN',
  'LAX',
  'Denver',
  5,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAX',
  'LAS',
  'Los Angeles',
  35,
  'late'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAS',
  'DEN',
  'Las Vegas',
  0,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'OAK',
  'LAS',
  NULL,
  16,
  'late'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'ORD',
  'DFW',
  'Chicago',
  17,
  'late'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAS',
  'LAX',
  'Las Vegas',
  -9,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAX',
  'LAS',
  'Los Angeles',
  17,
  'late'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'ORD',
  'DEN',
  'Chicago',
  12,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAX',
  'DFW',
  'Los Angeles',
  -6,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'DEN',
  'LAX',
  'Denver',
  5,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAX',
  'DEN',
  'Los Angeles',
  -5,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAX',
  'SFO',
  'Los Angeles',
  19,
  'late'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'ORD',
  'DEN',
  'Chicago',
  14,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'DFW',
  'ORD',
  'Dallas-Fort Worth',
  -19,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'PHX',
  'ORD',
  'Phoenix',
  -22,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'ORD',
  'PHX',
  'Chicago',
  16,
  'late'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'DEN',
  'DFW',
  'Denver',
  1,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAS',
  'PHX',
  'Las Vegas',
  7,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'PHX',
  'LAS',
  'Phoenix',
  9,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'PHX',
  'LAS',
  'Phoenix',
  18,
  'late'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAX',
  'SFO',
  'Los Angeles',
  5,
  'on time'
);
ASSERT VALUES enriched_flights (destination, origin, to_city, delay, class) VALUES (
  'LAS',
  'LAX',
  'Las Vegas',
  8,
  'on time'
);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAS', 1, 0, -5);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAS', 2, 0, 4);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAS', 3, 1, 29);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAS', 4, 1, 29);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('ORD', 1, 0, 9);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAX', 1, 0, -7);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('PHX', 1, 0, 12);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('SFO', 1, 0, -1);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAS', 5, 2, 29);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('ORD', 2, 0, 9);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAX', 2, 0, 5);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAS', 6, 3, 35);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('DEN', 1, 0, 0);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAS', 7, 4, 35);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('DFW', 1, 1, 17);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAX', 3, 0, 5);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAS', 8, 5, 35);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('DEN', 1, 0, 12);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('DFW', 1, 0, -6);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAX', 1, 0, 5);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('DEN', 2, 0, 12);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('SFO', 1, 1, 19);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('DEN', 3, 0, 14);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('ORD', 1, 0, -19);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('ORD', 2, 0, -19);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('PHX', 1, 1, 16);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('DFW', 2, 0, 1);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('PHX', 2, 1, 16);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAS', 1, 0, 9);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAS', 2, 1, 18);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('SFO', 2, 1, 19);
ASSERT VALUES airport_delays (origin, flights, late, worst) VALUES ('LAX', 2, 0, 8);
