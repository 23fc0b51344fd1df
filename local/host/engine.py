"""Indexing and invoking functions with Microsoft's own worker library, in this process.

The library keeps its registry and its thread pool in module globals: one application a process, and no reload.
"""

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as worker

from local.host import messages
from local.host.messages import ParameterBinding, TypedData

_NO_RETRY = SimpleNamespace(retry_count=0, max_retry_count=0, exception=None)


class IndexingError(Exception):
    """The application could not be imported or one of its functions is not acceptable: none of them will run."""


class InvocationError(Exception):
    """The function raised, returned what its binding cannot carry, or took too long. The message holds the stack trace."""


@dataclass(frozen=True, slots=True)
class TraceContext:
    trace_parent: str = ""
    trace_state: str = ""
    attributes: Mapping[str, str] | None = None


_NO_TRACE = TraceContext()


@dataclass(frozen=True, slots=True)
class Function:
    id: str
    name: str
    trigger: Mapping[str, Any]
    """The trigger's binding, as function.json would have it."""


async def index(app: Path) -> tuple[Function, ...]:
    """The functions of the application in this folder, ready to be invoked."""
    worker.start_threadpool_executor()
    await _initialize(app)
    listing = await worker.functions_metadata_request(_request())
    if not listing.function_metadata_results:
        raise IndexingError(f"no functions found in {app / 'function_app.py'}")
    functions = tuple(_function(metadata) for metadata in listing.function_metadata_results)
    for function in functions:
        await worker.function_load_request(
            _request(function_load_request=SimpleNamespace(function_id=function.id))
        )
    return functions


async def invoke(
    function: Function, data: TypedData, seconds: float | None, trace: TraceContext = _NO_TRACE
) -> TypedData | None:
    """What the function returned, as its binding carries it. Raises InvocationError, after so many seconds at the latest.

    A handler that is no coroutine runs on in its thread after that.
    """
    invocation = SimpleNamespace(
        invocation_id=str(uuid.uuid4()),
        function_id=function.id,
        input_data=[ParameterBinding(function.trigger["name"], data)],
        trigger_metadata={},
        trace_context=trace,
        retry_context=_NO_RETRY,
    )
    try:
        async with asyncio.timeout(seconds):
            answer = await worker.invocation_request(_request(invocation_request=invocation))
    except TimeoutError:
        raise InvocationError(f"still running after {seconds:.0f} s (functionTimeout)") from None
    _check(answer.result, InvocationError)
    returned: TypedData | None = answer.return_value
    return returned


async def _initialize(app: Path) -> None:
    init = SimpleNamespace(capabilities={}, function_app_directory=str(app))
    answer = await worker.worker_init_request(_request(worker_init_request=init))
    _check(answer.result, IndexingError)


def _request(**content: Any) -> SimpleNamespace:
    return SimpleNamespace(
        request=SimpleNamespace(**content), properties={"protos": messages, "host": "127.0.0.1"}
    )


def _check(result: messages.StatusResult, error: type[Exception]) -> None:
    if result.exception is not None:
        raise error(f"{result.exception.message}\n{result.exception.stack_trace}".rstrip())


def _function(metadata: Any) -> Function:
    bindings = [json.loads(raw) for raw in metadata.raw_bindings]
    triggers = [binding for binding in bindings if binding["type"].lower().endswith("trigger")]
    if len(triggers) != 1:
        raise IndexingError(f"the function {metadata.name} has {len(triggers)} triggers; it must have one")
    return Function(metadata.function_id, metadata.name, triggers[0])
