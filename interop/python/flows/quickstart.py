"""The two scripts of the README, run as the package's own metadata prints them."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from importlib.metadata import metadata

from .steps import Flow, Mismatch, same
from .validated import AGENT_ID, JOB_HASH, MIN_SCORE, TAG
from .world import Parties, World

AMOUNT = 10**14


def script(marker: str) -> str:
    """Finds the one Python block of the README that contains a text."""
    readme = metadata("sdk-4mica").get_payload() or metadata("sdk-4mica")["Description"]
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    found = [block for block in blocks if marker in block]
    if len(found) != 1:
        raise Mismatch(f"the README has {len(found)} scripts with {marker}, expected 1")
    return found[0]


class ScriptFailed(Exception):
    """A script of the README ended with an exception."""


async def execute(world: World, source: str, variables: dict[str, str]) -> dict[str, str]:
    """Runs a script in a process of its own; returns the values that it prints as `NAME= value`."""
    inherited = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    env = {**inherited, "4MICA_RPC_URL": world.core_url, **variables}
    if world.login_required:
        env["4MICA_AUTH_URL"] = world.core_url
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        source,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    if process.returncode != 0:
        raise ScriptFailed(err.decode().strip().splitlines()[-1])
    return dict(re.findall(r"^([A-Z_]+)= (.*)$", out.decode(), re.MULTILINE))


async def run(world: World, parties: Parties) -> None:
    flow = Flow("README quick start")
    scripts: dict[str, str] = {}

    def read() -> None:
        scripts["recipient"] = script("GUARANTEE_VERSION = int(")
        scripts["payer"] = script("def build_claims(")

    await flow.step("read the scripts from the package's description", read)

    async def recipient_script(version: int) -> dict[str, str]:
        variables = {
            "RECIPIENT_KEY": world.recipient.private_key,
            "USER_ADDRESS": world.payer.address,
            "AMOUNT_WEI": str(AMOUNT),
            "GUARANTEE_VERSION": str(version),
        }
        return await execute(world, scripts["recipient"], variables)

    async def payer_script(tab: dict[str, str], more: dict[str, str]) -> None:
        variables = {
            "PAYER_KEY": world.payer.private_key,
            "RECIPIENT_ADDRESS": world.recipient.address,
            "RECIPIENT_KEY": world.recipient.private_key,
            "TAB_ID": tab["TAB_ID"],
            "REQ_ID": tab["REQ_ID"],
            "ASSET_ADDRESS": tab["ASSET_ADDRESS"],
            "AMOUNT_WEI": str(AMOUNT),
            **more,
        }
        printed = await execute(world, scripts["payer"], variables)
        same("amount", printed["AMOUNT_WEI"], str(AMOUNT))
        latest = await parties.recipient.recipient.get_latest_guarantee(int(tab["TAB_ID"]))
        same("certificate is stored", printed["CERT_CLAIMS"] in latest.certificate, True)

    policy = {
        "VALIDATION_REGISTRY_ADDRESS": world.validation_registry,
        "VALIDATOR_ADDRESS": world.validator,
        "VALIDATOR_AGENT_ID": str(AGENT_ID),
        "MIN_VALIDATION_SCORE": str(MIN_SCORE),
        "REQUIRED_VALIDATION_TAG": TAG,
    }
    tab = await flow.step("recipient, version 1", lambda: recipient_script(1))
    await flow.step("payer, version 1", lambda: payer_script(tab, {}))
    tab = await flow.step("recipient, version 2", lambda: recipient_script(2))
    await flow.step("payer, version 2, variables of the README", lambda: payer_script(tab, policy))
    await flow.step(
        "payer, version 2, with JOB_HASH", lambda: payer_script(tab, {**policy, "JOB_HASH": JOB_HASH})
    )
