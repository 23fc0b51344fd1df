"""python -m local.host --app FOLDER --port N: serves the functions of a folder on 127.0.0.1.

Prints one line of JSON when ready and stops on SIGTERM, SIGINT or the end of its standard input. Exit code 2: the
application cannot be indexed.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from pathlib import Path

from aiohttp import web

from local import lifeline
from local.host import application, engine
from local.host.application import Configuration
from local.host.authentication import TOKENS_PATH
from local.host.keys import Keys
from local.host.server import Front

_GRACE_SECONDS = 5.0
# Without a parent nobody waits for the answers.
_ORPHAN_SECONDS = 2.0
_INDEXING_FAILED = 2
# The real host takes 32 KiB of headers, and tokens are long.
_LONGEST_HEADER = 32 * 1024


def main() -> int:
    options = _options()
    # Standard output is for the one line that says where we are; what functions print belongs to the log.
    sys.stdout = sys.stderr
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s [%(levelname)s] %(name)s: %(message)s"
    )
    # The worker library reports every invocation.
    logging.getLogger("azure.functions").setLevel(logging.WARNING)
    keys = Keys.taken(os.environ)
    _put_last(options.app)
    os.chdir(options.app)
    try:
        return asyncio.run(_serve(options.app, options.port, keys))
    except (engine.IndexingError, application.ConfigurationError) as failure:
        print(failure, file=sys.stderr)
        return _INDEXING_FAILED


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local.host", description="Serves the functions of a folder."
    )
    parser.add_argument(
        "--app", type=lambda text: Path(text).resolve(), required=True, help="holds function_app.py"
    )
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    return parser.parse_args()


def _put_last(app: Path) -> None:
    """As on Flex Consumption: packages come first, the application's folder last."""
    started_in = {"", str(Path.cwd())}
    sys.path[:] = [entry for entry in sys.path if entry not in started_in]
    sys.path.append(str(app))


async def _serve(app: Path, port: int, keys: Keys) -> int:
    stop = asyncio.Event()
    _stop_on_signals(stop)
    configuration = application.read_configuration(app)
    front = application.front(await engine.index(app), configuration, keys)
    try:
        runner = await _listen(front, port)
    except OSError as error:
        print(f"port {port} of 127.0.0.1 cannot be had: {error}", file=sys.stderr)
        return 1
    front.timers.start()
    print(
        json.dumps(_told(f"http://127.0.0.1:{runner.addresses[0][1]}", configuration, front)),
        file=sys.__stdout__,
        flush=True,
    )
    await stop.wait()
    await asyncio.gather(runner.cleanup(), front.timers.stop(_GRACE_SECONDS))
    return 0


def _told(host: str, configuration: Configuration, front: Front) -> dict[str, str]:
    base = f"{host}/{configuration.route_prefix}".rstrip("/")
    told = {"functions": base, "key": front.keys.default, "masterKey": front.keys.master}
    return told | ({} if front.authentication is None else {"tokens": f"{host}{TOKENS_PATH}"})


async def _listen(front: Front, port: int) -> web.ServerRunner:
    server = web.Server(front.answer, access_log=None, max_field_size=_LONGEST_HEADER)
    runner = web.ServerRunner(server, shutdown_timeout=_GRACE_SECONDS)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)

    def parent_gone() -> None:
        loop.call_soon_threadsafe(stop.set)

    lifeline.watch(parent_gone, grace=_ORPHAN_SECONDS)


if __name__ == "__main__":
    code = main()
    # A function that is still at work in a thread does not hold the process.
    sys.stderr.flush()
    os._exit(code)
