"""Web servers on addresses of 127.77/16: one event loop serves them all."""

import asyncio
import contextlib
import os
import socket
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"


Handler = Callable[[Request], Answer]


class Loop:
    """An event loop in a thread of its own; timers of the scheduler run in it too."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._serving: set[asyncio.Task[None]] = set()
        threading.Thread(target=self._loop.run_forever, name="web servers", daemon=True).start()

    def call(self, work: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(work)

    def call_later(self, seconds: float, work: Callable[[], object]) -> None:
        self.call(lambda: self._loop.call_later(seconds, work))

    def add_reader(self, listener: socket.socket, handler: Handler) -> None:
        self._loop.add_reader(listener, self._accept, listener, handler)

    def remove_reader(self, listener: socket.socket) -> None:
        self._loop.remove_reader(listener)
        listener.close()

    def _accept(self, listener: socket.socket, handler: Handler) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # shut down in between: the reader is about to be removed
                return
            connection.setblocking(False)
            serving = self._loop.create_task(_serve(connection, handler))
            # The loop itself keeps tasks weakly: they would be lost in the middle.
            self._serving.add(serving)
            serving.add_done_callback(self._serving.discard)


async def _serve(connection: socket.socket, handler: Handler) -> None:
    reader, writer = await asyncio.open_connection(sock=connection)
    # A client that goes away in the middle is its own affair.
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        request = await _read_request(reader)
        answer = await asyncio.to_thread(_answer, handler, request)
        reason = HTTPStatus(answer.status).phrase
        head = (
            f"HTTP/1.1 {answer.status} {reason}\r\ncontent-type: {answer.content_type}\r\n"
            f"content-length: {len(answer.body)}\r\nconnection: close\r\n\r\n"
        )
        writer.write(head.encode() + (b"" if request.method == "HEAD" else answer.body))
        await writer.drain()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def _answer(handler: Handler, request: Request) -> Answer:
    try:
        return handler(request)
    except Exception:  # a fault of the stand-in: whoever asked shall read it
        return Answer(500, traceback.format_exc().encode(), "text/plain")


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {}
    for line in head[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


class WebServer:
    """
    A web server on an address of its own. The address is bound, and so reserved among all processes of the machine, from
    the beginning; connections are refused until it is opened.
    """

    def __init__(self, loop: Loop, listener: socket.socket) -> None:
        self._loop = loop
        self._listener: socket.socket | None = listener
        self._is_open = False
        self.host, self.port = listener.getsockname()

    def open(self, handler: Handler) -> None:
        listener = self._listener
        if self._is_open or listener is None:
            return
        self._is_open = True
        listener.listen(128)
        self._loop.call(lambda: self._loop.add_reader(listener, handler))

    def close(self) -> None:
        """From here on connections are refused."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        if self._is_open:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            self._loop.call(lambda: self._loop.remove_reader(listener))
        else:
            listener.close()


class Addresses:
    """Public addresses; none is given out twice, neither here nor by another process at the same time."""

    # Any start will do; far from those of processes with ids nearby.
    _STRIDE = 257

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._next = os.getpid() * self._STRIDE

    def allocate(self, port: int) -> WebServer:
        for _ in range(65_000):
            self._next += 1
            number = self._next % 65_024  # 254 * 256: neither x.255 nor the network's own address
            host = f"127.77.{number // 256}.{number % 256}"
            if host.endswith((".0", ".255")):
                continue
            try:
                return WebServer(self._loop, bind(host, port))
            except OSError:  # in use
                continue
        raise RuntimeError("no address of 127.77/16 is free")


def bind(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setblocking(False)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
