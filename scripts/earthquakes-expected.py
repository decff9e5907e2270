#!/usr/bin/env python3
"""What the earthquake query must give, computed without Millstream: `earthquakes-expected.py FILE`.

Prints one JSON object a line for every record that the query of tests/cluster/src/earthquakes.rs keeps, in the order of
the file: {"key": ..., "value": {...}}. Comparisons with null are false, as in ksqlDB.
"""

import json
import sys


def number(value):
    """A DOUBLE: JSON integers become fractions."""
    return None if value is None else float(value)


def strength(magnitude):
    if magnitude >= 5:
        return "strong"
    if magnitude >= 4:
        return "light"
    return "minor"


def result(quake):
    properties, (longitude, latitude, depth) = quake["properties"], quake["geometry"]["coordinates"]
    magnitude, place = properties["mag"], properties["place"]
    if magnitude is None or place is None or depth is None:
        return None
    shallow_or_felt = depth < 70 or (properties["felt"] is not None and properties["felt"] > 0)
    if not (magnitude >= 2.5 and shallow_or_felt and "a" in place):
        return None
    return {
        "MAG": number(magnitude),
        "PLACE": place,
        "OCCURRED": properties["time"],
        "MINUTES_OPEN": (properties["updated"] - properties["time"]) // 60000,
        "FELT": properties["felt"],
        "GAP": number(properties["gap"]),
        "ALERT": properties["alert"],
        "STRENGTH": strength(magnitude),
        "NETWORK": properties["net"].upper(),
        "LONGITUDE": number(longitude),
        "LATITUDE": number(latitude),
        "DEPTH_M": number(depth) * 1000.0,
        "PLACE_LENGTH": len(place),
    }


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            quake = json.loads(line)
            value = result(quake)
            if value is not None:
                print(json.dumps({"key": quake["id"], "value": value}, ensure_ascii=False))


if __name__ == "__main__":
    main()
