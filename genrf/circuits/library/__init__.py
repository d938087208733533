"""Known circuits, one per file: each module's `topology()` gives a Topology with its space."""
