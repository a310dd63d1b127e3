"""What an audit can find: the catalogue of kinds, each with a stable slug, and a finding itself.

docs/audit.md is written from this catalogue, so that no kind is undocumented.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from tanso.contracts.identity import keccak

DAY_S: Final = 86_400


class Severity(StrEnum):
    """How grave a finding is; `tanso audit` ends with exit code 1 when there is an error."""

    ERROR = "error"
    """Something does not hold that must hold."""
    WARNING = "warning"
    """Something that may have a good reason, which the auditor asks for."""
    NOTE = "note"
    """A fact that an auditor wants to know."""


RANK: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True)
class Tolerances:
    """From when on a difference is found. What rounding explains is never found."""

    share: Fraction = Fraction(1, 20)
    """Share of the whole: 5 % is the usual threshold of materiality where emission reports are verified."""
    late_s: int = 31 * DAY_S
    """Seconds from the end of a period to its report."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding. `formula` says exactly when it is found, `advice` what to do about it."""

    severity: Severity
    title: str
    meaning: str
    formula: str
    advice: str
    private: bool = False
    """Whether it rests on what lies in the business's own store, and is shown only to whom that is open."""


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

KINDS: Final[dict[str, Kind]] = {
    # Identities: held over the events themselves by `tanso audit`.
    "batch-does-not-close": Kind(
        _E,
        "A batch does not close",
        "What went into a batch is not what is in its lots and left-overs.",
        "materials + externals + equipment ≠ lots + left-overs, in CO2 or in its primary part; no tolerance",
        "The contract refuses such a batch: the node gives false events. Ask another node.",
    ),
    "charge-not-by-rule": Kind(
        _E,
        "A mass is not what the ledger's rule gives",
        "The CO2 of an input, a shipment or a consumption is not what its quantity comes to.",
        "factor or intensity (or baseline, if that is more) × quantity, rounded up; of a lot the share that "
        "`ILots.shareOf` documents; no tolerance",
        "The contract works this out itself: the node gives false events. Ask another node.",
    ),
    "more-taken-than-held": Kind(
        _E,
        "More went out than was held",
        "A business shipped or used more of a lot than it had.",
        "quantity shipped, used or consumed > quantity held before",
        "The contract refuses this: an event is missing or false. Ask a node that keeps all logs.",
    ),
    "units-disagree": Kind(
        _E,
        "Units of a lot disagree with its tokens",
        "What a business holds of a lot by shipments and uses is not its token balance.",
        "made + received − shipped − used − consumed ≠ tokens received − tokens given, in base units",
        "An event is missing or false. Ask a node that keeps all logs.",
    ),
    "unknown-reference": Kind(
        _E,
        "An event names something that was never registered",
        "A business, lot, batch, factor, equipment or intensity in an event came from nowhere.",
        "no earlier event registered the ID",
        "An event is missing. Ask a node that keeps the logs of all blocks since the deployment.",
    ),
    "out-of-sequence": Kind(
        _E,
        "Something came twice or out of order",
        "Batches and lots come once; reports of a business and restatements of a lot are numbered without "
        "gap.",
        "an ID that was used before, or a number that is not the one before plus one",
        "An event is missing or false. Ask another node.",
    ),
    "restatement-not-by-rule": Kind(
        _E,
        "A restatement's charge is not what the rule gives",
        "The producer's account bears the most that any restatement said a lot should have carried more.",
        "charged ≠ max(charged before, restated − settled), or primary above what was settled",
        "The contract works this out itself: the node gives false events. Ask another node.",
    ),
    "credits-do-not-add-up": Kind(
        _E,
        "Credits do not add up",
        "Issued tonnes and what is carried over are all that was bundled; no more is retired than issued.",
        "issued · 10^12 + carried ≠ Σ bundled, a reduction bundled twice or with another mass, or "
        "retired > issued",
        "The contract works this out itself: the node gives false events. Ask another node.",
    ),
    "report-not-signed": Kind(
        _E,
        "A report is not what oracle keys signed",
        "The event of a report says something else than its transaction, or too few registered keys signed "
        "that.",
        "event ≠ transaction, or fewer valid signatures of keys in force then than the threshold",
        "Do not rely on the figures of this period. Ask another node, then the network's operator.",
    ),
    "reduction-not-signed": Kind(
        _E,
        "A reduction is not what oracle keys signed",
        "The event of a reduction behind credits says something else than its transaction, or too few "
        "registered keys signed that.",
        "event ≠ transaction, or fewer valid signatures of keys in force then than the threshold",
        "Do not rely on the credits that it went into. Ask another node, then the network's operator.",
    ),
    "reduction-not-by-rule": Kind(
        _E,
        "A reduction, or its equipment's enrolment, breaks the programme's rules",
        "Reductions count once, for enrolled equipment, against the baseline that its lots are charged.",
        "equipment enrolled twice, not in the programme, or not the business's; a baseline that is not its "
        "own; a period that starts before the enrolment counts or before the one before it ended",
        "The contract refuses this: an event is missing or false. Ask another node.",
    ),
    "transaction-not-readable": Kind(
        _N,
        "A report, reduction or restatement was sent through another contract",
        "Its transaction is no plain call of the ledger's contract, so it could not be held against the "
        "event.",
        "the recipient of the transaction is another contract",
        "The contract checked what was sent; ask the sender for what was signed, or for the restatement.",
    ),
    "state-disagrees": Kind(
        _E,
        "Events disagree with the contracts' state",
        "The contracts keep, or were given, other figures than the events say.",
        "hash of a batch's lots, a position, a factor, a baseline, the number of reports, a lot's latest "
        "restatement, the transaction of any restatement, oracle keys, a reduction, a programme's tonnes or "
        "a certificate differs",
        "An event is missing or false. Ask another node.",
    ),
    "events-not-readable": Kind(
        _E,
        "Events do not make sense",
        "The read model could not be filled beyond a certain event.",
        "an event lacks a field, or takes more than was there",
        "The deployment belongs to another version of Tanso, or the node gives false events.",
    ),
    "accounts-disagree": Kind(
        _E,
        "Two recomputations disagree",
        "The account by the read model is not the one by the events alone.",
        "any figure of the account, or a position, differs; no tolerance",
        "One of the two has a fault: report it with the block number.",
    ),
    "account-does-not-close": Kind(
        _E,
        "A carbon account does not close",
        "Opening + inflow + declared + baseline + restated − outflow − closing is not what stays as the "
        "business's own.",
        "net ≠ left over + finally consumed + unabsorbed + restated; no tolerance",
        "Events are missing or false: look at the other errors of this business first.",
    ),
    # What a business declared, against what it did with it.
    "declared-not-in-lots": Kind(
        _E,
        "Declared emissions did not go into lots",
        "The oracle attested more CO2 from the business's meters than its batches were charged with: the "
        "white "
        "paper's first fraud, a supplier that states less than its own data say.",
        "declared − Σ measured CO2 charged at the report's intensities > tolerance · declared",
        "If production of that period is yet to be settled, have it settled. Else the missing amount is the "
        "business's own: ask what the energy was used for, and have the lots restated.",
    ),
    "charged-beyond-declared": Kind(
        _W,
        "More was charged than declared",
        "Batches were charged with more use of the equipment than its meters measured: work by standard "
        "times "
        "that takes longer on paper, or activity made up to turn other CO2 into primary data.",
        "Σ measured CO2 charged at the report's intensities − declared > tolerance · declared + 1 µg per use "
        "+ "
        "1 pg per unit of activity",
        "Hold the activity in the batches against the equipment's operating times in the evidence.",
    ),
    "activity-beyond-period": Kind(
        _W,
        "Equipment ran longer than its period is",
        "Batches charge more seconds of a machine at one intensity than the intensity's period has.",
        "Σ activity in seconds at the record > end − start of its period; no tolerance",
        "Ask for the operating times: the ledger does not cap activity.",
    ),
    "late-report": Kind(
        _W,
        "A report came late",
        "Emissions of a period were declared long after it ended, and stand in a later account.",
        "block time of the report − end of its period > 31 days",
        "Ask why; until the report came, the account of that time showed too little.",
    ),
    "batch-without-report": Kind(
        _W,
        "No report covers a batch's period",
        "The business made something in a time for which it declared no emissions.",
        "some second of the batch's period is in no period reported of the business",
        "Ask for the missing period to be closed, or why nothing was emitted in it.",
    ),
    "withdrawn-factor-used": Kind(
        _W,
        "A factor in use was withdrawn",
        "A batch rests on a factor that was found wrong and withdrawn, for this time, after it was settled.",
        "withdrawn from ≤ end of the batch's period",
        "Ask the producer to restate its lots of this batch with the right factor.",
    ),
    "device-not-calibrated": Kind(
        _W,
        "A device on the ledger was not calibrated",
        "A device installed at equipment that a report covers had no calibration that counts for all of the "
        "period.",
        "some second of the period in which the device was installed is in no calibration's validity",
        "Ask for the certificate, or for a comparison with a calibrated meter.",
    ),
    "equipment-without-device": Kind(
        _N,
        "Equipment has no device on the ledger",
        "An intensity was registered for equipment at which the ledger knows no measuring device.",
        "no device was installed at it in the report's period",
        "The evidence names the devices by hashed ID; ask the owner to register them on the ledger.",
    ),
    # What became of goods.
    "left-over-large": Kind(
        _W,
        "Much of the CO2 was left over",
        "Batches left a large part of what went into them to the business's own account instead of its lots. "
        "A "
        "buyer that wants its product to look better than its materials does this.",
        "left over > tolerance · (materials + externals + equipment)",
        "Ask for scrap, idle time and stock counts behind each name; else have the lots restated.",
    ),
    "left-over": Kind(
        _N,
        "CO2 was left over",
        "Batches left CO2 to the business's own account, under this name.",
        "left over under the name > 0",
        "Compare the name and amount with the business's books.",
    ),
    "finally-consumed": Kind(
        _W,
        "A maker consumed bought goods for good",
        "A business that makes lots consumed parts of others' lots in no batch: their CO2 reached none of "
        "its "
        "products. That is the white paper's second fraud when the goods went into products after all.",
        "CO2 of others' lots consumed for good > tolerance · CO2 of lots received and held, and lots were "
        "made",
        "Ask what the goods were consumed for; the purpose's hash is on the ledger.",
    ),
    "bought-still-held": Kind(
        _N,
        "Bought goods are still held",
        "Parts of others' lots that no batch used and nobody received.",
        "CO2 of others' lots held at the end > 0",
        "Count the stock. What is not there went into products without its CO2.",
    ),
    "restatement": Kind(
        _W,
        "A lot was restated",
        "The producer found that a lot should have carried another CO2 than it does.",
        "every restatement; what was settled, what is right now, and what the producer is charged",
        "Ask for the reason; its hash is on the ledger. Who holds the lot goes on with what it carries.",
    ),
    # The network.
    "writing-paused": Kind(
        _N,
        "Writing was paused",
        "Nothing could be written to a contract for this time.",
        "every pause that touches the time looked at",
        "Ask the network's operator why, and what waited.",
    ),
    "oracle-keys-changed": Kind(
        _W,
        "Oracle keys were changed",
        "From then on other keys, or another number of them, decide what counts as measured.",
        "every change but the first set, which came with the deployment",
        "Ask whose the new keys are and why the old ones went.",
    ),
    # The business's own store.
    "gap": Kind(
        _W,
        "A meter shows less time than its period has",
        "Readings of a device and quantity do not cover all days of a report's period.",
        "seconds covered by readings + seconds filled by a rule < end − start of the period",
        "Ask what was used in the gap; a gap that is not filled makes emissions too small.",
        private=True,
    ),
    "unknown-device": Kind(
        _W,
        "Readings of a device that its owner does not know",
        "Readings count that come from a device which was not in the owner's registry then.",
        "leaves of the evidence marked `unknown device`",
        "Ask for the device; have it registered and calibrated.",
        private=True,
    ),
    "uncalibrated-device": Kind(
        _W,
        "Readings of a device without calibration",
        "No calibration covered the time of these readings.",
        "leaves of the evidence marked `uncalibrated`",
        "Ask for a certificate, or for a comparison with a calibrated meter.",
        private=True,
    ),
    "estimated-share": Kind(
        _N,
        "Part of the emissions is estimated",
        "Gaps were filled by declared rules.",
        "share of filled gaps in the report's emissions, an exact fraction, > 0",
        "Look at the rules and the readings they rest on in the evidence.",
        private=True,
    ),
    "readings-left-out": Kind(
        _N,
        "Refused readings were left out",
        "A period was closed without readings that had been refused, with the owner's consent.",
        "refused rows that the evidence's formula leaf counts > 0",
        "Ask for the rows and the reasons: `tanso oracle refused`.",
        private=True,
    ),
}
"""All kinds of findings by slug."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an audit found. Masses are whole µg CO2e, times Unix seconds of the ledger."""

    slug: str
    business_id: str | None
    """None: it concerns the whole network."""
    time: int
    subject: str
    """What it is about: a lot, batch, report, device, contract …"""
    message: str
    figures: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """Its place in the catalogue."""
        return KINDS[self.slug]

    @property
    def key(self) -> str:
        """Sorts findings by severity, then time; the same finding has the same key at every audit."""
        told = "|".join((self.slug, self.business_id or "", self.subject, self.message))
        return f"{RANK[self.kind.severity]}{self.time:013d}{keccak(told.encode()).hex()[:32]}"


def documentation() -> str:
    """The catalogue as sections of docs/audit.md."""
    allowed = Tolerances()
    parts = [
        f"The tolerance is {allowed.share * 100} % unless another is given; a report is late after "
        f"{allowed.late_s // DAY_S} days.\n"
    ]
    for severity in Severity:
        parts.append(f"\n## {severity.capitalize()}s\n")
        for slug, kind in KINDS.items():
            if kind.severity is severity:
                store = " *Own store.*" if kind.private else ""
                parts.append(
                    f"**`{slug}`** – {kind.title}.{store} {kind.meaning}\n\n"
                    f"- found when: {kind.formula}\n- what to do: {kind.advice}\n"
                )
    return "\n".join(parts)
