"""The programs of examples/, run as they stand; the services are a server on loopback."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.story import World
from tests.conftest import missing

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
REPLIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "It is."},
            }
        ],
    },
    "/v1/messages": {
        "id": "1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "It is."}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    },
}


def require(module: str) -> None:
    """Skip without that SDK; in CI it must be there."""
    if find_spec(module) is None:
        missing(f"the package {module}")


class Service:
    """A server that says `It is.` in both dialects, and keeps what it was asked."""

    def __init__(self) -> None:
        asked = self.asked = []  # type: list[dict[str, Any]]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                body = json.dumps(REPLIES[self.path]).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base has it
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.close()


def play(world: World, name: str, env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), "code-review", "Is this right?"],
        capture_output=True,
        text=True,
        env=world.ada.environment(env),
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_openai(world: World, service: Service) -> None:
    require("openai")
    env = {"OPENAI_BASE_URL": f"{service.url}/v1", "OPENAI_API_KEY": "none"}
    assert play(world, "openai_messages.py", env) == "It is.\n"
    (asked,) = service.asked
    system, user = asked["messages"]
    assert system["role"] == "system"
    assert system["content"].startswith('<skill_content name="code-review">')
    assert user == {"role": "user", "content": "Is this right?"}


def test_anthropic(world: World, service: Service) -> None:
    require("anthropic")
    env = {"ANTHROPIC_BASE_URL": service.url, "ANTHROPIC_API_KEY": "none"}
    assert play(world, "anthropic_messages.py", env) == "It is.\n"
    (asked,) = service.asked
    assert asked["system"].startswith('<skill_content name="code-review">')
    assert asked["messages"] == [{"role": "user", "content": "Is this right?"}]


def job(
    world: World, home: Path, key: str, script: str | None = None, skill: str = "code-review"
) -> subprocess.CompletedProcess[str]:
    """Run ci_job.sh, or the `script` of a workflow's step, where there is nothing but a key."""
    bin_folder = home / "bin"
    bin_folder.mkdir(parents=True)
    command = bin_folder / "skillvault"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m skillvault "$@"\n')
    command.chmod(0o755)
    base = world.ada.environment({"HOME": str(home), "SKILLVAULT_KEY": key})
    path = f"{bin_folder}:{base.get('PATH', os.defpath)}"
    words = [world.url, world.vault_id, skill, str(home / "prompt.txt")]
    step = {"VAULT_URL": world.url, "VAULT_ID": world.vault_id, "SKILL": skill}
    return subprocess.run(
        ["/bin/sh", "-e", "-c", script]
        if script is not None
        else ["/bin/sh", str(EXAMPLES / "ci_job.sh"), *words],
        capture_output=True,
        text=True,
        env={**base, **step, "RUNNER_TEMP": str(home), "PATH": path},
        cwd=home,
        timeout=120,
    )


def test_a_job_has_its_skill_by_its_key_alone(world: World, tmp_path: Path) -> None:
    (file,) = (world.bob.home / ".config/skillvault/identities").glob("*.key")
    lines = file.read_text().splitlines()
    (key,) = (line for line in lines if line.startswith("AGE-SECRET-KEY-"))
    done = job(world, tmp_path / "job", key)
    assert done.returncode == 0, done.stderr
    prompt = tmp_path / "job" / "prompt.txt"
    assert prompt.read_text().startswith('<skill_content name="code-review">')
    assert stat.S_IMODE(prompt.stat().st_mode) == 0o600
    assert key not in done.stdout + done.stderr


def test_the_workflow_gives_its_agent_the_skill_that_its_id_names(
    world: World, tmp_path: Path
) -> None:
    workflow = yaml.safe_load((EXAMPLES / "ci_workflow.yml").read_text())
    job_of_it = workflow["jobs"]["review"]
    (step,) = [step for step in job_of_it["steps"] if "SKILLVAULT_KEY" in step.get("env", {})]
    assert step["env"] == {"SKILLVAULT_KEY": "${{ secrets.SKILLVAULT_KEY }}"}
    assert set(job_of_it["env"]) == {"VAULT_URL", "VAULT_ID", "SKILL"}
    assert "~" in job_of_it["env"]["SKILL"]
    found = json.loads(world.bob.run("list", "--json").stdout)["skills"][0]
    skill = f"{found['name']}~{found['id'][:8]}"
    (file,) = (world.bob.home / ".config/skillvault/identities").glob("*.key")
    key = file.read_text().splitlines()[-1]  # as the comment's `tail -n 1` takes it
    done = job(world, tmp_path / "job", key, step["run"], skill)
    assert done.returncode == 0, done.stderr
    prompt = tmp_path / "job" / "skill.txt"
    assert prompt.read_text().startswith('<skill_content name="code-review">')
    assert stat.S_IMODE(prompt.stat().st_mode) == 0o600
    assert key not in done.stdout + done.stderr


def test_a_job_without_a_key_ends_before_anything_is_fetched(world: World, tmp_path: Path) -> None:
    done = job(world, tmp_path / "job", "")
    assert done.returncode != 0
    assert "SKILLVAULT_KEY: the secret of this job" in done.stderr
    assert not (tmp_path / "job" / ".local").exists()
