"""What the Python clients' checks share: running one scenario, comparing, waiting, skipping.

A client's program is called `PROGRAM scenarios` (prints the names of its scenarios) or `PROGRAM HOST:PORT SCENARIO`.
Exit code 0: passed; 1: failed, the last line says why; 77: this client has no such thing, the last line says what.
"""

import os
import sys
import time
import traceback
import uuid

PATIENCE_S = 30  # how long anything that the broker does by itself may take


class Skip(Exception):
    """The client (in this version) cannot do what the scenario is about."""


def name(what):
    """A topic, group or transactional id that no other run uses."""
    return f"clients-{what}-{uuid.uuid4().hex[:12]}"


def same(what, got, expected):
    if got != expected:
        raise AssertionError(f"{what}: got {short(got)}, expected {short(expected)}")


def check(what, truth, detail=""):
    if not truth:
        raise AssertionError(f"{what} {short(detail)}".strip())


def short(value):
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:600]}... ({len(text)} characters)"


def refused(what, error, act):
    """`act` must fail with `error`, an exception type or a predicate on the exception."""
    try:
        result = act()
    except Exception as e:  # pylint: disable=broad-except
        matches = isinstance(e, error) if isinstance(error, (type, tuple)) else error(e)
        check(f"{what}: failed with another error:", matches, e)
        return e
    raise AssertionError(f"{what}: was accepted, answer {short(result)}")


def until(what, ask, seconds=PATIENCE_S):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not so after {seconds} s, last answer {short(answer)}")
        time.sleep(0.1)


def noise(size):
    """Bytes that do not compress."""
    return os.urandom(size)


def main(scenarios, clean_up):
    if sys.argv[1:] == ["scenarios"]:
        print("\n".join(scenarios))
        return
    if len(sys.argv) != 3 or sys.argv[2] not in scenarios:
        sys.exit(f"usage: {sys.argv[0]} scenarios | HOST:PORT SCENARIO")
    code = 0
    try:
        scenarios[sys.argv[2]](sys.argv[1])
    except Skip as e:
        print(e)
        code = 77
    except Exception as e:  # pylint: disable=broad-except
        traceback.print_exc()
        print(f"{type(e).__name__}: {e}".replace("\n", " "))
        code = 1
    if code == 0:
        clean_up(sys.argv[1])
    # Not sys.exit: a client thread that hangs must not keep the verdict back.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
