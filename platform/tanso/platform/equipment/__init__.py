"""Equipment: who runs it, and the history of its emission intensity."""
