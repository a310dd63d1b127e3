"""Times of readings: whole Unix seconds, UTC, from local text that is never guessed at."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tanso.oracle.errors import BadTime

DAY = 86_400
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_PART_OF_A_SECOND = re.compile(r"[.,]\d*[1-9]")
"""Python drops what is finer than a microsecond."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the clock on the wall, of any zone
_FIELDS = {"Y": "year", "m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second"}
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
TIMES_KEPT = 4096
"""Tables of many meters show each time many times."""


def zone_of(name: str) -> tzinfo:
    """A zone from "+09:00", "UTC" or an IANA name; raises ValueError."""
    if name in ("UTC", "Z"):
        return UTC
    if offset := _OFFSET.fullmatch(name):
        sign, hours, minutes = offset.groups()
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(ahead if sign == "+" else -ahead)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"the zone {name!r} is not known: write an offset such as +09:00") from error


def parse_time(text: str, pattern: str | None, zone: tzinfo) -> datetime:
    """A time in `zone` unless it carries its own offset; `pattern` for strptime, None for ISO 8601.

    Raises BadTime when it is no time, has parts of a second, or does not exist or exists twice in the zone.
    """
    text = text.strip()
    if not text:
        raise BadTime("There is no time.")
    try:
        found = datetime.fromisoformat(text) if pattern is None else datetime.strptime(text, pattern)  # noqa: DTZ007
    except ValueError as error:
        raise BadTime(
            f"{text[:40]!r} is not a time in the form {pattern or 'ISO 8601'}.",
            hint="Check the layout's format.",
        ) from error
    if found.microsecond or (pattern is None and _PART_OF_A_SECOND.search(text)):
        raise BadTime(f"{text[:40]!r} is not a whole second.")
    return found if found.tzinfo is not None else localize(found, zone)


def localize(naive: datetime, zone: tzinfo) -> datetime:
    """The instant of a local wall-clock time; raises BadTime if the clock was turned over it."""
    early, late = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
    if early.utcoffset() != late.utcoffset():
        raise BadTime(
            f"{naive.isoformat(sep=' ')} does not exist or exists twice where clocks are turned.",
            hint="Write the time with its offset.",
        )
    return early


def unix_seconds(time: datetime) -> int:
    """Whole Unix seconds of an aware time; raises BadTime before 1970 and after the year 9999 in UTC."""
    return shown_in_utc((time - _EPOCH) // timedelta(seconds=1))


def shown_in_utc(seconds: int) -> int:
    """The same Unix seconds; raises BadTime where no calendar in UTC shows them."""
    if seconds < 0:
        raise BadTime("The time is before 1970 in UTC.", hint="Check the meter's clock.")
    if seconds > _LAST:
        raise BadTime("The time is after the year 9999 in UTC.", hint="Check the meter's clock.")
    return seconds


def in_zone(time: datetime, zone: tzinfo) -> datetime:
    """The same instant in a zone; raises BadTime outside the years 1 to 9999 there."""
    try:
        return time.astimezone(zone)
    except (OverflowError, ValueError) as error:
        raise BadTime(f"{time.isoformat()} is outside the years 1 to 9999.") from error


def later(time: datetime, seconds: int, zone: tzinfo) -> datetime:
    """The time so much later: days by the local calendar (one may have 23 or 25 hours), else by clock.

    Raises BadTime outside the years 1 to 9999, and where the clock was turned over it.
    """
    by_calendar = seconds % DAY == 0
    begin = in_zone(time, zone if by_calendar else UTC)
    try:
        if by_calendar:
            return localize(begin.replace(tzinfo=None) + timedelta(seconds=seconds), zone)
        return begin + timedelta(seconds=seconds)
    except OverflowError as error:
        raise BadTime(f"{seconds} s after {time.isoformat()} is outside the years 1 to 9999.") from error


def fixed_offset(zone: tzinfo) -> int | None:
    """Seconds ahead of UTC, if they are always the same."""
    offset = zone.utcoffset(None)
    return None if offset is None else offset // timedelta(seconds=1)


class TimeReader:
    """Unix seconds of texts of one form: what `parse_time` and `unix_seconds` give, many times quicker."""

    def __init__(self, pattern: str | None, zone: tzinfo) -> None:
        self._pattern, self._zone, self._offset = pattern, zone, fixed_offset(zone)
        self._form = None if pattern is None else _plain_form(pattern)
        self.seconds = lru_cache(TIMES_KEPT)(self._seconds)
        """Raises BadTime."""

    def _seconds(self, text: str) -> int:
        found = self._quick(text)
        return found if found is not None else unix_seconds(parse_time(text, self._pattern, self._zone))

    def _quick(self, text: str) -> int | None:
        """None for whatever is not plain; `parse_time` then finds out what it is, or says what is wrong."""
        try:
            if self._pattern is None and "." not in text and "," not in text:
                time = datetime.fromisoformat(text)
            elif self._form is not None and (fields := self._form.fullmatch(text)):
                time = datetime(**{name: int(digits) for name, digits in fields.groupdict().items()})  # type: ignore[arg-type] # noqa: DTZ001
            else:
                return None
        except ValueError:
            return None
        if time.microsecond:
            return None
        if time.tzinfo is not None:
            since = time - _EPOCH
            seconds = since.days * DAY + since.seconds
        elif self._offset is not None:
            since = time - _LOCAL_EPOCH
            seconds = since.days * DAY + since.seconds - self._offset
        else:
            seconds = unix_seconds(localize(time, self._zone))
        return seconds if 0 <= seconds <= _LAST else None


def _plain_form(pattern: str) -> "re.Pattern[str] | None":
    """A strptime pattern of digits and plain signs as a regular expression; None for any other."""
    form, named = "", set[str]()
    for directive, sign in re.findall(r"%(.?)|(.)", pattern, re.DOTALL):
        if not directive:
            form += re.escape(sign)
        elif directive in _FIELDS and directive not in named:
            named.add(directive)
            form += f"(?P<{_FIELDS[directive]}>[0-9]{{{4 if directive == 'Y' else 2}}})"
        else:
            return None
    return re.compile(form) if {"Y", "m", "d"} <= named else None
