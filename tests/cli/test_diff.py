"""`diff` as people and `git apply` read it."""

from __future__ import annotations

import subprocess

from skillvault.errors import Exit
from tests.cli.story import CheckJson, Person, ok, write_skill


def test_a_patch_in_a_pipe_and_marked_words_at_a_terminal(
    ada: Person, check_json: CheckJson
) -> None:
    ok(ada.run("init", "--name", "Ada"))
    folder = write_skill(ada.home / "code-review")
    (folder / "pic.bin").write_bytes(b"\0\1")
    (folder / "references" / "layers.md").write_text("down only\n")
    ok(ada.run("put", str(folder)))
    copy = ada.home / "copy"
    subprocess.run(["cp", "-r", str(folder), str(copy)], check=True)
    write_skill(folder, "Review code well. Use when asked to.\u202e")
    (folder / "new file.txt").write_text("no newline")
    (folder / "references" / "layers.md").unlink()
    (folder / "run.sh").chmod(0o644)
    ok(ada.run("put", str(folder)))

    done = ada.run("diff", "code-review")
    assert "default/code-review@1 and default/code-review@2: 4 files differ" in done.stderr
    subprocess.run(["git", "apply", "-"], input=ok(done), text=True, cwd=copy, check=True)
    for path in ("SKILL.md", "new file.txt", "run.sh", "pic.bin"):
        assert (copy / path).read_bytes() == (folder / path).read_bytes()
    assert not (copy / "references" / "layers.md").exists()
    assert not (copy / "run.sh").stat().st_mode & 0o100

    found = check_json("diff", ok(ada.run("diff", "code-review@1", "@2", "--json")))
    assert {f["path"]: f["change"] for f in found["files"]} == {
        "SKILL.md": "changed",
        "new file.txt": "added",
        "references/layers.md": "removed",
        "run.sh": "mode",
    }
    code, seen = ada.type("diff", "code-review", "--file", "SKILL.md", "--color", "always")
    assert code == 0
    assert "\x1b[32;7mwell" in seen.replace("\x1b[32;7m ", "\x1b[32;7m")
    assert "<U+202E>" in seen
    assert "\u202e" not in seen
    text = ok(ada.run("diff", "code-review", "--words", "--file", "SKILL.md"))
    assert "Review code{+ well+}." in text

    same = ada.run("diff", "code-review", str(folder), "--exit-code")
    assert (same.returncode, same.stdout) == (0, "")
    assert "nothing differs" in same.stderr
    assert ada.run("diff", "code-review", "--exit-code").returncode == Exit.CHECK
    binary = ada.run("diff", "code-review@1", str(folder))
    assert "Binary" not in binary.stdout
    (folder / "pic.bin").write_bytes(b"\0\2")
    assert "Binary files a/pic.bin and b/pic.bin differ" in ok(
        ada.run("diff", "code-review", str(folder))
    )
