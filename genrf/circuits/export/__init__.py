"""Files for other tools; each exporter reads its own back with the tool that will use them."""
