"""Tables of measuring devices. Rows are only ever added: what was registered once stays readable.

They say what the ledger's DeviceRegistry says, with the owner's own names: where a device is installed and
which key it has from when on, its calibrations, and what of them was withdrawn.
"""

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class DeviceInstallation(SQLModel, table=True):
    """From `since` on, until the next one, the device measures this equipment and has this key."""

    __tablename__ = "oracle_device_installation"
    __table_args__ = (Index("ix_oracle_device_installation", "business_id", "device", "since"),)

    id: int | None = Field(default=None, primary_key=True)
    business_id: str = Field(max_length=34)
    device: str = Field(max_length=120, description="The owner's own name, as readings have it.")
    equipment_id: str = Field(max_length=34, description="Empty: a meter of the whole site.")
    key: str = Field(max_length=42, description="Account that signs its readings; empty if it can't sign.")
    since: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")
    recorded_at: int = Field(sa_type=BigInteger)


class DeviceCalibration(SQLModel, table=True):
    """A calibration of a device, over [valid_from, valid_until)."""

    __tablename__ = "oracle_device_calibration"
    __table_args__ = (
        UniqueConstraint("business_id", "device", "valid_from", "valid_until", "certificate_hash"),
    )

    id: int | None = Field(default=None, primary_key=True)
    business_id: str = Field(max_length=34)
    device: str = Field(max_length=120)
    valid_from: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")
    valid_until: int = Field(sa_type=BigInteger)
    certificate_hash: str = Field(max_length=66, description="keccak256 of the certificate.")
    recorded_at: int = Field(sa_type=BigInteger)


class CalibrationWithdrawal(SQLModel, table=True):
    """A calibration was found wrong: it counts no longer from `withdrawn_from` on."""

    __tablename__ = "oracle_device_withdrawal"

    id: int | None = Field(default=None, primary_key=True)
    calibration_id: int = Field(foreign_key="oracle_device_calibration.id", index=True)
    withdrawn_from: int = Field(sa_type=BigInteger)
    reason: str = Field(sa_column=Column(Text, nullable=False))
    recorded_at: int = Field(sa_type=BigInteger)


class DeviceReading(SQLModel, table=True):
    """A reading that came with a sequence number or a signature, as it was judged and as it was signed."""

    __tablename__ = "oracle_device_reading"
    __table_args__ = (
        UniqueConstraint("business_id", "device", "sequence"),
        Index("ix_oracle_device_reading", "business_id", "device", "quantity", "end"),
    )

    id: int | None = Field(default=None, primary_key=True)
    business_id: str = Field(max_length=34)
    device: str = Field(max_length=120)
    quantity: str = Field(max_length=120)
    start: int = Field(sa_type=BigInteger, description="-1 where `end` is the time of a register's reading.")
    end: int = Field(sa_type=BigInteger)
    value: str = Field(sa_column=Column(Text, nullable=False))
    unit: str = Field(max_length=60)
    sequence: int | None = Field(default=None, sa_type=BigInteger)
    signed: str | None = Field(default=None, sa_column=Column(Text), description="The text that was signed.")
    signature: str | None = Field(default=None, max_length=132)
    signer: str | None = Field(default=None, max_length=42, description="Set only when it was checked.")
