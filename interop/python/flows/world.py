"""What the flows act on: the network, the paid API, and clients of the SDK."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx
from eth_account import Account
from fourmica_sdk import (
    AssetBalanceInfo,
    BLSCert,
    Client,
    ConfigBuilder,
    PaymentGuaranteeRequestClaims,
    SigningScheme,
)

ETH = "0x" + "00" * 20
ETHER = 10**18


@dataclass(frozen=True)
class Wallet:
    address: str
    private_key: str

    @staticmethod
    def new() -> Wallet:
        account = Account.create()
        return Wallet(account.address, "0x" + bytes(account.key).hex())


@dataclass(frozen=True)
class World:
    """A running network, and how clients meet it."""

    login_required: bool
    core_url: str
    facilitator_url: str
    rpc_url: str
    network: str
    chain_id: int
    contract_address: str
    usdc: str
    usdt: str
    validation_registry: str
    validator: str
    payer: Wallet
    recipient: Wallet
    admin_api_key: str
    grace_period: int
    withdrawal_period: int
    api_url: str
    control_url: str

    @staticmethod
    def read(path: str) -> World:
        with open(path, encoding="utf8") as file:
            raw: dict[str, Any] = json.load(file)
        for role in ("payer", "recipient"):
            raw[role] = Wallet(raw[role]["address"], raw[role]["privateKey"])
        return World(**raw)

    def config(self, wallet: Wallet) -> ConfigBuilder:
        """Settings of a client that logs in where it has to and is anonymous elsewhere."""
        builder = self.anonymous_config(wallet)
        return builder.enable_auth() if self.login_required else builder

    def anonymous_config(self, wallet: Wallet) -> ConfigBuilder:
        return ConfigBuilder().rpc_url(self.core_url).wallet_private_key(wallet.private_key)

    async def connect(self, wallet: Wallet) -> Client:
        return await Client.new(self.config(wallet).build())

    async def warp(self, seconds: int) -> None:
        """Moves the chain and the clocks of the services forward, which no client can."""
        async with httpx.AsyncClient(timeout=30) as http:
            response = await http.post(f"{self.control_url}/warp", json={"seconds": seconds})
            response.raise_for_status()

    async def eth_balance(self, address: str) -> int:
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBalance", "params": [address, "latest"]}
        async with httpx.AsyncClient() as http:
            return int((await http.post(self.rpc_url, json=body)).json()["result"], 16)


@dataclass(frozen=True)
class Parties:
    """The clients of both sides."""

    payer: Client
    recipient: Client

    async def log_in_again(self, world: World) -> None:
        """Gets fresh tokens, because the core's time has moved and the SDK's has not."""
        if world.login_required:
            await self.payer.login()
            await self.recipient.login()


def claims_for(
    world: World, tab_id: int, req_id: int, amount: int, asset: str = ETH
) -> PaymentGuaranteeRequestClaims:
    return PaymentGuaranteeRequestClaims.new(
        user_address=world.payer.address,
        recipient_address=world.recipient.address,
        tab_id=tab_id,
        req_id=req_id,
        amount=amount,
        timestamp=int(time.time()),
        erc20_token=asset,
    )


async def issue(
    parties: Parties,
    claims: PaymentGuaranteeRequestClaims,
    scheme: SigningScheme = SigningScheme.EIP712,
) -> BLSCert:
    """Lets the payer sign and the recipient ask for the certificate."""
    signed = await parties.payer.user.sign_payment(claims, scheme)
    return await parties.recipient.recipient.issue_payment_guarantee(claims, signed.signature, scheme)


async def balance_of(client: Client, user: str, asset: str) -> AssetBalanceInfo | None:
    raw = await client.rpc.get_user_asset_balance(user, asset)
    return None if raw is None else AssetBalanceInfo.from_rpc(raw)
