"""Building blocks of the amplifier grammar: each function draws the devices of one block between given nets."""
