"""Registers the private tables of a node's businesses, so that they are created with the others.

Unlike the read model these cannot be rebuilt from the chain: they hold names, secrets, salts and terms.
"""

from tanso.platform.agreements.local import AgreementTerms, AgreementUse, Deletion, Received
from tanso.platform.auth.models import AccessToken, Client
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.credits.local import LocalProgramme, RetirementPurpose
from tanso.platform.equipment.local import LocalEquipment
from tanso.platform.factors.documents import FactorDocument
from tanso.platform.federation.local import ServerAddress, SpentNonce
from tanso.platform.lots.drafts import LeftOverInput, LotDraft, LotInput, Settlement
from tanso.platform.lots.texts import LotText

PRIVATE_TABLES = (
    LocalBusiness,
    Client,
    AccessToken,
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
    ServerAddress,
    SpentNonce,
)
