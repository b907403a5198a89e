"""`skillvault models`: the models that are known."""

from __future__ import annotations

from skillvault.cli import words
from skillvault.cli.frame import command
from skillvault.cli.run import Run

_STATES = {"ready": "here", "missing": "not here", "damaged": "damaged: pull it again"}


@command(
    "models",
    """
    Where each comes from, its licence, its SHA-256 (with `--json`), and whether its weights are on
    this machine. `eval` takes them as local:NAME, any other file as local:FILE.gguf, and echo: for
    a model that only repeats.
    """,
    examples=["skillvault models", "skillvault models pull smollm2-135m"],
    vault=False,
)
def main(run: Run) -> None:
    from skillvault.models import store
    from skillvault.models.known import DEFAULT, KNOWN

    folder = run.context.paths.models
    states = {model.name: store.state(model, folder) for model in KNOWN}
    if run.json:
        run.out.emit_json(
            models=[
                {
                    "name": model.name,
                    "title": model.title,
                    "source": model.source,
                    "size": model.size,
                    "sha256": model.digest,
                    "licence": model.licence,
                    "context": model.context,
                    "demo": model.demo,
                    "default": model.name == DEFAULT,
                    "state": states[model.name],
                    "path": str(folder / model.file),
                }
                for model in KNOWN
            ]
        )
        return
    run.out.table(
        [
            [
                f"local:{model.name}",
                _STATES[states[model.name]],
                words.size(model.size),
                model.licence,
                f"{model.title}{', a demo model' if model.demo else ''}",
                model.source,
            ]
            for model in KNOWN
        ],
        ["NAME", "STATE", "SIZE", "LICENCE", "WHAT", "FROM"],
        right=["SIZE"],
    )
