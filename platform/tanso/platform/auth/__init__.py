"""Who asks: bearer tokens with a role, and the dependencies that routes state their rules with."""
