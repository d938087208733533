"""A topology drawn: parts by their symbols, stacks from supply to ground as columns, signal from left to right."""
