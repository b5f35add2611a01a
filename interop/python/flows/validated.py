"""Guarantees of version 2, which pay only after a validation."""

from __future__ import annotations

from dataclasses import replace

from fourmica_sdk import (
    BLSCert,
    Client,
    LocalAccountSigner,
    PaymentGuaranteeRequestClaims,
    PaymentGuaranteeRequestClaimsV2,
    SigningScheme,
    compute_validation_request_hash,
    compute_validation_subject_hash,
)

from .direct import AMOUNT, open_tab
from .steps import Flow, same
from .world import Parties, World, claims_for, issue

AGENT_ID = 7
MIN_SCORE = 80
TAG = "hard-finality"
JOB_HASH = "0x" + "33" * 32


def with_policy(world: World, base: PaymentGuaranteeRequestClaims) -> PaymentGuaranteeRequestClaimsV2:
    """Builds claims with a policy as the README does: partial claims first, then the hash over them."""
    partial = PaymentGuaranteeRequestClaimsV2.new(
        user_address=base.user_address,
        recipient_address=base.recipient_address,
        tab_id=base.tab_id,
        req_id=base.req_id,
        amount=base.amount,
        timestamp=base.timestamp,
        erc20_token=base.asset_address,
        validation_registry_address=world.validation_registry,
        validation_request_hash="0x" + "00" * 32,
        validation_chain_id=world.chain_id,
        validator_address=world.validator,
        validator_agent_id=AGENT_ID,
        min_validation_score=MIN_SCORE,
        validation_subject_hash=compute_validation_subject_hash(base),
        required_validation_tag=TAG,
        job_hash=JOB_HASH,
    )
    return replace(partial, validation_request_hash=compute_validation_request_hash(partial))


class InOrder(LocalAccountSigner):
    """Signs version 2 claims with the members in the protocol's order: jobHash before requiredValidationTag."""

    async def sign_typed_data(self, full_message: dict) -> str:
        struct = full_message["primaryType"]
        members = full_message["types"][struct]
        in_order = sorted(members, key=lambda member: member["name"] == "requiredValidationTag")
        types = {**full_message["types"], struct: in_order}
        return await super().sign_typed_data({**full_message, "types": types})


async def connect_in_order(world: World) -> Client:
    signer = InOrder(world.payer.private_key)
    return await Client.new(world.config(world.payer).evm_signer(signer).build())


async def run(world: World, parties: Parties) -> BLSCert:
    flow = Flow("validated guarantees")
    recipient = parties.recipient.recipient
    tab_id = await flow.step("create a tab", lambda: open_tab(world, parties, None, 2))
    first = with_policy(world, claims_for(world, tab_id, 0, AMOUNT))
    second = with_policy(world, claims_for(world, tab_id, 1, AMOUNT))

    await flow.step("sign by EIP-712 and issue", lambda: issue(parties, first))
    await flow.step("sign by EIP-191 and issue", lambda: issue(parties, first, SigningScheme.EIP191))
    payer = await connect_in_order(world)
    in_order = Parties(payer, parties.recipient)
    await flow.step("sign with the members in order and issue", lambda: issue(in_order, first))
    cert = await flow.step("issue another one", lambda: issue(in_order, second))

    def verify() -> None:
        verified = recipient.verify_payment_guarantee(cert)
        policy = verified.validation_policy
        same("version", verified.version, 2)
        same("total", verified.total_amount, 2 * AMOUNT)
        same("request hash", as_hex(policy.validation_request_hash), second.validation_request_hash)
        same("score", policy.min_validation_score, MIN_SCORE)
        same("tag", policy.required_validation_tag, TAG)

    third = claims_for(world, tab_id, 2, AMOUNT)
    await flow.step("verify the certificate with its policy", verify)
    await flow.step("issue without a policy", lambda: issue(in_order, third))
    await flow.step(
        "issue with a score that the hash does not cover",
        lambda: issue(in_order, replace(with_policy(world, third), min_validation_score=MIN_SCORE - 1)),
    )

    def without_job() -> PaymentGuaranteeRequestClaimsV2:
        partial = replace(with_policy(world, third), job_hash="0x" + "00" * 32)
        return replace(partial, validation_request_hash=compute_validation_request_hash(partial))

    await flow.step("issue without a job hash", lambda: issue(in_order, without_job()))

    def untrusted() -> PaymentGuaranteeRequestClaimsV2:
        partial = replace(with_policy(world, third), validation_registry_address=world.usdc)
        return replace(partial, validation_request_hash=compute_validation_request_hash(partial))

    await flow.step("issue with a registry that nobody trusts", lambda: issue(in_order, untrusted()))
    await payer.aclose()
    return cert


def as_hex(value: str | bytes) -> str:
    return value if isinstance(value, str) else "0x" + value.hex()
