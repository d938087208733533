"""The loop-nest cost model: clock cycles of each layer as the RTL takes them, traffic, energy, area; many at once.

Clock cycles are those of the generated controller, counted from its slots: fill, drain, the edges of tiles, and the
waiting for weights that come from outside. docs/accelerators.md derives them.
"""

from dataclasses import dataclass

import numpy as np

from genrf.accel.simulate.cost import Cost
from genrf.accel.simulate.estimator import PerformanceEstimator
from genrf.accel.simulate.layers import LayerTable
from genrf.accel.simulate.population import Population
from genrf.accel.simulate.technology import AcceleratorTechnology

_FETCH = 11  # clock cycles of a layer's record
_WRITE = 5  # from a final sum to its word in the memory, and the controller's notice of it
_SETTLE = 4  # the same in the vector unit


@dataclass(frozen=True)
class LoopNest(PerformanceEstimator):
    """Clock cycles that the RTL confirms, and energy and area of a technology."""

    technology: AcceleratorTechnology

    def estimate(self, layers: LayerTable, population: Population) -> Cost:
        cut = _Cut(layers, population)
        compute = np.where(layers.vector, cut.vector_cycles(), cut.array_cycles())
        traffic = _Traffic(layers, population, cut)
        cycles = np.where(traffic.streamed[:, None], _with_stalls(compute, cut, traffic), compute)
        spilling = traffic.spilled / (population.dram_bandwidth / population.clock)[:, None]
        cycles = np.maximum(cycles, np.ceil(spilling))
        sums = _sum_width(layers, population)
        energies = self._energies(layers, population, traffic, sums)
        busy = (population.rows * population.columns)[:, None] * cycles
        return Cost(
            layer_cycles=cycles,
            compute_cycles=compute,
            layer_energy=np.asarray(sum(energies)),
            energies=np.stack([part.sum(axis=1) for part in energies], axis=1),
            dram_bytes=traffic.dram,
            layer_bytes=layers.moved * population.activation_bits / 8 + layers.weights * population.weight_bits / 8,
            stream_cycles=cut.input_words() + 2 * cut.output_words(),
            areas=self._areas(layers, population, sums),
            dram_cycles=np.ceil(traffic.dram / (population.dram_bandwidth / population.clock)[:, None]),
            spill=traffic.lacking,
            utilization=layers.macs / busy,
            clock=population.clock,
        )

    def _energies(
        self, layers: LayerTable, population: Population, traffic: "_Traffic", sums: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        """Of each layer, [n, m], for each of `TAKING`."""
        t, p = self.technology, population
        macs = layers.macs * t.mac(p.activation_bits, p.weight_bits, sums[:, None])
        moved = traffic.array_cycles * (p.activation_width + p.weight_width + sums)[:, None] * t.register_energy
        word = (p.lanes * p.activation_width)[:, None]
        activations = t.access(word, p.activation_buffer[:, None]) * (traffic.activation_words + traffic.written_words)
        weights = (
            t.access((traffic.weight_lanes * p.weight_width)[:, None], p.weight_buffer[:, None]) * traffic.weight_words
        )
        local = (p.columns * sums)[:, None]
        sums_moved = t.access(local, (p.accumulators * p.columns * sums / 8)[:, None]) * traffic.sum_words
        pooled = t.access((p.columns * p.activation_width)[:, None], _line(layers, p)[:, None]) * traffic.line_words
        return macs + moved, sums_moved, pooled, activations, weights, traffic.dram * 8 * t.dram_energy

    def _areas(self, layers: LayerTable, population: Population, sums: np.ndarray) -> np.ndarray:
        t, p = self.technology, population
        local = np.where(p.output_stationary, 0.0, t.memory(p.accumulators * p.columns * sums / 8))
        arrays = p.rows * p.columns * t.element(p, sums) + t.lanes(p, sums)
        lines = np.where(layers.line.any(), t.memory(_line(layers, p)), 0.0)
        parts = (arrays, local, lines, t.memory(p.activation_buffer), t.memory(p.weight_buffer))
        return np.stack(np.broadcast_arrays(*parts), axis=1)


class _Cut:
    """How layers are cut for machines; the vectorised twin of `program.tiling`."""

    def __init__(self, layers: LayerTable, population: Population) -> None:
        self.layers, self.population = layers, population
        p, column = population, np.s_[:, None]
        self.rows, self.columns, self.lanes = p.rows[column], p.columns[column], p.lanes[column]
        self.output, self.input = p.output_stationary[column], p.input_stationary[column]
        self.accumulators = p.accumulators[column]
        grouped = layers.groups > 1
        c, k = layers.c, layers.k
        wide = np.where(self.output, 1, self.lanes // self.rows)
        # whole groups of a depthwise layer share a word; other groups are gone through one after the other
        shared = grouped & (self.columns % k == 0) & (self.columns // k * c % self.lanes == 0)
        blocks = np.where(shared, self.columns // k * c // self.lanes, _divide(c, self.lanes))
        parts = np.where((blocks == 1) & ~grouped, np.minimum(wide, _divide(c, self.rows)), wide)
        self.places = layers.filters * blocks * parts
        self.repeats = np.where(grouped & ~shared, layers.groups, 1)
        channels = np.where(shared, k * layers.groups, k)
        self.padded = _divide(channels, self.columns) * self.columns
        most = np.where(
            self.input & ~grouped,
            np.maximum(self.columns, self.accumulators // self.columns * self.columns),
            self.columns,
        )
        self.granules = _divide(self.padded, most)
        self.last = self.padded - (self.granules - 1) * most
        self.most = np.where(self.granules > 1, most, self.last)
        self.pixels = layers.pixels
        self.chunk = np.where(self.output, self.rows, np.where(self.input, self.columns, self.accumulators))
        self.chunks = _divide(self.pixels, self.chunk)
        self.firsts = np.maximum(np.minimum(self.columns, self.pixels), 2)  # until the first pixels are in the array

    def granule_cycles(self) -> np.ndarray:
        """Of one granule of outputs, in the middle of a layer."""
        weight = self.places * self._weight_chunks()
        output = self.chunks * np.maximum(self.places * self.lanes, 2 * self.rows + self.columns)
        moving = self.chunks * self.places * np.maximum(self.most, 2)
        return np.where(self.output, output, np.where(self.input, moving, weight))

    def idle_cycles(self) -> np.ndarray:
        """From the last weight of a granule to the end of its last slot: its bank is free so much earlier."""
        pixels = self.pixels - (self.chunks - 1) * self.chunk
        weight = np.maximum(np.maximum(pixels, self.columns), 2) - self.columns
        output = np.maximum(2 * self.rows + self.columns - self.places * self.lanes, 0)
        return np.where(self.output, output, np.where(self.input, 0, weight))

    def short_cycles(self) -> np.ndarray:
        """How much shorter a layer's first slot is, in which weights are loaded and nothing streams yet."""
        first = np.maximum(np.maximum(np.minimum(self.chunk, self.pixels), self.columns), 2)
        return np.where(self.output | self.input, 0, first - np.maximum(self.columns, 2))

    def array_cycles(self) -> np.ndarray:
        """Of a layer that multiplies, with all its weights there."""
        before = self.repeats * self.granules * self.granule_cycles()
        pixels = self.pixels - (self.chunks - 1) * self.chunk
        weight = (
            _FETCH + np.maximum(self.columns, 2) + before - np.maximum(np.maximum(pixels, self.columns), 2) + pixels
        )
        weight = weight + self.rows + self.columns + _WRITE
        length = np.maximum(self.places * self.lanes, 2 * self.rows + self.columns)
        output = _FETCH + before - length + self.places * self.lanes + 2 * self.rows + self.columns + _WRITE + 1
        short = self.chunks * self.places * (np.maximum(self.most, 2) - np.maximum(self.last, 2)) * self.repeats
        moving = _FETCH + self.firsts + before - short - np.maximum(self.last, 2) + self.last
        moving = moving + self.rows + 2 * self.columns + _WRITE
        return np.where(self.output, output, np.where(self.input, moving, weight))

    def vector_cycles(self) -> np.ndarray:
        """Of a layer for the vector unit: a word in each clock cycle."""
        words = self.pixels * _divide(self.layers.channels, self.lanes)
        return _FETCH + words * self.layers.filters + _SETTLE

    def input_words(self) -> np.ndarray:
        """Words of the network's input."""
        channels, pixels = self.layers.source
        return np.asarray(_divide(channels, self.population.lanes) * pixels)

    def output_words(self) -> np.ndarray:
        """Words of its result."""
        channels, pixels = self.layers.result
        return np.asarray(_divide(channels, self.population.lanes) * pixels)

    def _weight_chunks(self) -> np.ndarray:
        """Slots of all chunks of pixels, at one place of the filter."""
        least = np.maximum(self.columns, 2)
        last = self.pixels - (self.chunks - 1) * self.chunk
        return (self.chunks - 1) * np.maximum(self.chunk, least) + np.maximum(last, least)


class _Traffic:
    """Words in and out of the memories, and bytes from outside."""

    def __init__(self, layers: LayerTable, population: Population, cut: _Cut) -> None:
        p = population
        array = ~layers.vector
        granules = cut.granules * cut.repeats
        tiles = granules * cut.chunks * cut.places
        tile_words = np.where(cut.output, cut.lanes, np.where(cut.input, cut.most, cut.columns))
        once = granules * cut.places * tile_words  # words of weights of a layer
        self.array_cycles = np.where(array, cut.array_cycles() * cut.rows * cut.columns, 0)
        self.activation_words = np.where(
            array, granules * cut.places * cut.pixels, cut.pixels * layers.filters * _divide(layers.channels, cut.lanes)
        )
        self.weight_words = np.where(array, tiles * tile_words, 0)
        groups = cut.repeats * cut.padded // cut.columns
        vector_words = cut.pixels * _divide(layers.channels, cut.lanes)
        self.written_words = np.where(array, groups * layers.written[:, 1], vector_words)
        self.line_words = np.where(layers.line > 0, 2 * groups * cut.pixels, 0)
        streamed_items = np.where(cut.input, cut.most * cut.chunks, cut.pixels)
        self.sum_words = np.where(array & ~cut.output, 2 * granules * cut.places * streamed_items, 0)
        self.weight_lanes = np.where(p.output_stationary, p.columns, p.rows)
        width = (self.weight_lanes * p.weight_width / 8)[:, None]  # bytes of a word
        packed = np.where(array, _divide(once, np.maximum(p.weight_width[:, None] // p.weight_bits, 1)), 0)
        self.bytes = packed * width
        granule_bytes = self.bytes / np.maximum(granules, 1)
        everything = self.bytes.sum(axis=1)
        self.streamed = ~p.resident
        # a granule that does not fit half of the buffer comes anew for each chunk of pixels
        again = np.where(granule_bytes > p.weight_buffer[:, None] / 2, cut.chunks, 1)
        weights = np.where(self.streamed[:, None], self.bytes * again, 0.0)
        held = layers.held(p.lanes, p.activation_width)
        self.spilled = np.where(held > p.activation_buffer[:, None], layers.moved * p.activation_bits / 8, 0.0)
        ends = layers.ends(p.activation_bits)
        self.dram = weights + self.spilled + ends
        needed = np.where(p.resident, everything, 2 * granule_bytes.max(axis=1))
        lacking = np.maximum(needed - p.weight_buffer, 0.0)
        self.lacking = np.maximum(held.max(axis=1) - p.activation_buffer, 0.0) + lacking
        interval = np.maximum(1.0, width * (p.clock / p.dram_bandwidth)[:, None])
        self.granule_load = np.where(array, packed / np.maximum(granules, 1) * interval * again, 0.0)
        self.granules = np.where(array, granules, 0)
        self.slack = interval[:, 0] - 1


def _with_stalls(compute: np.ndarray, cut: _Cut, traffic: _Traffic) -> np.ndarray:
    """Clock cycles with the waiting for weights: two banks take turns, one loading while the array works on the other.

    Within a layer all granules are alike, so that after the third one each takes the longer of loading and computing.
    The second of two inferences counts: the first two granules are loaded while the one before it ends.
    """
    each, idles = cut.granule_cycles(), np.broadcast_to(cut.idle_cycles(), compute.shape)
    shorts = np.broadcast_to(cut.short_cycles(), compute.shape)
    n, m = compute.shape
    now, loaded, free, free_before = (np.zeros(n) for _ in range(4))
    cycles = np.empty((n, m))
    for layer in (*range(m), *range(m)):
        now = now + (cut.input_words() + 2 * cut.output_words() if layer == 0 else 0)
        count, load, work = traffic.granules[:, layer], traffic.granule_load[:, layer], each[:, layer]
        idle = idles[:, layer]
        has = count > 0
        ready = now + _FETCH + np.where(cut.input[:, 0], cut.firsts[:, layer], 0)
        after = compute[:, layer] - count * work + shorts[:, layer] - (ready - now)  # the pipeline runs empty
        # a word that waits for its bank is there at once, the others come at their interval
        load0 = np.maximum(loaded, free_before - traffic.slack) + load
        end0 = np.maximum(ready, load0) + work - shorts[:, layer]
        load1 = np.maximum(load0, free - traffic.slack) + load
        end1 = np.maximum(end0, load1) + work
        load2 = np.maximum(load1, end0 - idle - traffic.slack) + load
        end2 = np.maximum(end1, load2) + work
        period = np.maximum(work, load)
        end = np.select([count > 2, count > 1], [end2 + (count - 3) * period, end1], end0)
        waited = np.where(load > work, end - work, end - 2 * work - idle - traffic.slack + load)
        many = [count > 3, count > 2, count > 1]
        last_load = np.select(many, [np.maximum(load2, waited), load2, load1], load0)
        before = np.select(many, [end - period, end1, end0], free)
        through = np.where(has, end + after, now + compute[:, layer])
        cycles[:, layer] = through - now
        loaded = np.where(has, last_load, loaded)
        free_before = np.where(has, np.where(count > 1, before - idle, before), free_before)
        free = np.where(has, end - idle, free)
        now = through
    return cycles


def _line(layers: LayerTable, population: Population) -> np.ndarray:
    """Bytes of the line in which maxima grow, [n]; when input stationary, a granule has several groups of columns."""
    groups = np.where(population.input_stationary, np.maximum(1, population.accumulators // population.columns), 1)
    return np.asarray(layers.line.max() * groups * population.columns * population.activation_width / 8)


def _sum_width(layers: LayerTable, population: Population) -> np.ndarray:
    """Bits that hold every sum, whatever the weights."""
    widths = population.activation_bits + population.weight_bits + np.ceil(np.log2(np.maximum(layers.reduction, 1)))
    return np.asarray(np.where(layers.vector, 0, widths).max(axis=1) + 1)


def _divide(a: np.ndarray | int, b: np.ndarray | int) -> np.ndarray:
    """Rounded up."""
    return np.asarray(-(-a // b))
