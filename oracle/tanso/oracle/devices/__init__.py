"""Measuring devices: who they are, what they sign, when they are calibrated."""

from tanso.oracle.devices.registry import (
    UNCALIBRATED,
    UNKNOWN,
    Device,
    Registry,
    calibrate_device,
    register_device,
    registry_of,
    withdraw_calibration,
)
from tanso.oracle.devices.signing import sign_reading, signer_of, signing_text

__all__ = [
    "UNCALIBRATED",
    "UNKNOWN",
    "Device",
    "Registry",
    "calibrate_device",
    "register_device",
    "registry_of",
    "sign_reading",
    "signer_of",
    "signing_text",
    "withdraw_calibration",
]
