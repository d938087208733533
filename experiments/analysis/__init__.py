"""A sweep looked at with DuckDB and pandas: a notebook, and the functions that it calls."""
