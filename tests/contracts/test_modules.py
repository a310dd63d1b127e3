"""Facts about the package as a whole."""

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import tanso.contracts

MODULES = [f"tanso.contracts.{module.name}" for module in pkgutil.iter_modules(tanso.contracts.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", ["cli", "ledger", "deployment", "connection"])
def test_importing_loads_neither_web3_nor_the_compiler(name: str) -> None:
    heavy = ("web3", "solcx", "eth_account")
    code = f"import sys, tanso.contracts.{name}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_tree_in_the_docstring_of_errors_names_each_error() -> None:
    errors = importlib.import_module("tanso.contracts.errors")
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    names = [value.__name__ for value in classes if issubclass(value, errors.TansoError)]
    assert len(names) > 1
    assert [name for name in names if f" {name} " not in str(errors.__doc__)] == []
