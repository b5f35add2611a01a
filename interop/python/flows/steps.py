"""Runs steps and reports what came out of each as one line of JSON on standard output."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Mismatch(Exception):
    """A call succeeded, but what it returned or caused is not what has to hold."""


class ServerRefusal(Exception):
    """A server answered a flow's own request with an error."""


def same(what: str, actual: Any, expected: Any) -> None:
    """Refuses to go on unless two values are equal."""
    if actual != expected:
        raise Mismatch(f"{what}: expected {expected!r}, got {actual!r}")


async def eventually(
    what: str,
    read: Callable[[], Awaitable[T]],
    holds: Callable[[T], bool],
    timeout_secs: float = 60,
) -> T:
    """Reads until a condition holds, for at most `timeout_secs`."""
    deadline = time.monotonic() + timeout_secs
    while True:
        value = await read()
        if holds(value):
            return value
        if time.monotonic() > deadline:
            raise Mismatch(f"{what}: not after {timeout_secs} s, last {value!r}")
        await asyncio.sleep(0.2)


class Flow:
    """A named group of steps; every step is reported, whatever comes out of it."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def step(self, name: str, act: Callable[[], Any]) -> Any:
        """Runs one step; returns what it returned, or None when it raised."""
        start = time.monotonic()
        outcome, message, value = "ok", "", None
        try:
            value = act()
            if inspect.isawaitable(value):
                value = await value
        except Exception as error:
            outcome, message, value = type(error).__name__, str(error), None
        report = {
            "flow": self.name,
            "step": name,
            "outcome": outcome,
            "message": message[:400],
            "ms": round((time.monotonic() - start) * 1000),
        }
        print(json.dumps(report), flush=True)
        return value
