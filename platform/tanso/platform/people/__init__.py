"""People: accounts with passwords, what they are to a business or the node, and their sessions."""
