"""Taking the money from the collateral when a tab was not paid."""

from __future__ import annotations

from fourmica_sdk import BLSCert

from .direct import AMOUNT, TOKEN_AMOUNT, open_tab
from .steps import Flow, eventually, same
from .world import ETH, Parties, World, claims_for, issue


async def run(world: World, parties: Parties, validated: BLSCert) -> None:
    flow = Flow("remuneration")
    recipient = parties.recipient.recipient
    tab_id, first, certs = await flow.step("leave a tab unpaid", lambda: unpaid(world, parties, None, AMOUNT))
    token_tab, token_first, token_certs = await flow.step(
        "leave a tab of tokens unpaid", lambda: unpaid(world, parties, world.usdc, TOKEN_AMOUNT)
    )

    async def total(tab: int, req_id: int) -> int:
        infos = await recipient.get_tab_guarantees(tab)
        return sum(info.amount for info in infos if info.req_id <= req_id)

    async def collateral_spent(asset: str, cert: BLSCert) -> int:
        before = await collateral(parties, asset)
        await recipient.remunerate(cert)
        return before - await collateral(parties, asset)

    async def early_certificate() -> None:
        same("spent", await collateral_spent(ETH, certs[0]), await total(tab_id, first))

    async def newest_certificate() -> None:
        same("spent", await collateral_spent(ETH, certs[1]), AMOUNT)

    async def tokens() -> None:
        same(
            "spent",
            await collateral_spent(world.usdc, token_certs[1]),
            await total(token_tab, token_first + 1),
        )

    async def seen_by_core() -> None:
        wanted = {tab_id, token_tab}
        tabs = await eventually(
            "remunerations",
            lambda: recipient.list_recipient_tabs(["REMUNERATED"]),
            lambda tabs: wanted <= {tab.tab_id for tab in tabs},
        )
        same("remunerated tabs", {tab.tab_id for tab in tabs}, wanted)
        for tab in wanted:
            same("on chain", (await recipient.get_tab_payment_status(tab)).remunerated, True)

    await flow.step("claim before the tab is overdue", lambda: recipient.remunerate(certs[1]))
    await world.warp(world.grace_period + 1)
    await parties.log_in_again(world)
    await flow.step("claim with an early certificate", early_certificate)
    await flow.step("claim it again", lambda: recipient.remunerate(certs[0]))
    await flow.step("claim the rest with the newest certificate", newest_certificate)
    await flow.step("claim in tokens", tokens)
    await flow.step(
        "refuse to claim with a forged certificate",
        lambda: recipient.remunerate(BLSCert(certs[1].claims, certs[0].signature)),
    )
    await flow.step("claim validated work", lambda: recipient.remunerate(validated))
    await flow.step("see the remunerations in the core", seen_by_core)


async def unpaid(
    world: World, parties: Parties, asset: str | None, amount: int
) -> tuple[int, int, list[BLSCert]]:
    """Adds two guarantees to the open tab of the asset; returns tab, first id and both certificates."""
    tab_id = await open_tab(world, parties, asset)
    latest = await parties.recipient.recipient.get_latest_guarantee(tab_id)
    first = 0 if latest is None else latest.req_id + 1
    requests = [claims_for(world, tab_id, req_id, amount, asset or ETH) for req_id in (first, first + 1)]
    return tab_id, first, [await issue(parties, claims) for claims in requests]


async def collateral(parties: Parties, asset: str) -> int:
    infos = await parties.payer.user.get_user()
    return next(info.collateral for info in infos if info.asset.lower() == asset.lower())
