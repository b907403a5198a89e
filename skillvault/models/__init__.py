"""Model backends: what turns a prompt into an answer. Nothing here knows of skills or scores."""
