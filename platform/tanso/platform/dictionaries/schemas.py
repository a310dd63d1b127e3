"""What the routes of dictionaries take and give."""

import json
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, Field, model_validator

from tanso.platform.api.dependencies import MAX_PAGE
from tanso.platform.api.fields import Given, Id, Name, PlainText, Time, UnitSymbol, symbol_of
from tanso.platform.dictionaries.local import (
    Community,
    CommunityMembership,
    DictionaryChange,
    Standing,
    Term,
    TermMapping,
    TermStatus,
)
from tanso.platform.dictionaries.mappings import Relation

CodeSystem = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9._-]{1,20}$",
        description="External code system: CPC, HS, ISIC, UNSPSC, or another one's name.",
    ),
]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$", description="A code in it.")]
Version = Annotated[int, Field(ge=1, le=2**63 - 1, description="Index of the wording, from 1.")]
Number = Annotated[int, Field(ge=1, le=2**63 - 1, description="Index of the change on this node, from 1.")]


class CommunityGiven(Given):
    """A community to found."""

    name: Name
    description: PlainText


class CommunityShown(BaseModel):
    """A community; its terms count once it has two members."""

    community_id: Id
    name: Name
    description: PlainText
    founded_at: Time
    members: Annotated[int, Field(ge=0, le=2**31 - 1, description="A number of businesses.")]

    @classmethod
    def of(cls, row: Community, members: int) -> Self:
        """As it stands now."""
        return cls(**row.model_dump(), members=members)


class Communities(BaseModel):
    """A page of communities; `next` is null on the last."""

    items: Annotated[list[CommunityShown], Field(max_length=MAX_PAGE)]
    next: Id | None


class StandingGiven(Given):
    """What a business is to be in a community."""

    standing: Standing


class CommunityMember(BaseModel):
    """A business in a community, since when it is invited or has joined."""

    business_id: Id
    standing: Standing
    since: Time

    @classmethod
    def of(cls, row: CommunityMembership) -> Self:
        """As it stands now."""
        return cls(business_id=row.business_id, standing=Standing(row.standing), since=row.since)


class CommunityMembers(BaseModel):
    """A page of members; `next` is null on the last."""

    items: list[CommunityMember]
    next: Id | None


class Wording(Given):
    """How a term is called and what it means."""

    label: Name
    definition: PlainText


class TermGiven(Wording):
    """A term to add, at once."""

    unit: Annotated[UnitSymbol, Field(description="In what its goods are counted; for good.")]
    community_ids: Annotated[list[Id], Field(min_length=1, max_length=20)]


class MergeGiven(Given):
    """The term that is to stand for this one."""

    into: Id


class TermShown(BaseModel):
    """A term. It counts when a community that has it has two members or more."""

    term_id: Id
    label: Name
    definition: PlainText
    unit: UnitSymbol
    status: TermStatus
    counts: bool
    merged_into: Id | None
    version: Version
    community_ids: Annotated[list[Id], Field(max_length=20)]
    added_by: Id
    added_at: Time

    @classmethod
    def of(cls, row: Term, community_ids: list[str], *, counts: bool) -> Self:
        """As it stands now."""
        return cls(
            term_id=row.term_id,
            label=row.label,
            definition=row.definition,
            unit=symbol_of(row.unit),
            status=TermStatus(row.status),
            counts=counts,
            merged_into=row.merged_into,
            version=row.version,
            community_ids=community_ids,
            added_by=row.added_by,
            added_at=row.added_at,
        )


class TermsFound(BaseModel):
    """A page of terms; `next` is null on the last."""

    items: Annotated[list[TermShown], Field(max_length=MAX_PAGE)]
    next: Id | None


class MappingGiven(Given):
    """What a term is to another term, or to a code; the relations are those of SKOS."""

    relation: Relation
    term_id: Annotated[Id | None, Field(description="The other term; give it, or a code.")] = None
    code_system: CodeSystem | None = None
    code: Code | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.code_system is None) != (self.code is None) or (self.term_id is None) == (self.code is None):
            raise ValueError("give term_id, or code_system and code")
        return self


class MappingShown(BaseModel):
    """A mapping in force, as it was said of `of_term_id`."""

    mapping_id: Id
    of_term_id: Id
    relation: Relation
    term_id: Id | None
    code_system: CodeSystem | None
    code: Code | None
    added_by: Id
    added_at: Time

    @classmethod
    def of(cls, row: TermMapping) -> Self:
        """As it stands now."""
        return cls(
            mapping_id=row.mapping_id,
            of_term_id=row.term_id,
            relation=cast(Relation, row.relation),
            term_id=row.target_id or None,
            code_system=row.code_system or None,
            code=row.code or None,
            added_by=row.added_by,
            added_at=row.added_at,
        )


class Mappings(BaseModel):
    """A page of mappings; `next` is null on the last."""

    items: Annotated[list[MappingShown], Field(max_length=MAX_PAGE)]
    next: Id | None


class DictionaryChangeShown(BaseModel):
    """One change of a community or a term; `details` say what it was about and how it was before."""

    number: Number
    what: Literal[
        "founded", "invited", "member", "keeper", "left",
        "added", "reworded", "added to community", "merged", "took in", "retired",
        "mapped", "mapping withdrawn",
    ]  # fmt: skip
    by_business_id: Id
    at: Time
    details: dict[str, Any]

    @classmethod
    def of(cls, row: DictionaryChange) -> Self:
        """As it was recorded."""
        assert row.id is not None
        return cls(
            number=row.id,
            what=cast(Any, row.what),
            by_business_id=row.by_business_id,
            at=row.at,
            details=json.loads(row.details),
        )


class DictionaryHistory(BaseModel):
    """A page of changes, the first one first; `next` is null on the last."""

    items: list[DictionaryChangeShown]
    next: Number | None
