"""Clients, logins, tokens and signers."""

from __future__ import annotations

from eth_account import Account
from eth_account.messages import encode_defunct
from fourmica_sdk import AuthClient, AuthTokens, Client, ConfigBuilder, LocalAccountSigner

from .configuration import environment
from .steps import Flow, Mismatch, same
from .world import Parties, Wallet, World


class OwnSigner:
    """A signer of the application, as a hardware wallet would be."""

    def __init__(self, wallet: Wallet) -> None:
        self._account = Account.from_key(wallet.private_key)
        self.calls: list[str] = []

    @property
    def address(self) -> str:
        return self._account.address

    async def sign_typed_data(self, full_message: dict) -> str:
        self.calls.append("typed data")
        signed = self._account.sign_typed_data(full_message=full_message)
        return "0x" + bytes(signed.signature).hex()

    async def sign_message(self, message: str | bytes) -> str:
        self.calls.append("message")
        text = {"text": message} if isinstance(message, str) else {"primitive": message}
        signed = self._account.sign_message(encode_defunct(**text))
        return "0x" + bytes(signed.signature).hex()


async def run(world: World) -> Parties:
    flow = Flow("session")
    payer = await flow.step("connect as payer", lambda: world.connect(world.payer))
    recipient = await flow.step("connect as recipient", lambda: world.connect(world.recipient))
    parties = Parties(payer, recipient)

    def parameters() -> None:
        same("chain_id", payer.params.chain_id, world.chain_id)
        same("contract_address", payer.params.contract_address, world.contract_address)
        same("versions", payer.params.accepted_guarantee_versions_or_default(), [1, 2])
        same("registries", payer.params.trusted_validation_registries, [world.validation_registry])

    async def logged_in(builder: ConfigBuilder) -> AuthTokens:
        client = await Client.new(builder.build())
        try:
            tokens = await client.login()
            await client.recipient.list_recipient_tabs()
            return tokens
        finally:
            await client.aclose()

    async def list_tabs(builder: ConfigBuilder) -> None:
        client = await Client.new(builder.build())
        try:
            same("tabs", await client.recipient.list_recipient_tabs(), [])
        finally:
            await client.aclose()

    async def own_signer() -> None:
        signer = OwnSigner(world.recipient)
        await logged_in(world.anonymous_config(world.recipient).evm_signer(signer).enable_auth())
        same("calls of the signer", signer.calls, ["message"])

    async def local_signer() -> None:
        signer = LocalAccountSigner(world.recipient.private_key)
        await logged_in(world.anonymous_config(world.recipient).evm_signer(signer).enable_auth())

    async def token_from_environment() -> None:
        variables = {
            "4MICA_WALLET_PRIVATE_KEY": world.recipient.private_key,
            "4MICA_RPC_URL": world.core_url,
            "4MICA_BEARER_TOKEN": f"Bearer {tokens.access_token}",
        }
        with environment(variables):
            builder = ConfigBuilder().from_env()
        await list_tabs(builder)

    await flow.step("read the public parameters", parameters)
    await flow.step("log in", payer.login)
    tokens: AuthTokens = await flow.step(
        "log in with enable_auth()",
        lambda: logged_in(world.anonymous_config(world.recipient).enable_auth()),
    )
    await flow.step("call without a login", lambda: list_tabs(world.anonymous_config(world.recipient)))
    await flow.step(
        "call with a bearer token",
        lambda: list_tabs(world.anonymous_config(world.recipient).bearer_token(tokens.access_token)),
    )
    await flow.step(
        "call with a bearer token as the README writes it",
        lambda: list_tabs(
            world.anonymous_config(world.recipient).bearer_token(f"Bearer {tokens.access_token}")
        ),
    )
    await flow.step("call with a bearer token of the environment", token_from_environment)
    await flow.step(
        "call with a bearer token that is none",
        lambda: list_tabs(world.anonymous_config(world.recipient).bearer_token("nonsense")),
    )
    await flow.step("log in with a signer of the application", own_signer)
    await flow.step("log in with LocalAccountSigner", local_signer)
    await refresh_and_logout(flow, world, tokens)
    await flow.step(
        "refuse a core that is not there",
        lambda: Client.new(world.anonymous_config(world.payer).rpc_url("http://127.0.0.1:9").build()),
    )
    await flow.step(
        "refuse a contract that is none",
        lambda: Client.new(world.anonymous_config(world.payer).contract_address(world.usdc).build()),
    )
    return parties


async def refresh_and_logout(flow: Flow, world: World, tokens: AuthTokens) -> None:
    auth = AuthClient(world.core_url)

    async def refresh() -> AuthTokens:
        fresh = await auth.refresh(tokens.refresh_token)
        if fresh.refresh_token == tokens.refresh_token:
            raise Mismatch("the refresh token was not rotated")
        return fresh

    fresh = await flow.step("refresh the tokens", refresh)
    await flow.step("log out", lambda: auth.logout(fresh.refresh_token))
    await flow.step("refuse a refresh after the logout", lambda: auth.refresh(fresh.refresh_token))
    await auth.aclose()
