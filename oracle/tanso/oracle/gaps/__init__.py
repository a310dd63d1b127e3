"""Gaps in readings: filled by a rule that the owner declared for the device, or left and stated."""

from tanso.oracle.gaps.rules import HIGHEST, LAST_WEEK, LINEAR, GapRule, Used, estimated_value

__all__ = ["HIGHEST", "LAST_WEEK", "LINEAR", "GapRule", "Used", "estimated_value"]
