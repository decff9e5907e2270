-- Tests of the pipeline: millstream test sql-examples

--@test: strong earthquakes that a person has reviewed get through, flattened
RUN SCRIPT 'earthquakes.sql';
ASSERT STREAM strong_earthquakes (
    id STRING KEY,
    magnitude DOUBLE,
    place STRING,
    occurred BIGINT,
    longitude DOUBLE,
    latitude DOUBLE,
    depth_km DOUBLE,
    class STRING
) WITH (KAFKA_TOPIC = 'strong-earthquakes', VALUE_FORMAT = 'JSON');
INSERT INTO earthquakes (id, `PROPERTIES`, geometry) VALUES
    ('weak', STRUCT(mag := 4.4, place := 'Nevada', status := 'reviewed'), NULL);
INSERT INTO earthquakes (id, `PROPERTIES`, geometry) VALUES
    ('unseen', STRUCT(mag := 6.0, place := 'Chile', status := 'automatic'), NULL);
INSERT INTO earthquakes (rowtime, id, `PROPERTIES`, geometry) VALUES
    (1517364031800, 'strong', STRUCT(mag := 5.3, place := '50km NNW of Sangiang', time := 1517364031800, status := 'reviewed'),
     STRUCT(type := 'Point', coordinates := ARRAY[118.7906, -7.8628, 15.18]));
ASSERT VALUES strong_earthquakes (rowtime, id, magnitude, place, longitude, latitude, depth_km, class)
    VALUES (1517364031800, 'strong', 5.3, '50KM NNW OF SANGIANG', 118.7906, -7.8628, 15.18, 'moderate');

--@test: one without a place on the map is no reason to stop
RUN SCRIPT 'earthquakes.sql';
INSERT INTO earthquakes (id, `PROPERTIES`, geometry) VALUES
    ('nowhere', STRUCT(mag := 6.5, status := 'reviewed'), NULL);
ASSERT VALUES strong_earthquakes (id, place, longitude, class) VALUES ('nowhere', NULL, NULL, 'strong');

--@test: the magnitude cannot be left out of the result by mistake
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Expected schema does not match actual for source STRONG_EARTHQUAKES
RUN SCRIPT 'earthquakes.sql';
ASSERT STREAM strong_earthquakes (id STRING KEY, place STRING) WITH (KAFKA_TOPIC = 'strong-earthquakes');
