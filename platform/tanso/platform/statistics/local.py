"""Private tables of who put which lots into which category, here or on another server, and of releases.

Who contributes is known to nobody but the contributor's node and the one that releases. A release is never
changed: what it showed, it shows for good. Masses are µg CO2e, quantities base units of the category's term,
times Unix seconds.
"""

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from tanso.oracle.store import BigUint


class CategoryLot(SQLModel, table=True):
    """A lot that its producer put into a category. It counts in one release at most, for ever."""

    __tablename__ = "category_lot"

    lot_id: str = Field(primary_key=True, max_length=34)
    business_id: str = Field(index=True, max_length=34)
    term_id: str = Field(foreign_key="term.term_id", index=True, max_length=34)
    given_at: int = Field(sa_type=BigInteger)
    withdrawn_at: int | None = Field(default=None, sa_type=BigInteger)
    release_id: str | None = Field(default=None, index=True, max_length=34)


class CategoryProduct(SQLModel, table=True):
    """A product all of whose lots, also future ones, go into a category; the owner's own name of it."""

    __tablename__ = "category_product"

    business_id: str = Field(primary_key=True, foreign_key="local_business.business_id", max_length=34)
    product: str = Field(primary_key=True, max_length=200)
    term_id: str = Field(foreign_key="term.term_id", index=True, max_length=34)
    given_at: int = Field(sa_type=BigInteger)


class ServerLot(SQLModel, table=True):
    """A lot that its producer, a business of this node, lets another server's statistics use.

    Once that server has read it, it is for no other: servers do not hold their releases against each other.
    """

    __tablename__ = "server_lot"

    lot_id: str = Field(primary_key=True, max_length=34)
    business_id: str = Field(foreign_key="local_business.business_id", index=True, max_length=34)
    server_id: str = Field(index=True, max_length=34)
    """The business whose server it is."""
    term_id: str = Field(max_length=34)
    """The category's term there."""
    given_at: int = Field(sa_type=BigInteger)
    withdrawn_at: int | None = Field(default=None, sa_type=BigInteger)
    read_at: int | None = Field(default=None, sa_type=BigInteger)
    """When that server was last told of it."""


class ServerProduct(SQLModel, table=True):
    """A product all of whose lots, also future ones, another server's statistics may use; never its name."""

    __tablename__ = "server_product"

    business_id: str = Field(primary_key=True, foreign_key="local_business.business_id", max_length=34)
    product: str = Field(primary_key=True, max_length=200)
    server_id: str = Field(index=True, max_length=34)
    term_id: str = Field(max_length=34)
    unit: int
    """The term's: lots in another one are not told."""
    given_at: int = Field(sa_type=BigInteger)


class StatisticsRelease(SQLModel, table=True):
    """What was published of a category for a period: pg CO2e per base unit, counts rounded down."""

    __tablename__ = "statistics_release"
    __table_args__ = (UniqueConstraint("release_id"),)

    sequence: int | None = Field(default=None, primary_key=True)
    release_id: str = Field(max_length=34)
    term_id: str = Field(foreign_key="term.term_id", index=True, max_length=34)
    label: str = Field(max_length=200)
    """The term's at that time."""
    unit: int
    period_start: int = Field(sa_type=BigInteger)
    period_end: int = Field(sa_type=BigInteger)
    contributors: int = Field(sa_type=BigInteger)
    lots: int = Field(sa_type=BigInteger)
    p10_pg: int = Field(sa_type=BigUint)
    p25_pg: int = Field(sa_type=BigUint)
    p50_pg: int = Field(sa_type=BigUint)
    p75_pg: int = Field(sa_type=BigUint)
    p90_pg: int = Field(sa_type=BigUint)
    primary_percent: int
    released_at: int = Field(sa_type=BigInteger)


class ReleaseContributor(SQLModel, table=True):
    """Whose values are in a release, and what its own was; nobody else is told."""

    __tablename__ = "statistics_contributor"

    release_id: str = Field(primary_key=True, foreign_key="statistics_release.release_id", max_length=34)
    business_id: str = Field(primary_key=True, index=True, max_length=34)
    co2_ug: int = Field(sa_type=BigUint)
    good: int = Field(sa_type=BigUint)
