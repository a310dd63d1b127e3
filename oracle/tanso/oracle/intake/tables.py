"""Tables of the intake: files taken, readings accepted, rows refused. Private to the owner of the data."""

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class IntakeFile(SQLModel, table=True):
    """A file of operation data, with the layout it was read by."""

    __tablename__ = "oracle_intake_file"
    __table_args__ = (UniqueConstraint("business_id", "file_hash", "layout_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    business_id: str = Field(max_length=34, index=True)
    name: str = Field(max_length=255)
    file_hash: str = Field(max_length=66, description="keccak256 of the file's bytes.")
    layout_hash: str = Field(max_length=66)
    layout: str = Field(sa_column=Column(Text, nullable=False), description="The layout as JSON.")
    taken_at: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")


class WatchedFile(SQLModel, table=True):
    """A file of a watched folder that was taken whole, or refused: it is not read again by this layout."""

    __tablename__ = "oracle_watched_file"
    __table_args__ = (UniqueConstraint("business_id", "file_hash", "layout_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    business_id: str = Field(max_length=34)
    file_hash: str = Field(max_length=66, description="keccak256 of the file's bytes.")
    layout_hash: str = Field(max_length=66)
    name: str = Field(max_length=255)
    error: str = Field(max_length=60, description="Name of the error; empty for a file that was taken.")
    reason: str = Field(sa_column=Column(Text, nullable=False))
    finished_at: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")


class Reading(SQLModel, table=True):
    """One accepted figure: a quantity that a device measured over [start, end)."""

    __tablename__ = "oracle_reading"
    __table_args__ = (
        UniqueConstraint("business_id", "device", "quantity", "start", "end"),
        Index("ix_oracle_reading_period", "business_id", "start", "end"),
    )

    id: int | None = Field(default=None, primary_key=True)
    business_id: str = Field(max_length=34)
    device: str = Field(max_length=120, description="The owner's own name of the meter or equipment.")
    quantity: str = Field(max_length=120, description='For example "electricity" or "operating time".')
    start: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")
    end: int = Field(sa_type=BigInteger, description="First second after the interval.")
    value: str = Field(sa_column=Column(Text, nullable=False), description="Exact decimal number.")
    unit: str = Field(max_length=60)
    file_id: int = Field(foreign_key="oracle_intake_file.id", index=True)


class RegisterReading(SQLModel, table=True):
    """What a cumulative register showed at a time; readings of intervals follow from these."""

    __tablename__ = "oracle_register_reading"
    __table_args__ = (UniqueConstraint("business_id", "device", "quantity", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    business_id: str = Field(max_length=34)
    device: str = Field(max_length=120)
    quantity: str = Field(max_length=120)
    at: int = Field(sa_type=BigInteger, description="Unix seconds, UTC.")
    value: str = Field(sa_column=Column(Text, nullable=False), description="Exact decimal number.")
    unit: str = Field(max_length=60)
    file_id: int = Field(foreign_key="oracle_intake_file.id", index=True)
    line: int = Field(sa_type=BigInteger)
    series: int
    aside: bool = Field(default=False, description="It doesn't count though its neighbours do.")


class RefusedRow(SQLModel, table=True):
    """A figure that could not be taken, kept with the reason until somebody resolves it."""

    __tablename__ = "oracle_refused_row"
    __table_args__ = (UniqueConstraint("file_id", "line", "series"),)

    id: int | None = Field(default=None, primary_key=True)
    business_id: str = Field(max_length=34, index=True)
    file_id: int = Field(foreign_key="oracle_intake_file.id")
    line: int = Field(sa_type=BigInteger, description="Line of the file, the header is line 1.")
    series: int = Field(description="Which of the layout's series, from 0.")
    error: str = Field(max_length=60, description="Name of the error.")
    reason: str = Field(sa_column=Column(Text, nullable=False))
    raw: str = Field(sa_column=Column(Text, nullable=False), description="The row as JSON.")
    start: int | None = Field(default=None, sa_type=BigInteger, description="Null when it is not known.")
    end: int | None = Field(default=None, sa_type=BigInteger)
    taken: bool = Field(default=False, description="Taken after all when the same file was read again.")
    resolution: str | None = Field(
        default=None, sa_column=Column(Text), description="Why it may be left out."
    )
