"""Measuring devices: which equipment each measured with which key, and when it was calibrated."""
