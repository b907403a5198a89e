"""One command a file; `skillvault/cli/table.py` lists them."""
