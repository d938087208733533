#!/usr/bin/env python3
"""A stand-in for Spectre: reads what genrf wrote in Spectre's language, lets ngspice compute it, writes PSF ASCII.

It shares no code with genrf. What it does not know it refuses, as Spectre would.
"""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

BACK = {"bsim4 n": ("nmos", "level=54"), "bsim4 p": ("pmos", "level=54"), "vbic npn": ("npn", "level=9"),
        "bjt npn": ("npn", ""), "bjt pnp": ("pnp", "level=1"),
        "resistor": ("r", ""), "capacitor": ("c", "")}  # fmt: skip


# scale factors of Spectre's language, in which case matters
SCALES = {"T": 12, "G": 9, "M": 6, "K": 3, "k": 3, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18}


def plain(word):
    """A number without its scale factor; any other word as it is."""
    scaled = re.fullmatch(r"([-+]?\d+\.?\d*)([TGMKkmunpfa])", word)
    return f"{scaled[1]}e{SCALES[scaled[2]]}" if scaled else word


def pairs(words):
    return {key: plain(value) for key, value in (word.split("=", 1) for word in words)}


def source(letter, name, nets, given, z0=""):
    wave = ""
    if given.get("type") == "sine":
        wave = f" sin({given['sinedc']} {given['ampl']} {given['freq']} 0 0 {given.get('sinephase', 0)})"
    elif given.get("type") == "pulse":
        times = " ".join(given[key] for key in ("val0", "val1", "delay", "rise", "fall", "width", "period"))
        wave = f" pulse({times})"
    return f"{letter}{name} {nets} dc {given.get('dc', 0)} ac {given.get('mag', 0)}{z0}{wave}"


def element(line):
    name, nets, kind, rest = re.match(r"(\S+) \(([^)]*)\) (\S+) ?(.*)", line).groups()
    given = pairs(rest.split())
    values = {"resistor": "r", "capacitor": "c", "inductor": "l", "vccs": "gm", "vcvs": "gain"}
    if kind in values:
        letter = {"vccs": "g", "vcvs": "e"}.get(kind, kind[0] if kind != "inductor" else "l")
        main = given.pop(values[kind], "")
        extra = " ".join("noisy=0" if k == "isnoisy" else f"{k}={v}" for k, v in given.items())
        return f"{letter}{name} {nets} {main} {extra}"
    if kind == "vsource":
        return source("v", name, nets, given)
    if kind == "isource":
        return source("i", name, nets, given)
    if kind == "port":
        return source("v", name, nets, given, f" portnum {given['num']} z0 {given['r']}")
    return f"{name[0]}{name} {nets} {kind} " + " ".join(f"{k}={v}" for k, v in given.items())


def model(line):
    _, name, kind, *rest = line.split()
    given = pairs(rest)
    back, level = BACK[f"{kind} {given.pop('type')}" if "type" in given else kind]
    return f".model {name} {back} {level} " + " ".join(f"{k}={v}" for k, v in given.items())


def grid(rest):
    return [float(plain(word)) for word in re.search(r"values=\[([^\]]*)\]", rest)[1].split()]


def write(folder, name, kind, sweep, x, columns):
    lines = ["HEADER", '"PSFversion" "1.00"', '"simulator" "spectre"', "TYPE", '"x" FLOAT DOUBLE']
    if sweep:
        lines += ["SWEEP", f'"{sweep}" "x"', "TRACE", *(f'"{column}" "x"' for column in columns), "VALUE"]
        for i, at in enumerate(x):
            lines.append(f'"{sweep}" {at!r}')
            for column, values in columns.items():
                value = values[i]
                pair = f"({value.real!r} {value.imag!r})" if value.imag else repr(value.real)
                lines.append(f'"{column}" {pair}')
    else:
        lines += ["VALUE", *(f'"{c}" "x" {v[0].real!r} PROP(\n"units" "V"\n)' for c, v in columns.items())]
        lines.append('"m1.op" "bsim4op" (1 2 (3 "sat") 4)')
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.{kind}").write_text("\n".join([*lines, "END"]) + "\n")


def run(deck, command, vectors, number):
    control = [".control", "set num_threads=1", "set wr_singlescale", "set numdgt=16", *command]
    control.append(f"wrdata out{number} {' '.join(vectors)}")
    Path("deck.sp").write_text("\n".join(["* stand-in", *deck, *control, "quit", ".endc", ".end"]) + "\n")
    done = subprocess.run(
        ["ngspice", "-n", "-b", "deck.sp"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"}, check=False,
    )  # fmt: skip
    table = next(Path().glob(f"out{number}*"), Path("none"))
    if not table.exists():
        print("Error found by spectre: " + done.stdout[-300:] + done.stderr[-300:])
        sys.exit(1)
    return [[float(word) for word in row.split()] for row in table.read_text().splitlines()]


def signals(rows, vectors, complex_values):
    step = 2 if complex_values else 1
    x = [row[0] for row in rows]
    values = {
        vector: [complex(row[1 + step * i], row[2 + step * i] if complex_values else 0.0) for row in rows]
        for i, vector in enumerate(vectors)
    }
    return x, values


def analyse(line, number, deck, nodes, branches, results, altered):
    name, rest = line.split(" ", 1)
    nets = re.match(r"\(([^)]*)\) ", rest)
    kind = rest[nets.end() :].split()[0] if nets else rest.split()[0]
    named = {**{node: node for node in nodes}, **{f"{b}:p": f"v{b}#branch" for b in branches}}
    if kind == "dc":
        _, found = signals(run(deck, ["op"], named.values(), number), list(named), False)
        write(results, name, "dc", "", [0.0], found)
    elif kind == "tran":
        given = pairs(rest.split()[1:])
        tight = "option reltol=1e-6 vntol=1e-10 abstol=1e-15 trtol=1e5"
        command = [tight, f"tran {given['maxstep']} {given['stop']} {given['outputstart']} {given['maxstep']}"]
        x, found = signals(run(deck, command, named.values(), number), list(named), False)
        write(results, name, "tran", "time", x, found)
    else:
        f = grid(rest)
        even = abs(f[-1] - f[-2] - (f[1] - f[0])) < 1e-6 * f[-1]
        steps = f"lin {len(f)}" if even else f"dec {round(1 / math.log10(f[1] / f[0]))}"
        points = f"{steps} {f[0]!r} {f[-1]!r}"
        if kind == "sp":
            s = {f"s{i}{j}": f"s_{i}_{j}" for i in (1, 2) for j in (1, 2)}
            x, found = signals(run(deck, [f"sp {points}"], s.values(), number), list(s), True)
        elif kind == "noise":
            probe = pairs(rest.split()[3:4])["iprobe"]
            command = [f"noise v({nets[1].split()[0]}) v{probe} {points}", "setplot previous"]
            x, found = signals(run(deck, command, ["inoise_spectrum"], number), ["in"], False)
        else:
            x, found = signals(run(deck, [*altered, f"ac {points}"], named.values(), number), list(named), True)
        write(results, name, kind, "freq", x, found)


def lines_of(name):
    """The lines of a file and of what it includes; its one subcircuit in place of the instance, whose nets are called
    as its ports."""
    ports = {}
    for line in Path(name).read_text().replace("\n+ ", " ").splitlines():
        master = line.rsplit(" ", 1)[-1]
        if line.startswith("include "):
            for inner in lines_of(line.split('"')[1]):
                if inner.startswith("subckt "):
                    _, called, nets = inner.split(" ", 2)
                    ports[called] = nets
                elif not inner.startswith("ends "):
                    yield inner
        elif master in ports:
            assert line.split(" ", 1)[1] == f"{ports[master]} {master}", line
        else:
            yield line


def main():
    if "-W" in sys.argv:
        print("@(#)$CDS: spectre version 21.1.0 32bit")
        return
    assert sys.argv[1:6] == ["-format", "psfascii", "-raw", "results", "input.scs"], sys.argv
    deck, nodes, branches, analyses = [], {}, [], []
    for line in lines_of("input.scs"):
        if line.startswith(("//", "simulator")):
            continue
        if line.startswith("model "):
            deck.append(model(line))
        elif line.startswith("genrf_options "):
            given = pairs(line.split()[2:])
            deck.append(f".options wnflag=1 temp={given['temp']} tnom={given['tnom']}")
        elif line.startswith("a_"):
            analyses.append(line)
        else:
            deck.append(element(line))
            name, nets = re.match(r"(\S+) \(([^)]*)\)", line).groups()
            nodes |= dict.fromkeys(net for net in nets.split() if net != "0")
            branches += [name] if " vsource" in line else []
    altered = []  # for all analyses that follow
    for number, line in enumerate(analyses):
        if line.split()[1] == "alter":
            given = pairs(line.split()[2:])
            letter = "v" if given["dev"] in branches else "i"
            assert given["param"] == "mag", line
            altered.append(f"alter @{letter}{given['dev']}[acmag] = {given['value']}")
        else:
            analyse(line, number, deck, nodes, branches, Path("results"), altered)


main()
