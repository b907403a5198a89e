"""What this machine knows beside the vaults: search index, answers, runs, journal. Sealed, whole.

One SQLite image for each identity, in memory while it is used, an age file to oneself on disk.
"""
