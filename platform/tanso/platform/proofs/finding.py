"""What a check of a proof bundle finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit, and where in the bundle."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"
