"""Who asks and what they may: roles, machines' credentials and access tokens, and the rules routes state."""
