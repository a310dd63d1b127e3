"""The owner's private record of its equipment: the names behind the IDs."""

from sqlmodel import Field, SQLModel


class LocalEquipment(SQLModel, table=True):
    """A piece of equipment of a business that this node serves."""

    __tablename__ = "local_equipment"

    equipment_id: str = Field(primary_key=True, max_length=34)
    business_id: str = Field(index=True, foreign_key="local_business.business_id", max_length=34)
    name: str = Field(max_length=200)
    """The owner's own name of it; the ID is derived from it. Never leaves the node."""
    unit: int
    """`tanso.contracts.units.Unit` in which its activity is counted."""
    transaction_key: str = Field(max_length=200)
