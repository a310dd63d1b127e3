"""Registers the private tables of a node's businesses, so that they are created with the others.

Unlike the read model these cannot be rebuilt from the chain: they hold names, secrets, salts and terms.
"""

from tanso.platform.agreements.local import AgreementTerms, AgreementUse, Deletion, Received
from tanso.platform.auth.models import AccessToken, Client
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.credits.local import LocalProgramme, RetirementPurpose
from tanso.platform.dictionaries.local import (
    Community,
    CommunityMembership,
    DictionaryChange,
    Term,
    TermCommunity,
    TermMapping,
)
from tanso.platform.equipment.local import LocalEquipment
from tanso.platform.factors.documents import FactorDocument, WithdrawalReason
from tanso.platform.factors.own import FactorImport, FactorImportRow, OwnFactor
from tanso.platform.federation.local import FalseAnswer, ServerAddress, SpentNonce
from tanso.platform.idempotency.models import RequestKey
from tanso.platform.lots.drafts import LeftOverInput, LotDraft, LotInput, Settlement
from tanso.platform.lots.texts import LotText
from tanso.platform.people.models import Link, Membership, Person, PersonSession
from tanso.platform.policies.models import SettlementPolicy
from tanso.platform.statistics.local import (
    CategoryLot,
    CategoryProduct,
    ReleaseContributor,
    ServerLot,
    ServerProduct,
    StatisticsRelease,
)

PRIVATE_TABLES = (
    LocalBusiness,
    Client,
    AccessToken,
    Person,
    Membership,
    Link,
    PersonSession,
    LotDraft,
    LotInput,
    Settlement,
    LeftOverInput,
    LotText,
    LocalEquipment,
    FactorDocument,
    AgreementTerms,
    AgreementUse,
    Received,
    Deletion,
    LocalProgramme,
    RetirementPurpose,
    RequestKey,
    WithdrawalReason,
    Community,
    CommunityMembership,
    Term,
    TermCommunity,
    TermMapping,
    DictionaryChange,
    CategoryLot,
    CategoryProduct,
    ServerLot,
    ServerProduct,
    StatisticsRelease,
    ReleaseContributor,
    SettlementPolicy,
    ServerAddress,
    SpentNonce,
    FalseAnswer,
    OwnFactor,
    FactorImport,
    FactorImportRow,
)
