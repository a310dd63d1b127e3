"""What to do next when a contract refuses, by custom error.

What was wrong stands in the error's own NatSpec; here is what to do about it. A test holds that every error
of our own contracts has its line.
"""

_NEW_ID = "Derive the ID from another local name, or go on with what is registered."

HINTS: dict[str, str] = {
    # registries
    "BusinessRegistryZero": "Give the business's ID and the account that acts for it.",
    "BusinessRegistryIdTaken": _NEW_ID,
    "BusinessRegistryAccountTaken": "Give each business an account of its own.",
    "BusinessRegistryUnknownAccount": "Register the business with this account first, and wait until that is "
    "confirmed.",
    "BusinessRegistryUnknownId": "Register the business first, or check its ID.",
    "BusinessRegistryFull": "Register further businesses with another ledger.",
    "FormulaRegistryZero": "Give the document's content hash and a name with version.",
    "FormulaRegistryTaken": "Go on with the formula that is registered: the same document has the same ID.",
    "FormulaRegistryNameTaken": "A changed document needs a new version in its name.",
    "FormulaRegistryUnknown": "Register the formula document first.",
    "FactorRegistryInvalid": "Give an ID, a source hash, and a validity that ends after it begins.",
    "FactorRegistryTaken": "A changed value is a new factor with a new ID.",
    "FactorRegistryUnknown": "Register the factor first, or check its ID.",
    "FactorRegistryNotValid": "Choose a factor that holds for the whole period.",
    # equipment
    "EquipmentZeroId": "Derive the equipment's ID with derive_id.",
    "EquipmentIdTaken": _NEW_ID,
    "EquipmentUnknown": "Register the equipment first, or check its ID.",
    "EquipmentNumbersUsedUp": "Register the equipment under another business.",
    "EquipmentMovedTooOften": "Register the equipment anew, with another ID.",
    # oracle
    "OracleQuorumInvalidKeys": "Give 1 to 32 different keys and a threshold from 1 to their number.",
    "OracleQuorumTooFewSignatures": "Collect signatures of more oracle keys.",
    "OracleQuorumUnknownKey": "Sign with registered oracle keys, over exactly this data, chain and contract.",
    "OracleQuorumUnsorted": "Sort the signatures by rising signer address, one for each signer.",
    "OracleReportsInvalidPeriod": "Report a period that is over and ends after it begins.",
    "OracleReportsExpired": "Sign the report again with a later deadline.",
    "OracleReportsWrongSequence": "If it has not landed yet, sign it again with the expected sequence.",
    "OracleReportsNotEquipmentOf": "Report equipment under the business that runs it.",
    "OracleReportsPeriodOverlaps": "Begin the period where the last one of this equipment ended, or later.",
    "OracleReportsNoIntensity": "Report the equipment's intensity for that time first.",
    "OracleReportsInvalidEntries": "Give 24 bytes for each piece of equipment.",
    "OracleReportsIntensityTooLarge": "Check the intensity: it is 18 tonnes of CO2 per base unit.",
    "OracleReportsSequencesUsedUp": "Report under another business.",
    # lots
    "LotsZeroId": "Derive the ID with derive_id.",
    "LotsEmptyBatch": "Name at least one lot or left-over.",
    "LotsBatchSettled": "The batch is on the ledger; settle new production under a new batch ID.",
    "LotsInvalidPeriod": "Settle a period that is over and ends after it begins.",
    "LotsLotExists": "Derive the lot's ID from another local name.",
    "LotsUnknownLot": "Check the lot's ID, and whether its batch is settled.",
    "LotsNoGoodUnits": "Put the CO2 of a lot without good units into a left-over, for example `waste`.",
    "LotsZeroQuantity": "Leave out inputs that were not used.",
    "LotsQuantityTooLarge": "Count in a larger number of smaller lots.",
    "LotsMassTooLarge": "Count in a larger number of smaller lots.",
    "LotsInvalidUnit": "Give one of the units 0 to 4.",
    "LotsInvalidLayout": "Pack the batch as `ILots.settle` says; this version of Tanso does.",
    "LotsInsufficient": "Consume or ship at most what is held.",
    "LotsNotOwnEquipment": "Settle with equipment that the business itself runs.",
    "LotsIntensityOutsidePeriod": "Name the record whose period touches the batch's.",
    "LotsPrimaryAboveTotal": "The primary-data part is a part of the CO2: lower it.",
    "LotsCarbonNotClosed": "Put every microgram that goes in into a lot or a left-over, no more and no less.",
    "LotsPrimaryNotClosed": "Put the primary-data part of what goes in into lots and left-overs exactly.",
    "LotsUnnamedLeftOver": "Name the left-over, for example `idle time`.",
    # credits
    "CreditsZeroId": "Derive the programme's ID with derive_id.",
    "CreditsProgrammeExists": _NEW_ID,
    "CreditsUnknownProgramme": "Create the programme first, or check its ID.",
    "CreditsNotOperator": "Only the business that created the programme bundles its reductions.",
    "CreditsNotOwnEquipment": "Enrol equipment that the business itself runs.",
    "CreditsEnrolled": "Equipment is enrolled once, for good.",
    "CreditsNotEnrolled": "Enrol the equipment in this programme first.",
    "CreditsWrongMethodology": "Compute the reduction by the programme's methodology.",
    "CreditsInvalidPeriod": "Record periods that are over, one after the other, without overlap.",
    "CreditsExpired": "Sign the reduction again with a later deadline.",
    "CreditsZeroReduction": "A period without a reduction is not recorded.",
    "CreditsUnknownReduction": "Record the reduction under this programme first, or check its ID.",
    "CreditsReductionBundled": "Leave out reductions that were bundled before.",
    "CreditsZeroAmount": "Give at least one reduction, or one tonne.",
    # OpenZeppelin's, the ones that users meet
    "AccessManagedUnauthorized": "The account lacks the role for this; the admin grants roles.",
    "AccessManagerUnauthorizedAccount": "Only the admin may do this.",
    "ERC1155InsufficientBalance": "Use at most what the account holds.",
    "ERC1155MissingApprovalForAll": "Send it from the account that holds the tokens.",
    "ERC1155InvalidReceiver": "The receiving contract must accept ERC-1155 tokens.",
    "SafeCastOverflowedUintDowncast": "The amount is too large for the ledger: split it up.",
    "ERC721NonexistentToken": "Register it first, or check its ID.",
}
