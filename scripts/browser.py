"""Unpacks the Chromium of the browser tests from the npm package that tests/browser/package-lock.json locks.

The package holds a headless Chromium for Linux on x86-64 as Brotli files, with the few libraries it needs
besides glibc, so that no system package is installed. TANSO_CHROMIUM names another Chromium to use instead.
"""

import os
import platform
import shutil
import sys
import tarfile
from pathlib import Path

from setup_problems import SetupError
from setup_steps import NPM_OPTIONS, ROOT, Step, carry_out, fingerprint, run

TESTS = ROOT / "tests" / "browser"
PACKED = TESTS / "node_modules" / "@sparticuz" / "chromium" / "bin"
UNPACKED = TESTS / "node_modules" / ".chromium"
UNPACK = """
const [from, to] = process.argv.slice(1), fs = require("fs"), zlib = require("zlib");
require("stream").pipeline(
  fs.createReadStream(from), zlib.createBrotliDecompress(), fs.createWriteStream(to),
  (error) => { if (error) { console.error(error); process.exit(1); } });
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/font-cache</cachedir>
</fontconfig>
"""


def unpack(step: Step, folder: Path) -> None:
    """Fills a new folder with the browser, its libraries, its fonts and a configuration that finds them."""
    folder.mkdir(parents=True)
    run(step, ["node", "-e", UNPACK, PACKED / "chromium.br", folder / "chromium"])
    (folder / "chromium").chmod(0o755)
    for name in ("al2023", "fonts"):
        packed = folder / f"{name}.tar"
        run(step, ["node", "-e", UNPACK, PACKED / f"{name}.tar.br", packed])
        with tarfile.open(packed) as archive:
            # Python 3.11 has no filter before 3.11.4; npm has checked the archive's hash.
            archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
            archive.extractall(folder)  # noqa: S202 - see above
        packed.unlink()
    (folder / "fonts.conf").write_text(FONTS.format(folder=UNPACKED))


def provide_chromium() -> None:
    """Makes sure that the locked Chromium is unpacked; does nothing when it is."""
    mark = fingerprint(TESTS / "package-lock.json", Path(__file__), str(ROOT))
    stamp = UNPACKED / "made-from"
    if stamp.exists() and stamp.read_text() == mark:
        return
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise SetupError(
            "The locked Chromium runs on Linux on x86-64 only: install a Chromium and name it, for example "
            "`make browser-test TANSO_CHROMIUM=/usr/bin/chromium`."
        )
    step = Step("Chromium of tests/browser/package-lock.json")
    run(step, ["npm", "ci", *NPM_OPTIONS], cwd=TESTS)
    beside = UNPACKED.with_suffix(".new")
    shutil.rmtree(beside, ignore_errors=True)
    unpack(step, beside)
    (beside / "made-from").write_text(mark)
    beside.rename(UNPACKED)
    step.done()


if __name__ == "__main__":
    sys.exit(0 if "TANSO_CHROMIUM" in os.environ else carry_out(provide_chromium))
