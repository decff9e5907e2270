"""Creates and deletes topics for clients that cannot (kcat): two requests of the Kafka protocol, written by hand.

`topic.py HOST:PORT create NAME PARTITIONS [CONFIG=VALUE ...]` and `topic.py HOST:PORT delete NAME ...`; an error of the
broker is printed as its number and makes the exit code 1.
"""

import socket
import struct
import sys

TIMEOUT_S = 30


def text(value):
    raw = value.encode()
    return struct.pack(">h", len(raw)) + raw


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


def ask(at, key, version, body):
    """Sends one request with a version 1 header and returns the body of its response."""
    host, port = at.rsplit(":", 1)
    with socket.create_connection((host, int(port)), TIMEOUT_S) as connection:
        message = struct.pack(">hhi", key, version, 1) + text("topic.py") + body
        connection.sendall(struct.pack(">i", len(message)) + message)
        stream = connection.makefile("rb")
        size, correlation = struct.unpack(">ii", stream.read(8))
        if correlation != 1:
            sys.exit(f"response to another request: {correlation}")
        return stream.read(size - 4)


def first_error(body):
    """Of a throttle time and an array whose elements begin with a name and an error code: the first one's."""
    _, count, length = struct.unpack_from(">iih", body)
    if count < 1:
        sys.exit("the response names no topic")
    [code] = struct.unpack_from(">h", body, 10 + length)
    return code


def create(at, name, partitions, *configs):
    pairs = [text(key) + text(value) for key, value in (config.split("=", 1) for config in configs)]
    topic = text(name) + struct.pack(">ih", int(partitions), 1) + array([]) + array(pairs)
    return first_error(ask(at, 19, 4, array([topic]) + struct.pack(">i?", TIMEOUT_S * 1000, False)))


def delete(at, *names):
    body = array([text(name) for name in names]) + struct.pack(">i", TIMEOUT_S * 1000)
    return first_error(ask(at, 20, 3, body))


def main():
    if len(sys.argv) < 4 or sys.argv[2] not in ("create", "delete"):
        sys.exit("usage: topic.py HOST:PORT create NAME PARTITIONS [CONFIG=VALUE ...] | HOST:PORT delete NAME ...")
    at, command, *rest = sys.argv[1:]
    code = create(at, *rest) if command == "create" else delete(at, *rest)
    if code:
        sys.exit(f"{command} {' '.join(rest)}: error {code}")


main()
