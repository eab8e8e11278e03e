"""How good is a model: figures on held-out shapes, beside those of trivial baselines."""
