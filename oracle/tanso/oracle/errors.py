"""Errors of the oracle's calculation, intake and evidence.

The tree (under `tanso.contracts.errors.TansoError`)::

    OracleError
    ├── QuantityRefused             a number with its unit can't be taken; `field` names where it stood
    │   ├── MissingValue            nothing, or only blanks, where a quantity must stand
    │   ├── NotANumber              NaN, infinity or text that is no decimal number
    │   ├── AbsurdNumber            more digits or a larger exponent than any meter has, for example 1e400
    │   ├── NegativeQuantity        below zero where nothing can be below zero
    │   ├── MissingUnit             a number without a unit
    │   ├── UnknownUnit             a unit that is not in the registry
    │   ├── UnitDoesNotFit          a unit of another dimension than the one needed
    │   └── NotWhole                not a whole number of base units
    ├── CalculationRefused          equations (1)–(8) can't be applied to these figures
    │   ├── UnknownEnergy           equipment uses an energy of which no consumption and no factor is given
    │   ├── EnergyWithoutUser       energy was consumed but nothing that ran uses it
    │   ├── EnergyNotMeasured       energy is to be allocated but the site's consumption is not known
    │   ├── MeteredExceedsTotal     machine meters show more than the site's meter
    │   ├── EmissionsWithoutActivity  emissions of equipment that did not run
    │   ├── FactorChanges           a reading lies over the time at which its energy's factor changes
    │   ├── TooFine                 more intervals and series than can be computed at a time
    │   └── ResultTooLarge          a figure that the ledger's integers can't hold
    ├── SignerFailed                an external signer did not sign; nothing is stored or sent
    │   ├── SignerUnreachable       no answer, or not in time
    │   ├── SignerRefused           it answered with an error, or nothing that is JSON-RPC
    │   └── SignerAnsweredOtherwise it signed something else, or with another key
    ├── FactorUnknown               no emission factor of this name
    ├── DeviceRefused               a device, key or calibration that can't be registered so
    ├── DeviceUnknown               no registered device of this name
    ├── FormulaUnknown              no formula document of this name
    ├── SiteRefused                 a site file that does not describe a site
    ├── LayoutRefused               a layout file that does not describe a table of readings
    ├── FileRefused                 a file that can't be read as what it is: cut off, damaged, absurd in size
    ├── FileChanged                 somebody wrote to a file while it was read
    ├── RowsRefused                 a file was to be taken whole, and some of its rows can't be
    ├── BrokerRefused               an MQTT broker's address can't be used, or no broker can be run
    ├── ReadingRefused              one row of operation data can't be taken (`QuantityRefused` too)
    │   ├── BadTime                 no date, or not in the stated format, or the interval is empty
    │   ├── BadRow                  more or fewer cells than the header
    │   ├── BadMessage              no reading as JSON, or one with unknown or missing fields
    │   ├── CellRefused             a cell of a spreadsheet that is no plain value: a formula, an error, true
    │   ├── BadDevice               no device, or a kind of quantity that is not declared
    │   ├── FutureReading           the interval ends in the future
    │   ├── IntervalTooLong         the interval is longer than 366 days
    │   ├── ConflictingReading      the same device, kind and interval was taken before with another value
    │   ├── OverlappingReading      the interval overlaps another one of the same device and kind
    │   ├── MeterWentBack           a cumulative register is lower than before: rollover, reset or exchange
    │   ├── MeterJumped             a cumulative register rose faster than its layout allows
    │   ├── LateReading             the interval lies in a period that has been reported
    │   ├── UnsignedReading         no signature, though the device has a key
    │   ├── WrongDeviceSignature    not by the device's key, or of another reading than the one beside it
    │   └── SequenceReused          the device's sequence number stood on another reading before
    ├── PeriodRefused               a period can't be closed; nothing is sent
    │   ├── NotConfigured           the business's site, or the installation, is not registered
    │   ├── RefusedRowsOpen         refused rows of the period are not resolved
    │   ├── PeriodNotOver           the period is empty or ends in the future
    │   ├── UnassignedReadings      readings of the period that no site, roof or list of ignored ones names
    │   ├── MissingReadings         a configured device has no reading in the period
    │   ├── ReadingStraddlesPeriod  a reading lies partly in the period and partly outside
    │   ├── PeriodClosed            the period, or a part of it, has been reported with other figures
    │   ├── ReportStuck             an earlier report of the business was refused by the ledger
    │   ├── NoReduction             baseline minus project emissions is not above zero
    │   ├── BaselineDiffers         lots are charged another baseline than the reduction is held against
    │   └── BeforeEnrolment         the period begins before the enrolment of the equipment counts
    └── EvidenceRefused             leaves or proofs that do not hold together
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tanso.contracts.errors import TansoError

if TYPE_CHECKING:
    from tanso.oracle.intake.rows import Refusal


class OracleError(TansoError):
    """Base of the errors of calculation, intake, evidence and closing of periods."""


class QuantityRefused(OracleError, ValueError):
    """A number with its unit can't be taken. `field` names where it stood."""

    def __init__(self, field: str, problem: str, *, hint: str = "") -> None:
        super().__init__(f"{field}: {problem}", hint=hint)
        self.field = field


class MissingValue(QuantityRefused):
    """Nothing, or only blanks, where a quantity must stand."""


class NotANumber(QuantityRefused):
    """NaN, infinity, or text that is no decimal number."""


class AbsurdNumber(QuantityRefused):
    """More digits or a larger exponent than any meter has, for example 1e400."""


class NegativeQuantity(QuantityRefused):
    """Below zero where nothing can be below zero."""


class MissingUnit(QuantityRefused):
    """A number without a unit."""


class UnknownUnit(QuantityRefused):
    """A unit that is not in the registry."""


class UnitDoesNotFit(QuantityRefused):
    """A unit of another dimension than the one needed."""


class NotWhole(QuantityRefused):
    """Not a whole number of base units."""


class CalculationRefused(OracleError):
    """Equations (1)–(8) can't be applied to these figures."""


class UnknownEnergy(CalculationRefused):
    """Equipment uses an energy of which no consumption and no factor is given."""


class EnergyWithoutUser(CalculationRefused):
    """Energy was consumed but nothing that ran uses it."""


class EnergyNotMeasured(CalculationRefused):
    """Energy is to be allocated but the site's consumption is not known."""


class MeteredExceedsTotal(CalculationRefused):
    """Machine meters show more than the site's meter."""


class EmissionsWithoutActivity(CalculationRefused):
    """Emissions of equipment that did not run."""


class FactorChanges(CalculationRefused):
    """A reading lies over the time at which its energy's factor changes."""


class TooFine(CalculationRefused):
    """More intervals and series than can be computed at a time."""


class ResultTooLarge(CalculationRefused):
    """A figure that the ledger's integers can't hold."""


class SignerFailed(OracleError):
    """An external signer did not sign what it was asked to; nothing was stored or sent."""


class SignerUnreachable(SignerFailed):
    """The external signer gave no answer, or not in time."""


class SignerRefused(SignerFailed):
    """The external signer answered with an error, or nothing that is JSON-RPC."""


class SignerAnsweredOtherwise(SignerFailed):
    """The external signer signed something else than was asked, or with another key."""


class FactorUnknown(OracleError):
    """No emission factor of this name."""


class DeviceRefused(OracleError):
    """A device, its key or a calibration can't be registered so."""


class DeviceUnknown(OracleError):
    """No registered device of this name."""


class FormulaUnknown(OracleError):
    """No formula document of this name."""


class SiteRefused(OracleError):
    """A site file that does not describe a site."""


class LayoutRefused(OracleError):
    """A layout file that does not describe a table of readings."""


class FileRefused(OracleError):
    """A file that can't be read as what it is: cut off, damaged, absurd in size, of a kind not taken."""


class FileChanged(OracleError):
    """Somebody wrote to a file while it was read; what was taken until then stays."""


class RowsRefused(OracleError):
    """A file was to be taken whole, and some of its rows can't be; `refused` lists them."""

    def __init__(self, refused: Sequence["Refusal"]) -> None:
        first = refused[0]
        super().__init__(
            f"{len(refused)} rows are refused; line {first.line}: {first.error}: {first.reason}",
            hint="Correct the file, or have its good rows taken and the others kept aside.",
        )
        self.refused = tuple(refused)


class BrokerRefused(OracleError):
    """An MQTT broker's address can't be used, nothing there lets the oracle in, or no broker can be run."""


class ReadingRefused(OracleError):
    """One row of operation data can't be taken; it is kept aside with this reason."""


class BadTime(ReadingRefused):
    """No date, or not in the stated format, or the interval is empty."""


class BadRow(ReadingRefused):
    """The row has more or fewer cells than the header."""


class BadMessage(ReadingRefused):
    """A message that is no reading as JSON, or has unknown fields or fields of another kind."""


class CellRefused(ReadingRefused):
    """A cell of a spreadsheet that is no plain value, or a row that does not fit the others."""


class BadDevice(ReadingRefused):
    """No device, or a kind of quantity that is not declared."""


class FutureReading(ReadingRefused):
    """The interval ends in the future: more than clocks may differ after now."""


class IntervalTooLong(ReadingRefused):
    """The interval is longer than 366 days: a clock that was not set, not a measurement."""


class ConflictingReading(ReadingRefused):
    """The same device, kind and interval was taken before with another value."""


class OverlappingReading(ReadingRefused):
    """The interval overlaps another one of the same device and kind."""


class MeterWentBack(ReadingRefused):
    """A cumulative register is lower than before: rollover, reset or exchange of the meter."""


class MeterJumped(ReadingRefused):
    """A cumulative register rose faster than its layout's `fastest` allows."""


class LateReading(ReadingRefused):
    """The interval lies in a period that has been reported."""


class UnsignedReading(ReadingRefused):
    """No signature, though the device had a registered key when the reading was taken."""


class WrongDeviceSignature(ReadingRefused):
    """The signature is malformed, by another key, or of another reading than the one beside it."""


class SequenceReused(ReadingRefused):
    """The device's sequence number stood on another reading before."""


class PeriodRefused(OracleError):
    """A period can't be closed; nothing is sent."""


class NotConfigured(PeriodRefused):
    """The business's site, or the installation, is not registered."""


class RefusedRowsOpen(PeriodRefused):
    """Refused rows of the period are not resolved."""


class PeriodNotOver(PeriodRefused):
    """The period is empty or ends in the future."""


class UnassignedReadings(PeriodRefused):
    """Readings of the period that no site, roof or list of ignored ones names."""


class MissingReadings(PeriodRefused):
    """A configured device has no reading in the period."""


class ReadingStraddlesPeriod(PeriodRefused):
    """A reading lies partly in the period and partly outside."""


class PeriodClosed(PeriodRefused):
    """The period, or a part of it, has been reported with other figures."""


class ReportStuck(PeriodRefused):
    """An earlier report of the business was refused by the ledger."""


class NoReduction(PeriodRefused):
    """Baseline minus project emissions is not above zero."""


class BaselineDiffers(PeriodRefused):
    """Lots are charged another baseline than the one that the reduction would be held against."""


class BeforeEnrolment(PeriodRefused):
    """The period begins before the enrolment of the equipment counts: lots were charged what was measured."""


class EvidenceRefused(OracleError):
    """Leaves or proofs that do not hold together."""
