"""All read-model tables, in one place: importing this module registers them with SQLModel's metadata."""

from typing import Final

from sqlmodel import SQLModel

from tanso.platform.accounts.models import OracleKeysRow, ReportRow
from tanso.platform.agreements.models import AgreementRow, AgreementStepRow
from tanso.platform.businesses.models import BusinessRow, EndpointRow
from tanso.platform.credits.models import (
    BundledReductionRow,
    CreditBalanceRow,
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
from tanso.platform.indexer.models import ChainOrigin, IndexCursor, IndexedBlock, PauseRow
from tanso.platform.lots.models import (
    BatchRow,
    ConsumptionRow,
    EquipmentUseRow,
    ExternalUseRow,
    LeftOverRow,
    LotPositionRow,
    LotRow,
    MaterialUseRow,
    RestatementRow,
    ShipmentRow,
)

EVENT_TABLES: Final[tuple[type[ChainOrigin], ...]] = (
    BusinessRow,
    EndpointRow,
    FormulaRow,
    FactorRow,
    FactorWithdrawalRow,
    EquipmentRow,
    EquipmentTransferRow,
    BaselineRow,
    DeviceRow,
    InstallationRow,
    CalibrationRow,
    WithdrawalRow,
    IntensityRow,
    ReportRow,
    OracleKeysRow,
    BatchRow,
    MaterialUseRow,
    ExternalUseRow,
    EquipmentUseRow,
    LotRow,
    LeftOverRow,
    ShipmentRow,
    ConsumptionRow,
    RestatementRow,
    ProgrammeRow,
    EnrolmentRow,
    ReductionRow,
    BundledReductionRow,
    CreditIssueRow,
    RetirementRow,
    CreditTransferRow,
    AgreementRow,
    AgreementStepRow,
    PauseRow,
)
"""Tables whose rows come from one event each."""

DERIVED_TABLES: Final[tuple[type[SQLModel], ...]] = (LotPositionRow, CreditBalanceRow)
"""Tables computed from event rows."""

READ_MODEL: Final[tuple[type[SQLModel], ...]] = (*EVENT_TABLES, *DERIVED_TABLES, IndexedBlock, IndexCursor)
"""Every table that `Indexer.rebuild` empties and fills again."""
