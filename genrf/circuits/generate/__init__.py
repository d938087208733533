"""What proposes topologies."""
