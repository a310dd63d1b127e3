"""Read-model tables of measuring devices, from the events of `DeviceRegistry`. Times are Unix seconds."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from tanso.platform.indexer.models import ADDRESS, HASH, ID, EventRow, RecordRow, one_row_per_event


class DeviceRow(RecordRow, table=True):
    """A registered measuring device.

    `business_id` registered it. `equipment_id` and `key` are those of its latest installation (derived); it
    belongs to whoever runs that equipment now, see `EquipmentRow.holder_id`.
    """

    __tablename__ = "chain_device"
    __table_args__ = (one_row_per_event(),)

    device_id: str = Field(max_length=ID, primary_key=True)
    business_id: str = Field(max_length=ID, index=True)
    equipment_id: str = Field(default="", max_length=ID, index=True)
    key: str = Field(default="", max_length=ADDRESS)


class InstallationRow(EventRow, table=True):
    """From `since` on, until the device's next installation, it measured this equipment with this key.

    `business_id` made the entry; a key of zeros says that the device could not sign.
    """

    __tablename__ = "chain_device_installation"

    device_id: str = Field(max_length=ID, index=True)
    equipment_id: str = Field(max_length=ID, index=True)
    business_id: str = Field(max_length=ID)
    key: str = Field(max_length=ADDRESS)
    since: int = Field(sa_type=BigInteger)


class CalibrationRow(RecordRow, table=True):
    """A device's calibration, by index from 0. It counts for times in [valid_from, held_until).

    `valid_until` is what the certificate says, `held_until` what withdrawals left of it (derived from
    `WithdrawalRow`); `since` is when it was recorded.
    """

    __tablename__ = "chain_device_calibration"
    __table_args__ = (one_row_per_event(),)

    device_id: str = Field(max_length=ID, primary_key=True)
    calibration: int = Field(sa_type=BigInteger, primary_key=True)
    valid_from: int = Field(sa_type=BigInteger)
    valid_until: int = Field(sa_type=BigInteger)
    held_until: int = Field(sa_type=BigInteger)
    since: int = Field(sa_type=BigInteger)
    certificate_hash: str = Field(max_length=HASH)


class WithdrawalRow(EventRow, table=True):
    """A calibration was found wrong at `since`: it counts no longer from `withdrawn_from` on."""

    __tablename__ = "chain_device_withdrawal"

    device_id: str = Field(max_length=ID, index=True)
    calibration: int = Field(sa_type=BigInteger)
    withdrawn_from: int = Field(sa_type=BigInteger)
    since: int = Field(sa_type=BigInteger)
    reason_hash: str = Field(max_length=HASH)
