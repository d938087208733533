"""The accelerator's bench: drivers, monitor, golden model, checker. Run it with `make`; it needs cocotb and numpy.

    make                      every image in images.npy, each output compared bit by bit
    make IMAGES=3             the first three
    make GAPS=0.5 SEED=7      streams that pause at random, in half of all clock cycles
    make RESET=1              a reset in the middle of the first image, then all from the beginning
    make SIM=verilator        with Verilator, for many images
    make ACTIVITY=1           writes activity.vcd, what switches in the array (Icarus)

The figures (clock cycles of each layer, coverage of the controller's states) go to results.json.
"""

import json
import os
import random
from collections import Counter
from pathlib import Path

import cocotb
import golden
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, ReadOnly, RisingEdge, with_timeout
from cocotb.utils import get_sim_time

HERE = Path(__file__).parent
PERIOD = 10  # ns
CONTROL, STATUS, LAYERS, INFERENCES, CYCLES, STALLS, CHOICE, CHOSEN = range(0, 32, 4)
STATES = ("IDLE", "INPUT", "FETCH", "PREPARE", "RUN", "STALL", "FLUSH", "OUTPUT")
WEIGHTS, PARAMETERS, PROGRAM = 0, 1, 2


class Registers:
    """AXI4-Lite, one access at a time."""

    def __init__(self, dut):
        self.dut = dut
        for signal in (dut.s_axi_awvalid, dut.s_axi_wvalid, dut.s_axi_arvalid):
            signal.value = 0
        dut.s_axi_bready.value = dut.s_axi_rready.value = 1

    async def write(self, address, value):
        dut = self.dut
        dut.s_axi_awaddr.value, dut.s_axi_wdata.value = address, value
        dut.s_axi_awvalid.value = dut.s_axi_wvalid.value = 1
        await _handshake(dut.clk, dut.s_axi_awready)
        dut.s_axi_awvalid.value = dut.s_axi_wvalid.value = 0
        await _handshake(dut.clk, dut.s_axi_bvalid)

    async def read(self, address):
        dut = self.dut
        dut.s_axi_araddr.value = address
        dut.s_axi_arvalid.value = 1
        await _handshake(dut.clk, dut.s_axi_arready)
        dut.s_axi_arvalid.value = 0
        return int(await _handshake(dut.clk, dut.s_axi_rvalid, dut.s_axi_rdata))


class Driver:
    """Sends words over an AXI4-Stream. `pause()` says before each word for how many clock cycles to wait.

    `began` is the time in ns at which the first one was taken.
    """

    def __init__(self, clk, bus, pause):
        self.clk, self.bus, self.pause, self.began = clk, bus, pause, 0
        self.bus["tvalid"].value = 0

    async def send(self, words, last=False, **side):
        for place, word in enumerate(words):
            wait = self.pause()
            if wait:
                self.bus["tvalid"].value = 0
                await ClockCycles(self.clk, wait)
            self.bus["tdata"].value = word
            for name, value in side.items():
                self.bus[name].value = value
            if "tlast" in self.bus:
                self.bus["tlast"].value = int(last and place == len(words) - 1)
            self.bus["tvalid"].value = 1
            await _handshake(self.clk, self.bus["tready"])
            self.began = self.began if place else get_sim_time("ns")
        self.bus["tvalid"].value = 0


class Monitor:
    """Takes words from an AXI4-Stream up to TLAST, with pauses of its own."""

    def __init__(self, clk, bus, pause):
        self.clk, self.bus, self.pause = clk, bus, pause
        self.bus["tready"].value = 0

    async def receive(self):
        words = []
        while True:
            wait = self.pause()
            if wait:
                self.bus["tready"].value = 0
                await ClockCycles(self.clk, wait)
            self.bus["tready"].value = 1
            word, last = await _handshake(self.clk, self.bus["tvalid"], self.bus["tdata"], self.bus["tlast"])
            words.append(int(word))
            if int(last):
                self.bus["tready"].value = 0
                return words


class Checker:
    """Compares what came out with the golden model, bit by bit."""

    def __init__(self, network, setting):
        self.network, self.setting, self.wrong = network, setting, []

    def check(self, number, image, words):
        wanted = pack(self.network.run(image[None])[0], self.setting)
        self.wrong += [(number, place, a, b) for place, (a, b) in enumerate(zip(words, wanted)) if a != b]
        if len(words) != len(wanted):
            self.wrong.append((number, -1, len(words), len(wanted)))


def pack(values, setting):
    """[channel, row, column] as words of the machine, pixel by pixel."""
    lanes, bits = setting["lanes"], setting["activation_bits"]
    channels, height, width = values.shape
    padded = np.zeros((-(-channels // lanes) * lanes, height, width), np.int64)
    padded[:channels] = values
    rows = padded.transpose(1, 2, 0).reshape(-1, lanes)
    return [sum((int(v) & (1 << bits) - 1) << (bits * i) for i, v in enumerate(row)) for row in rows]


async def _handshake(clk, ready, *values):
    """Wait for the clock edge at which `ready` is high; the values that held at that edge."""
    while True:
        await ReadOnly()
        there, held = bool(ready.value), [value.value for value in values]
        await RisingEdge(clk)
        if there:
            return held[0] if len(held) == 1 else held


def _bus(dut, prefix, *names):
    return {name: getattr(dut, f"{prefix}_{name}") for name in names}


def _gaps(share, rng):
    return (lambda: rng.randint(1, 5) if rng.random() < share else 0) if share else (lambda: 0)


async def _reset(dut):
    dut.resetn.value = 0
    await ClockCycles(dut.clk, 3)
    dut.resetn.value = 1
    await RisingEdge(dut.clk)


async def _watch(dut, seen):
    state = dut.controller.state
    while True:
        await RisingEdge(dut.clk)
        if state.value.is_resolvable:
            seen[STATES[int(state.value)]] += 1


def _every(clock_cycles):
    """A pause before each word, so that a word comes every `clock_cycles`, a fraction included."""
    owed = 0.0

    def pause():
        nonlocal owed
        owed += clock_cycles - 1.0
        whole = int(owed)
        owed -= whole
        return whole

    return pause


async def _load(load, setting):
    await load.send(setting["program"], tdest=PROGRAM)
    await load.send(setting["parameters"], tdest=PARAMETERS)


async def _weights(load, setting):
    for granule in setting["weights"]:
        await load.send(granule, last=True, tdest=WEIGHTS)


async def _stream_weights(load, setting, images):
    for _ in range(images):
        await _weights(load, setting)


@cocotb.test()
async def whole_inference(dut):
    """Every image through the whole network, each output word equal to the golden model's."""
    setting = json.loads((HERE / "setting.json").read_text())
    network = golden.load(HERE)
    images = np.load(HERE / "images.npy")[: int(os.environ.get("IMAGES", "1000000"))]
    rng = random.Random(int(os.environ.get("SEED", "1")))
    share = float(os.environ.get("GAPS", "0"))
    checker, seen = Checker(network, setting), Counter()

    cocotb.start_soon(Clock(dut.clk, PERIOD, unit="ns").start())
    registers = Registers(dut)
    gaps = _gaps(share, rng)
    load = Driver(dut.clk, _bus(dut, "s_axis_load", "tdata", "tdest", "tlast", "tvalid", "tready"), gaps)
    source = Driver(dut.clk, _bus(dut, "s_axis_in", "tdata", "tvalid", "tready"), gaps)
    sink = Monitor(dut.clk, _bus(dut, "m_axis_out", "tdata", "tlast", "tvalid", "tready"), gaps)
    await _reset(dut)
    cocotb.start_soon(_watch(dut, seen))

    if int(os.environ.get("RESET", "0")):
        await _break_off(dut, registers, load, source, setting, images[0])
        load = Driver(dut.clk, load.bus, gaps)
    streaming = await _begin(dut, registers, load, setting, len(images))

    most = 200 + 20 * (setting["clock_cycles"] + 100) + 100 * sum(map(len, setting["weights"]))
    spans = []
    for number, image in enumerate(images):
        sending = cocotb.start_soon(source.send(pack(image, setting)))
        words = await with_timeout(sink.receive(), PERIOD * most, "ns")
        spans.append(round((get_sim_time("ns") - source.began) / PERIOD) + 1)
        checker.check(number, image, words)
        await sending
    if streaming is not None:
        await streaming

    results = await _results(registers, setting, checker, seen, spans)
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    for number, place, got, wanted in checker.wrong[:5]:
        dut._log.error(f"image {number}, word {place}: {got:#x} came out, the golden model has {wanted:#x}")
    inferences = await registers.read(INFERENCES)
    assert inferences == len(images), f"the machine counts {inferences} inferences of {len(images)}"
    assert not checker.wrong, f"{len(checker.wrong)} words of {len(images)} images are wrong"
    unvisited = [state for state in STATES if not seen[state] and state != "STALL"]
    assert not unvisited, f"the controller never was in {', '.join(unvisited)}"


async def _break_off(dut, registers, load, source, setting, image):
    """Begin an inference and reset the machine in its middle."""
    streaming = await _begin(dut, registers, load, setting, 1)
    await source.send(pack(image, setting))
    await ClockCycles(dut.clk, max(2, setting["clock_cycles"] // 2))
    if streaming is not None:
        streaming.cancel()
    await _reset(dut)


async def _results(registers, setting, checker, seen, spans):
    """What the machine counted layer by layer in the last inference, and what that took, beside what was predicted.

    It lasts from the first word in to the last word out; the register CYCLES counts all of them, with what the machine
    waits for images.
    """
    layers = []
    for layer in range(len(setting["layers"])):
        await registers.write(CHOICE, layer)
        layers.append(await registers.read(CHOSEN))
    return {
        "images": len(spans),
        "layers": dict(zip(setting["layers"], layers)),
        "predicted": setting["predicted"],
        "clock_cycles": spans[-1],
        "predicted_clock_cycles": setting["clock_cycles"],
        "counted": await registers.read(CYCLES),
        "stalls": await registers.read(STALLS),
        "states": {state: seen[state] for state in STATES},
        "wrong": len(checker.wrong),
    }


async def _begin(dut, registers, load, setting, images):
    """Load everything and set the machine going; the task that keeps streaming weights, where they are not resident."""
    await _load(load, setting)
    await registers.write(LAYERS, len(setting["layers"]))
    layers = await registers.read(LAYERS)
    assert layers == len(setting["layers"]), f"the machine reads back {layers} layers of {len(setting['layers'])}"
    if setting["resident"]:
        await _weights(load, setting)
        await registers.write(CONTROL, 1)
        return None
    if setting["weight_interval"] > 1:
        load.pause = _every(setting["weight_interval"])
    await registers.write(CONTROL, 1)
    return cocotb.start_soon(_stream_weights(load, setting, images))
