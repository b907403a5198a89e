"""Who comes in: the holder of a card, a machine for a job; and from when on that writes nothing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from textual import events, on
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from skillvault.services import machines, members, sharing
from skillvault.services.context import Context
from skillvault.services.machines import MachineMade, MachinePreview
from skillvault.services.members import MemberChanged, MemberPreview
from skillvault.services.sharing import Admitted
from skillvault.services.trust import Published
from skillvault.services.wording import count
from skillvault.tui.dialog import Text
from skillvault.tui.dialogs.change import Change
from skillvault.tui.dialogs.share import CARD
from skillvault.tui.widgets.field import Field
from skillvault.tui.widgets.toggle import Toggle
from skillvault.vault.card import Card
from skillvault.vault.client import Vault
from skillvault.vault.syntax import Role

_ROLES: tuple[Role, ...] = ("member", "admin", "owner", "machine")


class CardField(Field):
    """A path, or a card that is pasted whole."""

    class Pasted(Message):
        """A card was pasted."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def _on_paste(self, event: events.Paste) -> None:
        if CARD in event.text:
            event.stop()
            event.prevent_default()
            self.post_message(self.Pasted(event.text))


class Joins(NamedTuple):
    """Who joins what, as what."""

    vault: Vault
    card: Card
    role: Role


class AddCard(Change[Joins, Admitted]):
    """Admit the holder of a card."""

    verb = "admit"

    def __init__(self, vault: str, *, owner: bool) -> None:
        super().__init__(vault)
        self.heading = f"Add somebody to {vault}"
        self.card: bytes | None = None
        self.roles = _ROLES if owner else ("member", "machine")

    def form(self) -> Iterable[Widget]:
        """The card, and what its holder may do."""
        yield Horizontal(
            Text("card", classes="label"),
            CardField(placeholder="paste it, or type the path of its file", id="card"),
            classes="line",
        )
        yield Horizontal(Text("as", classes="label"), Toggle(self.roles, id="role"), classes="line")

    @on(CardField.Pasted)
    def _pasted(self, event: CardField.Pasted) -> None:
        self.card = event.text.encode()
        self.query_one("#card", Field).placeholder = "a card that was pasted"
        self.query_one("#card", Field).value = ""
        self.touched()
        self.action_go()

    @property
    def _path(self) -> str:
        return self.query_one("#card", Field).value.strip()

    def lacks(self) -> str:
        """A card."""
        if self._path or self.card is not None:
            return ""
        return "their card comes from them: `skillvault id -o me.card`"

    @property
    def _role(self) -> Role:
        return self.roles[self.query_one("#role", Toggle).index]

    def _source(self) -> str:
        path = str(Path(self._path).expanduser())
        return "-" if not self._path else path if "/" in path else f"./{path}"

    def command(self) -> str:
        """`skillvault member add CARD`."""
        role = "" if self._role == "member" else f" --role {self._role}"
        return f"skillvault member add {shlex.quote(self._source())}{role}"

    def call(self) -> Callable[[Context, Callable[[Joins], bool]], Admitted | None]:
        """Admit."""
        source, role, stdin, vault = self._source(), self._role, self.card, self.vault

        def run(ctx: Context, approve: Callable[[Joins], bool]) -> Admitted | None:
            return sharing.admit(
                ctx,
                source,
                approve=lambda *said: approve(Joins(*said)),
                role=role,
                vault=vault,
                stdin=stdin if source == "-" else None,
            )

        return run

    def lines(self, preview: Joins) -> Iterable[str]:
        """Who, with the words to compare."""
        name = preview.card.name
        yield f"{name} joins {preview.vault.name} as {preview.role}"
        yield f"  {preview.card.fingerprint.words}"
        yield f"  8 words: compare them with {name}, by voice"
        yield "reads what is shared with everyone, and nothing else yet"
        yield pushed(preview.vault, preview.vault.unpushed)

    def outcome(self, done: Admitted) -> str:
        """Admitted."""
        return f"admitted {done.card.name}, {entry(done.published)}"

    def after(self, done: Admitted) -> None:
        """What to send to them."""
        if done.clone is not None:
            self.app.notify(f"send them:\n{done.clone}", timeout=20, markup=False)


class NewMachine(Change[MachinePreview, MachineMade]):
    """An identity for a job, made here and written to one file."""

    verb = "make it"

    def __init__(self, vault: str) -> None:
        super().__init__(vault)
        self.heading = f"A machine in {vault}"

    def form(self) -> Iterable[Widget]:
        """Its name, where its key goes, till when it writes."""
        for label, hint in (
            ("name", "as in: nightly build"),
            ("file", "a new file for its key; it goes where the job keeps its secrets"),
            ("expires", "90d, 12w, 36h; empty for never"),
        ):
            field = Field(placeholder=hint, id=label)
            yield Horizontal(Text(label, classes="label"), field, classes="line")

    def _of(self, label: str) -> str:
        return self.query_one(f"#{label}", Field).value.strip()

    def lacks(self) -> str:
        """A name and a file."""
        missing = [label for label in ("name", "file") if not self._of(label)]
        return f"still to be filled in: {' and '.join(missing)}" if missing else ""

    def command(self) -> str:
        """`skillvault member new NAME --machine -o FILE`."""
        said = f"skillvault member new {shlex.quote(self._of('name'))} --machine"
        said += f" -o {shlex.quote(self._of('file'))}"
        return said + (
            f" --expires {shlex.quote(self._of('expires'))}" if self._of("expires") else ""
        )

    def call(self) -> Callable[[Context, Callable[[MachinePreview], bool]], MachineMade | None]:
        """Make it."""
        file = Path(self._of("file")).expanduser()
        return partial(
            _new_machine, self._of("name"), file, self._of("expires") or None, self.vault
        )

    def lines(self, preview: MachinePreview) -> Iterable[str]:
        """What it is, and where its key goes. Its words are new each time, and not shown."""
        until = f", writes nothing after {preview.expires[:10]}" if preview.expires else ""
        yield f"{preview.card.name} joins {preview.vault.name} as machine{until}"
        yield "reads what is shared with it, and what is shared with everyone"
        yield f"its key is written to {preview.file}, for nobody else to read"
        yield pushed(preview.vault, preview.goes_along)

    def outcome(self, done: MachineMade) -> str:
        """Made."""
        return f"made {done.preview.card.name}, {entry(done.published)}"

    def after(self, done: MachineMade) -> None:
        """What its job begins with."""
        if done.clone is not None:
            self.app.notify(f"its job begins with:\n{done.clone}", timeout=20, markup=False)


def _new_machine(
    name: str,
    file: Path,
    expires: str | None,
    vault: str,
    ctx: Context,
    approve: Callable[[MachinePreview], bool],
) -> MachineMade | None:
    return machines.new(ctx, name, file, approve=approve, expires=expires, vault=vault)


class Expires(Change[MemberPreview, MemberChanged]):
    """From when on a machine writes nothing more."""

    verb = "set it"

    def __init__(self, vault: str, machine: str) -> None:
        super().__init__(vault)
        self.machine = machine
        self.heading = f"When {machine} expires"

    def form(self) -> Iterable[Widget]:
        """A span from now."""
        field = Field(placeholder="90d, 12w, 36h, or never", id="when")
        yield Horizontal(Text("in", classes="label"), field, classes="line")

    def _when(self) -> str:
        return self.query_one("#when", Field).value.strip()

    def lacks(self) -> str:
        """A span."""
        return "" if self._when() else "a span from now, or never"

    def command(self) -> str:
        """`skillvault member expires WHO 90d`."""
        return f"skillvault member expires {shlex.quote(self.machine)} {shlex.quote(self._when())}"

    def call(self) -> Callable[[Context, Callable[[MemberPreview], bool]], MemberChanged | None]:
        """Set it."""
        who, when, vault = self.machine, self._when(), self.vault
        return lambda ctx, approve: members.set_expiry(ctx, who, when, approve=approve, vault=vault)

    def lines(self, preview: MemberPreview) -> Iterable[str]:
        """From what to what, by day: the second moves on while one reads."""
        before = (preview.before.expires or "never")[:10]
        yield f"{preview.name} expires {preview.wanted[:10]} (till now: {before})"
        yield "from then on it writes nothing; what it reads it keeps until it is removed"
        yield pushed(preview.vault, preview.goes_along)

    def outcome(self, done: MemberChanged) -> str:
        """Set."""
        return f"set, {entry(done.published)}"


class GiveRole(Change[MemberPreview, MemberChanged]):
    """Another role for somebody."""

    verb = "give it"

    def __init__(self, vault: str, who: str, role: str) -> None:
        super().__init__(vault)
        self.who = who
        self.before = role
        self.heading = f"The role of {who}"

    def form(self) -> Iterable[Widget]:
        """Which one."""
        roles = _ROLES[:3]
        index = roles.index(self.before) if self.before in roles else 0
        toggle = Toggle(roles, index=index, id="role")
        yield Horizontal(Text("role", classes="label"), toggle, classes="line")

    @property
    def _role(self) -> Role:
        return _ROLES[self.query_one("#role", Toggle).index]

    def lacks(self) -> str:
        """Another one."""
        return f"{self.who} is {self.before} now" if self._role == self.before else ""

    def command(self) -> str:
        """`skillvault member role WHO ROLE`."""
        return f"skillvault member role {shlex.quote(self.who)} {self._role}"

    def call(self) -> Callable[[Context, Callable[[MemberPreview], bool]], MemberChanged | None]:
        """Give it."""
        who, role, vault = self.who, self._role, self.vault
        return lambda ctx, approve: members.set_role(ctx, who, role, approve=approve, vault=vault)

    def lines(self, preview: MemberPreview) -> Iterable[str]:
        """From what to what, and what that means."""
        yield f"{preview.name} becomes {preview.wanted} (till now: {preview.before.role})"
        yield from preview.notes
        yield pushed(preview.vault, preview.goes_along)

    def outcome(self, done: MemberChanged) -> str:
        """Given."""
        return f"{done.name} is {done.after.role}, {entry(done.published)}"


def pushed(vault: Vault, along: int) -> str:
    """`1 entry, pushed at once`."""
    if vault.notes.remote is None:
        return "1 entry, local only: this vault has no remote"
    more = f", and {count(along, 'earlier change')} with it" if along else ""
    return f"1 entry, pushed at once{more}"


def entry(published: Published) -> str:
    """`entry 215, pushed`."""
    if published.entry is None:
        return "nothing to change"
    return f"entry {published.entry.seq}, {'pushed' if published.pushed else 'local only'}"
