"""Tables of communities, their members and terms, the terms' mappings, and every change of all this.

They are this node's, open to all who have a token: what stands in a dictionary is meant to be read. Times are
Unix seconds.
"""

from enum import StrEnum

from sqlalchemy import BigInteger, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class Standing(StrEnum):
    """Of a member in a community."""

    INVITED = "invited"
    """Asked in by a keeper; may join or not."""
    MEMBER = "member"
    """Adds terms and mappings."""
    KEEPER = "keeper"
    """Invites, and merges and retires terms, too. Who founds a community is its first keeper."""


class TermStatus(StrEnum):
    """Whether a term is in use."""

    ACTIVE = "active"
    MERGED = "merged"
    """Another term stands for it; it is kept and leads there."""
    RETIRED = "retired"
    """Kept, and no longer to be used."""


class Community(SQLModel, table=True):
    """Businesses that share a dictionary."""

    __tablename__ = "community"

    community_id: str = Field(primary_key=True, max_length=34)
    name: str = Field(unique=True, max_length=200)
    description: str = Field(max_length=1000)
    founded_at: int = Field(sa_type=BigInteger)


class CommunityMembership(SQLModel, table=True):
    """A business in a community, or invited to it."""

    __tablename__ = "community_member"

    community_id: str = Field(primary_key=True, foreign_key="community.community_id", max_length=34)
    business_id: str = Field(primary_key=True, index=True, max_length=34)
    standing: str = Field(max_length=7)
    since: int = Field(sa_type=BigInteger)
    """When it was invited, or joined."""


class Term(SQLModel, table=True):
    """A category of products: what goods it means, and the base unit in which they are counted."""

    __tablename__ = "term"

    term_id: str = Field(primary_key=True, max_length=34)
    label: str = Field(max_length=200)
    definition: str = Field(max_length=1000)
    words: str = Field(sa_type=Text)
    """Label and definition, case folded: databases fold letters each in its way."""
    unit: int
    """`tanso.contracts.units.Unit`; it never changes, nor does a term merge into one of another unit."""
    status: str = Field(default=TermStatus.ACTIVE, max_length=7)
    merged_into: str | None = Field(default=None, foreign_key="term.term_id", index=True, max_length=34)
    version: int = Field(default=1, sa_type=BigInteger)
    """Counts label and definition as they were changed, from 1; the history has them all."""
    added_by: str = Field(max_length=34)
    added_at: int = Field(sa_type=BigInteger)


class TermCommunity(SQLModel, table=True):
    """A term belongs to a community's dictionary."""

    __tablename__ = "term_community"

    term_id: str = Field(primary_key=True, foreign_key="term.term_id", max_length=34)
    community_id: str = Field(
        primary_key=True, foreign_key="community.community_id", index=True, max_length=34
    )


class TermMapping(SQLModel, table=True):
    """What a term is to another term, or to a code of an external database; the words are those of SKOS."""

    __tablename__ = "term_mapping"
    __table_args__ = (UniqueConstraint("term_id", "relation", "target_id", "code_system", "code"),)

    mapping_id: str = Field(primary_key=True, max_length=34)
    term_id: str = Field(foreign_key="term.term_id", index=True, max_length=34)
    relation: str = Field(max_length=7)
    target_id: str = Field(default="", index=True, max_length=34)
    """The other term; empty for a code."""
    code_system: str = Field(default="", max_length=20)
    code: str = Field(default="", index=True, max_length=40)
    added_by: str = Field(max_length=34)
    added_at: int = Field(sa_type=BigInteger)
    withdrawn_at: int | None = Field(default=None, sa_type=BigInteger)


class DictionaryChange(SQLModel, table=True):
    """One change of a community or a term: what, by whom, when. Never changed itself."""

    __tablename__ = "dictionary_change"

    id: int | None = Field(default=None, primary_key=True)
    subject_id: str = Field(index=True, max_length=34)
    """The community or the term."""
    what: str = Field(max_length=20)
    by_business_id: str = Field(max_length=34)
    at: int = Field(sa_type=BigInteger)
    details: str = Field(sa_type=Text)
    """JSON: what it was about, and how it was before."""
