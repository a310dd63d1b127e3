"""From ledger events to rows: one event makes one row (a batched credit transfer makes one per programme).

A row is its table and the values of its columns, all of them: rows go into their tables in bulk, past the
object mapper.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from tanso.contracts.formulas import FormulaName
from tanso.contracts.ledger import LedgerEvent
from tanso.platform.accounts.models import OracleKeysRow, ReportRow
from tanso.platform.agreements.models import AgreementRow, AgreementStepRow, Step
from tanso.platform.businesses.models import BusinessRow, EndpointRow
from tanso.platform.credits.models import (
    BundledReductionRow,
    CreditIssueRow,
    CreditTransferRow,
    EnrolmentRow,
    ProgrammeRow,
    ReductionRow,
    RetirementRow,
)
from tanso.platform.devices.models import CalibrationRow, DeviceRow, InstallationRow, WithdrawalRow
from tanso.platform.equipment.models import BaselineRow, EquipmentRow, EquipmentTransferRow, IntensityRow
from tanso.platform.factors.models import FactorRow, FactorWithdrawalRow, FormulaRow
from tanso.platform.indexer.errors import BrokenLedger
from tanso.platform.indexer.models import ChainOrigin, PauseRow
from tanso.platform.lots.models import (
    BatchRow,
    ConsumptionRow,
    EquipmentUseRow,
    ExternalUseRow,
    LeftOverRow,
    LotRow,
    MaterialUseRow,
    RestatementRow,
    ShipmentRow,
)

Args = Mapping[str, Any]
Row = tuple[type[ChainOrigin], dict[str, Any]]
"""A table, and a value for each of its columns."""

_ORIGIN: Final = frozenset(("block_number", "block_time", "transaction_hash", "log_index"))

_SAME_FIELDS: Final[dict[tuple[str, str], type[ChainOrigin]]] = {
    ("BusinessRegistry", "BusinessEndpointChanged"): EndpointRow,
    ("FactorRegistry", "FactorRegistered"): FactorRow,
    ("FactorRegistry", "FactorWithdrawn"): FactorWithdrawalRow,
    ("DeviceRegistry", "DeviceRegistered"): DeviceRow,
    ("DeviceRegistry", "DeviceInstalled"): InstallationRow,
    ("DeviceRegistry", "CalibrationWithdrawn"): WithdrawalRow,
    ("Agreements", "AgreementProposed"): AgreementRow,
    ("OracleReports", "ReportAccepted"): ReportRow,
    ("OracleReports", "IntensityRegistered"): IntensityRow,
    ("Lots", "BatchSettled"): BatchRow,
    ("Lots", "LotCreated"): LotRow,
    ("Lots", "LeftOverCharged"): LeftOverRow,
    ("Lots", "LotShipped"): ShipmentRow,
    ("Lots", "LotConsumed"): ConsumptionRow,
    ("Lots", "LotRestated"): RestatementRow,
    ("Credits", "ProgrammeCreated"): ProgrammeRow,
    ("Credits", "ReductionRecorded"): ReductionRow,
    ("Credits", "ReductionBundled"): BundledReductionRow,
    ("Credits", "CreditsIssued"): CreditIssueRow,
    ("Credits", "CreditsRetired"): RetirementRow,
}
"""Events whose row has the event's fields and no others (but derived ones with a default)."""

_OF_A_BATCH: Final[dict[tuple[str, str], type[ChainOrigin]]] = {
    ("Lots", "MaterialConsumed"): MaterialUseRow,
    ("Lots", "ExternalUsed"): ExternalUseRow,
    ("Lots", "EquipmentUsed"): EquipmentUseRow,
}
"""Events whose row also names the business, which the event leaves to its batch."""


_PAUSES: Final = {"Paused": True, "Unpaused": False}
"""Events that every contract has, and whether its writing is paused after them."""


def rows_of(events: Sequence[LedgerEvent], block_times: Mapping[int, int]) -> Iterator[Row]:
    """The rows that these events make, in the events' order. Events that say nothing new make none.

    :param events: all events of whole transactions.
    :param block_times: Unix time of each event's block.
    :raises BrokenLedger: when an event has other fields than its table, or a use belongs to no batch.
    """
    owners = {e.args["batch_id"]: e.args["business_id"] for e in events if e.name == "BatchSettled"}
    for event in events:
        origin = {
            "block_number": event.block_number,
            "block_time": block_times[event.block_number],
            "transaction_hash": event.transaction_hash,
            "log_index": event.log_index,
        }
        kind = (event.contract, event.name)
        if table := _SAME_FIELDS.get(kind):
            yield _row(table, origin, event.args)
        elif table := _OF_A_BATCH.get(kind):
            owner = owners.get(event.args["batch_id"])
            if owner is None:
                raise BrokenLedger(f"{event.name} in {event.transaction_hash} belongs to no settled batch.")
            yield _row(table, origin, {**event.args, "business_id": owner})
        elif event.name in _PAUSES:
            paused = {"contract": event.contract, "paused": _PAUSES[event.name]}
            yield _row(PauseRow, origin, {**event.args, **paused})
        elif make := _SPECIAL.get(kind):
            for args in make(event.args):
                yield _row(_SPECIAL_TABLE[kind], origin, args)


@cache
def _fields(table: type[ChainOrigin]) -> tuple[frozenset[str], dict[str, Any]]:
    """What an event must give for a row, and what a row has where the event gives nothing."""
    own = {name: field for name, field in table.model_fields.items() if name not in _ORIGIN}
    required = frozenset(name for name, field in own.items() if field.is_required())
    return required, {name: field.default for name, field in own.items() if name not in required}


def _row(table: type[ChainOrigin], origin: Args, args: Args) -> Row:
    required, defaults = _fields(table)
    if not (required <= args.keys() and all(name in required or name in defaults for name in args)):
        raise BrokenLedger(
            f"{table.__name__} needs the fields {sorted(required)}, the event has {sorted(args)}.",
            hint="Deploy the contracts this version was built with, or update the node.",
        )
    return table, {**origin, **defaults, **args}


def _business_registered(args: Args) -> Iterator[Args]:
    yield {**args, "first_endpoint_hash": args["endpoint_hash"]}


def _formula_registered(args: Args) -> Iterator[Args]:
    name = FormulaName(args["name"], args["version"])
    yield {"formula_id": args["formula_id"], "name": str(name), "number": args["number"]}


def _device_calibrated(args: Args) -> Iterator[Args]:
    yield {**args, "held_until": args["valid_until"]}


def _equipment_registered(args: Args) -> Iterator[Args]:
    yield {**args, "holder_id": args["business_id"]}


def _counted_from(args: Args) -> Iterator[Args]:
    """`from` is a word of Python's and SQL's."""
    yield {"counts_from": args["from"]} | {name: value for name, value in args.items() if name != "from"}


def _equipment_moved(args: Args) -> Iterator[Args]:
    yield {
        "equipment_id": token_id_text(args["token_id"]),
        "from_account": args["from"],
        "to_account": args["to"],
    }


def _oracle_keys_changed(args: Args) -> Iterator[Args]:
    yield {"keys": ",".join(args["keys"]), "threshold": args["threshold"]}


def _credits_moved(args: Args) -> Iterator[Args]:
    yield from _moves(args, [args["id"]], [args["value"]])


def _credits_moved_in_batch(args: Args) -> Iterator[Args]:
    yield from _moves(args, args["ids"], args["values"])


def _moves(args: Args, ids: Sequence[Any], values: Sequence[int]) -> Iterator[Args]:
    for item, (programme, tonnes) in enumerate(zip(ids, values, strict=True)):
        yield {
            "item": item,
            "programme_id": token_id_text(programme),
            "from_account": args["from"],
            "to_account": args["to"],
            "tonnes": tonnes,
        }


def _agreement_step(step: Step) -> Callable[[Args], Iterator[Args]]:
    def stepped(args: Args) -> Iterator[Args]:
        yield {**args, "step": step}

    return stepped


_SPECIAL: Final[dict[tuple[str, str], Callable[[Args], Iterator[Args]]]] = {
    ("BusinessRegistry", "BusinessRegistered"): _business_registered,
    ("FormulaRegistry", "FormulaRegistered"): _formula_registered,
    ("DeviceRegistry", "DeviceCalibrated"): _device_calibrated,
    ("Equipment", "EquipmentRegistered"): _equipment_registered,
    ("Equipment", "Transfer"): _equipment_moved,
    ("Equipment", "EquipmentBaselineSet"): _counted_from,
    ("Agreements", "AgreementAccepted"): _agreement_step(Step.ACCEPTED),
    ("Agreements", "AgreementWithdrawn"): _agreement_step(Step.WITHDRAWN),
    ("Agreements", "DeletionDemanded"): _agreement_step(Step.DELETION_DEMANDED),
    ("Agreements", "DeletionConfirmed"): _agreement_step(Step.DELETION_CONFIRMED),
    ("OracleQuorum", "OracleKeysChanged"): _oracle_keys_changed,
    ("Credits", "EquipmentEnrolled"): _counted_from,
    ("Credits", "TransferSingle"): _credits_moved,
    ("Credits", "TransferBatch"): _credits_moved_in_batch,
}

_SPECIAL_TABLE: Final[dict[tuple[str, str], type[ChainOrigin]]] = {
    ("BusinessRegistry", "BusinessRegistered"): BusinessRow,
    ("FormulaRegistry", "FormulaRegistered"): FormulaRow,
    ("DeviceRegistry", "DeviceCalibrated"): CalibrationRow,
    ("Equipment", "EquipmentRegistered"): EquipmentRow,
    ("Equipment", "Transfer"): EquipmentTransferRow,
    ("Equipment", "EquipmentBaselineSet"): BaselineRow,
    ("Agreements", "AgreementAccepted"): AgreementStepRow,
    ("Agreements", "AgreementWithdrawn"): AgreementStepRow,
    ("Agreements", "DeletionDemanded"): AgreementStepRow,
    ("Agreements", "DeletionConfirmed"): AgreementStepRow,
    ("OracleQuorum", "OracleKeysChanged"): OracleKeysRow,
    ("Credits", "EquipmentEnrolled"): EnrolmentRow,
    ("Credits", "TransferSingle"): CreditTransferRow,
    ("Credits", "TransferBatch"): CreditTransferRow,
}


def token_id_text(token_id: int) -> str:
    """A token's number as the ID it stands for: "0x" and 32 hex digits.

    >>> token_id_text(255)
    '0x000000000000000000000000000000ff'
    """
    return f"0x{token_id:032x}"
