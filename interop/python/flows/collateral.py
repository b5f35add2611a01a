"""Deposits and approvals, and what contract and core say about them."""

from __future__ import annotations

from .steps import Flow, eventually, same
from .world import ETH, ETHER, Parties, World, balance_of

ETH_DEPOSIT = 2 * ETHER
TOKEN_DEPOSIT = 5_000_000


async def run(world: World, parties: Parties) -> None:
    flow = Flow("collateral")
    user = parties.payer.user
    address = world.payer.address

    async def on_chain() -> None:
        infos = {info.asset.lower(): info for info in await user.get_user()}
        for asset, amount in expected.items():
            same(f"collateral of {asset}", infos[asset.lower()].collateral, amount)
            same("withdrawal", infos[asset.lower()].withdrawal_request_amount, 0)

    async def in_core() -> None:
        for asset, amount in expected.items():
            await eventually(
                f"deposit of {asset}",
                lambda: balance_of(parties.payer, address, asset),
                lambda balance: balance is not None and balance.total == amount and balance.locked == 0,
            )

    expected = {ETH: ETH_DEPOSIT, world.usdc: TOKEN_DEPOSIT, world.usdt: TOKEN_DEPOSIT}
    await flow.step("deposit ETH", lambda: user.deposit(ETH_DEPOSIT))
    await flow.step("deposit tokens without an approval", lambda: user.deposit(TOKEN_DEPOSIT, world.usdc))
    await flow.step("approve tokens", lambda: user.approve_erc20(world.usdc, TOKEN_DEPOSIT))
    await flow.step("deposit tokens", lambda: user.deposit(TOKEN_DEPOSIT, world.usdc))
    await flow.step("approve tokens of the USDT kind", lambda: user.approve_erc20(world.usdt, 1_000))
    await flow.step(
        "raise an approval of the USDT kind", lambda: user.approve_erc20(world.usdt, TOKEN_DEPOSIT)
    )
    await flow.step("take the approval back", lambda: user.approve_erc20(world.usdt, 0))
    await flow.step("approve again from nothing", lambda: user.approve_erc20(world.usdt, TOKEN_DEPOSIT))
    await flow.step("deposit tokens of the USDT kind", lambda: user.deposit(TOKEN_DEPOSIT, world.usdt))
    await flow.step("deposit nothing", lambda: user.deposit(0))
    await flow.step("read the collateral from the contract", on_chain)
    await flow.step("read the balances from the core", in_core)
    await flow.step(
        "read a payer's balance without a tab with it",
        lambda: parties.recipient.recipient.get_user_asset_balance(address, ETH),
    )
