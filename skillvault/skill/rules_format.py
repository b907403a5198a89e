"""The `SK` rules: what the Agent Skills specification asks, and what serves a skill well."""

from __future__ import annotations

from skillvault.skill.rules import FOLDER, GOOD_FRONT, Example, Rule, body, file, skill

_USE = "description: Reviews code. Use when asked to review a change.\n"
_GOOD = skill(GOOD_FRONT)


def _name(name: str, shown: str = "") -> Example:
    made = skill(f"name: {name}\n{_USE}", shown=shown)
    return Example(made.files, made.shown, name)


RULES = (
    Rule(
        "SK001",
        "error",
        "no SKILL.md",
        "A skill is a folder with a file of just this name; clients do not see any other.",
        bad=(Example(file("skill.md", "").files[1:], "skill.md, and no SKILL.md"),),
        good=(_GOOD,),
    ),
    Rule(
        "SK002",
        "warning",
        "SKILL.md is not UTF-8",
        "Some clients stop with an error; others show the wrong letters.",
        bad=(
            file(
                "SKILL.md",
                f"---\n{GOOD_FRONT}---\n\nCaf\xe9\n".encode("latin-1"),
                "`Café`, saved as Latin-1",
            ),
        ),
        good=(body("Café\n"),),
    ),
    Rule(
        "SK003",
        "warning",
        "SKILL.md begins with a byte order mark",
        "Some clients do not see the front matter behind it.",
        bad=(file("SKILL.md", f"\ufeff---\n{GOOD_FRONT}---\n\nReview it.\n"),),
        good=(_GOOD,),
        fixed="takes it away",
    ),
    Rule(
        "SK004",
        "error",
        "no front matter",
        "Name and description stand between two lines of `---` at the file's beginning. Without "
        "them no client knows when to use the skill.",
        bad=(
            file("SKILL.md", "# Code review\n\nRead the description first.\n"),
            file("SKILL.md", f"---\n{GOOD_FRONT}\n# Code review\n"),
        ),
        good=(_GOOD,),
    ),
    Rule(
        "SK005",
        "error",
        "front matter that is not YAML",
        "Clients skip the skill. The front matter is a mapping of fields to values.",
        bad=(skill("- name\n- description\n"), skill("name code-review\n")),
        good=(_GOOD,),
    ),
    Rule(
        "SK006",
        "warning",
        "a value that is not YAML and was read as if quoted",
        "Mostly a colon within a description. Lenient clients read what was meant, others skip "
        "the skill.",
        bad=(skill(f"name: {FOLDER}\ndescription: Use when: a change is to be reviewed\n"),),
        good=(skill(f'name: {FOLDER}\ndescription: "Use when: a change is to be reviewed"\n'),),
        fixed="puts the value into quotes",
    ),
    Rule(
        "SK007",
        "warning",
        "a field that is given twice",
        "One client takes the first, another the last, a third refuses the file.",
        bad=(skill(f"{GOOD_FRONT}license: MIT\nlicense: Apache-2.0\n"),),
        good=(skill(f"{GOOD_FRONT}license: MIT\n"),),
    ),
    Rule(
        "SK008",
        "error",
        "front matter over 64 KiB",
        "It is loaded by every agent that may use the skill, whether it does or not.",
        bad=(skill(f"{GOOD_FRONT}license: {'x' * 65536}\n", shown="license: xxxxx... (65,536)"),),
        good=(_GOOD,),
    ),
    Rule(
        "SK009",
        "warning",
        "a tab in an unquoted value, or a tag",
        "Some YAML readers take them, others refuse the file.",
        bad=(
            skill(f"name: {FOLDER}\ndescription: Reviews\tcode.\n"),
            skill(f"{GOOD_FRONT}license: !!str MIT\n"),
        ),
        good=(skill(f'name: {FOLDER}\ndescription: "Reviews\tcode."\n'), _GOOD),
    ),
    Rule(
        "SK010",
        "warning",
        "no name",
        "Clients fall back to the folder's name, or refuse.",
        bad=(skill(_USE),),
        good=(_GOOD,),
    ),
    Rule(
        "SK011",
        "warning",
        "a name that is not valid",
        "Lower-case letters, digits and single hyphens between them.",
        bad=(_name("Code-Review"), _name("code_review"), _name("code--review"), _name("-review")),
        good=(_GOOD,),
    ),
    Rule(
        "SK012",
        "warning",
        "a name over 64 characters",
        "The specification's limit.",
        bad=(_name("a" * 65, "name: aaaa... (65)"),),
        good=(_name("a" * 64, "name: aaaa... (64)"),),
    ),
    Rule(
        "SK013",
        "error",
        "no description",
        "It is all that an agent sees before it decides to load a skill; clients skip a skill "
        "without.",
        bad=(skill(f"name: {FOLDER}\n"), skill(f"name: {FOLDER}\ndescription: ''\n")),
        good=(_GOOD,),
    ),
    Rule(
        "SK014",
        "warning",
        "a description over 1,024 characters",
        "The specification's limit. It stands in every prompt; details belong into the body.",
        bad=(
            skill(
                f"name: {FOLDER}\ndescription: {'d' * 1025}\n", shown="description: dddd... (1,025)"
            ),
        ),
        good=(
            skill(
                f"name: {FOLDER}\ndescription: {'d' * 1024}\n", shown="description: dddd... (1,024)"
            ),
        ),
    ),
    Rule(
        "SK015",
        "warning",
        "a name that differs from its folder's",
        "Some clients refuse the skill, others know it by the one or the other.",
        bad=(
            Example(_GOOD.files, f"name: {FOLDER}, in a folder that is called `review`", "review"),
        ),
        good=(_GOOD,),
    ),
    Rule(
        "SK016",
        "warning",
        "compatibility that is empty, not text, or over 500 characters",
        "It says what the skill needs, in a sentence.",
        bad=(
            skill(f"{GOOD_FRONT}compatibility: [git]\n"),
            skill(f"{GOOD_FRONT}compatibility: ''\n"),
            skill(f"{GOOD_FRONT}compatibility: {'c' * 501}\n", shown="compatibility: cc... (501)"),
        ),
        good=(skill(f"{GOOD_FRONT}compatibility: needs git 2.40 and a network\n"),),
    ),
    Rule(
        "SK017",
        "warning",
        "a license that is not text",
        "A short name, or the name of a file of the skill.",
        bad=(skill(f"{GOOD_FRONT}license:\n  name: MIT\n"),),
        good=(skill(f"{GOOD_FRONT}license: MIT\n"),),
    ),
    Rule(
        "SK018",
        "warning",
        "metadata that is not a map of text to text",
        "Clients drop what is nested, or refuse it.",
        bad=(
            skill(f"{GOOD_FRONT}metadata: reviewed\n"),
            skill(f"{GOOD_FRONT}metadata:\n  tags: [a, b]\n"),
        ),
        good=(skill(f"{GOOD_FRONT}metadata:\n  tags: a b\n"),),
    ),
    Rule(
        "SK019",
        "advice",
        "a value of metadata that some clients do not read as text",
        "Unquoted, YAML readers make the number 1.1 of 1.10, a date of 2026-11-24, and `true` of "
        "yes.",
        bad=(skill(f"{GOOD_FRONT}metadata:\n  version: 1.10\n"),),
        good=(skill(f'{GOOD_FRONT}metadata:\n  version: "1.10"\n'),),
        fixed="puts the value into quotes",
    ),
    Rule(
        "SK020",
        "warning",
        "allowed-tools that are not one text",
        "The specification has one text with spaces between the tools.",
        bad=(
            skill(f"{GOOD_FRONT}allowed-tools:\n  read: true\n"),
            skill(f"{GOOD_FRONT}allowed-tools: [Read, Grep]\n"),
        ),
        good=(skill(f"{GOOD_FRONT}allowed-tools: Read Grep\n"),),
        milder="for a list, which many clients read",
        fixed="makes one text of a list",
    ),
    Rule(
        "SK021",
        "warning",
        "a field of some clients only",
        "It is kept, and the reference validator refuses it. `version` and `author` belong into "
        "`metadata`.",
        bad=(skill(f"{GOOD_FRONT}version: 2\n"), skill(f"{GOOD_FRONT}model: haiku\n")),
        good=(skill(f'{GOOD_FRONT}metadata:\n  version: "2"\n'),),
    ),
    Rule(
        "SK022",
        "warning",
        "an unknown field",
        "It is kept, and no client reads it; a misspelt one is not read either.",
        bad=(skill(f"{GOOD_FRONT}licence: MIT\n"),),
        good=(skill(f"{GOOD_FRONT}license: MIT\n"),),
    ),
    Rule(
        "SK030",
        "warning",
        "no text below the front matter",
        "There is nothing for the agent to do.",
        bad=(skill(GOOD_FRONT, ""),),
        good=(_GOOD,),
    ),
    Rule(
        "SK031",
        "advice",
        "a body over 500 lines",
        "It is loaded whole whenever the skill is used; files in references/ are read on demand.",
        bad=(body("A line.\n" * 501, "A line. (501 times)"),),
        good=(body("A line.\n" * 500, "A line. (500 times)"),),
    ),
    Rule(
        "SK032",
        "advice",
        "a body over 5,000 tokens",
        "It is loaded whole whenever the skill is used; files in references/ are read on demand.",
        bad=(body("some longer words " * 2500, "some longer words (2,500 times)"),),
        good=(body("some longer words " * 200, "some longer words (200 times)"),),
    ),
    Rule(
        "SK033",
        "warning",
        "a link to a file that is not there",
        "The agent looks for it, fails, and guesses.",
        bad=(body("See [the layers](references/layers.md).\n"),),
        good=(
            Example(
                (
                    *body("See [the layers](references/layers.md).\n").files,
                    *file("references/layers.md", "# Layers\n").files[1:],
                ),
                "See [the layers](references/layers.md).\n\n(and references/layers.md is there)",
            ),
            body("See [the standard](https://example.org/standard.html).\n"),
        ),
    ),
    Rule(
        "SK034",
        "warning",
        "a link that leads out of the skill",
        "It means nothing on another machine.",
        bad=(body("See [notes](/home/ada/notes.md) and [more](../other/SKILL.md).\n"),),
        good=(body("See [the standard](https://example.org/standard.html).\n"),),
    ),
)
