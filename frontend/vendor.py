"""Copy what the dashboard uses of its npm packages into static/vendor and write down what was copied.

`make vendor` runs `npm ci` (package-lock.json holds the sha512 of each package) and then this. Each package goes to
static/vendor/<name>-<version>/ with its licence; frontend/vendor.lock.json holds the sha256 of each file, which a test
computes again. The icons that the templates name become one sprite.
"""

import hashlib
import json
import re
import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "static"
VENDOR = STATIC / "vendor"
LOCK = HERE / "vendor.lock.json"

# package -> {file in the package: name in static/vendor/<package>-<version>/}
FILES = {
    "htmx.org": {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"},
    "@alpinejs/csp": {"dist/cdn.min.js": "alpine.min.js"},
    "@dagrejs/dagre": {"dist/dagre.esm.js": "dagre.esm.js", "LICENSE": "LICENSE"},
    "ansi_up": {"ansi_up.js": "ansi_up.js", "LICENSE": "LICENSE"},
}
# Its package holds no licence file; the project's LICENSE.md is the MIT licence.
ALPINE_LICENCE = """MIT License

Copyright © 2019-2025 Caleb Porzio and contributors

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
LICENCES = {"@alpinejs/csp": ALPINE_LICENCE}
ICONS = "lucide-static"
SVG = re.compile(r"<svg[^>]*>(.*?)</svg>", re.DOTALL)


def folder_of(package: str) -> str:
    """`@alpinejs/csp` 3.17.4 -> `alpinejs-csp-3.17.4`."""
    version = json.loads((HERE / "node_modules" / package / "package.json").read_text())["version"]
    return f"{package.lstrip('@').replace('/', '-').replace('.org', '')}-{version}"


def copy_packages() -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    for package, files in FILES.items():
        target = VENDOR / folder_of(package)
        target.mkdir(parents=True)
        for source, name in files.items():
            text = (HERE / "node_modules" / package / source).read_text()
            # A map that is not here would be asked for by every open developer tool.
            (target / name).write_text(re.sub(r"\n//# sourceMappingURL=.*\n?", "\n", text))
        if package in LICENCES:
            (target / "LICENSE").write_text(LICENCES[package])


def draw_icons() -> None:
    """One sprite of the icons that frontend/icons.txt names, for `<use href=".../icons.svg#name">`."""
    names = (HERE / "icons.txt").read_text().split()
    symbols = []
    for name in sorted(names):
        drawn = SVG.search((HERE / "node_modules" / ICONS / "icons" / f"{name}.svg").read_text())
        assert drawn, name
        inner = " ".join(drawn.group(1).split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    licence = (HERE / "node_modules" / ICONS / "LICENSE").read_text()
    (VENDOR / folder_of(ICONS)).mkdir(parents=True)
    (VENDOR / folder_of(ICONS) / "LICENSE").write_text(licence)
    sprite = "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>\n"])
    (VENDOR / folder_of(ICONS) / "icons.svg").write_text(sprite)


def write_lock() -> None:
    files = sorted(path for path in VENDOR.rglob("*") if path.is_file())
    digests = {str(path.relative_to(STATIC)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    LOCK.write_text(json.dumps(digests, indent=2) + "\n")


if __name__ == "__main__":
    copy_packages()
    draw_icons()
    write_lock()
