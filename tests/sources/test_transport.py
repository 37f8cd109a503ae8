"""One request on the narrowest path there is: real HTTP and TLS on loopback, and every way it goes wrong."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from parts.account import USAGE_PATH, LoopbackAccount
from parts.certificates import Certificate, make_certificate
from ringfence import version
from ringfence.core.model import FailureKind
from ringfence.ports import Endpoint, Secret, SourceError
from ringfence.sources import transport
from ringfence.sources.transport import MAX_BYTES, Answer, Transport

SOURCE_FOLDER = Path(__file__).parents[2] / "src"
TOKEN = Secret("sk-ant-oat01-CANARY")


async def get(base_url: str, *, deadline_s: float = 10.0, **endpoint: Any) -> Answer:
    return await Transport(Endpoint(base_url=base_url, **endpoint), deadline_s=deadline_s).get(USAGE_PATH, TOKEN)


async def refusal(base_url: str, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await get(base_url, **more)
    assert "CANARY" not in str(caught.value)
    return caught.value


@pytest.fixture
def account():
    with LoopbackAccount() as made:
        yield made


# ---- the request -----------------------------------------------------------------------------------------------------


async def test_the_request_says_who_asks_and_what(account):
    answer = await get(account.url)
    (request,) = account.requests
    assert (request.method, request.path, request.has_authorization) == ("GET", "/api/oauth/usage", True)
    wanted = {
        "user-agent": f"ringfence/{version.__version__}",
        "anthropic-beta": "oauth-2025-04-20",
        "accept-encoding": "identity",
        "content-type": "application/json",
    }
    assert request.headers.items() >= wanted.items()
    assert answer.status == 200
    assert json.loads(answer.body)["five_hour"]["utilization"] == 42.0
    assert answer.date


async def test_a_slash_behind_the_address_is_no_other_address(account):
    assert (await get(f"{account.url}/")).status == 200
    assert account.requests[0].path == USAGE_PATH


async def test_an_error_status_is_an_answer_with_its_headers(account):
    account.set(usage_mode="429", retry_after=77)
    answer = await get(account.url)
    assert (answer.status, answer.retry_after) == (429, "77")


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"])
async def test_a_proxy_of_the_environment_is_not_used(account, monkeypatch, name):
    with LoopbackAccount() as proxy:
        monkeypatch.setenv(name, proxy.url)
        assert (await get(account.url)).status == 200
        assert proxy.requests == []


async def test_loopback_is_never_asked_through_a_proxy(account):
    with LoopbackAccount() as proxy:
        assert (await get(account.url, proxy=proxy.url)).status == 200
        assert proxy.requests == []


async def test_a_token_of_netrc_does_not_replace_ours(account, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert (await get(account.url)).status == 200
    assert account.requests[0].has_authorization


# ---- no other place --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("elsewhere", [True, False])
async def test_a_redirect_is_not_followed(account, elsewhere):
    with LoopbackAccount() as other:
        account.set(usage_mode="redirect", redirect_to=f"{other.url}{USAGE_PATH}" if elsewhere else "")
        error = await refusal(account.url)
        assert error.kind is FailureKind.SERVER_ERROR
        assert other.requests == []
    assert len(account.requests) == 1


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.anthropic.com",
        "http://192.0.2.1",
        "ftp://127.0.0.1",
        "//127.0.0.1",
        "",
        "https://user@127.0.0.1",
        "https://127.0.0.1\\@example.invalid",
        "https://127.0.0.1?to=x",
        "https://[",
        "https://127.0.0.1:port",
    ],
)
async def test_an_address_that_is_not_ours_to_ask_gets_no_request(base_url):
    error = await refusal(base_url)
    assert (error.kind, error.requested) == (FailureKind.OFFLINE, False)
    assert "usage.base_url" in error.detail


# ---- too much, too slow, broken --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("huge", FailureKind.SERVER_ERROR),
        ("bomb", FailureKind.SERVER_ERROR),
        ("cut", FailureKind.SERVER_ERROR),
        ("drop", FailureKind.SERVER_ERROR),
    ],
)
async def test_a_broken_answer_is_the_servers_trouble(account, mode, kind):
    account.set(usage_mode=mode)
    error = await refusal(account.url)
    assert (error.kind, error.requested) == (kind, True)


async def test_an_answer_of_just_the_allowed_size_is_taken(account):
    account.set(raw=" " * MAX_BYTES)
    assert len((await get(account.url)).body) == MAX_BYTES
    account.set(raw=" " * (MAX_BYTES + 1))
    assert "256 kB" in (await refusal(account.url)).detail


@pytest.mark.parametrize("mode", ["slow", "drip"])
async def test_an_answer_that_never_ends_is_given_up_at_one_deadline(account, mode):
    account.set(usage_mode=mode)
    began = time.monotonic()
    error = await refusal(account.url, deadline_s=0.5)
    assert (error.kind, error.requested) == (FailureKind.OFFLINE, True)
    assert "did not answer" in error.detail
    assert time.monotonic() - began < 5


async def test_a_port_where_nobody_listens_costs_no_request():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = await refusal(f"http://127.0.0.1:{port}")
    assert (error.kind, error.requested) == (FailureKind.OFFLINE, False)
    assert "No connection to 127.0.0.1" in error.detail


async def test_a_name_that_does_not_exist_is_named_and_costs_no_request():
    error = await refusal("https://nowhere.invalid")
    assert (error.kind, error.requested) == (FailureKind.OFFLINE, False)
    assert "No address of nowhere.invalid could be found" in error.detail


async def test_something_that_does_not_speak_http_is_the_servers_trouble():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        async def babble() -> None:
            loop = asyncio.get_running_loop()
            connection, _ = await loop.sock_accept(server)
            with connection:
                await loop.sock_recv(connection, 4096)
                await loop.sock_sendall(connection, b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

        error, _ = await asyncio.gather(refusal(f"http://127.0.0.1:{server.getsockname()[1]}"), babble())
    assert error.kind is FailureKind.SERVER_ERROR


@pytest.mark.parametrize("mode", ["bomb", "huge"])
def test_a_hostile_answer_costs_no_memory(account, mode):
    # In a process of its own: here stands the server, which holds the bomb. The first request brings httpx.
    script = (
        "import asyncio, resource, sys\n"
        "from ringfence.ports import Endpoint, Secret, SourceError\n"
        "from ringfence.sources.transport import Transport\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "async def main():\n"
        "    transport = Transport(Endpoint(base_url=sys.argv[1]))\n"
        "    await transport.get('/elsewhere', Secret('x'))\n"
        "    before = peak()\n"
        "    try: await transport.get('/api/oauth/usage', Secret('x'))\n"
        "    except SourceError: print(peak() - before)\n"
        "asyncio.run(main())\n"
    )
    account.set(usage_mode=mode)
    assert int(in_python(script, account.url)) < 20_000  # kB


def test_a_request_brings_no_command_line_library(account):
    script = (
        "import asyncio, sys\n"
        "from ringfence.ports import Endpoint, Secret\n"
        "from ringfence.sources.transport import Transport\n"
        "asyncio.run(Transport(Endpoint(base_url=sys.argv[1])).get('/api/oauth/usage', Secret('x')))\n"
        "print(sorted({'httpx', 'click', 'rich', 'pygments'} & sys.modules.keys()))\n"
    )
    assert in_python(script, account.url) == "['httpx']"


def test_httpx_is_not_loaded_before_the_first_request():
    script = (
        "import sys\n"
        "from ringfence.core.settings import DEFAULT_ACCOUNT\n"
        "from ringfence.ports import Endpoint, Tools\n"
        "from ringfence.sources import specs\n"
        "spec = specs()[0]\n"
        "early = {'httpx', 'msgspec', 'asyncio', 'keyring'} & sys.modules.keys()\n"
        "tools = Tools(now=None, environ=None, read_secret=None)\n"
        "spec.build(DEFAULT_ACCOUNT, Endpoint(base_url='https://api.anthropic.com'), tools)\n"
        "print(sorted(early), 'httpx' in sys.modules)\n"
    )
    assert in_python(script) == "[] False"


def in_python(script: str, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": str(SOURCE_FOLDER)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


# ---- certificates ----------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


async def test_a_companys_root_is_trusted_when_the_settings_name_it(certificate):
    with LoopbackAccount(tls=certificate.server_context()) as account:
        assert (await get(account.url, ca_bundle=str(certificate.cert))).status == 200
        assert account.requests[0].has_authorization


async def test_a_certificate_that_nobody_signed_is_refused(certificate):
    with LoopbackAccount(tls=certificate.server_context()) as account:
        error = await refusal(account.url)
        assert (error.kind, error.requested) == (FailureKind.OFFLINE, False)
        assert "The certificate of 127.0.0.1 was refused (self-signed certificate)" in error.detail
        assert account.requests == []


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ({"address": "127.0.0.2"}, "not valid for '127.0.0.1'"),
        ({"from_": -timedelta(days=9), "until": -timedelta(days=1)}, "certificate has expired"),
        ({"from_": timedelta(days=1), "until": timedelta(days=9)}, "not yet valid"),
    ],
)
async def test_a_wrong_certificate_is_refused_and_says_what_is_wrong(tmp_path, made, reason):
    certificate = make_certificate(tmp_path, **made)
    with LoopbackAccount(tls=certificate.server_context()) as account:
        error = await refusal(account.url, ca_bundle=str(certificate.cert))
        assert error.kind is FailureKind.OFFLINE
        assert reason in error.detail
        assert account.requests == []


@pytest.mark.parametrize("content", [None, "", "no certificate"])
async def test_certificates_that_cannot_be_read_are_named(tmp_path, content):
    path = tmp_path / "roots.pem"
    if content is not None:
        path.write_text(content)
    error = await refusal("https://127.0.0.1:1", ca_bundle=str(path))
    assert (error.kind, error.requested) == (FailureKind.OFFLINE, False)
    assert f"The certificates in {path} (usage.ca_bundle) cannot be read" in error.detail


def test_a_system_without_roots_gets_those_of_certifi(monkeypatch):
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda _: None)
    monkeypatch.setattr(transport, "_system_has_roots", lambda: False)
    context = transport.tls_context(Endpoint(base_url="https://api.anthropic.com"))
    assert context.cert_store_stats()["x509_ca"] > 50


def test_names_and_certificates_are_always_checked():
    for base_url in ("https://api.anthropic.com", "http://127.0.0.1:1"):
        context = transport.tls_context(Endpoint(base_url=base_url))
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2


async def test_the_session_keys_are_written_nowhere(certificate, tmp_path, monkeypatch):
    keys = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    with LoopbackAccount(tls=certificate.server_context()) as account:
        await get(account.url, ca_bundle=str(certificate.cert))
    assert not keys.exists()


# ---- the proxy of the settings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "proxy", ["gopher://127.0.0.1:1", "127.0.0.1", "http://a:CANARY@x:port", "http://127.0.0.1:port"]
)
async def test_a_proxy_that_is_not_one_is_named_without_its_password(proxy):
    error = await refusal("https://127.0.0.1:1", proxy=proxy)
    assert (error.kind, error.requested) == (FailureKind.OFFLINE, False)
    assert "usage.proxy" in error.detail


async def test_a_proxy_where_nobody_listens_is_named():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = await refusal("https://example.invalid", proxy=f"http://a:CANARY@127.0.0.1:{port}")
    assert (error.kind, error.requested) == (FailureKind.OFFLINE, False)
    assert "No connection to the proxy (usage.proxy)" in error.detail


async def test_a_proxy_that_refuses_is_named_and_never_sees_the_token():
    with LoopbackAccount() as proxy:
        error = await refusal("https://example.invalid", proxy=proxy.url)
        assert (error.kind, error.requested) == (FailureKind.OFFLINE, False)
        assert "The proxy (usage.proxy) refused" in error.detail
        assert not any(request.has_authorization for request in proxy.requests)
