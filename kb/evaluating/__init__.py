"""How good the models are, on rows that people labelled: `stance`; measures in `metrics`."""
