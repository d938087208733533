"""The spine that both halves share: it knows neither circuits nor accelerators."""
