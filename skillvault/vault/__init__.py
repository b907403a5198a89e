"""The sealed, signed git repository: records, rules, history, and the processes that serve it."""
