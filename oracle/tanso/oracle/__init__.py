"""The oracle: operation data in, emissions out, evidence, and the only hand that writes to the chain."""
