"""What a deployment consists of, as tables: contracts with their arguments, roles, who may call what.

A new contract is a line in `CONSTRUCTORS`, and one in `GUARDS` for each function that needs a role. What is
made of these tables stands in `tanso.contracts.wiring`.
"""

ADMIN = 0
"""Number of the admin's role in every AccessManager."""

ROLES = {
    "REGISTRAR": 1,
    "ORACLE_ADMIN": 2,
    "AGGREGATOR": 3,
    "PAUSER": 4,
    "CALIBRATOR": 5,
    "ENROLLER": 6,
    "GUARDIAN": 7,
}
"""Role numbers in the AccessManager; 0 is its admin."""

CONSTRUCTORS: dict[str, tuple[str, ...]] = {
    "AccessManager": ("admin",),
    "BusinessRegistry": ("AccessManager",),
    "FormulaRegistry": ("AccessManager",),
    "FactorRegistry": ("AccessManager",),
    "OracleQuorum": ("AccessManager", "oracle_keys", "threshold"),
    "Equipment": ("AccessManager", "BusinessRegistry"),
    "DeviceRegistry": ("AccessManager", "BusinessRegistry", "Equipment"),
    "Agreements": ("AccessManager", "BusinessRegistry"),
    "OracleReports": ("AccessManager", "BusinessRegistry", "FormulaRegistry", "Equipment", "OracleQuorum"),
    "Lots": ("AccessManager", "BusinessRegistry", "FormulaRegistry", "FactorRegistry", "OracleReports"),
    "Credits": (
        "AccessManager",
        "BusinessRegistry",
        "FormulaRegistry",
        "Equipment",
        "OracleReports",
        "OracleQuorum",
    ),
}
"""Contracts in the order of their deployment, each with what its constructor takes: the address of a contract
before it, or a field of `Deployment`."""

CONTRACTS = tuple(CONSTRUCTORS)

GUARDS: dict[str, dict[str, str]] = {
    "BusinessRegistry": {"register": "REGISTRAR"},
    "FormulaRegistry": {"register": "REGISTRAR"},
    "FactorRegistry": {"register": "REGISTRAR", "withdraw": "REGISTRAR"},
    "OracleQuorum": {"setKeys": "ORACLE_ADMIN"},
    "DeviceRegistry": {"calibrate": "CALIBRATOR", "withdraw": "CALIBRATOR"},
    "Equipment": {"enrol": "ENROLLER"},
    "Credits": {"createProgramme": "AGGREGATOR"},
}
"""Role that each function needs; functions that are restricted and not named here are the admin's."""

PAUSING = {"pause": "PAUSER", "unpause": "PAUSER"}
"""The same for every contract that can be paused."""

CALLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (("BusinessRegistry", "setMirror", ("Lots",)),)
"""Calls that make the contracts know each other: contract, function, contracts whose addresses it takes."""

HOLDING: dict[str, tuple[str, ...]] = {"ENROLLER": ("Credits",)}
"""Roles that contracts hold, and no account."""

ROLE_ADMINS = {"AGGREGATOR": "REGISTRAR"}
"""Who grants a role instead of the admin: at once, where the admin would have to announce it."""

ROLE_GUARDIANS = {"ORACLE_ADMIN": "GUARDIAN", "GUARDIAN": "GUARDIAN"}
"""Who may cancel what holders of a role have scheduled."""

DELAYED = ("ORACLE_ADMIN",)
"""Roles that act with the deployment's delay, beside the admin."""

GRANTED_LATE = ("ORACLE_ADMIN", "ENROLLER", "GUARDIAN")
"""Roles that a new holder gets with the deployment's delay only, as does ADMIN, whoever grants them: what
they can do is for good, or keeps others from undoing it."""

ADMIN_FUNCTIONS = (
    "labelRole",
    "setRoleAdmin",
    "setRoleGuardian",
    "setGrantDelay",
    "setTargetAdminDelay",
    "updateAuthority",
    "setTargetClosed",
    "setTargetFunctionRole",
    "grantRole",
    "revokeRole",
)
"""The AccessManager's own functions, which it keeps for the admin whatever role they are given. They are
given GUARDIAN, as that alone decides who may cancel them; the admin's role itself can have no guardian."""

DEFAULT_DELAY = 172_800
"""Two days, in seconds."""
