"""Taking collateral back, and a session that outlived its token."""

from __future__ import annotations

from typing import Any

from .collateral import TOKEN_DEPOSIT
from .remuneration import collateral
from .steps import Flow, eventually, same
from .world import ETH, ETHER, Parties, World, balance_of

ACCESS_TOKEN_LIFE = 900


async def run(world: World, parties: Parties) -> None:
    flow = Flow("withdrawal")
    user = parties.payer.user
    half = ETHER // 2

    async def requested(asset: str, amount: int) -> None:
        infos = await user.get_user()
        info = next(info for info in infos if info.asset.lower() == asset.lower())
        same("requested", info.withdrawal_request_amount, amount)
        await eventually(
            "the request in the core",
            lambda: parties.payer.rpc.get_user_asset_balance(world.payer.address, asset),
            lambda raw: int(raw["pending_withdrawal"], 16) == amount,
        )

    async def finalize(asset: str, token: str | None, amount: int) -> None:
        before = await collateral(parties, asset)
        await (user.finalize_withdrawal() if token is None else user.finalize_withdrawal(token))
        same("withdrawn", before - await collateral(parties, asset), amount)

    async def ledgers_agree() -> None:
        for info in await user.get_user():
            await eventually(
                f"balance of {info.asset}",
                lambda: balance_of(parties.payer, world.payer.address, info.asset),
                lambda balance: balance.total == info.collateral,
            )

    await flow.step("request more than the collateral", lambda: user.request_withdrawal(10**21))
    await flow.step("request ETH", lambda: user.request_withdrawal(half))
    await flow.step("see the request in contract and core", lambda: requested(ETH, half))
    await flow.step("cancel it", user.cancel_withdrawal)
    await flow.step("see it gone", lambda: requested(ETH, 0))
    await flow.step("cancel nothing", user.cancel_withdrawal)
    await flow.step("request ETH again", lambda: user.request_withdrawal(half))
    await flow.step("request tokens", lambda: user.request_withdrawal(TOKEN_DEPOSIT, world.usdt))
    await flow.step("finalise too early", user.finalize_withdrawal)
    await world.warp(world.withdrawal_period + 1)
    await parties.log_in_again(world)
    await flow.step("finalise ETH", lambda: finalize(ETH, None, half))
    await flow.step("finalise tokens", lambda: finalize(world.usdt, world.usdt, TOKEN_DEPOSIT))
    await flow.step("finalise nothing", user.finalize_withdrawal)
    await flow.step("find the same balances in contract and core", ledgers_agree)
    await long_session(world, parties)


async def long_session(world: World, parties: Parties) -> None:
    flow = Flow("long session")
    recipient = parties.recipient

    async def list_tabs() -> None:
        await recipient.recipient.list_recipient_tabs()

    async def log_in_again() -> Any:
        await recipient.login()
        await list_tabs()

    await world.warp(ACCESS_TOKEN_LIFE + 60)
    await flow.step("call with a token that the core holds for expired", list_tabs)
    await flow.step("log in again", log_in_again)
