"""What set-up says when a prerequisite is missing, and that a second run is quick and changes nothing."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def explain(*lines: str) -> str:
    code = "import sys; from setup_problems import explain; print(explain('this', sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", code, *lines],
        env={"PYTHONPATH": str(ROOT / "scripts"), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "The disk is full"),
        ("npm error code EAI_AGAIN", "The package registry can't be reached"),
        ("npm error code SELF_SIGNED_CERT_IN_CHAIN", "certificate is not trusted"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "was locked"),
        ("ERROR: No matching distribution found for aiohttp==3.14.5", "no file of a locked package"),
        ("npm error code EUSAGE", "make lock"),
        ("[Errno 13] Permission denied: '.venv'", "A folder can't be written"),
        ("something nobody foresaw", "This step failed: this."),
    ],
)
def test_each_known_cause_of_a_failed_step_gets_a_sentence_that_says_what_to_do(
    printed: str, said: str
) -> None:
    assert said in explain("a line before", printed, "a line after")


def test_without_a_network_the_cause_is_named_and_not_its_consequence() -> None:
    said = explain("Retrying after NewConnectionError", "ERROR: No matching distribution found for aiohttp")
    assert "can't be reached" in said


def test_a_second_set_up_is_quick_quiet_and_changes_nothing() -> None:
    ready = ["make", "--no-print-directory", "ready"]
    subprocess.run(ready, cwd=ROOT, check=True, capture_output=True)
    notes = ROOT / ".venv" / "tanso-setup.json"
    before = notes.stat().st_mtime_ns
    began = time.monotonic()
    again = subprocess.run(ready, cwd=ROOT, check=True, capture_output=True, text=True)
    assert time.monotonic() - began < 5  # 0.1 s alone; the bound leaves room for a busy machine
    assert again.stdout == ""
    assert notes.stat().st_mtime_ns == before


@pytest.mark.slow
def test_an_unreachable_registry_ends_a_fresh_set_up_with_one_sentence(tmp_path: Path) -> None:
    files = ["pyproject.toml", "README.md", "LICENSE", "requirements/dev.txt", "requirements/node.txt"]
    scripts = [str(path.relative_to(ROOT)) for path in (ROOT / "scripts").glob("setup*.py")]
    for name in files + scripts:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    closed = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_RETRIES": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
    }
    outside = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    ended = subprocess.run(
        [Path(sys._base_executable), "scripts/setup.py"],  # type: ignore[attr-defined]
        cwd=tmp_path,
        env=outside | closed,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "The package registry can't be reached" in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
