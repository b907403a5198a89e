"""Services that answer, and services that do not: one clear word for each way to fail."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from skillvault.errors import ServiceError, UsageError
from skillvault.models.base import Completion, Model, Request
from skillvault.models.reach import Reach
from skillvault.models.registry import open_model
from tests.models import service as faults
from tests.models.service import KEY, Behaviour, Service, serving, status

ASK = Request("You are terse.\nThe flag is orange.", "What colour is the flag?")
KINDS = ("openai", "anthropic")


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as running:
        yield running


def opened(service: Service, kind: str = "openai", *, key: str = KEY, **how: object) -> Model:
    variable = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}[kind]
    url = service.openai if kind == "openai" else service.anthropic
    reach = Reach(environ={variable: key}, base_url=url, seconds=30)
    return open_model(f"{kind}:echo", Path("unused"), reach=replace(reach, **how))  # type: ignore[arg-type]


def ask(model: Model, *requests: Request) -> list[Completion]:
    async def all_of_them() -> list[Completion]:
        try:
            return [found async for found in model.generate(requests)]
        finally:
            await model.close()

    return asyncio.run(all_of_them())


def failed(service: Service, kind: str, behaviour: Behaviour, seconds: float = 30) -> Completion:
    """What a call gets after another one was answered."""
    service.script = [faults.answered, behaviour]
    completion = ask(opened(service, kind, seconds=seconds), ASK, ASK)[1]
    assert completion.text == ""
    assert KEY not in repr(completion)
    return completion


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_with_its_tokens_and_who_gave_it(service: Service, kind: str) -> None:
    (found,) = ask(opened(service, kind), ASK)
    assert (found.text, found.finish) == ("The flag is orange.", "stop")
    assert found.prompt_tokens == (15 if kind == "openai" else 18)
    assert (found.cached_tokens, found.completion_tokens) == (3, 5)
    assert found.served == ("echo-2026-01-01 fp_1" if kind == "openai" else "echo-2026-01-01")
    assert found.seconds > 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent_and_no_more(service: Service, kind: str) -> None:
    request = replace(ASK, max_tokens=99, temperature=0.5, seed=7)
    ask(opened(service, kind, thinking=1000), request, replace(request, temperature=None))
    first, second = service.asked
    if kind == "openai":
        assert first.body == {
            "model": "echo",
            "messages": [
                {"role": "system", "content": ASK.system},
                {"role": "user", "content": ASK.prompt},
            ],
            "max_tokens": 1099,
            "temperature": 0.5,
        }
    else:
        assert first.body == {
            "model": "echo",
            "system": ASK.system,
            "messages": [{"role": "user", "content": ASK.prompt}],
            "max_tokens": 1099,
            "temperature": 0.5,
        }
    assert KEY in first.headers.get("authorization", "") + first.headers.get("x-api-key", "")
    assert "temperature" not in second.body
    assert first.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("order", "finish"), [("refuse", "refused"), ("length", "length")])
def test_what_the_model_did_itself_is_no_failure(
    service: Service, kind: str, order: str, finish: str
) -> None:
    (found,) = ask(opened(service, kind), replace(ASK, prompt=f"[[echo: {order}]]"))
    assert (found.finish, found.problem) == (finish, None)


def test_a_refusal_in_its_own_field(service: Service) -> None:
    message = {"role": "assistant", "content": None, "refusal": "I will not."}
    service.script = [faults.changed(choices=[{"message": message, "finish_reason": "stop"}])]
    assert ask(opened(service), ASK)[0].finish == "refused"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (401, "the key is not accepted: it hurts (HTTP 401)"),
        (403, "the key does not permit this: it hurts (HTTP 403)"),
        (404, "no such model at this address: it hurts (HTTP 404)"),
        (402, "the account may not spend more: it hurts (HTTP 402)"),
    ],
)
def test_what_no_call_gets_around_ends_it_at_once(
    service: Service, kind: str, code: int, problem: str
) -> None:
    service.otherwise = status(code)
    with pytest.raises(ServiceError) as caught:
        ask(opened(service, kind), ASK)
    assert (caught.value.subject, caught.value.problem) == (f"{kind}:echo", problem)
    assert len(service.asked) == 1
    assert failed(service, kind, status(code)).again is False


@pytest.mark.parametrize(
    "error",
    [
        {"code": "insufficient_quota", "message": "You exceeded your current quota."},
        {"type": "billing_error", "message": "x"},
        {"message": "Your credit balance is too low"},
    ],
)
def test_no_money_is_no_reason_to_wait(service: Service, error: dict[str, str]) -> None:
    service.otherwise = status(429, error, {"Retry-After": "1"})
    with pytest.raises(ServiceError, match="the account may not spend more"):
        ask(opened(service), ASK)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("behaviour", "problem", "wait"),
    [
        (status(429), "too many requests: it hurts (HTTP 429)", None),
        (status(429, headers={"Retry-After": "7"}), "too many requests: it hurts (HTTP 429)", 7),
        (status(429, headers={"retry-after-ms": "70"}), "too many requests: it hurts (HTTP 429)", 0.07),
        (status(500), "it hurts (HTTP 500)", None),
        (status(503, headers={"Retry-After": "2"}), "it hurts (HTTP 503)", 2),
        (status(529, {"type": "overloaded_error", "message": "Overloaded"}), "overloaded (HTTP 529)", None),
        (status(408), "it hurts (HTTP 408)", None),
        (faults.raw(b"<html>Bad Gateway</html>", 502), "<html>Bad Gateway</html> (HTTP 502)", None),
        (faults.raw(b"", 504), "gateway timeout (HTTP 504)", None),
        (faults.raw(b"{}"), None, None),
        (faults.raw(b""), "the reply is not JSON", None),
        (faults.raw(b"[1]"), "the reply is no JSON object", None),
        (faults.raw(b"[" * 100_000), "the reply is not JSON", None),
        (faults.raw(b"\xff\xfe\x00"), "the reply is not JSON", None),
        (faults.cut, None, None),
        (faults.hung_up, None, None),
        (faults.huge, "the reply was cut: a reply of more than 8 MiB", None),
        (faults.bomb, "the reply was cut: a compressed reply, which was not asked for", None),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)  # fmt: skip
def test_what_may_pass_is_worth_another_try(
    service: Service, kind: str, behaviour: Behaviour, problem: str | None, wait: float | None
) -> None:
    found = failed(service, kind, behaviour)
    assert (found.finish, found.again, found.wait) == ("failed", True, wait)
    if problem is not None:
        assert found.problem == problem
    assert found.problem
    # And as the first call it is no more than that.
    service.script = [behaviour]
    assert ask(opened(service, kind), ASK)[0].finish == "failed"


@pytest.mark.parametrize("behaviour", [faults.cut, faults.hung_up])
def test_a_cut_reply_is_called_so(service: Service, behaviour: Behaviour) -> None:
    assert str(failed(service, "openai", behaviour).problem).startswith("the reply was cut: ")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("behaviour", [faults.slow(30), faults.dripping], ids=["slow", "drip"])
def test_a_slow_one_is_not_waited_for(service: Service, kind: str, behaviour: Behaviour) -> None:
    found = failed(service, kind, behaviour, seconds=0.5)
    assert (found.problem, found.again) == ("no answer within 0.5 s", True)
    assert found.seconds < 5


@pytest.mark.parametrize(
    "fields",
    [
        {"choices": []},
        {"choices": None},
        {"choices": {}},
        {"choices": ["x"]},
        {"choices": [{}]},
        {"choices": [{"message": "x"}]},
        {"choices": [{"message": {"content": 7}, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": ["x"]}, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": "x"}, "finish_reason": "tool_calls"}]},
        {"choices": [{"message": {"content": "x"}, "finish_reason": ["stop"]}]},
        {"choices": [], "error": {"message": "provider down"}},
        {"choices": [], "error": "provider down"},
    ],
)
def test_a_reply_without_an_answer_is_missing(service: Service, fields: dict[str, object]) -> None:
    found = failed(service, "openai", faults.changed(**fields))
    assert (found.finish, found.again) == ("failed", True)
    assert found.problem
    if "error" in fields:
        assert found.problem == "no answer, but an error: provider down"


@pytest.mark.parametrize(
    "body",
    [
        {"content": None, "stop_reason": "end_turn"},
        {"content": ["x"], "stop_reason": "end_turn"},
        {"content": [{"type": "text", "text": 7}], "stop_reason": "end_turn"},
        {"content": [{"type": "text", "text": "x"}], "stop_reason": "tool_use"},
        {"content": [{"type": "text", "text": "x"}], "stop_reason": None},
        {"content": [{"type": "text", "text": "x"}]},
    ],
)
def test_a_message_without_an_answer_is_missing(service: Service, body: dict[str, object]) -> None:
    found = failed(service, "anthropic", faults.plain(body))
    assert (found.finish, found.again) == ("failed", True)


@pytest.mark.parametrize("usage", [None, [], "x", {"prompt_tokens": "9"}, {"prompt_tokens": -1}, {"prompt_tokens": True}, {"prompt_tokens_details": 1}])  # fmt: skip
def test_without_usage_there_is_an_answer_all_the_same(service: Service, usage: object) -> None:
    service.script = [faults.changed(usage=usage)]
    (found,) = ask(opened(service), ASK)
    assert (found.text, found.prompt_tokens, found.cached_tokens) == ("fine", 0, 0)


def test_thoughts_are_blocks_without_words_for_us(service: Service) -> None:
    blocks = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]  # fmt: skip
    service.script = [faults.plain({"content": blocks, "stop_reason": "end_turn"})]
    assert ask(opened(service, "anthropic"), ASK)[0].text == "ab"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, {"code": "context_length_exceeded", "message": "x"}),
        (400, {"type": "exceed_context_size_error", "message": "x", "code": 400}),
        (400, {"message": "This model's maximum context length is 8192 tokens."}),
        (400, {"type": "invalid_request_error", "message": "prompt is too long: 9 tokens > 8 maximum"}),
        (413, {"type": "request_too_large", "message": "x"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_that_does_not_fit_is_the_arm_s_own(
    service: Service, kind: str, code: int, error: dict[str, object]
) -> None:
    service.script = [status(code, error)]
    (found,) = ask(opened(service, kind), ASK)
    assert (found.finish, found.problem) == ("overflow", None)


def test_a_filtered_prompt_is_refused(service: Service) -> None:
    service.script = [status(400, {"code": "content_filter", "message": "x"})]
    assert ask(opened(service), ASK)[0].finish == "refused"


def test_a_wrong_request_is_not_sent_again(service: Service) -> None:
    error = {"message": "Unsupported value: 'temperature'.", "param": "temperature"}
    service.script = [status(400, error)]
    (found,) = ask(opened(service), ASK)
    assert (found.finish, found.again) == ("failed", False)
    assert found.problem == "unsupported value: 'temperature' (HTTP 400)"


def test_the_other_name_of_the_limit_is_found_out_once(service: Service) -> None:
    error = {"message": "Use 'max_completion_tokens' instead.", "param": "max_tokens"}
    service.script = [status(400, error)]
    found = ask(opened(service), ASK, ASK)
    assert [completion.finish for completion in found] == ["stop", "stop"]
    limits = [[name for name in asked.body if name.startswith("max_")] for asked in service.asked]
    assert limits == [["max_tokens"], ["max_completion_tokens"], ["max_completion_tokens"]]


def test_a_redirect_is_not_followed(service: Service) -> None:
    with serving() as other:
        target = f"{other.openai}/chat/completions"
        service.otherwise = status(307, headers={"Location": target})
        with pytest.raises(ServiceError, match="redirects are not followed") as caught:
            ask(opened(service), ASK)
        assert target in caught.value.problem
        assert not other.asked


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_at_the_address_is_said_at_once(service: Service, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ServiceError, match="cannot be reached") as caught:
        ask(opened(service, kind, base_url=f"http://127.0.0.1:{port}/v1"), ASK)
    assert str(caught.value.hint).startswith("start the server, or give its address")


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_is_in_nothing_that_comes_back(service: Service, kind: str) -> None:
    wrong = "sk-wrong-0123456789"
    with pytest.raises(ServiceError) as caught:
        ask(opened(service, kind, key=wrong), ASK)  # this server repeats it, as real ones do
    assert wrong not in f"{caught.value!r} {caught.value.hint}"
    assert "***" in caught.value.problem
    chain: BaseException | None = caught.value
    while chain is not None:
        assert wrong not in repr(chain)
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)


def test_an_answer_that_repeats_the_key_is_kept_without_it(service: Service) -> None:
    (found,) = ask(opened(service), replace(ASK, prompt=f"[[echo: say my key is {KEY}]]"))
    assert found.text == "my key is ***"
    model = opened(service)
    assert KEY not in repr(model)
    assert KEY not in repr(model.info)


def test_what_steers_a_terminal_or_never_ends_is_one_short_line(service: Service) -> None:
    service.script = [status(500, {"message": "a\n\n\tb " + "x" * 100_000})]
    problem = str(ask(opened(service), ASK)[0].problem)
    assert problem.startswith("a b xxx")
    assert len(problem) < 250
    assert "\n" not in problem


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", [200, 500])
@pytest.mark.parametrize("charset", ["zlib", "rot13", "idna", "utf-16", "no-such", "a b\tc", "undefined"])  # fmt: skip
def test_a_strange_charset_breaks_nothing(
    service: Service, kind: str, code: int, charset: str
) -> None:
    body = b'{"choices": [], "content": [], "error": "it hurts"}'
    headers = {"Content-Type": f"application/json; charset={charset}"}
    found = failed(service, kind, faults.raw(body, code, headers))
    assert (found.finish, found.again) == ("failed", True)


def test_half_a_character_is_none(service: Service) -> None:
    service.script = [
        faults.raw(
            rb'{"choices": [{"message": {"content": "a\ud800b"}, "finish_reason": "stop"}]}'
        ),
        faults.raw(rb'{"error": {"message": "a\udfffb"}}', 500),
    ]
    answer, failure = ask(opened(service), ASK, ASK)
    assert answer.text.startswith("a\ufffd")
    for text in (answer.text, str(failure.problem)):
        text.encode()


def test_a_server_of_this_machine_needs_no_key(service: Service) -> None:
    service.key = "none"
    reach = Reach(base_url=service.openai)
    assert ask(open_model("openai:echo", Path(), reach=reach), ASK)[0].finish == "stop"


def test_many_calls_are_many_at_once(service: Service) -> None:
    service.delay = 0.2
    model = opened(service)

    async def one() -> Completion:
        (found,) = [found async for found in model.generate([ASK])]
        return found

    async def many() -> list[Completion]:
        try:
            return await asyncio.gather(*(one() for _ in range(20)))
        finally:
            await model.close()

    assert {found.finish for found in asyncio.run(many())} == {"stop"}
    assert service.most > 10


def test_a_backend_may_be_closed_twice_and_says_what_it_is(service: Service) -> None:
    model = opened(service)
    assert model.info.digest == f"{service.openai} echo"
    assert model.info.capabilities.remote
    assert asyncio.run(model.count_tokens("The flag is orange.")) > 3
    model.forget()

    async def twice() -> None:
        await model.close()
        await model.close()

    asyncio.run(twice())


@pytest.mark.parametrize(
    "name", ["openai:", "openai:a b", "anthropic:", "openai:a\nb", "openai:" + "x" * 300]
)
def test_no_model_is_called_so(name: str) -> None:
    with pytest.raises(UsageError):
        open_model(name, Path(), reach=Reach(environ={"OPENAI_API_KEY": "x"}))
