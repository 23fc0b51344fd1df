"""`python -m local.dataverse [--port N]`: one line of JSON on stdout when ready; ends with its stdin, on SIGINT and on SIGTERM."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import threading

from local.dataverse.server import TOKEN_PATH, Server
from local.dataverse.world import World


async def serve(port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()
    server = Server(World())
    await server.start(port)
    try:
        print(json.dumps(_announcement(server.world)), flush=True)
        await stop.wait()
    finally:
        await server.stop()


def _announcement(world: World) -> dict[str, str]:
    return {
        "url": world.origin,
        "identityEndpoint": f"{world.origin}{TOKEN_PATH}",
        "identityHeader": world.tokens.identity_header,
    }


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """The parent holds the other end: when it is gone, however it went, so is this process."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.dataverse", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default: a free port")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    asyncio.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
