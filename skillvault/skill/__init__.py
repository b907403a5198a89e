"""What a skill is: a folder with `SKILL.md` in the Agent Skills format. Bytes in, bytes out."""
