"""Carbon accounts: what a business held, received, emitted and shipped in a period."""
