"""Who is meant by a name, who is in a vault, and letting somebody in."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from skillvault.errors import AccessError, NotFoundError, RefusedError, UsageError
from skillvault.services.context import Context
from skillvault.services.labels import active, either, fold, label, labels, labels_of, tagged
from skillvault.vault import card as cards
from skillvault.vault import fingerprint
from skillvault.vault.card import Card
from skillvault.vault.client import Vault
from skillvault.vault.state import State, has_person
from skillvault.vault.syntax import Role


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A line of `member list`. `label`: their name, with `~id` where another has it too."""

    member: str
    name: str
    label: str
    role: Role
    fingerprint: str
    groups: tuple[str, ...]
    expires: str | None
    me: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Who:
    """A keyholder that was named: a member or group by id, or a card of somebody new."""

    name: str
    id: str | None = None
    card: Card | None = None


def resolve(ctx: Context, vault: Vault, text: str, stdin: bytes | None = None) -> Who:
    """The member, group or card that WHO means.

    A name may end in `~` and the beginning of an id; one with `/` or ending in `.card` is a card's
    path, `-` a card on standard input (`stdin`). The beginning of a name counts only where somebody
    at a terminal says yes to the full one.
    NotFoundError if no active member and no group has that name.
    """
    if text == "-" or "/" in text or text.casefold().endswith(".card"):
        return from_card(ctx, vault, read_card(text, stdin))
    state, reader = vault.state, vault.reader
    said, tilde, start = text.partition("~")
    wanted = fold(said)
    matches = [
        Who(name, id=identifier)
        for identifier in [*active(state), *state.groups]
        if fold(name := reader.name(identifier)) == wanted
        and (not tilde or (start and identifier.startswith(start)))
    ]
    if not matches:
        return _from_prefix(ctx, vault, text, wanted if not tilde else "")
    if len(matches) > 1:
        listing = ", ".join(tagged(m.name, m.id or "") for m in matches)
        raise NotFoundError(text, f"{len(matches)} have this name: {listing}", "say NAME~ID")
    return matches[0]


def resolve_member(ctx: Context, vault: Vault, text: str, stdin: bytes | None = None) -> str:
    """The id of the member that WHO means. UsageError for a group, or a card of somebody new."""
    who = resolve(ctx, vault, text, stdin)
    if who.id is None:
        hint = f"`skillvault member add {text}` admits them" if text != "-" else None
        raise UsageError(who.name, f"no member of {vault.name} yet", hint)
    if who.id in vault.state.groups:
        raise UsageError(who.name, "a group, where a member is wanted")
    return who.id


def resolve_group(ctx: Context, vault: Vault, text: str) -> str:
    """The id of the group of this name. NotFoundError if there is none."""
    who = resolve(ctx, vault, text)
    if who.id is None or who.id not in vault.state.groups:
        hint = "`skillvault group list` has their names"
        raise NotFoundError(text, f"no group of this name in {vault.name}", hint)
    return who.id


def _from_prefix(ctx: Context, vault: Vault, text: str, wanted: str) -> Who:
    """Somebody whose name begins so, if a person says that they are meant."""
    known = labels(vault)
    close = [i for i in known if wanted and fold(vault.reader.name(i)).startswith(wanted)]
    problem = f"nobody of this name in {vault.name}"
    if len(close) == 1:
        if ctx.ask_person(f"{text}: {known[close[0]]} is meant?"):
            return Who(vault.reader.name(close[0]), id=close[0])
        raise NotFoundError(text, problem, f"say the full name: {shlex.quote(known[close[0]])}")
    if close:
        listing = either(shlex.quote(known[i]) for i in close)
        raise NotFoundError(text, problem, f"say the full name: {listing}")
    hint = "`skillvault member list` has the names; a card needs a / or .card in its path"
    raise NotFoundError(text, problem, hint)


def resolve_all(
    ctx: Context, vault: Vault, texts: Iterable[str], stdin: bytes | None = None
) -> tuple[Who, ...]:
    """Everybody who is meant, once each. UsageError if two new ones have the same name."""
    found = tuple(dict.fromkeys(resolve(ctx, vault, text, stdin) for text in texts))
    new: dict[str, Who] = {}
    for who in found:
        if who.card is not None and new.setdefault(fold(who.name), who) is not who:
            hint = "one of them makes a card under another name: skillvault id --name NAME"
            raise UsageError(who.name, "two new members of this name", hint)
    return found


def read_card(text: str, stdin: bytes | None = None) -> Card:
    """The card in a file, or on standard input for `-`."""
    if text == "-":
        return cards.parse(stdin or b"", "standard input")
    try:
        with Path(text).open("rb") as file:
            data = file.read(cards.TEXT_LIMIT + 1)
    except FileNotFoundError:
        raise NotFoundError(text, "no such card") from None
    except OSError as error:
        raise RefusedError(text, f"cannot be read: {error.strerror}") from None
    return cards.parse(data, text)


def from_card(ctx: Context, vault: Vault, holder: Card, *, besides: str | None = None) -> Who:
    """An active member whom this card belongs to, or its holder as somebody new.

    `besides`: the member who is about to be replaced, and may have the same name.
    """
    state = vault.state
    if holder.suite != state.suite:
        problem = f"its keys are {holder.suite}, this vault's are {state.suite}"
        raise RefusedError(
            holder.name, problem, "its holder makes a fitting identity: keygen --classic"
        )
    for identifier, member in state.members.items():
        if holder.recipient == member.recipient or holder.signing_key == member.signing_key:
            if (holder.recipient, holder.signing_key) != (member.recipient, member.signing_key):
                raise RefusedError(holder.name, "one of its keys is another member's")
            if not member.is_active:
                raise RefusedError(
                    holder.name, "was removed from this vault", "to come back: a new identity"
                )
            return Who(vault.reader.name(identifier), id=identifier)
    check_new_name(ctx, vault, holder.name, besides=besides)
    return Who(holder.name, card=holder)


def card_of(who: Who) -> Card:
    """The card of somebody new."""
    assert who.card is not None  # noqa: S101 - a WHO is an id or a card
    return who.card


def _kind(state: State, identifier: str) -> str:
    return "a group" if identifier in state.groups else "somebody"


_CARD_HINT = "they make a card under another name: skillvault id --name NAME -o me.card"


def check_new_name(
    ctx: Context,
    vault: Vault,
    name: str,
    *,
    besides: str | None = None,
    hint: str = _CARD_HINT,
) -> None:
    """UsageError if an active member or a group has this name; a look-alike is warned about.

    `besides`: the one who is to have it, whatever they are called now.
    """
    state = vault.state
    others = (i for i in [*active(state), *state.groups] if i != besides)
    taken = {i: vault.reader.name(i) for i in others}
    for identifier, other in taken.items():
        if fold(other) == fold(name):
            problem = f"{vault.name} has {_kind(state, identifier)} of this name already"
            raise UsageError(name, problem, hint)
        if skeleton(other) == skeleton(name):
            ctx.warn(f"{name}: looks like {other}, who is somebody else")
    if len(scripts(name)) > 1:
        ctx.warn(f"{name}: mixes letters of {' and '.join(sorted(scripts(name)))}")


def list_members(vault: Vault) -> list[MemberLine]:
    """Every active member, admins first."""
    state, reader = vault.state, vault.reader
    vault.require_me()
    order, known = ("owner", "admin", "member", "machine"), labels(vault)
    lines = []
    for identifier in active(state):
        member = state.members[identifier]
        groups = tuple(
            sorted(
                known[g]
                for g, group in state.groups.items()
                if identifier in group.members and g != state.everyone
            )
        )
        print_of = fingerprint.of_keyholder(member.recipient, member.signing_key)
        lines.append(
            MemberLine(
                member=identifier,
                name=reader.name(identifier),
                label=known[identifier],
                role=member.role,
                fingerprint=print_of.words,
                groups=groups,
                expires=member.expires,
                me=identifier == vault.me,
                active=True,
            )
        )
    return sorted(lines, key=lambda line: (order.index(line.role), fold(line.name)))


def require_admin(vault: Vault, what: str) -> None:
    """AccessError (4) unless I am an admin; it names whom to ask."""
    me = vault.require_me()
    if vault.state.members[me].is_admin:
        return
    admins = [labels(vault)[i] for i, m in vault.state.members.items() if m.is_admin]
    raise AccessError(vault.name, f"only an admin can {what}", f"ask {either(admins)}")


def require_owner(vault: Vault, what: str) -> None:
    """AccessError (4) unless I am an owner of the vault; it names whom to ask."""
    members = vault.state.members
    if members[vault.require_me()].role == "owner":
        return
    owners = [labels(vault)[i] for i, m in members.items() if m.is_admin and m.role == "owner"]
    raise AccessError(vault.name, f"only an owner can {what}", f"ask {either(owners)}")


def check_role(vault: Vault, role: Role) -> None:
    """AccessError (4) if I may not admit somebody with this role: admins are made by owners."""
    if role not in {"member", "machine"}:
        require_owner(vault, f"admit somebody as {role}")


def owner_to_ask(vault: Vault, skill: str) -> str:
    """The persons behind a skill's owner, by name."""
    state = vault.state
    owner = state.skills[skill].owner
    group = state.groups.get(owner)
    if group is None:
        return label(vault, owner)
    people = labels_of(vault, (m for m in group.members if has_person(state, m)))
    return f"{label(vault, owner)} ({', '.join(people)})"


def names_of(vault: Vault, identifiers: Iterable[str]) -> tuple[str, ...]:
    """Names, sorted; with `~id` where two have the same."""
    return labels_of(vault, identifiers)


# A few letters of other scripts that are drawn as Latin ones: the commonest ways to be fooled.
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u03bf\u03b1\u03bd\u0131",
    "aeopcyxijshdoavi",
)


def skeleton(name: str) -> str:
    """What a name looks like: compatibility forms, marks and look-alikes folded away."""
    folded = unicodedata.normalize("NFKD", name).casefold().translate(_LOOK_ALIKES)
    plain = "".join(c for c in folded if not unicodedata.combining(c) and not c.isspace())
    return plain.replace("0", "o").replace("1", "l").replace("rn", "m").replace("vv", "w")


def scripts(name: str) -> set[str]:
    """The scripts of a name's letters, by the first word of their Unicode names."""
    return {unicodedata.name(c, "UNKNOWN").split()[0] for c in name if c.isalpha()}
