"""Runs every flow against the network described by the JSON file named as the only argument."""

from __future__ import annotations

import asyncio
import sys

from . import (
    admin,
    collateral,
    configuration,
    direct,
    quickstart,
    remuneration,
    session,
    validated,
    withdrawal,
    x402,
)
from .world import World


async def main(path: str) -> None:
    world = World.read(path)
    await configuration.run(world)
    parties = await session.run(world)
    try:
        await collateral.run(world, parties)
        await direct.run(world, parties)
        validated_cert = await validated.run(world, parties)
        await quickstart.run(world, parties)
        await x402.run(world, parties)
        await admin.run(world, parties)
        # From here on the services' time runs ahead of the SDK's, which could not sign anything timely any more.
        await remuneration.run(world, parties, validated_cert)
        await withdrawal.run(world, parties)
    finally:
        await parties.payer.aclose()
        await parties.recipient.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
