"""Admin API keys and suspension."""

from __future__ import annotations

from fourmica_sdk import Client

from .direct import AMOUNT, open_tab
from .steps import Flow, same
from .world import Parties, Wallet, World, claims_for, issue


async def run(world: World, parties: Parties) -> None:
    flow = Flow("administration")
    payer = world.payer.address

    async def client_with(key: str | None) -> Client:
        client = await Client.new(world.anonymous_config(Wallet.new()).build())
        if key is not None:
            client.rpc.with_admin_api_key(key)
        return client

    anonymous = await client_with(None)
    wrong = await client_with(f"ak_{'0' * 32}.{'0' * 64}")
    admin = await client_with(world.admin_api_key)

    await flow.step(
        "refuse a suspension without key", lambda: anonymous.rpc.update_user_suspension(payer, True)
    )
    await flow.step(
        "refuse a suspension with a wrong key", lambda: wrong.rpc.update_user_suspension(payer, True)
    )
    await flow.step("refuse a list of keys without key", lambda: anonymous.rpc.list_admin_api_keys())
    created = await flow.step(
        "create a key",
        lambda: admin.rpc.create_admin_api_key({"name": "support desk", "scopes": ["user_suspension:write"]}),
    )
    await flow.step(
        "refuse an unknown scope",
        lambda: admin.rpc.create_admin_api_key({"name": "x", "scopes": ["everything"]}),
    )

    async def listed() -> None:
        keys = await admin.rpc.list_admin_api_keys()
        same("names", sorted(key["name"] for key in keys), ["bootstrap-admin", "support desk"])
        same("secrets", [key for key in keys if "api_key" in key], [])

    await flow.step("list the keys", listed)
    desk = await client_with(created["api_key"])
    tab_id = await open_tab(world, parties)

    async def suspend(suspended: bool) -> None:
        answer = await desk.rpc.update_user_suspension(payer, suspended)
        same("answer", (answer["user_address"], answer["suspended"]), (payer.lower(), suspended))

    await flow.step("suspend the payer with the new key", lambda: suspend(True))
    await flow.step("refuse a tab for it", lambda: open_tab(world, parties))
    await flow.step("refuse a guarantee for it", lambda: issue(parties, claims_for(world, tab_id, 0, AMOUNT)))
    await flow.step("lift the suspension", lambda: suspend(False))
    await flow.step("open a tab for it", lambda: open_tab(world, parties))
    await flow.step("refuse keys of a key without that scope", lambda: desk.rpc.list_admin_api_keys())

    async def revoke() -> None:
        info = await admin.rpc.revoke_admin_api_key(created["id"])
        same("revoked", info["revoked_at"] is not None, True)

    await flow.step("revoke the key", revoke)
    await flow.step("refuse the revoked key", lambda: suspend(True))
    for client in (anonymous, wrong, admin, desk):
        await client.aclose()
