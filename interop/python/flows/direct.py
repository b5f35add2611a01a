"""Guarantees of version 1 straight from the core: tabs, signatures, certificates, payment, queries."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

from fourmica_sdk import BLSCert, SigningScheme

from .steps import Flow, eventually, same
from .world import ETH, Parties, Wallet, World, balance_of, claims_for, issue

AMOUNT = 10**15
TOKEN_AMOUNT = 250_000


async def run(world: World, parties: Parties) -> None:
    tab_id = await issuing(world, parties)
    await queries(world, parties, tab_id)
    await paying_eth(world, parties, tab_id)
    await paying_tokens(world, parties)


async def open_tab(world: World, parties: Parties, asset: str | None = None, version: int = 1) -> int:
    return await parties.recipient.recipient.create_tab(
        user_address=world.payer.address,
        recipient_address=world.recipient.address,
        erc20_token=asset,
        ttl=None,
        guarantee_version=version,
    )


async def issuing(world: World, parties: Parties) -> int:
    flow = Flow("guarantees")
    recipient = parties.recipient.recipient

    def create(user: str, by: str) -> Awaitable[int]:
        return recipient.create_tab(user, by, None, 300)

    tab_id = await flow.step("create a tab", lambda: open_tab(world, parties))

    async def again() -> None:
        same("tab", await open_tab(world, parties), tab_id)

    async def new_tab() -> None:
        same("latest guarantee", await recipient.get_latest_guarantee(tab_id), None)
        tab = await recipient.get_tab(tab_id)
        same("tab", (tab.tab_id, tab.asset_address, tab.status), (tab_id, ETH, "PENDING"))
        status = await recipient.get_tab_payment_status(tab_id)
        same("status", (status.paid, status.remunerated, status.asset), (0, False, ETH))

    await flow.step("create it again", again)
    await flow.step("read a tab without guarantees", new_tab)
    await flow.step(
        "create a tab for a payer without collateral",
        lambda: create(Wallet.new().address, world.recipient.address),
    )
    await flow.step(
        "create a tab for another recipient",
        lambda: create(world.payer.address, Wallet.new().address),
    )
    await flow.step(
        "create a tab longer than the contract allows",
        lambda: recipient.create_tab(world.payer.address, world.recipient.address, None, 10**9),
    )

    first = claims_for(world, tab_id, 0, AMOUNT)
    cert: BLSCert = await flow.step("sign by EIP-712 and issue", lambda: issue(parties, first))

    async def retry() -> None:
        same("certificate", await issue(parties, first), cert)

    await flow.step("ask for the same guarantee again", retry)
    await flow.step(
        "ask for another guarantee with a used id",
        lambda: issue(parties, claims_for(world, tab_id, 0, AMOUNT + 1)),
    )
    second: BLSCert = await flow.step(
        "sign by EIP-191 and issue",
        lambda: issue(parties, claims_for(world, tab_id, 1, AMOUNT), SigningScheme.EIP191),
    )
    await flow.step("skip an id", lambda: issue(parties, claims_for(world, tab_id, 3, AMOUNT)))
    await flow.step("ask for nothing", lambda: issue(parties, claims_for(world, tab_id, 2, 0)))
    await flow.step(
        "ask for more than the collateral",
        lambda: issue(parties, claims_for(world, tab_id, 2, 10**20)),
    )
    await flow.step(
        "ask in the future",
        lambda: issue(parties, replace(first, req_id=2, timestamp=first.timestamp + 600)),
    )
    await flow.step(
        "sign the claims of somebody else",
        lambda: parties.recipient.user.sign_payment(first),
    )

    async def wrong_signature() -> None:
        signed = await parties.payer.user.sign_payment(replace(first, req_id=2, amount=AMOUNT + 1))
        await recipient.issue_payment_guarantee(
            replace(first, req_id=2), signed.signature, SigningScheme.EIP712
        )

    await flow.step("issue with a signature of other claims", wrong_signature)
    await verifying(flow, parties, first, cert, second)
    return tab_id


async def verifying(flow, parties, claims, cert: BLSCert, other: BLSCert) -> None:
    recipient = parties.recipient.recipient

    def verify() -> None:
        verified = recipient.verify_payment_guarantee(cert)
        same("claims", (verified.tab_id, verified.req_id, verified.amount), (claims.tab_id, 0, claims.amount))
        same("total", verified.total_amount, claims.amount)
        same("version", verified.version, 1)
        same("running total", recipient.verify_payment_guarantee(other).total_amount, 2 * claims.amount)

    async def verify_awaited() -> None:
        await recipient.verify_payment_guarantee(cert)

    altered = cert.claims[:-1] + ("0" if cert.claims[-1] != "0" else "2")
    await flow.step("verify certificates", verify)
    await flow.step("verify a certificate with await", verify_awaited)
    await flow.step(
        "refuse the signature of another certificate",
        lambda: recipient.verify_payment_guarantee(BLSCert(cert.claims, other.signature)),
    )
    await flow.step(
        "refuse altered claims",
        lambda: recipient.verify_payment_guarantee(BLSCert(altered, cert.signature)),
    )


async def queries(world: World, parties: Parties, tab_id: int) -> None:
    flow = Flow("queries")
    recipient = parties.recipient.recipient
    unknown_tab = 7

    async def guarantees() -> None:
        both = await recipient.get_tab_guarantees(tab_id)
        same("ids", [info.req_id for info in both], [0, 1])
        same("latest", await recipient.get_latest_guarantee(tab_id), both[1])
        same("first", await recipient.get_guarantee(tab_id, 0), both[0])
        same("absent", await recipient.get_guarantee(tab_id, 2), None)
        same("amounts", [info.amount for info in both], [AMOUNT, AMOUNT])
        same("certificate is shown", [info.certificate is not None for info in both], [True, True])

    async def tabs() -> None:
        every = await recipient.list_recipient_tabs()
        same(
            "tabs",
            [(tab.tab_id, tab.status, tab.settlement_status) for tab in every],
            [(tab_id, "OPEN", "PENDING")],
        )
        same("pending", await recipient.list_recipient_tabs(["PENDING"]), every)
        same("settled", await recipient.list_recipient_tabs(["SETTLED", "REMUNERATED"]), [])
        same("settled tabs", await recipient.list_settled_tabs(), [])

    async def pending() -> None:
        infos = await recipient.list_pending_remunerations()
        same("pending", [(info.tab.tab_id, info.latest_guarantee.req_id) for info in infos], [(tab_id, 1)])

    async def balance() -> None:
        info = await recipient.get_user_asset_balance(world.payer.address, ETH)
        same("locked", info.locked, 2 * AMOUNT)

    async def nothing_yet() -> None:
        same("payments", await recipient.list_recipient_payments(), [])
        same("tab", await recipient.get_tab(unknown_tab), None)

    async def as_payer() -> None:
        infos = await parties.payer.recipient.get_tab_guarantees(tab_id)
        same("ids", [info.req_id for info in infos], [0, 1])

    await flow.step("guarantees of a tab", guarantees)
    await flow.step("tabs of a recipient", tabs)
    await flow.step("tabs by an unknown status", lambda: recipient.list_recipient_tabs(["LATE"]))
    await flow.step("pending remunerations", pending)
    await flow.step("balance of a payer with a tab", balance)
    await flow.step("payments and tabs that are not there", nothing_yet)
    await flow.step(
        "guarantees of a tab that is not there", lambda: recipient.get_tab_guarantees(unknown_tab)
    )
    await flow.step("guarantees as the payer", as_payer)


async def settled(parties: Parties, tab_id: int) -> None:
    """Waits until the core has seen, recorded and counted the payment of a tab."""
    recipient = parties.recipient.recipient
    tabs = await eventually(
        "settlement",
        recipient.list_settled_tabs,
        lambda tabs: tab_id in [tab.tab_id for tab in tabs],
    )
    same("status", [tab.settlement_status for tab in tabs if tab.tab_id == tab_id], ["SETTLED"])


async def paying_eth(world: World, parties: Parties, tab_id: int) -> None:
    flow = Flow("payment in ETH")
    user, recipient = parties.payer.user, parties.recipient.recipient

    async def pay() -> None:
        before = await world.eth_balance(world.recipient.address)
        await user.pay_tab(tab_id, 1, 2 * AMOUNT, world.recipient.address)
        same("received", await world.eth_balance(world.recipient.address) - before, 2 * AMOUNT)

    async def recorded() -> None:
        (payment,) = await recipient.list_recipient_payments()
        same("amount", payment.amount, 2 * AMOUNT)
        same("state", (payment.verified, payment.finalized, payment.failed), (True, True, False))
        events = await recipient.get_collateral_events_for_tab(tab_id)
        same("unlocked", [event.amount for event in events if event.event_type == "UNLOCK"], [2 * AMOUNT])
        status = await user.get_tab_payment_status(tab_id)
        same("paid on chain", status.paid, 2 * AMOUNT)
        balance = await balance_of(parties.payer, world.payer.address, ETH)
        same("locked", balance.locked, 0)

    async def next_tab() -> None:
        same("another tab", await open_tab(world, parties) != tab_id, True)

    await flow.step("pay the tab", pay)
    await flow.step("see it settled", lambda: settled(parties, tab_id))
    await flow.step("read payment, events and locks", recorded)
    await flow.step(
        "ask for a guarantee on the settled tab", lambda: issue(parties, claims_for(world, tab_id, 2, AMOUNT))
    )
    await flow.step("get another tab", next_tab)


async def paying_tokens(world: World, parties: Parties) -> None:
    flow = Flow("payment in tokens")
    user = parties.payer.user
    tab_id = await flow.step("create a tab", lambda: open_tab(world, parties, world.usdc))

    async def asset() -> None:
        tab = await parties.recipient.recipient.get_tab(tab_id)
        same("asset", tab.asset_address.lower(), world.usdc.lower())

    async def pay() -> None:
        await user.pay_tab(tab_id, 0, TOKEN_AMOUNT, world.recipient.address, world.usdc)

    async def unlocked() -> None:
        balance = await balance_of(parties.payer, world.payer.address, world.usdc)
        same("locked", balance.locked, 0)
        same("paid on chain", (await user.get_tab_payment_status(tab_id)).paid, TOKEN_AMOUNT)

    await flow.step("read its asset", asset)
    await flow.step("issue", lambda: issue(parties, claims_for(world, tab_id, 0, TOKEN_AMOUNT, world.usdc)))
    await flow.step(
        "issue in ETH on a tab of tokens", lambda: issue(parties, claims_for(world, tab_id, 1, TOKEN_AMOUNT))
    )
    await flow.step("pay without an approval", pay)
    await flow.step("approve", lambda: user.approve_erc20(world.usdc, TOKEN_AMOUNT))
    await flow.step("pay the tab", pay)
    await flow.step("see it settled", lambda: settled(parties, tab_id))
    await flow.step("read what is locked", unlocked)
