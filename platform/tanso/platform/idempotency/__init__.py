"""A write that is sent again under its `Idempotency-Key` counts once and gets the same answer."""
