"""Paying a real API over x402, versions 1 and 2, and settling at the facilitator."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import httpx
from fourmica_sdk import (
    BLSCert,
    PaymentRequirementsV1,
    PaymentRequirementsV2,
    X402Flow,
    X402PaymentRequired,
    X402SignedPayment,
)

from .steps import Flow, ServerRefusal, same
from .validated import connect_in_order
from .world import Parties, Wallet, World


def decoded(header: str) -> dict[str, Any]:
    return json.loads(base64.b64decode(header))


class PaidApi:
    """The API that charges, as a client of it sees it."""

    def __init__(self, world: World) -> None:
        self._url = world.api_url

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async with httpx.AsyncClient(timeout=30) as http:
            return await http.get(f"{self._url}{path}", headers=headers)

    async def offer_v1(self, path: str) -> PaymentRequirementsV1:
        response = await self.get(path)
        same("status", response.status_code, 402)
        body = response.json()
        same("x402Version", body["x402Version"], 1)
        return PaymentRequirementsV1.from_raw(body["accepts"][0])

    async def offer_v2(self, path: str) -> tuple[X402PaymentRequired, PaymentRequirementsV2]:
        response = await self.get(path)
        same("status", response.status_code, 402)
        required = X402PaymentRequired.from_raw(decoded(response.headers["payment-required"]))
        return required, required.accepts[0]

    async def pay(self, path: str, request_header: str, payment: X402SignedPayment) -> dict[str, Any]:
        """Requests with a payment; returns the receipt that came with the answer."""
        response = await self.get(path, {request_header: payment.header})
        if response.status_code != 200:
            raise ServerRefusal(f"{response.status_code}: {response.text[:200]}")
        same("answer", response.json()["paid"], True)
        response_header = "x-payment-response" if request_header == "X-PAYMENT" else "payment-response"
        receipt = decoded(response.headers[response_header])
        same("success", receipt["success"], True)
        return receipt


async def settle(
    world: World,
    parties: Parties,
    flow: X402Flow,
    payment: X402SignedPayment,
    requirements: PaymentRequirementsV1 | PaymentRequirementsV2,
) -> None:
    """Settles at the facilitator and checks the certificate in its answer."""
    settled = await flow.settle_payment(payment, requirements, world.facilitator_url)
    answer = settled.settlement.raw
    if answer.get("success") is not True:
        raise ServerRefusal(f"not settled: {answer.get('error')}")
    certificate = answer["certificate"]
    cert = BLSCert(certificate["claims"], certificate["signature"])
    verified = parties.recipient.recipient.verify_payment_guarantee(cert)
    claims = payment.payload["claims"]
    same("tab", verified.tab_id, int(claims["tab_id"], 16))
    same("request", verified.req_id, int(claims["req_id"], 16))
    same("amount", verified.amount, int(claims["amount"], 16))


async def run(world: World, parties: Parties) -> None:
    await version_1(world, parties)
    await version_2(world, parties)


async def version_1(world: World, parties: Parties) -> None:
    flow = Flow("x402 version 1")
    api = PaidApi(world)
    payer = X402Flow.from_client(parties.payer)
    user = world.payer.address

    async def pay(path: str) -> X402SignedPayment:
        payment = await payer.sign_payment(await api.offer_v1(path), user)
        await api.pay(path, "X-PAYMENT", payment)
        return payment

    payment = await flow.step("pay for a request in ETH", lambda: pay("/eth"))

    async def repeat() -> None:
        await api.pay("/eth", "X-PAYMENT", payment)

    async def verify() -> None:
        requirements = await api.offer_v1("/eth")
        signed = await payer.sign_payment(requirements, user)
        body = {
            "x402Version": 1,
            "paymentHeader": signed.header,
            "paymentRequirements": requirements.to_payload(),
        }
        async with httpx.AsyncClient(timeout=30) as http:
            answer = (await http.post(f"{world.facilitator_url}/verify", json=body)).json()
        same("valid", (answer["isValid"], answer.get("invalidReason")), (True, None))

    async def settle_alone() -> None:
        requirements = await api.offer_v1("/eth")
        signed = await payer.sign_payment(requirements, user)
        await settle(world, parties, payer, signed, requirements)
        await settle(world, parties, payer, signed, requirements)

    async def settle_another_price() -> None:
        requirements = await api.offer_v1("/eth")
        signed = await payer.sign_payment(requirements, user)
        dearer = replace(requirements, max_amount_required="200000000000000")
        await settle(world, parties, payer, signed, dearer)

    async def altered(**changes: Any) -> None:
        await payer.sign_payment(replace(await api.offer_v1("/eth"), **changes), user)

    async def as_somebody_else() -> None:
        await payer.sign_payment(await api.offer_v1("/eth"), Wallet.new().address)

    await flow.step("repeat the paid request", repeat)
    await flow.step("pay for another one", lambda: pay("/eth"))
    await flow.step("pay for a request in tokens", lambda: pay("/token"))
    await flow.step("verify at the facilitator", verify)
    await flow.step("settle at the facilitator, twice", settle_alone)
    await flow.step("settle less than the price", settle_another_price)
    await flow.step("sign less than the price", lambda: altered(max_amount_required="1"))
    await flow.step("refuse another scheme", lambda: altered(scheme="exact"))
    await flow.step("refuse an offer without tab endpoint", lambda: altered(extra={}))
    await flow.step("pay as somebody without collateral", as_somebody_else)


async def version_2(world: World, parties: Parties) -> None:
    flow = Flow("x402 version 2")
    api = PaidApi(world)
    user = world.payer.address
    as_published = X402Flow.from_client(parties.payer)
    in_order = await connect_in_order(world)
    payer = X402Flow.from_client(in_order)

    async def pay(x402: X402Flow, path: str) -> None:
        required, accepted = await api.offer_v2(path)
        payment = await x402.sign_payment_v2(required, accepted, user)
        claims = payment.payload["claims"]
        same("claims", (claims["version"], claims["validation_chain_id"]), ("v2", world.chain_id))
        await api.pay(path, "PAYMENT-SIGNATURE", payment)

    async def settle_alone() -> None:
        required, accepted = await api.offer_v2("/validated/eth")
        await settle(world, parties, payer, await payer.sign_payment_v2(required, accepted, user), accepted)

    async def with_extra(**changes: Any) -> None:
        required, accepted = await api.offer_v2("/validated/eth")
        await payer.sign_payment_v2(required, replace(accepted, extra={**accepted.extra, **changes}), user)

    async def without_chain() -> None:
        required, accepted = await api.offer_v2("/validated/eth")
        extra = {key: value for key, value in accepted.extra.items() if key != "validationChainId"}
        await payer.sign_payment_v2(required, replace(accepted, extra=extra), user)

    await flow.step("pay for a validated request", lambda: pay(as_published, "/validated/eth"))
    await flow.step("pay for it, members in order", lambda: pay(payer, "/validated/eth"))
    await flow.step("pay for it in tokens, members in order", lambda: pay(payer, "/validated/token"))
    await flow.step("pay for a request without validation", lambda: pay(payer, "/eth"))
    await flow.step("settle at the facilitator, members in order", settle_alone)
    await flow.step("derive the validation chain from the network", without_chain)
    await flow.step("ask for a tab with a weaker policy", lambda: with_extra(minValidationScore=1))
    await in_order.aclose()
