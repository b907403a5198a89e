"""`anthropic:MODEL`: Anthropic's messages, at its own address or any that speaks the same.

The retries are not the SDK's: see `evals/asking.py`.
"""

from __future__ import annotations

from typing import Any

import anthropic

from skillvault.models import connection
from skillvault.models.base import Completion, Finish, Request
from skillvault.models.remote import Endpoint
from skillvault.models.reply import BrokenError, MalformedError, Reply, count

_FINISHES: dict[str, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "refusal": "refused",
    "model_context_window_exceeded": "overflow",
}


class Anthropic:
    """The dialect: `POST BASE/v1/messages`."""

    def __init__(self, model: str, endpoint: Endpoint) -> None:
        self._model = model
        self._thinking = endpoint.thinking
        self._client = anthropic.AsyncAnthropic(
            api_key=endpoint.key,
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=endpoint.seconds,
            http_client=connection.client(endpoint.seconds, endpoint.connections),
            open_telemetry=False,  # prompts hold skills: no traces of them, whatever is set up here
        )

    async def post(self, request: Request) -> Reply:
        """Send one call."""
        body: dict[str, Any] = {
            "model": self._model,
            "system": request.system,
            "messages": [{"role": "user", "content": request.prompt}],
            "max_tokens": request.max_tokens + self._thinking,
        }
        if request.temperature is not None:
            # The SDK knows it no more, since newer models refuse it; older ones still take it.
            body["extra_body"] = {"temperature": request.temperature}
        try:
            raw = await self._client.messages.with_raw_response.create(**body)
        except anthropic.APIStatusError as error:
            found = error.response
            return Reply(found.status_code, found.headers, found.text)
        except anthropic.APITimeoutError:
            raise TimeoutError from None
        except anthropic.APIConnectionError as error:
            raise connection.broken(error.__cause__) from None
        except anthropic.AnthropicError as error:
            raise BrokenError(f"the SDK says: {type(error).__name__}", reached=True) from None
        return Reply(raw.status_code, raw.headers, await raw.text())

    def read(self, body: dict[str, Any]) -> Completion:
        """The text blocks of the answer, joined. MalformedError: there are none."""
        blocks = body.get("content")
        if not isinstance(blocks, list):
            raise MalformedError("the reply holds no answer (no content)")
        reason = body.get("stop_reason")
        finish = _FINISHES.get(reason) if isinstance(reason, str) else None
        if finish is None:
            raise MalformedError("the reply does not say how the answer ended")
        usage = body.get("usage")
        reused = count(usage, "cache_read_input_tokens")
        written = count(usage, "cache_creation_input_tokens")
        model = body.get("model")
        return Completion(
            text="".join(_text(block) for block in blocks),
            finish=finish,
            # Anthropic counts what was reused apart.
            prompt_tokens=count(usage, "input_tokens") + reused + written,
            cached_tokens=reused,
            completion_tokens=count(usage, "output_tokens"),
            served=model[:100] if isinstance(model, str) else "",
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()


def _text(block: object) -> str:
    """The words of a block; thoughts and the like have none for us."""
    if not isinstance(block, dict):
        raise MalformedError("the reply holds a block that is none")
    if block.get("type") != "text":
        return ""
    text = block.get("text")
    if not isinstance(text, str):
        raise MalformedError("the answer is no text")
    return text
