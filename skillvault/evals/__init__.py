"""Measuring what a skill is worth: suites, checks, runs, and what may be concluded from them.

Nothing is imported here; ask for the module you need. `statistics`, `sequential`, `power`,
`uplift` and `verdict` are pure arithmetic on the standard library alone.
"""
