"""The terminal UI: screens on the services that the commands call. No logic of its own."""
