"""ResNet-18 on arrays of two sizes in three dataflows."""
