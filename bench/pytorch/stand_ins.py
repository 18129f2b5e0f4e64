"""PyTorch's wheel for Linux on PyPI is linked with some 2.5 GB of CUDA libraries, none of which a CPU needs. This makes small libraries of their names
that know no device, beside PyTorch's own: python stand_ins.py FOLDER_OF_TORCH_LIB. It needs a C compiler and binutils, and changes no file of the wheel."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# cudaErrorNoDevice
NO_DEVICE = 100


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def wanted(folder):
    """Libraries that are missing, the version tag that symbols of each carry, and the symbols by tag."""
    files = sorted(folder.glob("*.so*"))
    present = {file.name for file in files}
    missing, tags, symbols = set(), {}, {}
    for file in files:
        for name in re.findall(r"Shared library: \[(lib(?:cu|nccl|nv)[^\]]+)\]", output("readelf", "-d", str(file))):
            if name not in present:
                missing.add(name)
        library = None
        for found in re.finditer(r"File: (\S+)|Name: (\S+)  Flags", output("readelf", "-VW", str(file))):
            if found[1]:
                library = found[1]
            elif library.startswith(("libcu", "libnccl", "libnv")):
                tags[library] = found[2]
        for line in output("nm", "-D", "--undefined-only", str(file)).splitlines():
            symbol, _, tag = line.split()[-1].partition("@")
            if re.match(r"(__)?(cu|nccl|nv)", symbol):
                symbols.setdefault(tag.lstrip("@"), set()).add(symbol)
    return missing, tags, symbols


def source(symbols):
    """C functions of these names: a text where a text is asked for, else 'no device'."""
    text = [name for name in symbols if name.endswith(("ErrorString", "ErrorName"))]
    return "".join(
        [f'const char *{name}(void) {{ return "no CUDA here"; }}\n' for name in sorted(text)]
        + [f"long {name}(void) {{ return {NO_DEVICE}; }}\n" for name in sorted(set(symbols) - set(text))]
    )


def main(folder):
    compiler = next((c for c in (os.environ.get("CC"), "cc", "gcc", "clang") if c and shutil.which(c)), None)
    if compiler is None:
        sys.exit("no C compiler was found on PATH")
    missing, tags, symbols = wanted(folder)
    untagged = symbols.get("", set())
    with tempfile.TemporaryDirectory() as scratch:
        for name in sorted(missing):
            own = symbols.get(tags.get(name), set())
            # Symbols without a tag are looked for in every library: any one will do.
            code = source(own | untagged)
            untagged = set()
            command = [compiler, "-shared", "-fPIC", "-w", "-x", "c", "-", "-o", str(folder / name), f"-Wl,-soname,{name}"]
            if own:
                script = Path(scratch) / "versions"
                script.write_text(f"{tags[name]} {{ global: {' '.join(f'{s};' for s in sorted(own))} }};\n")
                command.append(f"-Wl,--version-script,{script}")
            subprocess.run(command, input=code, text=True, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
