"""Registers the private tables of a node's businesses, so that they are created with the others.

Unlike the read model these cannot be rebuilt from the chain: they hold names, secrets, salts and grants.
"""

from tanso.platform.auth.models import AccessToken, Client
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.credits.local import LocalProgramme, RetirementPurpose
from tanso.platform.disclosure.models import Disclosure
from tanso.platform.equipment.local import LocalEquipment
from tanso.platform.factors.documents import FactorDocument
from tanso.platform.idempotency.models import RequestKey
from tanso.platform.lots.drafts import LeftOverInput, LotDraft, LotInput, Settlement
from tanso.platform.lots.texts import LotText
from tanso.platform.policies.models import SettlementPolicy

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
    Disclosure,
    LocalProgramme,
    RetirementPurpose,
    RequestKey,
    SettlementPolicy,
)
