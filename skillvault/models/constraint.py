"""What an answer must look like: said to the runtime beforehand, and checked afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from skillvault.errors import RefusedError
from skillvault.models import grammar, schema
from skillvault.models.base import Completion, Request


def of(request: Request, name: str, compile_schema: Callable[[dict[str, Any]], str]) -> str:
    """The grammar of a request, or nothing. RefusedError for a schema outside the subset.

    `compile_schema` is the runtime's own translation of a schema to a grammar.
    """
    if request.choice:
        return grammar.choice(request.choice, request.prefill)
    if request.schema is None:
        return ""
    # Without the second key the runtime writes indented JSON, at twice the tokens.
    compact = {"x-guidance": {"whitespace_flexible": False}}
    try:
        wanted = schema.strict_json(request.schema)
        schema.validate(wanted)
        return compile_schema({**_object(wanted), **compact})
    except (RuntimeError, ValueError) as error:
        raise RefusedError(name, f"the schema: {error}") from error


def _object(wanted: object) -> dict[str, Any]:
    if not isinstance(wanted, dict):
        raise ValueError("it must be an object")  # noqa: TRY004 - one kind of error leaves
    return wanted


def held(request: Request, completion: Completion) -> Completion:
    """An answer that broke its constraint is the runtime's fault, not the arm's.

    llama.cpp goes on unconstrained, without a word, where it does not understand a grammar.
    """
    if completion.finish != "stop":
        return completion
    if request.choice:
        ok = completion.text.strip() in request.choice
    elif request.schema is not None:
        try:
            value = schema.strict_json(completion.text)
        except ValueError:
            ok = False
        else:
            ok = schema.conforms(value, schema.strict_json(request.schema))
    else:
        return completion
    problem = "the runtime did not hold the constraint"
    return completion if ok else replace(completion, finish="failed", problem=problem)
