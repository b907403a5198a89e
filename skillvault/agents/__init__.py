"""How a skill reaches an agent."""
