"""A host that writes a good commit in another way: its entry is the same, its bytes are not."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.hostile.host import Scene


def shorter_lines(raw: bytes) -> bytes:
    """The armor at 64 columns instead of 70."""
    head, body, end = re.split(rb"(?<=SSH SIGNATURE-----\n)|(?=\n -----END)", raw, maxsplit=2)
    text = body.replace(b"\n ", b"").strip()
    return head + b"\n".join(b" " + text[n : n + 64] for n in range(0, len(text), 64)) + end


def a_blank_behind_a_line(raw: bytes) -> bytes:
    return raw.replace(b"-----BEGIN SSH SIGNATURE-----\n", b"-----BEGIN SSH SIGNATURE----- \n")


def an_empty_line(raw: bytes) -> bytes:
    return raw.replace(b"\n -----END SSH", b"\n \n -----END SSH")


def a_header(raw: bytes) -> bytes:
    return raw.replace(b"\ngpgsig ", b"\nencoding UTF-8\ngpgsig ")


def a_header_behind(raw: bytes) -> bytes:
    return raw.replace(b"\n\nskillvault\n", b"\nx-note hello\n\nskillvault\n")


def a_second_signature(raw: bytes) -> bytes:
    start, end = raw.index(b"gpgsig "), raw.index(b"\n\nskillvault")
    return raw[:end] + b"\n" + raw[start:end].replace(b"gpgsig ", b"gpgsig-sha256 ") + raw[end:]


def a_trailer(raw: bytes) -> bytes:
    return raw + b"Signed-off-by: x <x>\n"


def another_zone(raw: bytes) -> bytes:
    return raw.replace(b"+0000", b"+0100")


BENDS = [
    (shorter_lines, "not armored as|armored"),
    (a_blank_behind_a_line, "armored"),
    (an_empty_line, "armored"),
    (a_header, "other headers"),
    (a_header_behind, "armored|headers"),
    (a_second_signature, "armored|headers"),
    (a_trailer, "not JSON"),
    (another_zone, "other headers"),
]


@pytest.mark.parametrize(("bend", "problem"), BENDS)
def test_of_a_new_entry(scene: Scene, bend: Callable[[bytes], bytes], problem: str) -> None:
    made = scene.forger()
    honest = made.entry(scene.who("Ada"), {}, {})
    made.write(scene.who("Ada"), {}, bend=bend)
    assert made.state.head == honest.hash, "the entry is the one that she signed"
    scene.refused(f"entry {scene.next}", problem)


def test_of_the_entry_that_was_seen(scene: Scene) -> None:
    """Then it is another commit, and does not continue from ours."""
    scene.serve(shorter_lines(scene.raw(str(scene.made.commit))))
    scene.refused(f"history|entry {scene.next - 1}", "does not continue|armored")
