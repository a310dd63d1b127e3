"""Build hook: puts into the wheel what compiling the contracts needs, and the demo's samples.

A hook instead of `force-include`, because the latter would also leave copies beside an installation in place.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILES = ("src", "solc", "foundry.toml", "package.json", "package-lock.json", ".npmrc")


class WheelContents(BuildHookInterface[Any]):
    """Copies the Solidity project of contracts/ and the samples into the packages that read them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"] |= {
                f"contracts/{name}": f"tanso/contracts/project/{name}" for name in FILES
            }
            build_data["force_include"]["samples"] = "tanso/platform/demo/samples"
