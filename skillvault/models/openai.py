"""`openai:MODEL`: whatever speaks OpenAI's chat completions, at any address.

llama.cpp's server, Ollama, vLLM, LM Studio and proxies speak it too. Only what all of them know is
sent. The retries are not the SDK's: see `evals/asking.py`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import openai

from skillvault.models import address, connection
from skillvault.models.base import Completion, Finish, Request
from skillvault.models.remote import Endpoint
from skillvault.models.reply import BrokenError, MalformedError, Reply, count

_OWN_HOST = "api.openai.com"
_LIMITS = ("max_tokens", "max_completion_tokens")
_FINISHES: dict[str | None, Finish] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "refused",
    None: "stop",  # some servers leave it out
}


class OpenAI:
    """The dialect: `POST BASE/chat/completions`."""

    def __init__(self, model: str, endpoint: Endpoint) -> None:
        self._model = model
        self._thinking = endpoint.thinking
        http = connection.client(endpoint.seconds, endpoint.connections)
        self._client = openai.AsyncOpenAI(
            api_key=endpoint.key,
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=endpoint.seconds,
            http_client=http,
        )
        # OpenAI's newer models refuse the older name of the limit, other servers know no newer one.
        self._limit = _LIMITS[address.host(endpoint.base_url) == _OWN_HOST]

    async def post(self, request: Request) -> Reply:
        """Send one call, with the name for its limit that this service knows."""
        limit = self._limit
        reply = await self._send(request, limit)
        other = _LIMITS[limit == _LIMITS[0]]
        if reply.status == HTTPStatus.BAD_REQUEST and other in reply.text:
            self._limit = other
            reply = await self._send(request, other)
        return reply

    async def _send(self, request: Request, limit: str) -> Reply:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": request.system},
                {"role": "user", "content": request.prompt},
            ],
            limit: request.max_tokens + self._thinking,
        }
        if request.temperature is not None:
            body["temperature"] = request.temperature
        try:
            raw = await self._client.chat.completions.with_raw_response.create(**body)
        except openai.APIStatusError as error:
            found = error.response
            return Reply(found.status_code, found.headers, found.text)
        except openai.APITimeoutError:
            raise TimeoutError from None
        except openai.APIConnectionError as error:
            raise connection.broken(error.__cause__) from None
        except openai.OpenAIError as error:
            raise BrokenError(f"the SDK says: {type(error).__name__}", reached=True) from None
        return Reply(raw.status_code, raw.headers, raw.text)

    def read(self, body: dict[str, Any]) -> Completion:
        """The first choice. MalformedError: there is none."""
        choices = body.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise MalformedError(_no_answer(body))
        message = choices[0].get("message")
        if not isinstance(message, dict):
            raise MalformedError("the reply holds no message")
        text = message.get("content")
        refusal = message.get("refusal")
        if not isinstance(text, str | None):
            raise MalformedError("the answer is no text")
        reason = choices[0].get("finish_reason")
        finish = _FINISHES.get(reason) if isinstance(reason, str | None) else None
        if finish is None:
            raise MalformedError("the reply does not say how the answer ended")
        usage = body.get("usage")
        return Completion(
            text=text or "",
            finish="refused" if isinstance(refusal, str) and refusal else finish,
            prompt_tokens=count(usage, "prompt_tokens"),
            cached_tokens=count(usage, "prompt_tokens_details", "cached_tokens"),
            completion_tokens=count(usage, "completion_tokens"),
            hidden_tokens=count(usage, "completion_tokens_details", "reasoning_tokens"),
            served=_served(body),
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()


def _no_answer(body: dict[str, Any]) -> str:
    """Some proxies say that something went wrong with status 200."""
    error = body.get("error")
    message = error.get("message") if isinstance(error, dict) else error
    if isinstance(message, str) and message:
        return f"no answer, but an error: {message[:200]}"
    return "the reply holds no answer (no choices)"


def _served(body: dict[str, Any]) -> str:
    """What the service says of the model that answered, its build included."""
    said = (body.get("model"), body.get("system_fingerprint"))
    return " ".join(text[:100] for text in said if isinstance(text, str) and text)
