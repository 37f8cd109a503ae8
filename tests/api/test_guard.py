"""Who may come in, and how: everything else is refused, and changes nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import asynccontextmanager, suppress

import pytest

from api.served import JSON, TOKEN, serving
from core.story import Story, sample
from ringfence.api import door, guard, handlers, server, sockets
from ringfence.file_errors import FileError

PUT = {"method": "PUT", "url": "/v1/thresholds", "content": '{"session_pct": 1}', "headers": JSON}


async def unchanged(api) -> None:
    """Nothing was set, and the API goes on."""
    async with api.client() as client:
        assert (await client.get("/v1/thresholds")).json()["thresholds"]["session_pct"] is None
    assert not (api.folder / "settings.toml").exists()


async def refused(client, status, code, **headers):
    answer = await client.request(**{**PUT, "headers": {**JSON, **headers}})
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    return answer


# ---- names and pages


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "evil.example:80", "127.0.0.1.nip.io", "", "localhost:80:80", "[::2]"],
)
async def test_a_name_that_is_not_this_machines_is_refused_on_the_socket(api, client, host):
    await refused(client, 403, "foreign_host", Host=host)
    await unchanged(api)


@pytest.mark.parametrize("host", ["localhost", "ringfence", "LOCALHOST:80", "127.0.0.1", "[::1]", "[::1]:443"])
async def test_the_names_of_this_machine_pass(client, host):
    assert (await client.get("/v1/health", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.1:1", "evil.example:{port}", "ringfence:{port}"])
async def test_over_tcp_the_name_must_carry_the_port(tcp, host):
    async with tcp.over_tcp() as client:
        await refused(client, 403, "foreign_host", Host=host.format(port=tcp.server.tcp_port))
        for name in ("localhost", "127.0.0.1", "[::1]"):
            ours = {"Host": f"{name}:{tcp.server.tcp_port}"}
            assert (await client.get("/v1/health", headers=ours)).status_code == 200
    await unchanged(tcp)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Mode": "no-cors"},
    ],
)
async def test_what_a_browser_sends_is_refused_by_either_way(tcp, headers):
    async with tcp.client() as unix, tcp.over_tcp() as over_tcp:
        for client in (unix, over_tcp):
            answer = await refused(client, 403, "web_page", **headers)
            assert not [name for name in answer.headers if name.startswith("access-control")]
    await unchanged(tcp)


async def test_a_preflight_is_refused(tcp):
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
    async with tcp.over_tcp(None) as client:
        answer = await client.options("/v1/thresholds", headers=asks)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_websocket_of_a_page_is_refused(tcp):
    upgrade = {"Origin": "https://evil.example", "Upgrade": "websocket", "Connection": "Upgrade",
               "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    async with tcp.over_tcp() as client:
        assert (await client.get("/v1/events", headers=upgrade)).status_code == 403


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "DELETE", "PATCH", "POST", "CONNECT"])
async def test_a_method_that_an_address_does_not_take_is_refused(api, client, method):
    answer = await client.request(method, "/v1/usage")
    assert answer.status_code in {400, 404, 405}
    await unchanged(api)


# ---- the token


WRONG = (
    None,
    "",
    "Bearer",
    "Bearer x",
    f"Bearer {TOKEN[:-1]}",
    f"Bearer {TOKEN}x",
    f"Basic {TOKEN}",
    TOKEN,
    "Bearer \xe9",
)


@pytest.mark.parametrize("given", WRONG)
async def test_over_tcp_a_missing_or_wrong_token_is_refused(tcp, given):
    headers = {} if given is None else {"Authorization": given.encode("latin-1")}
    async with tcp.over_tcp(None) as client:
        answer = await client.request(**{**PUT, "headers": {**JSON, **headers}})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert TOKEN not in answer.text
    await unchanged(tcp)


async def test_two_tokens_are_none(tcp):
    async with tcp.over_tcp(None) as client:
        both = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer x")]
        assert (await client.get("/v1/usage", headers=both)).status_code == 401


async def test_with_the_token_it_answers_and_in_the_address_the_token_counts_nothing(tcp):
    async with tcp.over_tcp() as client:
        assert (await client.get("/v1/usage")).status_code == 200
    async with tcp.over_tcp(None) as client:
        assert (await client.get(f"/v1/usage?token={TOKEN}&access_token={TOKEN}")).status_code == 401


async def test_without_a_port_nothing_listens_on_tcp(api):
    assert api.server.tcp_port is None
    assert [each.family for server in api.server._servers for each in server.sockets] == [socket.AF_UNIX]


# ---- bodies and connections


@asynccontextmanager
async def line(api):
    """Speak by hand on the socket."""
    reader, writer = await asyncio.open_unix_connection(str(api.places.socket))
    try:
        yield reader, writer
    finally:
        writer.close()


async def said(reader) -> bytes:
    """Everything until the other side closes."""
    found = b""
    with suppress(ConnectionResetError):
        async with asyncio.timeout(20):
            while chunk := await reader.read(4096):
                found += chunk
    return found


HEAD = b"PUT /v1/thresholds HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


async def test_a_body_over_64_kb_is_refused_before_it_is_read(api):
    async with line(api) as (reader, writer):
        writer.write(HEAD + b"Content-Length: 65537\r\n\r\n")
        assert b" 413 " in await said(reader)
    await unchanged(api)


async def test_a_body_of_64_kb_is_read(client):
    padding = " " * (guard.MAX_BODY - len(PUT["content"]))
    assert (await client.request(**{**PUT, "content": PUT["content"] + padding})).status_code == 200


async def test_an_endless_body_is_refused_when_it_is_over_64_kb(api):
    async with line(api) as (reader, writer):
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        answer = asyncio.ensure_future(said(reader))
        try:
            for _ in range(4000):
                writer.write(b"1000\r\n" + b" " * 4096 + b"\r\n")
                await writer.drain()
                if answer.done():
                    break
        except ConnectionError:
            pass
        assert b" 413 " in await answer
    await unchanged(api)


async def test_a_body_that_does_not_come_is_not_waited_for(api, monkeypatch):
    monkeypatch.setattr(handlers, "BODY_S", 0.05)
    async with line(api) as (reader, writer):
        writer.write(HEAD + b"Content-Length: 20\r\n\r\n{")
        assert b" 408 " in await said(reader)
    await unchanged(api)


async def test_a_compressed_body_is_refused(api, client):
    import gzip

    content = gzip.compress(b" " * 10_000_000 + b"{}")
    answer = await client.put("/v1/thresholds", content=content, headers={**JSON, "Content-Encoding": "gzip"})
    assert answer.status_code == 415
    await unchanged(api)


async def test_a_head_that_drips_is_cut(api, monkeypatch):
    monkeypatch.setattr(door, "HEADER_S", 0.1)
    monkeypatch.setattr(door, "SWEEP_S", 0.05)
    async with line(api) as (reader, writer):
        writer.write(b"GET /v1/usage HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        assert await said(reader) == b""
    await unchanged(api)


async def test_a_connection_that_says_nothing_is_cut(api, monkeypatch):
    monkeypatch.setattr(door, "HEADER_S", 0.1)
    monkeypatch.setattr(door, "SWEEP_S", 0.05)
    async with line(api) as (reader, _):
        assert await said(reader) == b""


@pytest.mark.parametrize("more", [b"", b"GET /v1/usage HTTP/1.1\r\nHost: local"])
async def test_a_connection_that_asks_nothing_more_is_closed_even_when_it_drips(tmp_path, monkeypatch, more):
    monkeypatch.setattr(server, "IDLE_S", 0.1)
    async with serving(tmp_path, Story() >> sample(session=0.42)) as api, line(api) as (reader, writer):
        writer.write(b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n" + more)
        answer = await said(reader)
        assert answer.count(b"HTTP/1.1 200 OK") == 1


@pytest.mark.parametrize(
    "head",
    [
        b"GET /v1/usage HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"GET /v1/usage HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/usage HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /v1/usage HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /v1/usage HTTP/1.1\nHost : localhost\n\n",
    ],
    ids=["many", "long", "long-path", "two-lengths", "length-and-chunks", "tls", "space"],
)
async def test_a_head_that_is_no_head_is_refused(api, head):
    async with line(api) as (reader, writer):
        writer.write(head)
        answer = await said(reader)
        assert answer[8:13] == b" 400 "
    await unchanged(api)


async def test_two_hosts_and_no_host_are_refused(api):
    for hosts in (b"", b"Host: localhost\r\nHost: evil.example\r\n"):
        async with line(api) as (reader, writer):
            writer.write(b"GET /v1/usage HTTP/1.0\r\n" + hosts + b"\r\n")
            assert (await said(reader))[8:13] in {b" 400 ", b" 403 "}


async def test_more_connections_than_there_is_room_for_are_asked_to_come_again(api, monkeypatch):
    monkeypatch.setattr(door, "MOST", 2)
    async with line(api) as first, line(api):
        first[1].write(b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await first[0].readline()) == b"HTTP/1.1 200 OK\r\n"
        async with line(api) as (reader, _):
            assert (await said(reader)).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    await unchanged(api)


# ---- another person


KNOCK = """
import os, socket, sys
folder, name = os.path.split(sys.argv[1])
os.chdir(folder)  # what stands above it is the machine's: in a chroot of root's own nobody gets through it
os.setgid(65534); os.setuid(65534)
knocking = socket.socket(socket.AF_UNIX)
try:
    knocking.connect(name)
except OSError as error:
    print(type(error).__name__)
    raise SystemExit
try:
    knocking.sendall(b'PUT /v1/thresholds HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Type: application/json\\r\\n'
                     b'Content-Length: 17\\r\\n\\r\\n{"session_pct":1}')
except OSError:
    pass  # it is closed already, with an answer in it
print(knocking.recv(1000).partition(b"\\r\\n")[0].decode())
"""
AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can ask as somebody else")


async def knock_as_nobody(api) -> str:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KNOCK, str(api.places.socket)],
        capture_output=True, text=True, timeout=60, check=True, env={"PATH": os.environ["PATH"]}, cwd="/",
    )  # fmt: skip
    return done.stdout.strip()


@AS_ROOT
async def test_another_person_cannot_reach_the_socket(api):
    assert await knock_as_nobody(api) == "PermissionError"
    await unchanged(api)


@AS_ROOT
async def test_another_person_who_reaches_the_socket_is_refused_by_their_uid(tmp_path):
    async with serving(tmp_path, Story() >> sample(session=0.42)) as api:
        api.places.socket.parent.chmod(0o755)
        api.places.socket.chmod(0o666)
        assert await knock_as_nobody(api) == "HTTP/1.1 403 Forbidden"
        await unchanged(api)


# ---- the socket's file


async def test_the_socket_is_its_owners_alone_and_gone_at_the_end(tmp_path):
    async with serving(tmp_path) as api:
        assert api.places.socket.stat().st_mode & 0o777 == 0o600
    assert not api.places.socket.exists()


async def test_a_socket_that_was_left_behind_is_replaced(tmp_path):
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "api.sock"))
    left.close()
    async with serving(tmp_path) as api, api.client() as client:
        assert (await client.get("/v1/health")).status_code == 200


async def test_a_socket_at_which_somebody_answers_is_left_alone(api, client):
    with pytest.raises(FileError, match="another program answers there"):
        sockets.unix_socket(api.places.socket)
    assert (await client.get("/v1/health")).status_code == 200


def test_a_file_in_the_sockets_place_is_left_alone(tmp_path):
    place = tmp_path / "api.sock"
    place.write_text("mine")
    with pytest.raises(FileError, match="something else stands there"):
        sockets.unix_socket(place)
    assert place.read_text() == "mine"


def test_a_folder_that_others_may_write_is_not_listened_in(tmp_path):
    tmp_path.chmod(0o777)
    with pytest.raises(FileError, match="nobody else may write"):
        sockets.unix_socket(tmp_path / "api.sock")


def test_a_path_that_is_too_long_for_a_socket_is_told(tmp_path):
    folder = tmp_path / ("x" * 120)
    folder.mkdir(mode=0o700)
    with pytest.raises(FileError, match="too long for a socket; set RINGFENCE_HOME"):
        sockets.unix_socket(folder / "api.sock")


def test_a_port_that_is_taken_is_told_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(FileError, match="ringfence settings set api"):
        sockets.loopback_socket(taken.getsockname()[1])


async def test_a_port_that_is_taken_leaves_no_socket_behind(tmp_path):
    from api.served import Served

    served = Served(Story(), tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(FileError):
        await served.server.start(taken.getsockname()[1])
    assert not served.places.socket.exists()
    await served.server.close()
