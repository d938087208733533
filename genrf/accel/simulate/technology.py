"""What silicon takes: the energy of an operation and an access, and the area of a gate, of a cited process."""

from dataclasses import dataclass

import numpy as np

from genrf.accel.simulate.population import Population

Numbers = np.ndarray


@dataclass(frozen=True)
class AcceleratorTechnology:
    """Energies in joule and areas in square metres; what they are taken from stands beside them in the yaml.

    `multiply_energy` is that of 8 by 8 bits and grows with the product of the widths, as the partial products do;
    `add_energy` and `register_energy` are for one bit. A memory access costs `sram_energy` for one bit of a memory of
    `sram_reference` bytes, and grows with the square root of the size, the length of its wires. Areas: of one bit of a
    partial product, of a full adder, of a flip-flop and of a multiplexer, fitted to what yosys makes of the processing
    elements; of one bit of a memory, and of what a memory has beside its bits.
    """

    name: str
    multiply_energy: float
    add_energy: float
    register_energy: float
    sram_energy: float
    sram_reference: float
    dram_energy: float
    product_area: float
    adder_area: float
    register_area: float
    multiplexer_area: float
    sram_area: float
    sram_overhead: float

    def mac(self, activation: Numbers, weight: Numbers, sums: Numbers) -> Numbers:
        """Energy of a multiplication with its addition, for widths in bits."""
        return self.multiply_energy * activation * weight / 64 + self.add_energy * sums

    def access(self, bits: Numbers, size: Numbers) -> Numbers:
        """Energy of an access of `bits` bits to a memory of `size` bytes."""
        return self.sram_energy * bits * np.sqrt(np.maximum(size, 1.0) / self.sram_reference)

    def memory(self, size: Numbers) -> Numbers:
        """Area of a memory of `size` bytes."""
        return self.sram_area * 8 * size + self.sram_overhead * np.sqrt(8 * np.maximum(size, 1.0))

    def element(self, population: Population, sums: Numbers) -> Numbers:
        """Area of a processing element, from its registers, its multiplier and its adder."""
        a, w = population.activation_width + 1, population.weight_width
        stationary = np.where(population.weight_stationary, 2 * w + a, 2 * a + w) + 1 + sums
        registers = np.where(population.output_stationary, a + w + 2 + 2 * sums, stationary)
        multiplexers = np.where(
            population.output_stationary, 2 * sums, np.where(population.weight_stationary, 2 * w, 2 * a)
        )
        return self._area(a * w, sums, registers, multiplexers)

    def lanes(self, population: Population, sums: Numbers) -> Numbers:
        """Area of the requantisers of all columns and of the vector unit."""
        a = population.activation_width + 1
        requantizer = self._area((sums + 1) * 17, 4 * sums, 3 * sums + 40, 12 * sums)
        vector = self._area(a * 17, 120, 40 + a, 480)
        return population.columns * requantizer + population.lanes * vector

    def _area(
        self, products: Numbers | int, adders: Numbers | int, registers: Numbers | int, multiplexers: Numbers | int
    ) -> Numbers:
        return np.asarray(
            self.product_area * products
            + self.adder_area * adders
            + self.register_area * registers
            + self.multiplexer_area * multiplexers
        )
