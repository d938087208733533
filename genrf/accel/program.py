"""From a network of integers and a machine to what the machine is given: program, parameters, weights, and sizes."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from genrf.accel.architecture import AcceleratorConfig
from genrf.accel.integer import Addition, Convolution, IntegerNetwork, Pooling, Step, Tensor
from genrf.core.errors import Unsuitable

_WORD = 16  # bits of a number in the program
FIELDS = 36  # numbers in the record of a layer
_VECTOR, _MAXIMUM, _UNSIGNED, _UNCHECKED = 1, 2, 4, 8
_POOL_X, _POOL_Y = 4, 8  # where the flags hold the window of a fused maximum, four bits each


@dataclass(frozen=True)
class Tiling:
    """How a convolution is cut for a machine: the counts that the controller and the cost model share."""

    blocks: int  # words of activations over the channels of a group
    parts: int  # parts of a word that the rows take at a time
    places: int  # steps of the reduction: filter places, blocks and parts
    granules: int  # groups of output channels
    items: int  # words of weights in a tile; fewer in the last granule when input stationary
    last_items: int
    groups: int  # times COLUMNS channels in a granule
    last_groups: int
    block_step: int  # blocks from one granule's first channel to the next one's


def tiling(step: Convolution, config: AcceleratorConfig) -> Tiling:
    """The cut of `step`. Raises Unsuitable when its groups do not fall on the machine's words."""
    k, c = step.weight.shape[:2]
    filters = step.weight.shape[2] * step.weight.shape[3]
    columns, lanes = config.columns, config.lanes
    wide = 1 if config.dataflow == "output" else lanes // config.rows
    blocks, block_step = (-(-c // lanes), 0) if step.groups == 1 else _grouped(step, config)
    parts = min(wide, -(-c // config.rows)) if blocks == 1 and step.groups == 1 else wide
    most = columns
    if config.dataflow == "input" and step.groups == 1:
        most = max(columns, config.accumulators // columns * columns)
    padded = -(-k // columns) * columns
    granules = -(-padded // most)
    last = padded - (granules - 1) * most
    width, last_width = (most, last) if granules > 1 else (last, last)
    items = {"weight": (columns, columns), "output": (lanes, lanes), "input": (width, last_width)}[config.dataflow]
    one = config.dataflow != "input"
    return Tiling(
        blocks, parts, filters * blocks * parts, granules, *items,
        groups=1 if one else width // columns, last_groups=1 if one else last_width // columns, block_step=block_step,
    )  # fmt: skip


def _grouped(step: Convolution, config: AcceleratorConfig) -> tuple[int, int]:
    """Blocks that a granule of output channels reads, and the step from one to the next."""
    k, c = step.weight.shape[0] // step.groups, step.weight.shape[1]
    lanes, columns = config.lanes, config.columns
    if k % columns == 0 and c % lanes == 0 and k == columns:  # a granule is a group
        return c // lanes, c // lanes
    if columns % k == 0 and columns // k * c % lanes == 0:  # a granule is several whole groups
        return columns // k * c // lanes, columns // k * c // lanes
    raise Unsuitable(
        f"layer {step.name!r}: {step.groups} groups of {c} to {k} channels do not fall on words of {lanes} channels "
        f"and {columns} columns; take an array with as many rows as columns, at most {k * step.groups}"
    )


@dataclass(frozen=True, eq=False)
class Program:
    """All that goes into a machine before its first input, and the sizes that its RTL is built with."""

    network: IntegerNetwork
    config: AcceleratorConfig
    header: tuple[int, int, int, int]  # input address and words, output address and words
    records: np.ndarray  # [layer, field]
    parameters: np.ndarray  # [word, column], 54 bits each
    weights: tuple[tuple[np.ndarray, ...], ...]  # of each layer, of each granule: [word, lane]
    addresses: Mapping[str, int]
    words: int  # of the activation buffer
    sum_bits: int
    packing: tuple[int, ...]  # log2 of the words in one word of the weight buffer, of each layer

    @property
    def activation_bits(self) -> int:
        """As wide as the widest tensor."""
        return max(tensor.bits for tensor in self.network.tensors().values())

    @property
    def weight_bits(self) -> int:
        """As wide as the widest weights."""
        return widest(self.network)

    @property
    def line(self) -> tuple[int, int]:
        """The line in which maxima over windows grow: its columns of windows, and the groups of a granule it is for."""
        pooled = [step for step in self.network.steps if isinstance(step, Convolution) and step.pool != (1, 1)]
        groups = [tiling(step, self.config).groups for step in pooled]
        return max((step.target.shape[2] for step in pooled), default=0), max(groups, default=0)

    def program_words(self) -> list[int]:
        """The 64-bit words of the program: the header, a spare one, then nine words a layer."""
        rows = [np.array([self.header]), np.zeros((1, 4), int), self.records.reshape(-1, 4)]
        return [_packed(row, _WORD) for row in np.concatenate(rows)]

    def parameter_words(self) -> list[int]:
        """The words of the parameter stream."""
        return [int(word) for word in self.parameters.ravel()]

    def weight_words(self) -> list[list[int]]:
        """The words of the weight stream, a list for each granule."""
        return [
            [_packed(row, self.weight_bits >> packing) for row in _joined(granule, packing)]
            for layer, packing in zip(self.weights, self.packing, strict=True)
            for granule in layer
        ]

    def words_of(self, tensor: Tensor) -> int:
        """Words of the activation buffer that `tensor` takes."""
        channels, height, width = tensor.shape
        return height * width * -(-channels // self.config.lanes)

    def pack(self, tensor: Tensor, values: np.ndarray) -> list[int]:
        """One image's `values` [channel, row, column] of `tensor` as words, pixel by pixel."""
        lanes, bits = self.config.lanes, self.activation_bits
        channels, height, width = tensor.shape
        padded = np.zeros((-(-channels // lanes) * lanes, height, width), np.int64)
        padded[:channels] = values
        return [_packed(row, bits) for row in padded.transpose(1, 2, 0).reshape(-1, lanes)]

    def unpack(self, tensor: Tensor, words: list[int]) -> np.ndarray:
        """The values of `tensor` that `words` hold; the inverse of `pack`."""
        lanes, bits = self.config.lanes, self.activation_bits
        channels, height, width = tensor.shape
        numbers = np.array([[(word >> (lane * bits)) & (2**bits - 1) for lane in range(lanes)] for word in words])
        if tensor.signed:
            numbers = numbers - ((numbers >> (bits - 1)) << bits)
        return numbers.reshape(height, width, -1).transpose(2, 0, 1)[:channels]


def compile_program(network: IntegerNetwork, config: AcceleratorConfig) -> Program:
    """The program of `network` on `config`. Raises Unsuitable when something does not fit."""
    for step in network.steps:
        if 0 in step.target.shape:
            shape = step.target.shape
            raise Unsuitable(f"layer {step.name!r}: its result has the shape {shape}; the input is too small for it")
    words = _words(network, config)
    addresses, depth = allocate(network, words)
    sum_bits = sum_width(network)
    records, parameters, weights, packings = [], [], [], []
    place = weight_place = 0
    for step in network.steps:
        if isinstance(step, Convolution):
            cut = tiling(step, config)
            packing = (widest(network) // step.weight_bits).bit_length() - 1
            granules = tuple(_granules(step, cut, config, packing))
            lines = _convolution_parameters(step, cut, config)
            base = weight_place if config.resident else 0
            record = _convolution(step, cut, config, network, addresses, (base, packing, place))
            weight_place += sum(len(granule) >> packing for granule in granules)
        else:
            lines, granules, packing = _vector_parameters(step, config), (), 0
            record = _vector(step, config, network, addresses, words, place)
        place += len(lines)
        records.append(_checked(step, record))
        parameters.append(lines)
        weights.append(granules)
        packings.append(packing)
    source, result = network.source.name, network.result.name
    header = (addresses[source], words[source], addresses[result], words[result])
    return Program(
        network, config, header, np.array(records), np.concatenate(parameters), tuple(weights), addresses, depth,
        sum_bits, tuple(packings),
    )  # fmt: skip


def allocate(network: IntegerNetwork, words: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """An address for each tensor, first fit among those that live at the same time, and the words needed in all."""
    order = [network.source.name, *(step.target.name for step in network.steps)]
    until = {name: born for born, name in enumerate(order)}
    for time, step in enumerate(network.steps, start=1):
        for source in sources(step):
            until[source] = time
    until[network.result.name] = len(order)
    until[network.source.name] = max(until[network.source.name], 0)
    addresses: dict[str, int] = {}
    for born, name in enumerate(order):
        taken = sorted((addresses[other], words[other]) for other in addresses if until[other] >= born)
        address = 0
        for start, size in taken:
            if address + words[name] <= start:
                break
            address = max(address, start + size)
        addresses[name] = address
    return addresses, max(addresses[name] + words[name] for name in order)


def sources(step: Step) -> tuple[str, ...]:
    """The tensors that a step reads."""
    return step.sources if isinstance(step, Addition) else (step.source,)


def widest(network: IntegerNetwork) -> int:
    """Bits of the widest weights."""
    return max((step.weight_bits for step in network.steps if isinstance(step, Convolution)), default=8)


def sum_width(network: IntegerNetwork) -> int:
    """Bits that hold every sum that the network's weights can reach, bias included, and a product at the least."""
    tensors = network.tensors()
    least = widest(network) + max(tensor.bits for tensor in tensors.values()) + 2
    reach = 1
    for step in network.steps:
        if isinstance(step, Convolution):
            peak = max(abs(tensors[step.source].low), tensors[step.source].high)
            sums = np.abs(step.weight.astype(np.int64)).sum(axis=(1, 2, 3)) * peak + np.abs(step.bias.astype(np.int64))
            reach = max(reach, int(sums.max()))
    needed = max(least, reach.bit_length() + 1)
    if needed > 32:
        raise Unsuitable(f"sums of up to {reach} need {needed} bits, and accumulators have 32 at the most")
    return needed


def _words(network: IntegerNetwork, config: AcceleratorConfig) -> dict[str, int]:
    return {
        name: tensor.shape[1] * tensor.shape[2] * -(-tensor.shape[0] // config.lanes)
        for name, tensor in network.tensors().items()
    }


def _granules(step: Convolution, cut: Tiling, config: AcceleratorConfig, packing: int) -> Iterator[np.ndarray]:
    """The words of each granule in the order of their use, [word, lane], padded to whole words of the buffer."""
    spread = _spread(step, cut, config)
    k = 0
    for granule in range(cut.granules):
        if config.dataflow == "input":
            width = (cut.last_groups if granule == cut.granules - 1 else cut.groups) * config.columns
        else:
            width = config.columns
        own = spread[granule if step.groups > 1 else 0, k : k + width]  # [channel, filter, block, part, row]
        k += width
        if config.dataflow == "output":  # a word of columns for each channel
            words = own.transpose(1, 2, 3, 4, 0).reshape(-1, config.columns)
        else:  # a word of rows for each output channel
            words = own.transpose(1, 2, 3, 0, 4).reshape(-1, config.rows)
        missing = -len(words) % (1 << packing)
        yield np.concatenate([words, np.zeros((missing, words.shape[1]), words.dtype)])


def _spread(step: Convolution, cut: Tiling, config: AcceleratorConfig) -> np.ndarray:
    """The weights on lanes of words: [granule or 1, output channel, filter place, block, part, lane of the part]."""
    k, c, fy, fx = step.weight.shape
    width = config.lanes if config.dataflow == "output" else config.rows
    padded = -(-k // config.columns) * config.columns
    reach = cut.blocks * cut.parts * width
    if step.groups == 1:
        dense = np.zeros((1, padded, fy * fx, reach), np.int64)
        dense[0, :k, :, :c] = step.weight.transpose(0, 2, 3, 1).reshape(k, fy * fx, c)
    else:
        dense = np.zeros((cut.granules, padded, fy * fx, reach), np.int64)
        for channel in range(k):
            granule = channel // config.columns
            first = channel // (k // step.groups) * c - granule * cut.block_step * config.lanes
            dense[granule, channel, :, first : first + c] = step.weight[channel].reshape(c, -1).T
    return dense.reshape(*dense.shape[:3], cut.blocks, cut.parts, width)


def _convolution(
    step: Convolution,
    cut: Tiling,
    config: AcceleratorConfig,
    network: IntegerNetwork,
    addresses: Mapping[str, int],
    places: tuple[int, int, int],
) -> list[int]:
    source = network.tensors()[step.source]
    walk = _walk(step, source, addresses[step.source], config, step.plane, step.weight.shape[2:], step.dilation)
    pixels = step.plane[0] * step.plane[1]
    drained = 2 * config.rows + config.columns - (cut.places - 1) * config.lanes
    return [
        _window(*step.pool) | (0 if source.signed else _UNSIGNED), *walk[:13], cut.blocks, cut.parts, *walk[13:],
        cut.granules, cut.block_step, cut.places, -(-pixels // config.chunk), cut.items, cut.last_items,
        *_target(step, config, addresses), places[0], places[1], places[2], step.target.low, step.target.high,
        max(1, drained), cut.groups, cut.last_groups,
    ]  # fmt: skip


def _walk(
    step: Convolution | Pooling,
    source: Tensor,
    address: int,
    config: AcceleratorConfig,
    plane: tuple[int, int],
    kernel: tuple[int, ...],
    dilation: tuple[int, int],
) -> list[int]:
    """Where the iterator begins and how it steps."""
    _, height, width = source.shape
    out_height, out_width = plane
    words = -(-source.shape[0] // config.lanes)  # of a pixel
    (sy, sx), (py, px) = step.stride, step.padding
    return [
        address - (py * width + px) * words, -px, -py, width, height, out_width, out_height * out_width, sx, sy,
        sx * words, (sy * width - (out_width - 1) * sx) * words, kernel[1], kernel[0],
        dilation[1] * words, dilation[0] * width * words, dilation[1], dilation[0],
    ]  # fmt: skip


def _target(step: Step, config: AcceleratorConfig, addresses: Mapping[str, int]) -> list[int]:
    return [addresses[step.target.name], -(-step.target.shape[0] // config.lanes)]


def _vector(
    step: Pooling | Addition,
    config: AcceleratorConfig,
    network: IntegerNetwork,
    addresses: Mapping[str, int],
    words: Mapping[str, int],
    place: int,
) -> list[int]:
    first = network.tensors()[sources(step)[0]]
    if isinstance(step, Addition):
        if network.tensors()[step.sources[1]].signed != first.signed:
            raise Unsuitable(f"layer {step.name!r} adds a signed tensor to an unsigned one")
        count, apart = words[first.name], addresses[step.sources[1]] - addresses[first.name]
        walk = [addresses[first.name], 0, 0, 0, 0, count, count, 1, 1, 1, 1, 2, 1, apart, 0, 0, 0]
        flags, blocks, target = _UNCHECKED, 1, [addresses[step.target.name], 1]
    else:
        walk = _walk(step, first, addresses[first.name], config, step.target.shape[1:], step.kernel, (1, 1))
        flags, blocks = _MAXIMUM if step.kind == "max" else 0, -(-first.shape[0] // config.lanes)
        target = _target(step, config, addresses)
    flags |= _window(1, 1) | _VECTOR | (0 if first.signed else _UNSIGNED)
    return [
        flags, *walk[:13], 1, 1, *walk[13:], blocks, 1, 1, 1, 1, 1, *target, 0, 0, place,
        step.target.low, step.target.high, 1, 1, 1,
    ]  # fmt: skip


def _window(rows: int, columns: int) -> int:
    return rows << _POOL_Y | columns << _POOL_X


def _convolution_parameters(step: Convolution, cut: Tiling, config: AcceleratorConfig) -> np.ndarray:
    columns = config.columns
    padded = -(-step.weight.shape[0] // columns) * columns
    lines = np.zeros(padded, np.int64)
    lines[: len(step.bias)] = [
        _parameter(*numbers) for numbers in zip(step.bias, step.multiplier, step.shift, strict=True)
    ]
    return lines.reshape(-1, columns)


def _vector_parameters(step: Pooling | Addition, config: AcceleratorConfig) -> np.ndarray:
    lines = np.zeros((1, config.columns), np.int64)
    if isinstance(step, Addition):
        lines[0, 0] = _parameter(step.multipliers[1] | 1 << 16, step.multipliers[0], step.shift)
    else:
        lines[0, 0] = _parameter(0, step.multiplier, step.shift)
    return lines


def _parameter(bias: int, multiplier: int, shift: int) -> int:
    return (int(shift) << 48) | (int(multiplier) << 32) | (int(bias) & 0xFFFFFFFF)


def _checked(step: Step, record: list[int]) -> list[int]:
    assert len(record) == FIELDS
    for number in record:
        if not -(2**15) <= number < 2**16:
            raise Unsuitable(f"layer {step.name!r}: {number} does not fit the {_WORD} bits of the program")
    return record


def _joined(words: np.ndarray, packing: int) -> np.ndarray:
    """Words side by side, as many as share one word of the buffer."""
    return words.reshape(len(words) >> packing, -1)


def _packed(numbers: np.ndarray, bits: int) -> int:
    mask = (1 << bits) - 1
    return sum((int(number) & mask) << (place * bits) for place, number in enumerate(numbers))


def address_bits(depth: int) -> int:
    """Bits of an address into `depth` words."""
    return max(1, math.ceil(math.log2(depth))) if depth > 1 else 1
