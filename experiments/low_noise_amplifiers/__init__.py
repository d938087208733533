"""Every kind of circuit, sized for its spec."""
