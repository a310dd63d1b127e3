"""Measuring devices: who they are, what they sign, when they are calibrated."""

from tanso.oracle.devices.signing import sign_reading, signer_of, signing_text

__all__ = ["sign_reading", "signer_of", "signing_text"]
