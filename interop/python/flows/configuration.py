"""ConfigBuilder, its environment variables, and the table of networks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from fourmica_sdk import NETWORKS, ConfigBuilder

from .steps import Flow, same
from .world import World


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Sets variables that start with `4MICA_`, which no shell can export."""
    for name, value in variables.items():
        os.environ[name] = value
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]


async def run(world: World) -> None:
    flow = Flow("configuration")
    key = world.payer.private_key

    def default_network() -> None:
        config = ConfigBuilder().wallet_private_key(key).build()
        same("rpc_url", config.rpc_url, NETWORKS["ethereum-sepolia"].rpc_url)
        same("auth", config.auth, None)

    def network_by_caip2() -> None:
        config = ConfigBuilder().network("eip155:84532").wallet_private_key(key).build()
        same("rpc_url", config.rpc_url, NETWORKS["base-sepolia"].rpc_url)

    def every_setter() -> None:
        config = (
            ConfigBuilder()
            .rpc_url(world.core_url)
            .wallet_private_key(key)
            .ethereum_http_rpc_url(world.rpc_url)
            .contract_address(world.contract_address)
            .enable_auth()
            .auth_url(world.core_url)
            .auth_refresh_margin_secs(30)
            .build()
        )
        same("contract_address", config.contract_address, world.contract_address)
        same("ethereum_http_rpc_url", config.ethereum_http_rpc_url.rstrip("/"), world.rpc_url)
        same("refresh margin", config.auth.refresh_margin_secs, 30)

    def without_enabling() -> None:
        config = ConfigBuilder().wallet_private_key(key).auth_url(world.core_url).build()
        same("auth", config.auth, None)

    def from_environment() -> None:
        variables = {
            "4MICA_WALLET_PRIVATE_KEY": key,
            "4MICA_RPC_URL": world.core_url,
            "4MICA_ETHEREUM_HTTP_RPC_URL": world.rpc_url,
            "4MICA_CONTRACT_ADDRESS": world.contract_address,
            "4MICA_AUTH_URL": world.core_url,
            "4MICA_AUTH_REFRESH_MARGIN_SECS": "45",
        }
        with environment(variables):
            config = ConfigBuilder().from_env().build()
        same("rpc_url", config.rpc_url.rstrip("/"), world.core_url)
        same("contract_address", config.contract_address, world.contract_address)
        same("refresh margin", config.auth.refresh_margin_secs, 45)

    def network_from_environment() -> None:
        with environment({"4MICA_WALLET_PRIVATE_KEY": key, "4MICA_NETWORK": "base-sepolia"}):
            config = ConfigBuilder().from_env().build()
        same("rpc_url", config.rpc_url, NETWORKS["base-sepolia"].rpc_url)

    await flow.step("default network", default_network)
    await flow.step("network by its CAIP-2 id", network_by_caip2)
    await flow.step("every setter", every_setter)
    await flow.step("auth settings without enable_auth()", without_enabling)
    await flow.step("everything from the environment", from_environment)
    await flow.step("network from the environment", network_from_environment)
    await flow.step("refuse an unknown network", lambda: ConfigBuilder().network("nowhere"))
    await flow.step("refuse a missing key", lambda: ConfigBuilder().rpc_url(world.core_url).build())
    await flow.step("refuse a malformed key", lambda: ConfigBuilder().wallet_private_key("0x12").build())
